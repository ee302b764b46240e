"""Sheets of stickers: every code on the page is read back from the page as it prints."""

from __future__ import annotations

import pypdfium2
import pytest
import zxingcpp

from payport.qr import stickers
from payport.qr.templates.payport import MerchantCode, encode
from payport.values.refusals import Refusal

CODE = encode(
    MerchantCode(bytes(range(16)), "5411", "CNY", None, "CN", "HARVEST SUPERMARKET", "BEIJING", local_name="丰收超市")
)


@pytest.mark.parametrize("size", stickers.GRIDS)
def test_every_sticker_is_read_at_200_dots_an_inch(size: str) -> None:
    grid = stickers.GRIDS[size]
    document = pypdfium2.PdfDocument(stickers.make_sheet(CODE, "HARVEST SUPERMARKET", "丰收超市", size))
    assert len(document) == 1
    page = document[0]
    found = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
    assert [each.text for each in found] == [CODE] * (grid.columns * grid.rows)
    text = page.get_textpage().get_text_bounded()
    assert text.count("HARVEST SUPERMARKET") == text.count("丰收超市") == len(found)


def test_the_same_code_makes_the_same_bytes() -> None:
    assert stickers.make_sheet(CODE, "SHOP") == stickers.make_sheet(CODE, "SHOP")


def test_a_code_too_fine_for_a_sticker_is_refused() -> None:
    with pytest.raises(Refusal, match="code_not_drawable"):
        stickers.make_sheet("x" * 1_000)
