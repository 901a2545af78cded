"""The studio in a real browser: photos, styles, sliders, regions, languages, the phone, the keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pinxit import images
from support.studio_browser import VIEWPORT, Open, Pages, after, part, photo, settle
from support.studio_server import Studio

pytest_plugins = ["support.studio_fixtures"]
pytestmark = pytest.mark.timeout(240)


def test_it_begins_with_an_example_that_is_painted(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    assert page.inner_text("#label-title") == "Mountain lake, after Swirls"
    assert studio.painted[-1]["size"] == "768"
    assert page.get_attribute('[data-style="own:swirls"]', "aria-pressed") == "true"


def test_a_photo_is_uploaded_once_and_painted(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio()
    page.set_input_files("input[data-for=photo]", photo(tmp_path))
    settle(page)
    assert page.inner_text("#label-title") == "harbor, after Swirls"
    uploads, first = len(studio.uploads), studio.painted[-1]
    page.click('[data-style="own:dots"]')
    settle(page)
    assert studio.painted[-1]["content"] == first["content"]
    assert studio.painted[-1]["styles"] != first["styles"]
    assert len(studio.uploads) == uploads + 1


def test_a_dropped_photo_and_a_pasted_one(open_studio: Open, tmp_path: Path) -> None:
    page = open_studio()
    drop = """([bytes, where, event]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "dropped.png", {type: "image/png"}));
        const options = {bubbles: true, cancelable: true};
        const made = event === "paste" ? new ClipboardEvent(event, {...options, clipboardData: data})
                                       : new DragEvent(event, {...options, dataTransfer: data});
        document.querySelector(where).dispatchEvent(made);
    }"""
    picture = list(photo(tmp_path).read_bytes())
    page.evaluate(drop, [picture, "#wall", "drop"])
    settle(page)
    assert page.inner_text("#label-title") == "dropped, after Swirls"
    page.evaluate(drop, [picture, "#part-style", "drop"])
    settle(page)
    assert page.inner_text("#label-title") == "dropped, after dropped"
    page.evaluate(drop, [picture, "body", "paste"])
    settle(page)
    assert page.inner_text("#label-title") == "dropped, after dropped"


def test_a_slider_repaints(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    before, count = after(page), len(studio.painted)
    part(page, "adjust")
    slider = page.get_by_label("Strength", exact=True)
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    settle(page)
    assert float(studio.painted[-1]["strength"]) == pytest.approx(0.8)
    assert after(page) != before
    assert len(studio.painted) - count < 20, "a moving slider asks for a picture only now and then"
    assert page.inner_text('[data-option="look.strength"] output') == "80%"
    page.click('[data-option="look.strength"] .reset')
    settle(page)
    assert "strength" not in studio.painted[-1]


def test_the_last_request_wins_and_older_ones_are_broken_off(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.paint_seconds = 0.8
    page.click('[data-style="own:dots"]')
    page.wait_for_timeout(350)
    page.click('[data-style="own:mosaic"]')
    page.wait_for_timeout(350)
    part(page, "adjust")
    page.get_by_label(re.compile("^Photo.s$")).check()
    page.wait_for_timeout(350)
    settle(page)
    assert studio.painted[-1]["color"] == "luminance"
    assert studio.aborted >= 1
    assert page.inner_text("#label-title") == "Mountain lake, after Glass"


def test_where_painting_takes_long_a_small_one_comes_first(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.paint_seconds = 1.1
    page.click('[data-style="own:dots"]')
    settle(page)
    count = len(studio.painted)
    page.click('[data-style="own:mosaic"]')
    page.wait_for_function("() => document.querySelector('#after').naturalWidth === 384")
    assert page.inner_text("#label-title") == "Mountain lake, after Glass"
    settle(page)
    assert [paint["size"] for paint in studio.painted[count:]] == ["384", "768"]
    assert "768" in page.inner_text("#label-facts")


def test_styles_are_mixed_by_weight(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    page.click("#mix")
    page.click('[data-style="named:named"]')
    settle(page)
    assert [float(weight) for weight in studio.painted[-1]["weights"]] == [1, 1]
    assert studio.painted[-1]["styles"][1] == "named"
    slider = page.get_by_label("Weight of Named")
    slider.focus()
    assert slider.input_value() == "0.5"
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    settle(page)
    assert [float(weight) for weight in studio.painted[-1]["weights"]] == [0.7, 0.3]
    assert page.locator("#blend output").all_inner_texts() == ["70%", "30%"]
    assert page.get_by_label("Weight of Swirls").input_value() == "0.7"
    page.click('[data-style="own:etching"]')
    settle(page)
    assert page.locator("#blend output").all_inner_texts() == ["47%", "20%", "33%"], "a new one gets its even share"
    slider = page.get_by_label("Weight of Etching")
    box, view = slider.bounding_box(), page.locator("#panel-scroll").bounding_box()
    assert view["y"] < box["y"] < view["y"] + view["height"] - box["height"], "in view"
    page.get_by_label("Remove Etching from the mix").click()
    page.get_by_label("Remove Swirls from the mix").click()
    settle(page)
    assert studio.painted[-1]["styles"] == ["named"]


def test_no_more_styles_than_the_service_takes(open_studio: Open) -> None:
    page = open_studio()
    page.click("#mix")
    for name in ("dots", "mosaic", "facets"):
        page.click(f'[data-style="own:{name}"]')
    assert page.locator("#shelf [aria-disabled=true]").count() == page.locator(".tile").count() - 4, "it can be seen"
    page.click('[data-style="own:etching"]', force=True)
    assert page.locator("#shelf [aria-pressed=true]").count() == 4
    assert "most" in page.inner_text("#trouble")
    page.errors.clear()


def test_before_and_after_by_mouse_touch_and_keyboard(open_studio: Open) -> None:
    page = open_studio(has_touch=True)
    box = page.locator("#frame").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle)
    page.mouse.up()
    assert float(page.get_attribute("#frame", "data-split")) == pytest.approx(0.8, abs=0.02)
    page.touchscreen.tap(box["x"] + box["width"] * 0.5, middle)
    assert float(page.get_attribute("#frame", "data-split")) == pytest.approx(0.5, abs=0.02)
    page.locator("#divider").focus()
    page.keyboard.press("End")
    assert page.get_attribute("#frame", "data-split") == "1.00"
    page.keyboard.press("ArrowLeft")
    assert page.get_attribute("#frame", "data-split") == "0.99"
    assert page.get_attribute("#divider", "aria-valuetext") == "99% photo"


def test_a_region_is_painted_erased_and_undone(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    page.click("#mix")
    page.click('[data-style="own:dots"]')
    settle(page)
    part(page, "regions")
    page.click('.region[data-style="own:dots"]')
    box = page.locator("#regions-canvas").bounding_box()

    def stroke(y: float) -> None:
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * y, steps=8)
        page.mouse.up()
        settle(page)
        page.wait_for_timeout(400)  # changes without a pause between them count as one

    stroke(0.25)
    rest, mask = studio.painted[-1]["masks"]
    assert rest == "", "the other style paints the rest"
    painted = images.read(studio.uploads[mask])[..., 0]
    assert painted.shape == (432, 768)
    assert painted[108, 384] > 0.9
    assert painted[340, 384] == 0
    assert 0 < painted[108 + 40, 384] < 0.9, "a soft edge"
    page.get_by_label("Erase").click()
    stroke(0.25)
    erased = images.read(studio.uploads[studio.painted[-1]["masks"][1]])[..., 0]
    assert erased[108, 384] < 0.05
    page.get_by_label("Clear the region").click()
    settle(page)
    assert studio.painted[-1]["masks"] == [], "no region is left"
    for _ in range(2):
        page.get_by_label("Undo", exact=True).click()
        settle(page)
    again = images.read(studio.uploads[studio.painted[-1]["masks"][1]])[..., 0]
    np.testing.assert_array_equal(again, painted)


def test_a_region_is_painted_by_keyboard(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    part(page, "regions")
    page.click('.region[data-style="own:swirls"]')
    page.locator("#regions-canvas").focus()
    for key in ("ArrowUp", " ", "ArrowRight", "ArrowRight", " "):
        page.keyboard.press(key)
    settle(page)
    mask = images.read(studio.uploads[studio.painted[-1]["masks"][0]])[..., 0]
    assert mask[216 - 23 * 1, 384 + 23] > 0.9
    page.keyboard.press("Escape")
    assert not page.locator("#brush-tools").is_visible()


def test_on_a_phone_nothing_sticks_out_and_all_is_in_reach(open_studio: Open) -> None:
    page = open_studio(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    for name in ("photo", "style", "adjust", "regions", "finish"):
        part(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, name
        assert page.locator(f"#part-{name}").is_visible()
        low = page.locator(f"#parts [data-part={name}]").bounding_box()
        assert low["y"] + low["height"] <= 741
        assert low["height"] >= 44
    assert page.locator("#frame").bounding_box()["width"] > 300
    for view in ("gallery", "train", "studio"):
        page.click(f"nav a[href='#{view}']")
        assert page.evaluate("document.documentElement.scrollWidth") == 360, view


def test_chinese_by_the_browser_and_by_the_button(open_studio: Open) -> None:
    page = open_studio(locale="zh-CN")
    assert page.inner_text("#label-title") == "《山湖》，仿旋涡"
    assert page.get_attribute("html", "lang") == "zh-CN"
    visible = page.inner_text("#studio")
    assert set(re.findall(r"[A-Za-z]{4,}", visible)) <= {"JPEG", "pinxit"}
    page.click("#language")
    assert page.inner_text("#label-title") == "Mountain lake, after Swirls"
    page.reload()
    settle(page)
    assert page.get_attribute("html", "lang") == "en", "the choice is stored"


def test_by_keyboard_alone(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = []
    while "own:swirls" not in seen:
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.dataset.style || ''"))
        assert len(seen) < 60
    assert {"divider", "mix"} <= set(seen)
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    settle(page)
    assert page.inner_text("#label-title") == "Mountain lake, after Etching"
    assert page.evaluate("document.activeElement.dataset.style") == "own:etching", "the focus stays"


def test_everything_that_can_be_used_has_a_name(open_studio: Open) -> None:
    page = open_studio()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, canvas, progress")].filter((element) => {
            if (element.hidden || element.type === "file" || element.closest("[hidden], dialog, #train")) return false;
            const named = element.innerText?.trim() || element.getAttribute("aria-label") || element.labels?.length;
            return !named && element.id !== "regions-canvas";
        }).map((element) => element.outerHTML)"""
    )
    assert nameless == []


def test_the_page_says_what_to_do_until_it_is_done(open_studio: Open, tmp_path: Path) -> None:
    page = open_studio(viewport={"width": 390, "height": 667}, has_touch=True, is_mobile=True, locale="zh-CN")
    words, picture = page.locator("#order").bounding_box(), page.locator("#frame").bounding_box()
    assert "① 选择照片" in page.inner_text("#order")
    assert words["y"] + words["height"] <= picture["y"]
    assert picture["width"] > 200
    assert picture["y"] + picture["height"] < page.locator("#panel").bounding_box()["y"]
    page.set_input_files("input[data-for=photo]", photo(tmp_path))
    settle(page)
    assert not page.locator("#order").is_visible()
    page.wait_for_timeout(400)  # the session is saved after a pause
    page.reload()
    settle(page)
    assert not page.locator("#order").is_visible()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_nothing_is_wider_than_the_narrowest_phone(open_studio: Open, studio: Studio, locale: str) -> None:
    studio.trained += ["A rather long name for a style"]
    page = open_studio(viewport={"width": 320, "height": 640}, locale=locale)
    for view in ("studio", "train", "gallery"):
        page.evaluate(f"() => (location.hash = '#{view}')")
        page.wait_for_selector(f"#{view}:not([hidden])")
        sections = "[document.documentElement, ...document.querySelectorAll('main > section:not([hidden])')]"
        assert page.evaluate(f"() => Math.max(...{sections}.map((one) => one.scrollWidth))") <= 320, view


def test_a_page_that_a_test_used_comes_clean_to_the_next_one(pages: Pages, studio: Studio) -> None:
    page = pages.take()
    page.goto(f"{studio.url}/seal.svg")
    page.evaluate(
        """() => new Promise((done) => {
            localStorage.setItem("language", "zh");
            document.cookie = "a=b; max-age=1000";
            indexedDB.open("pinxit", 2).onsuccess = done;
        })"""
    )
    stored = "async () => [localStorage.length, document.cookie, (await indexedDB.databases()).length]"
    assert page.evaluate(stored) == [1, "a=b", 1]
    page.set_viewport_size({"width": 390, "height": 844})
    page.context.new_page()
    pages.put_back(page, studio.url)
    assert pages.take() is page
    page.goto(f"{studio.url}/seal.svg")
    assert page.evaluate(stored) == [0, "", 0]
    assert (page.viewport_size, len(page.context.pages)) == (VIEWPORT, 1)
    pages.put_back(page, studio.url)
