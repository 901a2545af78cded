"""What the studio downloads, and the names of the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.studio_browser import Open, photo, settle
from support.studio_server import Studio, is_picture

pytest_plugins = ["support.studio_fixtures"]
pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize(("button", "ending"), [("#download-png", "png"), ("#download-jpeg", "jpg")])
def test_downloads(open_studio: Open, button: str, ending: str) -> None:
    page = open_studio()
    with page.expect_download() as download:
        page.click(button)
    assert download.value.suggested_filename == f"Mountain-lake-Swirls-adain.{ending}"
    assert is_picture(Path(download.value.path()).read_bytes())


def test_a_download_is_named_by_photo_styles_and_method(open_studio: Open, studio: Studio, tmp_path: Path) -> None:
    page = open_studio(locale="zh-CN")
    page.set_input_files("input[data-for=photo]", photo(tmp_path, "Old harbor (2).png"))
    page.click("#mix")
    page.click('[data-style="own:dots"]')
    settle(page)

    def name(button: str) -> str:
        with page.expect_download() as download:
            page.click(button)
        found: str = download.value.suggested_filename
        return found

    assert name("#download-png") == "Old-harbor-2-旋涡-点彩-adain.png"
    page.click("#keep")
    page.wait_for_selector("#keep.done")
    page.click("#beautify")
    page.wait_for_selector("#after[src$='/result']")
    assert name("#download-jpeg") == "Old-harbor-2-旋涡-点彩-optimize.jpg"
    page.click("nav >> text=画廊")
    page.click(".work:has-text('即时绘制') .work-picture")
    assert name("#work-actions .main") == "Old-harbor-2-旋涡-点彩-adain.png"
