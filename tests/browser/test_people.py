"""Between people: a transfer by phone number, a request that is paid, an offer that is taken in part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.phone import Phone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ALIAS = "+99900000777"


def register(phone: Phone, alias: str) -> None:
    """Let a phone number stand for the phone's card."""
    page = phone.page
    phone.go("#/cards")
    page.get_by_role("listitem").get_by_role("link").first.click()
    page.get_by_label("Phone number or e-mail address").fill(alias)
    phone.press("Send code")
    phone.press("Use this code")
    phone.press("Register")
    page.get_by_role("button", name=f"Remove {alias}").wait_for()


def test_transfer_and_request(holder: Phone, other: Phone) -> None:
    register(other, ALIAS)
    page = holder.page
    holder.go("#/transfer")
    page.get_by_role("textbox").fill("+999 0000 0777")
    holder.press("Find")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert "*" in dialog.inner_text(), "the name is masked"
    holder.press("Keep as contact")
    holder.press("Yes, continue")
    holder.pay("200")
    other.go("#/")
    other.go("#/activity")
    other.sees("200.00")

    holder.go("#/requests/new")
    page.get_by_role("listitem").get_by_role("button").first.click()
    page.get_by_label("What for").fill("Lunch 午饭")
    page.get_by_role("group", name="Amount", exact=True).focus()
    holder.type("33")
    holder.press("Ask")
    other.go("#/requests")
    other.sees("Lunch 午饭")
    other.press("Pay")
    other.pay()
    holder.go("#/requests")
    holder.page.get_by_role("radio", name="By me").check()
    holder.sees("Paid")
