"""VNPAY-QR: who is paid, and what the scheme refuses."""

from __future__ import annotations

from payport.qr import emvco, reading, tlv

BASE = {
    "00": "01",
    "01": "11",
    "26": tlv.encode({"00": "A000000775", "01": "0105313144"}),
    "53": "704",
    "58": "VN",
    "59": "SHOP",
}


def test_who_is_paid() -> None:
    answer = reading.decode(emvco.encode(BASE)).json()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("vnpay", True, False)
    assert answer["payee"] == {"kind": "merchant", "id": "0105313144", "institution": None}


def test_a_code_without_shop_is_refused() -> None:
    answer = reading.decode(emvco.encode({**BASE, "26": tlv.encode({"00": "A000000775"})})).json()
    assert (answer["scheme"], answer["valid"], answer["payee"]) == ("vnpay", False, None)
