"""A person with a phone: what he taps and reads in the wallet, by roles and accessible names."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from payport.institutions.sandbox.seed import card_number, phone_number
if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

    from tests.browser.words import Words

PIN = "394857"
CENTS = re.compile(r"[^0-9.]")
WATCH = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
"""Violations of the page's policy, told where the tests listen."""


class Phone:
    """One phone: a browser of its own, at the size of a phone."""

    def __init__(self, context: BrowserContext, url: str, camera: Path, words: Words) -> None:
        self.context, self.url, self.camera, self.words = context, url, camera, words
        self.complaints: list[str] = []
        self.forgiven: list[str] = []
        self.cards: list[tuple[str, int]] = []
        context.add_init_script(WATCH)
        self.page = self.turn_on()

    # --- The browser ---

    def turn_on(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._on_request)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console: {message.text} {message.location.get('url', '')}")

    def _on_request(self, request: Request) -> None:
        if request.url.startswith(("http:", "https:", "ws:")) and urlsplit(request.url).netloc != self.host:
            self.complaints.append(f"another host: {request.url}")

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def forgive(self, pattern: str) -> None:
        """Expect a message of the browser's about an answer that a test provokes."""
        self.forgiven.append(pattern)

    def unforgiven(self) -> list[str]:
        return [each for each in self.complaints if not any(re.search(known, each) for known in self.forgiven)]

    # --- Looking and tapping ---

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(name, exact=True)

    def status(self, text: str) -> Locator:
        return self.page.get_by_role("status").filter(has_text=text)

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def go(self, place: str) -> None:
        """Open a page by its address; what is in memory stays."""
        self.page.evaluate("place => { location.hash = place }", f"#{place}")

    def home(self) -> None:
        self.go("/")
        expect(self.page.get_by_role("navigation", name=self.words["home.actions"])).to_be_visible()

    def enter_pin(self, pin: str = PIN) -> None:
        for digit in pin:
            self.button(digit).click()

    # --- What a person does ---

    def open(self, place: str = "") -> None:
        self.page.goto(f"{self.url}/wallet/{place}")

    def first_run(self) -> None:
        """Choose a PIN and make the phone's key."""
        self.open()
        self.button(self.words["welcome.begin"]).click()
        self.enter_pin()
        self.sees(self.words["pin.second"])
        self.enter_pin()
        self.button(self.words["welcome.make"]).click()
        self.sees(self.words["home.noCards"])

    def bind(self, bank: str, count: int) -> None:
        """Bind a test card; the code is taken from the sandbox's inbox."""
        self.go("/cards/new")
        expect(self.heading(self.words["cards.add"])).to_be_visible()
        self.page.get_by_role("combobox", name=self.words["cards.bank"]).select_option(bank)
        self.field(self.words["cards.number"]).fill(card_number(bank, count).reveal())
        self.field(self.words["cards.phone"]).fill(phone_number(count))
        self.button(self.words["cards.sendCode"]).click()
        self.button(self.words["cards.takeCode"]).click()
        self.button(self.words["cards.bind"]).click()
        expect(self.status(self.words["cards.bound"])).to_be_visible()
        self.cards.append((bank, count))

    def unlock(self, pin: str = PIN) -> None:
        self.sees(self.words["pin.unlock"])
        self.enter_pin(pin)
        expect(self.page.get_by_role("navigation", name=self.words["bar.label"])).to_be_visible()

    def type_amount(self, yuan: str) -> None:
        for key in yuan:
            self.button(self.words["ui.point"] if key == "." else key).click()

    def read_code(self, text: str) -> None:
        """Paste the text of a code instead of showing it to the camera."""
        self.go("/scan")
        self.field(self.words["scanner.paste"]).fill(text)
        self.button(self.words["scanner.useText"]).click()

    def agree(self, pin: str = PIN) -> float:
        """Press "pay", enter the PIN; return when its last digit was pressed, by the monotonic clock."""
        self.button(self.words["pay.agree"]).click()
        self.enter_pin(pin[:-1])
        at = time.monotonic()
        self.button(pin[-1]).click()
        return at

    def expect_paid(self) -> None:
        expect(self.status(self.words["result.paid"])).to_be_visible()

    def pay_code(self, text: str) -> None:
        """Pay what a code with an amount asks for."""
        self.read_code(text)
        self.button(self.words["pay.next"]).click()
        self.agree()
        self.expect_paid()

    def find(self, who: str) -> None:
        self.go("/transfer")
        self.field(self.words["find.who"]).fill(who)
        self.button(self.words["find.find"]).click()

    # --- What the phone knows ---

    def stored(self, store: str) -> Any:
        """Return everything in a store of the phone's database."""
        return self.page.evaluate(
            """async (store) => {
              const [{ name }] = await indexedDB.databases();
              const database = await new Promise((resolve, reject) => {
                const opening = indexedDB.open(name);
                opening.onsuccess = () => resolve(opening.result);
                opening.onerror = () => reject(opening.error);
              });
              const found = await new Promise((resolve) => {
                const asking = database.transaction(store).objectStore(store).getAll();
                asking.onsuccess = () => resolve(asking.result);
              });
              database.close();
              return JSON.parse(JSON.stringify(found, (_, value) => value instanceof CryptoKey ? null : value));
            }""",
            store,
        )

    def account(self, number: int = 0) -> bytes:
        """Return the account of the card that was bound as the ``number``-th, by the bank it is of."""
        bank, _ = self.cards[number]
        return next(bytes.fromhex(card["account"]) for card in self.stored("cards") if card["institution"] == bank)
