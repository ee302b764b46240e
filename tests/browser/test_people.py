"""People: transfers by phone number and by account, requests, trade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from payport.ledger.state.assets import AssetClass
from payport.wallet.sign import build
from tests.browser.counts import next_count
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from tests.browser.conftest import Phones
    from tests.browser.phone import Phone
    from tests.gateway.town import Town

TILES = "bank-east:TILES"


def send(phone: Phone, yuan: str) -> None:
    """Confirm who was found, and send."""
    phone.button(phone.words["find.yes"]).click()
    phone.type_amount(yuan)
    phone.button(phone.words["pay.next"]).click()
    phone.agree()
    phone.expect_paid()


def test_transfer_by_phone_number_then_by_account(phones: Phones) -> None:
    payee, payer = phones(), phones()
    payee.first_run()
    payee.bind("bank-east", count := next_count())
    number = f"+9997{count:07d}"
    payee.go(f"/cards/{payee.account().hex()}")
    payee.field(payee.words["aliases.new"]).fill(number)
    payee.button(payee.words["cards.sendCode"]).click()
    payee.button(payee.words["cards.takeCode"]).click()
    payee.button(payee.words["aliases.confirm"]).click()
    expect(payee.page.get_by_role("listitem").filter(has_text=number)).to_be_visible()
    payee.home()

    payer.first_run()
    payer.bind("bank-north", next_count())
    payer.find(f"{number[:4]} {number[4:]}")
    sheet = payer.page.get_by_role("dialog")
    expect(sheet).to_contain_text("*")  # the name, masked
    expect(sheet).to_contain_text("Bank of the East")
    send(payer, "88.80")
    payee.sees("¥10,088.80")

    payer.find(payee.account().hex())
    expect(payer.page.get_by_role("dialog")).to_contain_text("Bank of the East")
    send(payer, "1")
    payee.sees("¥10,089.80")


def test_a_request_is_a_notice_that_the_payer_pushes(phones: Phones) -> None:
    asker, payer = phones(), phones()
    for phone, bank in ((asker, "bank-south"), (payer, "bank-west")):
        phone.first_run()
        phone.bind(bank, next_count())
    asker.go("/requests/new")
    asker.field(asker.words["find.who"]).fill(payer.account().hex())
    asker.button(asker.words["find.find"]).click()
    asker.field(asker.words["requests.text"]).fill("Hot pot on Friday")
    asker.type_amount("66")
    asker.button(asker.words["requests.ask"]).click()
    expect(asker.heading(asker.words["requests.title"])).to_be_visible()

    payer.go("/requests")
    payer.sees("Hot pot on Friday")
    payer.button(payer.words["requests.pay"]).click()
    payer.button(payer.words["pay.next"]).click()
    payer.agree()
    payer.expect_paid()
    payer.go("/requests")
    payer.sees(payer.words["requests.paid"])
    asker.home()
    asker.sees("¥10,066.00")


@pytest.fixture(scope="module")
def tiles(town: Town) -> str:
    """An asset of a bank, of which Chen has some."""
    bank = town.city.keys["bank-east"]
    register: dict[str, Any] = {"asset": TILES, "asset_class": AssetClass.VOUCHER, "name": "Tiles", "decimals": 0}
    issue = {"account": town.chen.account, "asset": TILES, "amount_minor": 1_000}
    for kind, fields in (("register_asset/1", register), ("issue/1", issue)):
        assert town.submit(sign(build(town.chain_id, kind, "bank-east", **fields), bank)).status_code == 200
    return TILES


def test_take_part_of_an_offer_make_one_and_cancel_it(phone: Phone, town: Town, tiles: str) -> None:
    terms = {"give_asset": tiles, "give_minor": 100, "want_asset": "CNY", "want_minor": 2_000}
    town.do("offer/1", town.chen, "/v1/offers", **terms, taker=None, expires_at_ms=now_ms() + 600_000)
    words = phone.words
    phone.first_run()
    phone.bind("bank-east", next_count())
    phone.home()
    phone.link(words["home.trade"]).click()
    phone.field(words["trade.give"]).fill("CNY")
    phone.field(words["trade.want"]).fill(tiles)
    phone.button(words["trade.show"]).click()
    phone.button(words["trade.take"]).first.click()
    sheet = phone.page.get_by_role("dialog")
    sheet.get_by_role("textbox").fill("40")
    expect(sheet).to_contain_text("¥8.00")
    phone.enter_pin()
    expect(phone.status(words["result.done"])).to_be_visible()

    phone.go("/trade")
    phone.field(words["trade.give"]).fill(tiles)
    phone.field(words["trade.want"]).fill("CNY")
    phone.button(words["trade.show"]).click()
    form = phone.page.locator("section").filter(has=phone.heading(words["trade.offer"]))
    form.get_by_role("textbox").first.fill("10")
    form.get_by_role("textbox").nth(1).fill("5")
    form.get_by_role("button", name=words["trade.offer"]).click()
    phone.enter_pin()
    expect(phone.status(words["result.done"])).to_be_visible()
    phone.go("/trade")
    expect(phone.heading(words["trade.own"])).to_be_visible()
    phone.button(words["trade.cancel"]).click()
    phone.enter_pin()
    expect(phone.status(words["result.done"])).to_be_visible()
    phone.go("/trade")
    expect(phone.field(words["trade.give"])).to_be_visible()
    expect(phone.heading(words["trade.own"])).not_to_be_visible()
