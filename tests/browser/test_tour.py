"""Every page, with its sheets, its long names and its errors, keeps nobody out; and all of it is there in Chinese."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.browser.guide import Guide
from tests.browser.phone import SIZE
from tests.browser.tour import offer_tiles, prepare, stops
from tests.browser.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.gateway.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LONG_ENOUGH = 12
"""Characters of English words that are nowhere by accident."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = """
async (runOnly) => {
  const { violations } = await window.axe.run(document, { runOnly, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.target.join(" ")]));
}
"""
WIDER = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def customers(town: Town) -> dict[str, int]:
    """Numbers of the customers who go on the tour, by language; their banks know them before the browser begins."""
    found = {"en": 510, "zh": 511}
    for number in found.values():
        prepare(town, number)
    return found


@pytest.fixture
def guides(customers: dict[str, int], browser: Browser, url: str) -> Iterator[Callable[[str], Guide]]:
    made: list[Guide] = []

    def make(language: str) -> Guide:
        locale = {"en": "en-GB", "zh": "zh-CN"}[language]
        made.append(Guide(browser.new_context(viewport=SIZE, locale=locale, reduced_motion="reduce"), url, language))
        return made[-1]

    yield make
    for phone in made:
        phone.context.close()
    assert [fault for phone in made for fault in phone.faults] == []


def violations(phone: Guide, axe: str) -> dict[str, Any]:
    """Return what axe finds, by theme: all rules in the light one, those about colours in the dark one too."""
    found: dict[str, Any] = {}
    if not phone.page.evaluate("() => 'axe' in window"):
        phone.page.evaluate(axe)
    rules: dict[Literal["light", "dark"], dict[str, Any]] = {
        "light": {"type": "tag", "values": WCAG},
        "dark": {"type": "rule", "values": ["color-contrast"]},
    }
    for theme, only in rules.items():
        phone.page.emulate_media(color_scheme=theme)
        found[theme] = phone.page.evaluate(LOOK, only)
    phone.page.emulate_media(color_scheme="light")
    return {theme: each for theme, each in found.items() if each}


def test_no_page_keeps_anybody_out_and_none_is_wider_than_the_phone(
    customers: dict[str, int], guides: Callable[[str], Guide], town: Town, axe: str
) -> None:
    offer_tiles(town)
    phone = guides("en")
    wrong: dict[str, Any] = {}
    for stop in stops(phone, town, customers["en"]):
        found = violations(phone, axe)
        if phone.page.evaluate(WIDER):
            found["width"] = "the page can be moved sideways"
        if found:
            wrong[stop] = found
    assert wrong == {}, json.dumps(wrong, indent=1)


def test_every_page_in_chinese(customers: dict[str, int], guides: Callable[[str], Guide], town: Town) -> None:
    offer_tiles(town)
    phone = guides("zh")
    english = {words for words in words_of("en").values() if len(words) >= LONG_ENOUGH} - set(words_of("zh").values())
    left: dict[str, Any] = {}
    for stop in stops(phone, town, customers["zh"]):
        text = phone.page.locator("body").inner_text()
        found = sorted(words for words in english if words in text)
        if found or phone.page.evaluate(WIDER):
            left[stop] = found
    assert left == {}
