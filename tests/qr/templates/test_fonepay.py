"""Fonepay of Nepal."""

from __future__ import annotations

import pytest

from payport.qr import emvco, reading, tlv
from tests.qr.templates.answers import teller

MERCHANT = {"00": "fonepay.com", "01": "2222000000000001"}
BASE = {
    "00": "01",
    "01": "11",
    "26": tlv.encode(MERCHANT),
    "52": "5411",
    "53": "524",
    "58": "NP",
    "59": "SHOP",
    "60": "KATHMANDU",
}

told = teller(BASE)


def test_the_merchant_is_paid() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("fonepay", True, True)
    assert answer["payee"] == {"kind": "merchant", "id": "2222000000000001", "institution": None}
    assert told(f26=tlv.encode({"00": "fonepay.com"}))["payee"] is None


def test_a_checksum_in_lower_case_counts() -> None:
    code = emvco.encode(BASE)
    assert reading.decode(code[:-4] + code[-4:].lower()).valid


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "IN"}, ("code_field_invalid", "58")),
        ({"f59": None}, ("code_field_missing", "59")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("fonepay", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
