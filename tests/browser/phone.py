"""A phone with the wallet on it, as its owner uses it: what is pressed and read, by role and accessible name."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any, Final

from payport.institutions.sandbox.seed import card_number, phone_number

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page, Request

PIN: Final = "258036"
WAIT_MS: Final = 20_000
SIZE: Final = {"width": 390, "height": 844}

WORKER_ACTIVE: Final = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  while (active.state !== "activated") await new Promise((done) => setTimeout(done, 50));
}"""
"""Script that ends once the app would start without a network."""

HARMLESS: Final = re.compile(r"Failed to load resource|net::ERR|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION")
"""What Chromium itself writes where an answer is a refusal or does not come."""


class Phone:
    """One context of the browser, and its page."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.faults: list[str] = []
        """Errors of scripts, of the page's policy, and requests to other hosts."""
        context.set_default_timeout(WAIT_MS)
        context.on("request", self._look)
        self.page = self.open("/wallet/")

    def open(self, path: str) -> Page:
        """Open a further page."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{error.name}: {error.message}"))
        page.on(
            "console",
            lambda told: (
                self.faults.append(told.text) if told.type == "error" and not HARMLESS.search(told.text) else None
            ),
        )
        page.goto(self.url + path)
        return page

    def _look(self, request: Request) -> None:
        if not request.url.startswith((self.url, "blob:", "data:", "chrome")):
            self.faults.append(f"a request to {request.url}")

    # --- What a finger does ---

    def press(self, name: str, role: Any = "button", *, exact: bool = True) -> None:
        self.page.get_by_role(role, name=name, exact=exact).first.click()

    def type(self, text: str) -> None:
        for each in text:
            self.page.keyboard.press(each)

    def reach(self, name: str) -> None:
        """Move the focus to a button by the Tab key alone."""
        button = self.page.get_by_role("button", name=name, exact=True)
        button.wait_for()
        for _ in range(40):
            if button.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{name} cannot be reached by the keyboard")

    def go(self, place: str) -> None:
        """Go to a place inside the app."""
        self.page.evaluate("place => { location.hash = place }", place)

    def sees(self, text: str, *, exact: bool = False) -> Locator:
        """Return something once it is there to read."""
        found = self.page.get_by_text(text, exact=exact).locator("visible=true").first
        found.wait_for()
        return found

    # --- What its owner does ---

    def first_run(self) -> None:
        """Choose a PIN and make the key."""
        self.press("Begin")
        self.sees("New PIN")
        self.type(PIN)
        self.sees("The same PIN again")
        self.type(PIN)
        self.press("Make the key")
        self.sees("No card yet")

    def bind(self, bank: str, number: int) -> None:
        """Bind a test card, with the code that the sandbox's inbox shows."""
        self.go("#/cards/new")
        page = self.page
        page.get_by_label("Bank", exact=True).locator(f"option[value={bank}]").wait_for(state="attached")
        page.get_by_label("Bank", exact=True).select_option(bank)
        page.get_by_label("Card number").fill(card_number(bank, number).reveal())
        page.get_by_label("Phone number registered").fill(phone_number(number))
        self.press("Send code")
        self.press("Use this code")
        self.press("Bind")
        self.sees("Card bound")
        self.press("Done", "link")
        self.sees("All cards")

    def account(self) -> str:
        """Return the account of the first card, hexadecimal."""
        self.go("#/cards")
        link = self.page.get_by_role("listitem").get_by_role("link").first
        link.wait_for()
        return (link.get_attribute("href") or "").rpartition("/")[2]

    def unlock(self) -> None:
        self.sees("Enter your PIN")
        self.type(PIN)
        self.page.get_by_role("navigation").first.wait_for()

    def scan_text(self, text: str) -> None:
        """Paste what a code says."""
        self.go("#/")
        self.go("#/scan")
        self.page.get_by_role("textbox").fill(text)
        self.press("Use this text")

    def agree(self) -> float:
        """Confirm a payment with the PIN; return the seconds until its result, whatever it is."""
        self.press("Continue")
        self.press("Pay now")
        self.sees("Enter your PIN to pay")
        self.type(PIN[:-1])
        begun = time.monotonic()
        self.type(PIN[-1])
        self.page.get_by_role("heading", name="Result").wait_for()
        return time.monotonic() - begun

    def pay(self, amount: str | None = None) -> float:
        """Pay whoever is shown; return the seconds from the last digit of the PIN to "Paid"."""
        if amount is not None:
            self.page.get_by_role("group", name="Amount", exact=True).wait_for()
            self.type(amount)
        waited, shown = self.agree(), time.monotonic()
        self.sees("Paid", exact=True)
        return waited + time.monotonic() - shown

    def online(self, *, online: bool) -> None:
        self.context.set_offline(not online)

    def wcag(self, axe: str) -> list[str]:
        """Return what axe finds wrong with the page by WCAG 2.2 AA."""
        self.page.wait_for_timeout(250)  # what appears has appeared
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(axe)
        found = self.page.evaluate(
            """async () => {
              const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
              const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values } });
              return violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.target.join(" ")]));
            }"""
        )
        return [json.dumps(each) for each in found]
