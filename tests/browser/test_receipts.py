"""Receipts: shared by a link, opened by a stranger; saved as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from payport.proof.verify import verify_receipt
from tests.browser.counts import next_count
from tests.browser.shops import shop_code

if TYPE_CHECKING:
    from tests.browser.conftest import Phones
    from tests.gateway.town import Town


def test_a_shared_link_proves_itself_in_a_strangers_browser(phones: Phones, town: Town) -> None:
    phone, stranger = phones(), phones()
    phone.first_run()
    phone.bind("bank-north", next_count())
    phone.pay_code(shop_code(town, town.books, 4_500))
    phone.link(phone.words["result.receipt"]).click()
    phone.button(phone.words["receipt.share"]).click()
    link = phone.page.locator(".pw-link").inner_text()
    assert link.startswith(f"{phone.url}/wallet/#/shared?token=")
    asked = []
    stranger.page.on("request", lambda request: asked.append(request.url))
    stranger.page.goto(link)
    stranger.sees(stranger.words["verify.holds"])
    stranger.sees("¥45.00")
    expect(stranger.page.get_by_text(stranger.words["receipt.balance"], exact=True)).not_to_be_visible()
    assert stranger.stored("cards") == []

    # The same receipt, saved and opened as a file; and one byte of it changed.
    with stranger.page.expect_download() as saving:
        stranger.button(stranger.words["receipt.save"]).click()
    file = Path(saving.value.path()).read_bytes()
    assert verify_receipt(file, town.network.trust).height
    forged = file[:-20] + bytes([file[-20] ^ 1]) + file[-19:]
    stranger.open("#/shared")
    stranger.field(stranger.words["shared.file"]).set_input_files(
        {"name": "forged.payport", "mimeType": "application/octet-stream", "buffer": forged}
    )
    expect(stranger.page.get_by_text(stranger.words["verify.failed"])).to_be_visible()
    expect(stranger.page.get_by_text(stranger.words["verify.holds"])).not_to_be_visible()
