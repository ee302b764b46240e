"""Paying by phone, as a customer sees it: the code before the camera, the receipt that proves itself, the pay code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from payport.qr import images
from payport.wallet import pay_codes
from tests.browser import shop
from tests.browser.camera import film
from tests.browser.phone import PIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.phone import Phone
    from tests.gateway.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SOON_SECONDS = 5.0
"""A receipt is there within a second; a busy machine of the tests is allowed more, and the time is told."""


def test_a_code_before_the_camera(
    town: Town, launch: Callable[..., Browser], phones: Callable[..., Phone], tmp_path: Path
) -> None:
    video = film(shop.code(town), tmp_path / "sticker.y4m")
    started = launch(f"--use-file-for-fake-video-capture={video}")
    phone = phones(started, permissions=["camera"])
    phone.first_run()
    phone.bind("bank-east", 90)
    before = shop.received(town)
    phone.press("Scan", "link")
    phone.sees(shop.NAME)
    seconds = phone.pay("12.50")
    sys.stderr.write(f"wallet: {seconds:.2f} s from the PIN to the receipt\n")
    assert seconds < SOON_SECONDS
    assert shop.received(town) == before + 1
    phone.press("Receipt", "link")
    phone.press("Verify")
    phone.sees("The receipt holds")
    phone.press("Share a link")
    link = phone.page.locator(".pw-link").inner_text()
    stranger = phones(started)
    page = stranger.open(link.removeprefix(stranger.url))
    page.get_by_text("The receipt holds").wait_for()
    assert page.get_by_text("12.50").count()
    started.close()


def test_a_pay_code_made_offline_is_charged(town: Town, holder: Phone) -> None:
    phone = holder
    shop.give(town, phone.account(), 5_000)
    phone.go("#/pay-code")
    code = phone.page.get_by_role("img", name="Your pay code")
    code.wait_for()
    phone.online(online=False)
    phone.press("New code")
    phone.sees("Offline: the code works")
    (text,) = images.read(code.screenshot())
    phone.online(online=True)
    assert shop.charge(town, pay_codes.read(text), 321) == "committed"
    phone.sees("Paid", exact=True)
    phone.sees("3.21")


def test_a_pay_code_by_its_digits(town: Town, holder: Phone) -> None:
    phone = holder
    shop.give(town, phone.account(), 5_000)
    phone.go("#/pay-code")
    shown = phone.page.locator(".pp-digits-code")
    shown.wait_for()
    digits = "".join(each for each in shown.inner_text() if each.isdigit())[-19:]
    assert shop.charge_digits(town, digits, 405) == "committed"
    phone.sees("Paid", exact=True)
    phone.sees("4.05")


def test_by_keys_alone(town: Town, holder: Phone) -> None:
    phone, page = holder, holder.page
    phone.go("#/scan")
    page.get_by_role("textbox").focus()
    page.keyboard.insert_text(shop.code(town, 150))
    for name in ("Use this text", "Continue", "Pay now"):
        phone.reach(name)
        page.keyboard.press("Enter")
    phone.sees("Enter your PIN to pay")
    phone.type(PIN)
    phone.sees("Paid", exact=True)


@pytest.mark.parametrize(
    ("amount_minor", "says"), [(99_999_900, "Not paid"), (10_000_000, "Not paid")], ids=["no money", "over the limit"]
)
def test_a_refusal_says_why_and_what_to_do(town: Town, holder: Phone, amount_minor: int, says: str) -> None:
    holder.scan_text(shop.code(town, amount_minor))
    holder.agree()
    holder.sees(says)
    advice = holder.page.get_by_role("main").inner_text()
    assert "Choose another card" in advice or "Pay a smaller amount" in advice, advice


def test_a_foreign_code_is_named(holder: Phone) -> None:
    holder.scan_text("https://qr.alipay.com/abc123")
    assert "Alipay" in holder.page.get_by_role("alert").first.inner_text()
