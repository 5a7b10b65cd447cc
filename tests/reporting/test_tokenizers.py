"""The page of compared tokenizers: complete, harmless, and what a browser makes of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from dialecto.reporting.texts import catalogue
from dialecto.reporting.tokenizers import fertility_plot, tokenizers_page
from tests.artefacts import ATTACK
from tests.reporting.test_report import Page

OURS: dict[str, Any] = {
    "vocabulary": 8192,
    "tokens": 1500,
    "fertility": 1.5,
    "bytes_per_token": 4.25,
    "coverage": 1.0,
    "whole": 0.761,
    "at_ending": 0.25,
    "used": 0.9,
    "megabytes_per_second": 3.21,
}
THEIRS = {**OURS, "vocabulary": 50257, "tokens": 2000, "fertility": 2.0, "coverage": 0.99997}
FOUND = {
    "current": {"es": OURS, "ca": {**OURS, "at_ending": None}},
    "gpt2": {"es": THEIRS, "ca": {**OURS, "at_ending": None}},
    f"models/{ATTACK}": {"es": {**THEIRS, "tokens": 1200}, "ca": {**OURS, "at_ending": None}},
}
SIZES = {"es": 6375, "ca": 1_200_000}


@pytest.fixture(scope="module", params=["es", "en"])
def html(request: pytest.FixtureRequest) -> str:
    return tokenizers_page(FOUND, SIZES, request.param)


def test_every_figure_is_told_in_the_page_s_language(html: str) -> None:
    page = Page(html)
    assert page.open == []
    spanish = 'lang="es"' in html
    told = {
        True: ("25,0 % menos de tokens que «gpt2»", "25,0 % más", "los mismos tokens"),
        False: ("25.0% fewer tokens than “gpt2”", "25.0% more", "equally many tokens"),
    }[spanish]
    figures = ("8.192", "1,500", "76,1 %", "99,9970 %") if spanish else ("8,192", "1.500", "76.1%")
    for words in (*told, *figures, "1,2 MB" if spanish else "1.2 MB"):
        assert words in page.text
    svgs = page.all("svg")
    assert len(svgs) == 7 + 6  # nothing ends as Spanish words do in the second language
    other = catalogue("en" if spanish else "es")
    assert other["tokenizers.whole"] not in page.text
    assert any("gpt2 2" in str(svg["aria-label"]) for svg in svgs)


def test_names_are_text_and_no_address_is_named(html: str) -> None:
    page = Page(html)
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("link")
    assert "//" not in re.sub(r"/\*.*?\*/", "", html)
    assert html == tokenizers_page(FOUND, SIZES, "es" if 'lang="es"' in html else "en")


def test_two_that_are_shown_alike_are_both_shown() -> None:
    long = "/a-folder-with-a-name-as-long-as-such-names-become/tokenizer.json"
    found = {f"{n}{long}": {"es": {**OURS, "tokens": 1000 * n}} for n in (1, 2)}
    text = Page(tokenizers_page(found, {"es": 1000}, "en")).text
    assert "1,000" in text
    assert "2,000" in text


def test_the_plot_alone_is_worded_too() -> None:
    drawn = fertility_plot(FOUND, "es")
    assert drawn.startswith("<svg xmlns")
    assert "Tokens por palabra" in drawn
    assert "el propio del proyecto (es)" in drawn
    assert ">2,00<" in drawn


def test_a_browser_shows_it_whole_and_asks_for_nothing(
    tmp_path: Path, html: str, browser: Browser
) -> None:
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    asked: list[str] = []
    said: list[str] = []
    for width in (1200, 390):
        tab = browser.new_page(viewport={"width": width, "height": 900})
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(file.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        for box in tab.locator("svg.plot").all():
            size = box.bounding_box()
            assert size is not None
            assert size["width"] > 0.8 * min(width, 900) - 60
        # Ours stands out, by the page's own colour.
        colours = (
            tab.locator("svg.plot")
            .first.locator("rect")
            .evaluate_all("bars => bars.map(bar => getComputedStyle(bar).fill)")
        )
        assert len(colours) == 3
        assert colours[0] not in colours[1:]
        tab.locator("nav a").nth(1).click()
        assert tab.locator("h2").nth(1).is_visible()
        tab.close()
    assert set(asked) == {file.as_uri()}
    assert said == []
