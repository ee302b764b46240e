"""Paying: by the camera, and what is on the receipt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.camera import film
from tests.browser.counts import next_count
from tests.browser.shops import shop_code

if TYPE_CHECKING:
    from tests.browser.phone import Phone
    from tests.gateway.town import Town

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
