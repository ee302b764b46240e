"""A phone in either language: what a test says in English is looked for in the words of the phone's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from payport.institutions.sandbox.seed import card_number, phone_number
from tests.browser.phone import Phone
from tests.browser.words import words_of

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator


class Guide(Phone):
    """Leads through the app."""

    def __init__(self, context: BrowserContext, url: str, language: str) -> None:
        own, english = words_of(language), words_of("en")
        self._own: dict[str, set[str]] = {}
        for name, words in english.items():
            self._own.setdefault(words, set()).add(own.get(name, words))
        super().__init__(context, url)

    def said(self, english: str, *, exact: bool = True) -> re.Pattern[str]:
        """Return what the phone says for it: names and figures are the same, other words may differ by place."""
        found = "|".join(re.escape(each) for each in sorted(self._own.get(english, {english})))
        return re.compile(rf"^(?:{found})$" if exact else found)

    def press(self, name: str, role: Any = "button", *, exact: bool = True) -> None:
        self.page.get_by_role(role, name=self.said(name, exact=exact)).first.click()

    def sees(self, text: str, *, exact: bool = False) -> Locator:
        found = self.page.get_by_text(self.said(text, exact=exact)).first
        found.wait_for()
        return found

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(self.said(label))

    def dialog(self) -> Locator:
        found = self.page.get_by_role("dialog")
        expect(found).to_be_visible()
        return found

    def bind(self, bank: str, number: int) -> None:
        self.go("#/cards/new")
        self.begin_binding(bank, number)
        self.press("Use this code")
        self.press("Bind")
        self.sees("Card bound")
        self.press("Done", "link")
        self.sees("All cards")

    def begin_binding(self, bank: str, number: int) -> None:
        self.field("Bank").locator(f"option[value={bank}]").wait_for(state="attached")
        self.field("Bank").select_option(bank)
        self.field("Card number").fill(card_number(bank, number).reveal())
        self.field("Phone number registered at the bank").fill(phone_number(number))
        self.press("Send code")

    def scan_text(self, text: str) -> None:
        self.go("#/")
        self.go("#/scan")
        self.page.get_by_role("textbox").fill(text)
        self.press("Use this text")
