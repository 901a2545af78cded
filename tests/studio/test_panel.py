"""The studio's panel: what is in reach, the shelf, the mix, the brush, the time it takes, the size, accessibility."""

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

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def focused(page: Any) -> str:
    """The key of the style whose tile has the focus."""
    key: str = page.evaluate("document.activeElement.dataset.style ?? ''")
    return key


def test_adjust_and_regions_are_in_reach_without_scrolling(open_studio: Open, studio: Studio) -> None:
    studio.trained += [f"Style {place}" for place in range(20)]
    page = open_studio(viewport={"width": 1440, "height": 900})
    for name, inside in [("adjust", '[data-option="look.color"]'), ("regions", ".region"), ("style", "#mix")]:
        part(page, name)
        box = page.locator(inside).first.bounding_box()
        assert box["y"] > 0, name
        assert box["y"] + box["height"] < page.locator("#part-finish").bounding_box()["y"], name
    page.set_viewport_size({"width": 390, "height": 844})
    part(page, "photo")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.locator("#shelf").is_visible(), "a wide window always shows one of its parts"


def test_the_shelf_is_one_tab_stop_with_arrow_keys(open_studio: Open) -> None:
    page = open_studio()
    page.locator("#part-style [data-choose=style]").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "own:swirls", "the chosen one"
    moves = {"ArrowRight": "own:bands", "ArrowDown": "own:mosaic", "ArrowLeft": "own:pastel", "ArrowUp": "own:swirls"}
    for key, there in moves.items():
        page.keyboard.press(key)
        assert focused(page) == there, key
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    settle(page)
    assert page.inner_text("#label-title") == "Mountain lake, after Named"
    page.keyboard.press("Tab")
    assert focused(page) == "", "one stop"
    assert page.locator('.tile[tabindex="0"]').count() == 1


def test_the_chosen_tile_stays_in_view_on_a_phone(open_studio: Open, studio: Studio) -> None:
    studio.trained += [f"Style {place}" for place in range(16)]
    page = open_studio(**PHONE)

    def in_view(key: str) -> bool:
        box = page.locator(f'#shelf [data-style="{key}"]').bounding_box()
        return bool(box["x"] >= 0 and box["x"] + box["width"] <= 390)

    assert in_view("own:swirls")
    page.evaluate("document.querySelector('#shelf').scrollLeft = 0")
    part(page, "adjust")
    part(page, "style")
    assert in_view("own:swirls")


def test_which_styles_mix_is_seen_before_it_is_refused(open_studio: Open, studio: Studio) -> None:
    studio.trained = ["One", "Two"]
    page = open_studio()
    page.click("#mix")
    disabled = "() => [...document.querySelectorAll('.tile[aria-disabled=true]')].map((tile) => tile.dataset.style)"
    assert page.evaluate(disabled) == ["named:One", "named:Two"]
    assert page.locator("#mix-hint").is_visible()
    assert "trained together" in page.get_attribute('[data-style="named:One"]', "title")
    page.click("#mix")
    assert page.evaluate(disabled) == []


def test_the_shelf_names_what_mixes_and_opens_at_its_top(open_studio: Open, studio: Studio) -> None:
    studio.trained = [f"Style {place}" for place in range(14)]
    page = open_studio(locale="zh-CN")
    assert page.evaluate("document.querySelector('#panel-scroll').scrollTop") == 0
    named = page.evaluate(
        "[...document.querySelectorAll('#shelf > *')].map((one) => one.dataset.style ?? one.innerText)"
    )
    assert named[0] == "图片"
    assert named.index("own:swirls") < named.index("训练好的风格") < named.index("named:Style 0")
    page.click("#mix")
    assert all(words in page.inner_text("#mix-hint") for words in ("图片", "训练好的风格"))
    page.click('[data-style="named:Style 0"]', force=True)
    assert all(words in page.inner_text("#trouble") for words in ("图片", "训练好的风格"))


def test_brushing_shows_the_result_under_the_mask(open_studio: Open) -> None:
    page = open_studio()
    part(page, "regions")
    page.click('.region[data-style="own:swirls"]')
    covered = """() => {
        const canvas = document.querySelector("#regions-canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, index) => index % 4 === 3 && value > 20).length / (data.length / 4);
    }"""
    box = page.locator("#regions-canvas").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 200, steps=5)
    assert page.evaluate(covered) > 0.03, "the stroke itself is seen"
    page.mouse.up()
    settle(page)
    assert 0 < page.evaluate(covered) < 0.015, "then only its outline, over the result"
    page.errors.clear()  # the browser tells that this test reads the canvas often


def test_a_job_that_waits_says_so_and_shows_nothing_done(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.pause_at = 2
    page.click("#explain")
    page.wait_for_selector("#job-place progress[value]")
    studio.step_seconds = 30
    page.click("#beautify")
    page.wait_for_selector("#job-place >> text=waiting for another job to end")
    bar = images.read(page.locator("#job-place progress").first.screenshot())[1, 20:-20, :3]
    assert np.ptp(bar, axis=0).max() < 0.02, "one color from end to end"
    page.click("#job-place [data-act=cancel]")


def test_quick_good_and_best_say_how_long_they_take(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    page.set_input_files("input[data-for=photo]", photo(tmp_path, "large.png", 900, 600))  # painted at 768 x 512
    settle(page)
    assert re.match(r"Good\s+perhaps \d+ s", page.inner_text("#efforts .choice >> nth=1")), "a guess by one pass"
    studio.job_seconds = 95
    page.get_by_label("Best").check()
    page.click("#beautify")
    page.wait_for_selector("#after[src$='/result']")
    assert studio.begun[-1]["effort"] == "best"
    # 95 s of which 5 are the start: 41 s of work at good, 15 s at quick
    texts = [re.sub(r"\s+", " ", text) for text in page.locator("#efforts .choice").all_inner_texts()]
    assert texts == [
        "Quick about 20 s",
        "Good about 45 s",
        "Best about 2 min",
    ]


def test_a_slow_pass_does_not_move_the_estimates(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    good = page.locator("[data-effort=good]")
    studio.paint_seconds = 0.2
    page.click('[data-style="own:dots"]')
    settle(page)
    before = good.inner_text()
    studio.paint_seconds = 0.8
    page.click('[data-style="own:mosaic"]')
    settle(page)
    assert "0.8 s" in page.inner_text("#label-facts")
    assert good.inner_text() == before
    studio.paint_seconds = 0
    for seconds in (95, 95, 400):
        studio.job_seconds = seconds
        page.click("#beautify")
        page.wait_for_selector("#job-place .job-bar")
        page.wait_for_selector("#job-place:empty", state="attached")
        assert good.inner_text() == "about 1 min", "the middle of three"


def test_names_of_styles_are_not_cut(open_studio: Open, studio: Studio) -> None:
    studio.trained = ["Composition VII", "Sainte-Victoire", "Starry night"]
    for width in (1440, 390):
        page = open_studio(viewport={"width": width, "height": 844})
        cut = "(one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1"
        names = page.locator(".tile-name").evaluate_all(f"(all) => all.filter({cut}).map((one) => one.textContent)")
        assert names == []


def test_the_download_can_be_as_large_as_the_photo(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    for width, height, words, size in [
        (1500, 1000, "As large as the photo: 1500 × 1000", (1500, 1000)),  # noqa: RUF001
        (3000, 2000, "As large as this server paints: 2048 × 1365", (2048, 1365)),  # noqa: RUF001
    ]:
        page.set_input_files("input[data-for=photo]", photo(tmp_path, f"{width}.png", width, height))
        settle(page)
        page.get_by_label(words).check()
        with page.expect_download() as download:
            page.click("#download-png")
        assert images.read(Path(download.value.path())).shape[1::-1] == size
        assert page.inner_text("#downloading") == ""
    studio.paint_seconds = 1.0
    with page.expect_download():
        page.click("#download-png")
        page.wait_for_selector("#downloading >> text=Painting 2048")
    studio.paint_seconds = 0.0
    page.set_input_files("input[data-for=photo]", photo(tmp_path))
    settle(page)
    assert not page.locator("#full").is_visible(), "a small photo is whole already"


def test_a_finished_painting_can_be_painted_larger(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    studio.limited = {"optimize_seconds": 900}
    page = open_studio()
    page.set_input_files("input[data-for=photo]", photo(tmp_path, "large.png", 1800, 1200))
    settle(page)
    studio.job_seconds = 95
    page.click("#beautify")
    page.wait_for_selector("#larger:not([hidden])")
    assert page.inner_text("#larger") == "Paint it at 1800 × 1200: about 8 min"  # noqa: RUF001
    page.click("#larger")
    page.wait_for_selector("#larger", state="hidden")
    assert [job["size"] for job in studio.begun] == ["768", "1800"]
    studio.limited["optimize_seconds"] = 100
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert not page.locator("#larger").is_visible(), "there is no time for more"


def test_the_least_training_time_makes_sense(open_studio: Open) -> None:
    page = open_studio()
    page.click("#nav-train")
    slider = page.get_by_label("Training time", exact=True)
    slider.focus()
    page.keyboard.press("Home")
    assert page.inner_text('[data-option="train.minutes"] output') == "5 min"


def test_an_option_of_a_training_has_its_own_help(open_studio: Open) -> None:
    page = open_studio(locale="zh-CN")
    page.click("#nav-train")
    page.click("details:has(#train-more) > summary")
    for name, words in [("steps", "所有运行合计"), ("learning_rate", "最高学习率")]:
        page.click(f'[data-option="train.{name}"] .ask')
        assert words in page.inner_text(f'[data-option="train.{name}"] .hint')


def test_only_a_changed_size_can_be_reset(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    part(page, "adjust")
    reset = page.get_by_label("Reset Size")
    assert not reset.is_visible(), "768 px is what the page begins with"
    page.get_by_label("Size", exact=True).fill("512")
    settle(page)
    assert page.inner_text('[data-option="look.size"] output') == "512 px"
    reset.click()
    settle(page)
    assert studio.painted[-1]["size"] == "768"
    assert not reset.is_visible()


def test_samples_are_judged_in_words_with_figures_on_demand(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    page.click("#nav-train")
    page.set_input_files("#train-file", photo(tmp_path, "wave.png"))
    studio.pause_at = 4
    page.click("#train-form [type=submit]")
    page.wait_for_selector(".training .stars")
    facts = page.locator(".training-facts")
    assert "distance" not in facts.inner_text()
    assert facts.get_by_role("img").first.get_attribute("aria-label") == "3 of 5"
    facts.locator("summary").click()
    assert "distance 0.34 from the painting" in facts.inner_text()


@pytest.mark.parametrize(("color_scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
def test_axe_finds_no_serious_fault(open_studio: Open, studio: Studio, color_scheme: str, locale: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python").Axe()
    studio.trained = ["One"]
    page = open_studio(locale=locale, color_scheme=color_scheme)
    faults: list[tuple[str, str, list[str]]] = []

    def look(where: str) -> None:
        found = [fault for fault in axe.run(page).response["violations"] if fault["impact"] in ("serious", "critical")]
        faults.extend((where, fault["id"], [node["html"][:120] for node in fault["nodes"]]) for fault in found)

    page.click("#mix")
    look("style")
    page.click("#mix")
    for name in ("adjust", "regions"):
        part(page, name)
        look(name)
    page.click(".region")
    look("brush")
    page.click("#keep")
    page.wait_for_selector("#keep.done")
    for view in ("train", "gallery"):
        page.click(f"nav a[href='#{view}']")
        look(view)
    page.click(".work-picture")
    look("work")
    assert faults == []
