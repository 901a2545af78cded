"""The studio loses nothing: files that cannot be used, reloads, a second tab, undo and redo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinxit import images
from support.studio_browser import Open, part, photo, settle
from support.studio_server import Studio

pytest_plugins = ["support.studio_fixtures"]
pytestmark = pytest.mark.timeout(240)


def choose(page: Any, path: Path, target: str = "photo") -> None:
    page.set_input_files(f"input[data-for={target}]", path)


def message(page: Any) -> str:
    """The message of the problem shown."""
    page.wait_for_selector("#trouble [role=alert]")
    text: str = page.inner_text("#trouble")
    return text


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("notes.txt", b"no picture", "它可能已损坏，或者不是图片"),
        ("photo.jpg", b"no picture either", "它可能已损坏，或者不是图片"),
        ("film.mp4", b"no film", "不是视频"),
    ],
)
def test_a_file_that_is_no_picture_leaves_what_was_there(
    open_studio: Open, studio: Studio, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    page = open_studio(locale="zh-CN")
    (tmp_path / name).write_bytes(data)
    title, count = page.inner_text("#label-title"), len(studio.painted)
    choose(page, tmp_path / name)
    assert words in message(page)
    assert not re.search(r"[A-Za-z]{6,}", message(page).replace("JPEG", "").replace("pinxit", "")), (
        "in the reader's language"
    )
    assert {"MP4", "WebM"} <= set(re.findall(r"\w+\d?", message(page), re.ASCII)), "films are taken too"
    choose(page, tmp_path / name, "style")
    page.wait_for_timeout(300)
    settle(page)
    assert words in message(page) or "不是图片" in message(page)
    assert (page.inner_text("#label-title"), len(studio.painted)) == (title, count)


def test_the_message_about_a_file_goes_away(open_studio: Open, tmp_path: Path) -> None:
    page = open_studio()
    page.clock.install()
    (tmp_path / "notes.txt").write_bytes(b"no picture")
    choose(page, tmp_path / "notes.txt")
    assert "cannot open" in message(page)
    page.clock.fast_forward(10_000)
    assert "cannot open" in message(page)
    page.clock.fast_forward(15_000)
    page.wait_for_selector("#trouble:empty", state="attached")
    page.context.close()  # its clock stays


def test_a_photo_that_the_service_refuses_gives_way_to_the_last_one(
    open_studio: Open, studio: Studio, tmp_path: Path
) -> None:
    page = open_studio()
    choose(page, photo(tmp_path))
    settle(page)
    page.wait_for_timeout(400)
    broken = {"type": "urn:pinxit:problem:bad-image", "title": "BadImage", "detail": "it ends too early"}
    studio.problems.append((422, {**broken, "field": "content"}))
    choose(page, photo(tmp_path, "broken.png", 320))
    page.wait_for_selector("#trouble [role=alert]")
    settle(page)
    assert "It ends too early." in message(page), "it is said until something is changed"
    assert page.inner_text("#label-title") == "harbor, after Swirls"
    studio.problems.append((422, {**broken, "field": "style"}))
    tiles = page.locator(".tile").count()
    choose(page, photo(tmp_path, "broken.png", 320), "style")
    page.wait_for_function("(tiles) => document.querySelectorAll('.tile').length === tiles + 1", arg=tiles)
    page.wait_for_function("(tiles) => document.querySelectorAll('.tile').length === tiles", arg=tiles)
    settle(page)
    assert page.inner_text("#label-title") == "harbor, after Swirls"
    page.errors.clear()  # the browser reports the two 422 that were asked for


def test_a_picture_over_the_limits_is_scaled_down(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    studio.limited = {"image_pixels": 100_000, "image_side": 700}
    page = open_studio()
    for size, sent in [((900, 600), (387, 258)), ((1400, 100), (700, 50))]:
        choose(page, photo(tmp_path, "large.png", *size))
        settle(page)
        read = images.read(studio.uploads[studio.painted[-1]["content"]])
        assert read.shape[1::-1] == pytest.approx(sent, abs=1)
        assert "scaled down" in page.inner_text("#label-facts")


def test_a_reload_and_a_second_tab_find_everything_again(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    choose(page, photo(tmp_path))
    choose(page, photo(tmp_path, "wave.png", 90, 80), "style")
    page.click("#mix")
    page.click('[data-style="own:dots"]')
    part(page, "regions")
    page.click('.region[data-style="own:dots"]')
    page.click("#regions-canvas", position={"x": 60, "y": 60})
    page.click("#brush-tools >> text=Done")
    part(page, "adjust")
    page.get_by_label(re.compile("^Photo.s$")).check()
    settle(page)
    page.wait_for_timeout(400)
    last, uploads = studio.painted[-1], len(studio.uploads)
    title = page.inner_text("#label-title")
    assert title == "harbor, after wave + Dots"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    settle(page)
    second = page.context.new_page()
    second.goto(studio.url)
    second.wait_for_selector("body[data-ready]")
    settle(second)
    for tab in (page, second):
        assert tab.inner_text("#label-title") == title
        assert tab.locator(".tile").count() == 13
        assert tab.locator("#blend output").count() == 2
    assert studio.painted[-2:] == [last, last], "photo, styles, weights, masks and options"
    assert len(studio.uploads) == uploads, "nothing is sent twice"
    studio.uploads.clear()
    second.reload()
    second.wait_for_selector("body[data-ready]")
    settle(second)
    assert second.inner_text("#label-title") == title, "what the service forgot is sent again"
    assert studio.painted[-1]["content"] in studio.uploads
    page.errors.clear()


def test_a_reload_finds_a_photo_as_soon_as_it_is_seen(open_studio: Open, tmp_path: Path) -> None:
    page = open_studio()
    seen = "(width) => ((one) => one.complete && one.naturalWidth === width)(document.querySelector('#before'))"
    for width in (310, 330, 350):
        choose(page, photo(tmp_path, f"{width}.png", width))
        page.wait_for_function(seen, arg=width)
        page.reload()
        page.wait_for_selector("body[data-ready]")
        settle(page)
        assert page.inner_text("#label-title") == f"{width}, after Swirls"
    page.errors.clear()  # the painting that the reload broke off


def test_a_photo_that_changes_on_the_disk_is_still_found_after_a_reload(open_studio: Open, tmp_path: Path) -> None:
    page = open_studio()
    path = photo(tmp_path, "mine.png", 320)
    choose(page, path)
    settle(page)
    path.write_bytes(b"another file now")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    settle(page)
    seen = "() => ((one) => one.complete && one.naturalWidth === 320)(document.querySelector('#before'))"
    page.wait_for_function(seen, timeout=10_000)
    assert page.inner_text("#label-title") == "mine, after Swirls"


def test_a_running_job_is_shown_again_after_a_reload(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.pause_at = 3
    page.click("#beautify")
    page.wait_for_selector("#after[src*='/preview?index=']")
    page.wait_for_timeout(300)
    page.reload()
    page.wait_for_selector("#after[src*='/preview?index=']")
    studio.pause_at = 99
    page.wait_for_selector("#after[src$='/result']")


def test_every_change_is_undone_and_redone(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    assert page.is_disabled("#undo")
    choose(page, photo(tmp_path))
    settle(page)
    page.wait_for_timeout(350)
    page.click('[data-style="own:dots"]')
    settle(page)
    page.wait_for_timeout(350)
    part(page, "regions")
    page.click('.region[data-style="own:dots"]')
    page.click("#regions-canvas", position={"x": 60, "y": 60})
    settle(page)
    mask = images.read(studio.uploads[studio.painted[-1]["masks"][0]])
    page.get_by_label("Undo", exact=True).click()
    settle(page)
    assert studio.painted[-1]["masks"] == []
    page.keyboard.press("Control+z")
    settle(page)
    assert page.inner_text("#label-title") == "harbor, after Swirls"
    page.keyboard.press("Control+z")
    settle(page)
    assert page.inner_text("#label-title") == "Mountain lake, after Swirls"
    assert page.is_disabled("#undo")
    for key in ("Control+Shift+z", "Control+Shift+z", "Control+y"):
        page.keyboard.press(key)
        settle(page)
    assert page.inner_text("#label-title") == "harbor, after Dots"
    again = images.read(studio.uploads[studio.painted[-1]["masks"][0]])
    np.testing.assert_array_equal(again, mask)
    assert page.is_disabled("#redo")
