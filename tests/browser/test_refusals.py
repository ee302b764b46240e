"""What the port or the phone refuses, and that the person is told why."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import pytest

from payport.ledger.state.restrictions import FreezeMode, FreezeReason
from payport.wallet.sign import build
from tests.browser import shop
from tests.browser.phone import PIN
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

    from tests.browser.phone import Phone
    from tests.gateway.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SHORT_MS = 1_500


def bill(town: Town, amount_minor: int, life_ms: int) -> str:
    """Return the code of a bill that is paid once, and only so long."""
    signed = town.order(town.canteen, f"bill-{time.time_ns()}", amount_minor, expires_at_ms=now_ms() + life_ms)
    return shop.code(town, amount_minor, order=base64.b64encode(signed).decode())


def test_a_bill_that_has_expired(town: Town, holder: Phone) -> None:
    holder.scan_text(bill(town, 700, SHORT_MS))
    holder.sees("UNIVERSITY CANTEEN")
    time.sleep(SHORT_MS / 1_000)
    holder.agree()
    holder.sees("Not paid")
    assert "expired" in holder.page.get_by_role("alert").first.inner_text()


def test_a_bill_is_paid_once(town: Town, holder: Phone) -> None:
    text = bill(town, 800, 600_000)
    holder.scan_text(text)
    holder.pay()
    holder.scan_text(text)
    holder.agree()
    holder.sees("This bill is paid already")


def test_a_frozen_account(town: Town, holder: Phone) -> None:
    frozen = {
        "account": bytes.fromhex(holder.account()),
        "mode": FreezeMode.DEBIT,
        "asset": None,
        "amount_minor": None,
        "reason": FreezeReason.LOST_DEVICE,
        "expires_at_ms": now_ms() + 3_600_000,
        "second": None,
    }
    freeze = build(town.chain_id, "freeze/1", "bank-east", **frozen)
    assert town.submit(sign(freeze, town.city.keys["bank-east"])).status_code == 200
    before = shop.received(town)
    holder.scan_text(shop.code(town, 100))
    holder.agree()
    holder.sees("Not paid")
    assert "frozen" in holder.page.get_by_role("alert").first.inner_text()
    assert shop.received(town) == before


def test_a_wrong_pin_pays_nothing(town: Town, holder: Phone) -> None:
    before = shop.received(town)
    holder.scan_text(shop.code(town, 100))
    holder.press("Continue")
    holder.press("Pay now")
    holder.sees("Enter your PIN to pay")
    holder.type("909090")
    holder.sees("Wrong PIN. 4 attempts left.")
    assert shop.received(town) == before
    holder.type(PIN)
    holder.sees("Paid", exact=True)
    assert shop.received(town) == before + 1


def test_a_receipt_of_which_one_bit_was_changed(town: Town, holder: Phone) -> None:
    holder.scan_text(shop.code(town, 300))
    holder.pay()
    holder.press("Receipt", "link")
    with holder.page.expect_download() as saving:
        holder.press("Save as file")
    true = saving.value.path().read_bytes()
    holder.go("#/shared")
    forged = true[:-20] + bytes([true[-20] ^ 1]) + true[-19:]
    for data, verdict in ((true, "The receipt holds"), (forged, "proves nothing")):
        file: FilePayload = {"name": "receipt.payport", "mimeType": "application/octet-stream", "buffer": data}
        holder.page.get_by_label("Open a receipt file").set_input_files([file])
        holder.sees(verdict)
    assert holder.page.get_by_text("The receipt holds").count() == 0
