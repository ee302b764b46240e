"""A walk through every page of the app, with the names that are too long and the amounts that are too large.

Each stop is named when its page is there to be looked at; pictures and tests of accessibility stand still there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.customers import NewCustomer
from payport.institutions.sandbox.seed import card_number, phone_number, seed
from payport.ledger.state.assets import AssetClass
from payport.wallet.sign import build
from tests.browser import shop
from tests.browser.phone import PIN
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Route

    from tests.browser.guide import Guide
    from tests.gateway.town import Town

LONG_NAME = "Maximiliane-Friederike von und zu Hohenstein-Wittelsbach"
RICH = 9_876_543_210_99
"""What the customer has at one bank, in fen."""
TILES = "bank-east:TILES"


def prepare(town: Town, number: int, rich_minor: int = RICH) -> None:
    """Open the customer of a tour at three banks: rich, ordinary, and with nothing but small change."""
    asyncio.run(open_deposits(town, number, rich_minor))


def offer_tiles(town: Town) -> None:
    """Register an asset, once, and offer some of it."""
    bank = town.city.keys["bank-east"]
    register: dict[str, Any] = {"asset": TILES, "asset_class": AssetClass.VOUCHER, "name": "Tiles", "decimals": 0}
    issue = {"account": town.chen.account, "asset": TILES, "amount_minor": 100_000}
    for kind, fields in (("register_asset/1", register), ("issue/1", issue)):
        answer = town.submit(sign(build(town.chain_id, kind, "bank-east", **fields), bank))
        assert answer.status_code == 200 or answer.json()["code"] == "asset_exists", answer.text
    for give_minor, want_minor in ((100, 2_000), (12_345, 987_654)):
        terms = {"give_asset": TILES, "give_minor": give_minor, "want_asset": "CNY", "want_minor": want_minor}
        town.do("offer/1", town.chen, "/v1/offers", **terms, taker=None, expires_at_ms=now_ms() + 80_000_000)


async def open_deposits(town: Town, number: int, rich_minor: int) -> None:
    for bank, name, deposit_minor in (
        ("bank-south", LONG_NAME, rich_minor),
        ("bank-north", "林梅", 888_800),
        ("bank-west", "欧阳修", 5),
    ):
        core = SandboxCore(town.network.cores[bank])
        card, phone = card_number(bank, number), phone_number(number)
        await seed(core, [NewCustomer(name, phone, (card,), {"CNY": deposit_minor})])
        await core.close()


def stops(phone: Guide, town: Town, number: int) -> Iterator[str]:
    """Walk; yield the name of each page."""
    yield from _first_run(phone, number)
    yield from _paying(phone, town)
    yield from _people(phone, town)
    yield from _lists(phone, town)
    yield from _bad_days(phone, town)


def _first_run(phone: Guide, number: int) -> Iterator[str]:
    phone.sees("Begin")
    yield "welcome"
    phone.press("Begin")
    phone.sees("New PIN")
    yield "pin-choose"
    phone.type("111111")
    phone.sees("This PIN is easy to guess. Choose another.")
    yield "pin-guessed"
    phone.type(PIN)
    phone.sees("The same PIN again")
    phone.type(PIN)
    phone.sees("Make the key")
    yield "key"
    phone.press("Make the key")
    phone.sees("No card yet")
    yield "home-empty"
    phone.go("#/cards/new")
    phone.field("Bank").locator("option").nth(1).wait_for(state="attached")
    yield "card-new"
    phone.begin_binding("bank-north", number)
    phone.press("Use this code")
    yield "card-code"
    phone.press("Bind")
    phone.sees("Card bound")
    yield "card-bound"
    phone.press("Done", "link")
    phone.sees("All cards")
    for bank in ("bank-south", "bank-west"):
        phone.bind(bank, number)


def _paying(phone: Guide, town: Town) -> Iterator[str]:
    phone.go("#/")
    phone.page.locator(".pw-item").nth(2).wait_for()
    yield "home"
    phone.go("#/scan")
    phone.sees("Aim at a code")
    phone.page.wait_for_timeout(300)
    yield "scan"
    phone.scan_text("https://qr.alipay.com/abc123")
    phone.page.get_by_role("alert").first.wait_for()
    yield "scan-foreign"
    phone.scan_text(shop.code(town))
    phone.page.locator(".pp-amount-pad").wait_for()
    phone.type("12.50")
    yield "pay-amount"
    phone.press("Continue")
    phone.dialog()
    phone.page.wait_for_timeout(300)
    yield "pay-confirm"
    phone.press("Pay now")
    phone.sees("Enter your PIN to pay")
    phone.type(PIN[:3])
    yield "pay-pin"
    phone.type(PIN[3:])
    phone.sees("Paid", exact=True)
    phone.page.wait_for_timeout(600)
    yield "paid"
    phone.press("Receipt", "link")
    phone.page.locator(".pp-facts").wait_for()
    yield "receipt"
    phone.press("Verify")
    phone.sees("The receipt holds")
    yield "receipt-verified"
    phone.press("Share a link")
    phone.page.locator(".pw-link").wait_for()
    yield "receipt-shared"
    link = phone.page.locator(".pw-link").inner_text().rpartition("#")[2]
    phone.press("Close")
    phone.go(f"#{link}")
    phone.sees("The receipt holds")
    yield "shared"
    phone.go("#/")
    phone.go("#/pay-code")
    phone.page.get_by_role("img", name=phone.said("Your pay code")).wait_for()
    phone.page.locator(".pp-digits-code").wait_for()
    yield "pay-code"


def _people(phone: Guide, town: Town) -> Iterator[str]:
    phone.go("#/transfer")
    phone.field("Phone number, e-mail address or account").fill(town.market.account.hex())
    yield "transfer"
    phone.press("Find")
    phone.dialog()
    phone.press("Keep as contact")
    phone.page.wait_for_timeout(500)
    yield "transfer-found"
    phone.press("No")
    phone.page.get_by_role("listitem").first.wait_for()
    yield "transfer-contacts"
    phone.field("Phone number, e-mail address or account").fill("+86 138 0013 8000")
    phone.press("Find")
    phone.page.wait_for_timeout(700)
    yield "transfer-nobody"
    phone.go("#/requests/new")
    phone.sees("Ask for money")
    phone.field("Phone number, e-mail address or account").fill(town.market.account.hex())
    phone.press("Find")
    phone.field("What for").fill("火锅 and a very long reason " * 3)
    phone.page.locator(".pp-amount-pad").focus()
    phone.type("66.60")
    yield "request-new"
    phone.press("Ask")
    phone.sees("Ask for money")
    yield "requests-empty"
    phone.page.locator("input[type=radio]").nth(1).check(force=True)
    phone.page.locator(".pw-list .pw-block").first.wait_for()
    yield "requests-sent"
    phone.go("#/receive")
    phone.page.get_by_role("img").first.wait_for()
    yield "receive"
    phone.go("#/trade")
    phone.field("I give").wait_for()
    yield "trade"
    phone.field("I want").fill(TILES)
    phone.press("Show offers")
    phone.page.get_by_role("button", name=phone.said("Take")).first.wait_for()
    yield "trade-board"
    phone.press("Take")
    phone.dialog()
    phone.page.wait_for_timeout(300)
    yield "trade-take"
    phone.press("Close")


def _lists(phone: Guide, town: Town) -> Iterator[str]:
    phone.go("#/activity")
    phone.page.locator(".pw-list .pw-item").first.wait_for()
    yield "activity"
    phone.page.get_by_role("searchbox").fill("zzz")
    phone.sees("Nothing found")
    yield "activity-none"
    phone.go("#/cards")
    phone.page.locator(".pw-list .pw-item").first.wait_for()
    yield "cards"
    href = phone.page.locator(".pw-list .pw-item").nth(1).get_attribute("href")
    phone.go(str(href))
    phone.sees("Limits of this phone")
    yield "card"
    phone.press("Change limits")
    phone.dialog()
    phone.page.wait_for_timeout(300)
    yield "card-limits"
    phone.press("Close")
    for place in ("statement", "phones", "me"):
        phone.go(f"#/{place}")
        phone.page.get_by_role("heading", level=1).wait_for()
        phone.page.wait_for_timeout(400)
        yield place


def _bad_days(phone: Guide, town: Town) -> Iterator[str]:
    phone.scan_text(shop.code(town, 77_000_000))
    phone.press("Continue")
    phone.press("Pay now")
    phone.sees("Enter your PIN to pay")
    phone.type("000000")
    phone.page.wait_for_timeout(400)
    yield "pin-wrong"
    phone.type(PIN)
    phone.sees("Not paid")
    phone.page.wait_for_timeout(400)
    yield "refused"

    def lose(route: Route) -> None:
        route.abort("connectionreset")

    phone.context.route("**/v1/payments", lose)
    phone.scan_text(shop.code(town, 450))
    phone.press("Continue")
    phone.press("Pay now")
    phone.sees("Enter your PIN to pay")
    phone.type(PIN)
    phone.sees("Pending", exact=True)
    phone.page.wait_for_timeout(300)
    yield "pending"
    phone.go("#/")
    phone.sees("Under way")
    yield "home-pending"
    phone.context.unroute("**/v1/payments", lose)
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    phone.online(online=False)
    phone.page.reload()
    phone.sees("Enter your PIN")
    yield "lock"
    phone.type(PIN)
    phone.page.get_by_role("navigation").first.wait_for()
    phone.page.wait_for_timeout(1_000)
    yield "home-offline"
    phone.go("#/pay-code")
    phone.page.wait_for_timeout(800)
    yield "pay-code-offline"
    phone.go("#/trade")
    phone.page.wait_for_timeout(800)
    yield "trade-offline"
    phone.online(online=True)
