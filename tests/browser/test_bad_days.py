"""Bad days: lost replies, no network, an app that ends in the middle, wrong clocks, evicted storage, refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from payport.ledger.state.restrictions import FreezeMode, FreezeReason
from payport.qr import images
from payport.wallet import pay_codes
from payport.wallet.client import Client
from payport.wallet.sign import build
from tests.browser.conftest import POOR
from tests.browser.counts import next_count
from tests.browser.shops import shop_code
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.browser.conftest import Phones
    from tests.browser.phone import Phone
    from tests.gateway.town import Town

PAYMENTS = "**/v1/payments"
NO_NETWORK = r"ERR_(INTERNET_DISCONNECTED|FAILED|CONNECTION|NETWORK|ABORTED|INCOMPLETE)"
REFUSED = r"status of 4\d\d"
TEN_MINUTES_FAST = """
const ahead = 600_000;
globalThis.Date = class extends Date {
  constructor(...given) { if (given.length === 0) { super(Date.now()); } else { super(...given); } }
  static now() { return super.now() + ahead; }
};
"""


class Lost:
    """A road on which requests arrive and answers do not."""

    def __init__(self, phone: Phone, answers_lost: int) -> None:
        self.bodies: list[Any] = []
        self.left = answers_lost
        self.phone = phone
        phone.forgive(NO_NETWORK)
        phone.context.route(PAYMENTS, self._carry)

    def _carry(self, route: Route) -> None:
        self.bodies.append(route.request.post_data)
        if self.left > 0:
            self.left -= 1
            route.fetch()
            route.abort()
        else:
            route.continue_()


def prepared(phone: Phone, bank: str = "bank-north", count: int | None = None) -> Phone:
    phone.first_run()
    phone.bind(bank, count or next_count())
    return phone


def begin_payment(phone: Phone, code: str) -> None:
    phone.read_code(code)
    phone.button(phone.words["pay.next"]).click()
    phone.agree()


def payments_of(town: Town, phone: Phone) -> list[Any]:
    """Return the purchases of the phone's first account that the ledger knows."""
    town.indexed()
    account = phone.account().hex()
    shop = town.of(town.bakery, "/transactions", limit=100).json()["transactions"]
    return [each for each in shop if each["counterparty"] == account and each["outcome"] == "committed"]


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes_and_one_effect(phone: Phone, town: Town) -> None:
    prepared(phone)
    lost = Lost(phone, 2)
    begin_payment(phone, shop_code(town, town.bakery, 1_234))
    phone.expect_paid()
    assert len(lost.bodies) == 3
    assert len(set(lost.bodies)) == 1
    phone.home()
    phone.sees("¥9,987.66")


def test_a_phone_that_ends_in_mid_payment_shows_it_as_pending_and_then_what_became_of_it(
    phone: Phone, town: Town
) -> None:
    prepared(phone)
    lost = Lost(phone, 1_000)
    begin_payment(phone, shop_code(town, town.bakery, 1_234))
    phone.sees(phone.words["result.pending"])
    phone.page.reload()
    phone.unlock()
    phone.home()
    expect(phone.heading(phone.words["home.underWay"])).to_be_visible()
    phone.sees(phone.words["home.waiting"])
    lost.left = 0
    expect(phone.heading(phone.words["home.underWay"])).not_to_be_visible()
    assert len(set(lost.bodies)) == 1
    phone.sees("¥9,987.66")
    phone.page.get_by_role("link").filter(has_text="12.34").first.click()
    phone.sees(phone.words["receipt.committed"])


def test_a_pay_code_made_offline_is_charged_and_the_phone_says_paid(phone: Phone, town: Town) -> None:
    prepared(phone)
    town.submit(sign(town.transfer(town.lin, town.market, 1), town.lin.key))
    gift = build(
        town.chain_id, "transfer/1", town.lin.account, payee=phone.account(), asset="CNY", amount_minor=5_000
    )
    assert town.submit(sign(gift, town.lin.key)).status_code == 200
    phone.home()
    phone.sees("¥10,050.00")
    phone.link(phone.words["home.code"]).click()
    expect(phone.page.get_by_role("img", name=phone.words["code.label"])).to_be_visible()
    phone.forgive(NO_NETWORK)
    phone.context.set_offline(True)
    phone.button(phone.words["code.renew"]).click()
    phone.sees(phone.words["code.offline"])
    picture = phone.page.get_by_role("img", name=phone.words["code.label"]).screenshot()
    authority = pay_codes.read(images.read(picture)[0])
    with Client(town.network.url, town.network.trust) as till:
        charged = till.charge(town.market.own(town.chain_id), authority, 1_500)
    assert charged.height
    phone.context.set_offline(False)
    phone.expect_paid()
    phone.sees("¥15.00")
    phone.link(phone.words["result.receipt"]).click()
    phone.button(phone.words["verify.begin"]).click()
    phone.sees(phone.words["verify.holds"])


def test_offline_the_shell_and_the_history_are_there(phone: Phone, town: Town) -> None:
    prepared(phone)
    phone.pay_code(shop_code(town, town.metro, 300))
    phone.home()
    phone.sees("CITY METRO")
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    phone.forgive(NO_NETWORK)
    phone.context.set_offline(True)
    phone.page.reload()
    phone.unlock()
    expect(phone.status(phone.words["ui.offline"])).to_be_visible()
    phone.sees("CITY METRO")
    phone.sees("¥9,997.00")
    phone.link(phone.words["bar.activity"]).click()
    phone.sees("CITY METRO")


def test_evicted_storage_is_explained(phone: Phone) -> None:
    phone.first_run()
    # What a browser does that needs room: the origin's storage goes, its cookies stay.
    session = phone.context.new_cdp_session(phone.page)
    phone.page.goto("about:blank")
    kinds = "indexeddb,local_storage,cache_storage,service_workers"
    session.send("Storage.clearDataForOrigin", {"origin": phone.url, "storageTypes": kinds})
    phone.open()
    alert = phone.page.get_by_role("alert")
    expect(alert).to_contain_text(phone.words["welcome.evicted"])
    expect(phone.button(phone.words["welcome.join"])).to_be_visible()


def test_a_clock_that_is_ten_minutes_fast_still_pays(phones: Phones, town: Town) -> None:
    phone = phones()
    phone.context.add_init_script(TEN_MINUTES_FAST)
    prepared(phone)
    phone.pay_code(shop_code(town, town.bakery, 500))
    phone.sees(phone.words["app.clock"].replace("{{count}}", "10"))


def test_too_little_money_says_so_and_what_to_do(phone: Phone, town: Town) -> None:
    prepared(phone, *POOR)
    phone.forgive(REFUSED)
    begin_payment(phone, shop_code(town, town.bakery, 90_000))
    phone.sees(phone.words["result.refused"])
    expect(phone.page.get_by_role("alert").filter(has_text=phone.words["advice.insufficient_deposit"])).to_be_visible()
    phone.home()
    phone.sees("¥5.00")


def test_a_code_that_has_expired_says_so(phone: Phone, town: Town) -> None:
    prepared(phone)
    phone.forgive(REFUSED)
    begin_payment(phone, shop_code(town, town.bakery, 100, expires_at_ms=now_ms() - 1_000))
    expect(phone.page.get_by_role("alert")).to_contain_text(re.compile("expired"))


def test_a_frozen_account_says_so(phone: Phone, town: Town) -> None:
    prepared(phone)
    frozen = {
        "account": phone.account(),
        "mode": FreezeMode.DEBIT,
        "asset": None,
        "amount_minor": None,
        "reason": FreezeReason.LOST_DEVICE,
        "expires_at_ms": now_ms() + 3_600_000,
        "second": None,
    }
    freeze = build(town.chain_id, "freeze/1", "bank-north", **frozen)
    assert town.submit(sign(freeze, town.city.keys["bank-north"])).status_code == 200
    phone.forgive(REFUSED)
    begin_payment(phone, shop_code(town, town.bakery, 100))
    expect(phone.page.get_by_role("alert").filter(has_text=re.compile("frozen"))).to_be_visible()


@pytest.mark.parametrize("text", ["https://qr.alipay.com/fkx0123456789", "hello"])
def test_what_is_no_code_of_this_network_is_named(phone: Phone, text: str) -> None:
    phone.first_run()
    phone.forgive(REFUSED)
    phone.read_code(text)
    expect(phone.page.get_by_role("alert").first).to_be_visible()
    phone.button(phone.words["scan.again"]).click()
    expect(phone.field(phone.words["scanner.paste"])).to_be_visible()


def test_a_wrong_pin_pays_nothing(phone: Phone, town: Town) -> None:
    prepared(phone)
    phone.read_code(shop_code(town, town.bakery, 100))
    phone.button(phone.words["pay.next"]).click()
    phone.agree("909090")
    phone.sees(phone.words["pin.wrong_other"].replace("{{count}}", "4"))
    phone.enter_pin()
    phone.expect_paid()
