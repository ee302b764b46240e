"""Paying: by the camera, and what is on the receipt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.camera import film
from tests.browser.counts import next_count
from tests.browser.phone import PIN
from tests.browser.shops import shop_code

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.conftest import Phones
    from tests.browser.phone import Phone
    from tests.gateway.town import Town

MOST_TABS = 60
SLOW_SECONDS = 5.0
"""What a payment may take on a machine that does other things too; the figure itself is printed."""


def test_first_run_with_cards_of_two_banks(phone: Phone) -> None:
    phone.first_run()
    phone.bind("bank-north", next_count())
    phone.link(phone.words["app.done"]).click()
    phone.sees("Bank of the North")
    phone.bind("bank-east", next_count())
    phone.home()
    phone.sees("Bank of the East")
    phone.sees("¥20,000.00")  # both together
    phone.button(phone.words["home.hide"]).click()
    expect(phone.page.get_by_text("¥20,000.00")).not_to_be_visible()


def test_scan_pay_receipt_verify(phone: Phone, town: Town) -> None:
    phone.first_run()
    phone.bind("bank-north", next_count())
    film(phone.camera, shop_code(town, town.market, 1_880))
    phone.home()
    phone.link(phone.words["home.scan"]).click()
    phone.sees("HARVEST SUPERMARKET")
    phone.button(phone.words["pay.next"]).click()
    begun = phone.agree()
    phone.expect_paid()
    seconds = time.monotonic() - begun
    print(f"from the last digit of the PIN to the receipt: {1_000 * seconds:.0f} ms")
    assert seconds < SLOW_SECONDS
    phone.link(phone.words["result.receipt"]).click()
    phone.sees("¥18.80")
    phone.button(phone.words["verify.begin"]).click()
    phone.sees(phone.words["verify.holds"])
    assert phone.page.get_by_role("main").get_by_role("list").get_by_role("listitem").count() >= 6


def test_the_whole_payment_in_chinese(phones: Phones, town: Town) -> None:
    phone = phones(language="zh")
    phone.first_run()
    expect(phone.page.locator("html")).to_have_attribute("lang", "zh-CN")
    phone.bind("bank-north", next_count())
    phone.read_code(shop_code(town, town.market))
    phone.sees("丰收超市")
    phone.type_amount("9.90")
    phone.button(phone.words["pay.next"]).click()
    phone.agree()
    phone.expect_paid()
    phone.link(phone.words["result.receipt"]).click()
    phone.button(phone.words["verify.begin"]).click()
    phone.sees(phone.words["verify.holds"])


def test_another_language_is_chosen_in_the_app(phone: Phone) -> None:
    phone.first_run()
    phone.go("/me")
    phone.page.get_by_role("radio", name="简体中文").or_(phone.page.get_by_role("radio", name="中文")).check(force=True)
    expect(phone.heading("我的")).to_be_visible()
    expect(phone.page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_a_whole_payment_by_keyboard_alone(phone: Phone, town: Town) -> None:
    keys = phone.page.keyboard
    phone.first_run()
    phone.bind("bank-north", next_count())
    phone.home()
    tab_to(phone, phone.link(phone.words["home.scan"]))
    keys.press("Enter")
    paste = phone.field(phone.words["scanner.paste"])
    expect(paste).to_be_visible()
    tab_to(phone, paste)
    keys.insert_text(shop_code(town, town.market))
    tab_to(phone, phone.button(phone.words["scanner.useText"]))
    keys.press("Enter")
    phone.sees("HARVEST SUPERMARKET")
    expect(phone.page.get_by_role("group", name=phone.words["ui.amount"], exact=True)).to_be_focused()
    keys.type("12.50")
    keys.press("Enter")
    expect(phone.heading(phone.words["pay.confirm"])).to_be_visible()
    tab_to(phone, phone.button(phone.words["pay.agree"]))
    keys.press("Enter")
    expect(phone.page.get_by_role("group", name=phone.words["pay.pin"])).to_be_focused()
    keys.type(PIN)
    phone.expect_paid()
    tab_to(phone, phone.link(phone.words["result.receipt"]))
    keys.press("Enter")
    verify = phone.button(phone.words["verify.begin"])
    expect(verify).to_be_visible()
    tab_to(phone, verify)
    keys.press("Enter")
    phone.sees(phone.words["verify.holds"])


def tab_to(phone: Phone, wanted: Locator) -> None:
    """Press Tab until something has the focus, as whoever has no pointer does."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        phone.page.keyboard.press("Tab")
    message = f"no way to {wanted} by the keyboard"
    raise AssertionError(message)
