"""The page in a real browser, from a file: no complaint, quick, by mouse, keyboard and phone, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.explained import Explained

pytest_plugins = ["support.studio_fixtures"]
pytestmark = pytest.mark.timeout(240)

Open = Callable[..., Any]
CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgb = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data]; };
    const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const under = (element) => { for (; element; element = element.parentElement) {
        const color = rgb(getComputedStyle(element).backgroundColor); if (color[3] === 255) return color; } };
    const low = [];
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || !element.checkVisibility() || element.closest("script, .skip")) continue;
        const style = getComputedStyle(element);
        const ink = rgb(element.namespaceURI.endsWith("svg") ? style.fill : style.color);
        const [a, b] = [light(ink), light(under(element))].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5) low.push(element.outerHTML);
    }
    return low;
}"""


@pytest.fixture
def open_page(chromium: Any, explained: Explained) -> Iterator[Open]:
    """Open the page from its file; afterwards nothing may have gone wrong or gone elsewhere."""
    opened: list[Any] = []

    def open_it(**context: Any) -> Any:
        context.setdefault("viewport", {"width": 1280, "height": 900})
        page = chromium.new_context(**{"locale": "en-US", "reduced_motion": "reduce", **context}).new_page()
        page.set_default_timeout(60_000)
        page.errors, page.asked = [], []
        page.on("console", lambda message: page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(explained.path.as_uri())
        page.wait_for_selector("body[data-ready]")
        page.wait_for_selector("#vgg .maps button[aria-pressed=true]")
        opened.append(page)
        return page

    yield open_it
    for page in opened:
        assert page.errors == []
        assert {url for url in page.asked if not url.startswith("data:")} == {explained.path.as_uri()}
        page.context.close()


def test_a_layer_and_a_channel_are_chosen(open_page: Open, explained: Explained) -> None:
    page = open_page()
    page.click("#vgg button[title=conv2_1]")
    page.wait_for_function("document.querySelector('#vgg .note').innerText.startsWith('conv2_1')")
    layer = explained.data["network"][2]
    page.click(f"#vgg .maps button[data-channel='{layer['strongest'][1]}']")
    assert f"Channel {layer['strongest'][1]}:" in page.inner_text("#vgg [role=status]")
    assert "receptive field is 10 px" in page.inner_text("#vgg .note")
    assert float(page.get_attribute("#vgg .overlay rect", "width")) > 0


def test_a_convolution_by_keyboard(open_page: Open, explained: Explained) -> None:
    page = open_page()
    before = page.inner_text("#conv .sum")
    page.locator("#conv .grid").last.focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    after = page.inner_text("#conv .sum")
    assert after != before
    shown = explained.data["convolution"]["output"][1 * 6 + 1]
    assert float(after.split("= ")[1].replace("\u2212", "-")) == pytest.approx(shown, rel=1e-3, abs=1e-2)


def test_the_gram_matrix_stays_when_positions_are_shuffled(open_page: Open) -> None:
    page = open_page()
    page.wait_for_function("document.querySelector('#gramview [role=status]').innerText.includes('photo')")
    page.get_by_role("button", name="shuffle positions").click()
    change = re.search(r"largest change is ([\d.]+) %", page.inner_text("#gramview .note"))
    assert change
    assert float(change[1]) < 1e-6
    page.get_by_role("button", name="shuffle each map on its own").click()
    change = re.search(r"largest change is ([\d.]+) %", page.inner_text("#gramview .note"))
    assert change
    assert float(change[1]) > 1


def test_the_descent_is_scrubbed(open_page: Open, explained: Explained) -> None:
    page = open_page()
    page.locator("#descent input").focus()
    page.keyboard.press("Home")
    assert f"step {explained.data['main']['steps'][0]} of 5" in page.inner_text("#descent output")
    assert page.get_attribute("#descent img", "src") == explained.data["main"]["frames"][0]


def test_a_place_shows_its_model(open_page: Open, explained: Explained) -> None:
    page = open_page()
    shown = explained.data["neighbors"]
    page.locator("#neighborview .frame[tabindex]").hover(position={"x": 2, "y": 2})
    row, column = divmod(shown["index"][0], shown["of"][1])
    assert f"took after row {row + 1}, column {column + 1}" in page.inner_text("#neighborview [role=status]")


def test_both_languages(open_page: Open) -> None:
    page = open_page(locale="zh-CN")
    assert page.inner_text("h1") == "照片怎样变成画"
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.click("#language")
    assert page.inner_text("h1") == "How a photo becomes a painting"
    assert not re.search("[\u4e00-\u9fff]", page.inner_text("main section#gram"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_all_text_can_be_read_and_nothing_sticks_out(open_page: Open, scheme: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CONTRAST) == []


def test_it_is_quick(open_page: Open) -> None:
    page = open_page()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive") < 3000  # 1 s on a free core
    slowest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("[role=application]")].map((element) => {
            const box = element.getBoundingClientRect();
            return Math.min(...[1, 2, 3, 4, 5].map((step) => { // the least: other processes take their time, too
                const begun = performance.now();
                element.dispatchEvent(new PointerEvent("pointermove",
                    {clientX: box.x + box.width * step / 6, clientY: box.y + 3}));
                return performance.now() - begun;
            }));
        }))"""
    )
    assert slowest < 50
