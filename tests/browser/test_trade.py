"""Trade: part of an offer is taken, an offer is made and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import shop
from tests.browser.phone import PIN
from tests.browser.tour import TILES, offer_tiles

if TYPE_CHECKING:
    from tests.browser.phone import Phone
    from tests.gateway.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def show(phone: Phone, give: str, want: str) -> None:
    phone.go("#/")
    phone.go("#/trade")
    phone.page.get_by_label("I give", exact=True).fill(give)
    phone.page.get_by_label("I want", exact=True).fill(want)
    phone.press("Show offers")


def agree(phone: Phone) -> None:
    phone.sees("Enter your PIN to pay")
    phone.type(PIN)
    expect(phone.page.get_by_role("status").filter(has_text="Done")).to_be_visible()


def test_take_part_of_an_offer_make_one_and_take_it_back(town: Town, holder: Phone) -> None:
    offer_tiles(town)
    phone, page = holder, holder.page
    shop.give(town, phone.account(), 1_000)  # a trade is paid by what is on the ledger
    show(phone, "CNY", TILES)
    phone.press("Take")
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("textbox").fill("40")
    expect(sheet).to_contain_text("8.00")  # 40 of the cheaper hundred at 20.00
    phone.page.get_by_role("dialog").get_by_role("group").first.focus()
    agree(phone)

    show(phone, TILES, "CNY")
    form = page.locator("section").filter(has=page.get_by_role("heading", name="Make an offer"))
    form.get_by_role("textbox").first.fill("10")
    form.get_by_role("textbox").nth(1).fill("5")
    form.get_by_role("button", name="Make an offer").click()
    agree(phone)

    phone.go("#/")
    phone.go("#/trade")
    phone.press("Cancel offer")
    agree(phone)
    phone.go("#/")
    phone.go("#/trade")
    page.get_by_label("I give", exact=True).wait_for()
    expect(page.get_by_role("heading", name="My offers")).to_have_count(0)
    phone.go("#/activity")
    phone.sees("Offer cancelled")
