"""JPQR: the merchant number in four parts."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

NUMBER = {"00": "jp.or.paymentsjapan", "01": "0000000000001", "02": "0001", "03": "000001", "04": "000001"}
BASE = {
    "00": "01",
    "01": "11",
    "26": tlv.encode(NUMBER),
    "52": "5812",
    "53": "392",
    "58": "JP",
    "59": "xxx",
    "60": "xxx",
}

told = teller(BASE)


def test_the_merchant_is_paid_by_its_number() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("jpqr", True, True)
    assert answer["payee"] == {"kind": "merchant", "id": "0000000000001-0001-000001-000001", "institution": None}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f26": tlv.encode({**NUMBER, "01": "1"})}, ("code_field_invalid", "26-01")),
        ({"f26": tlv.encode({"00": NUMBER["00"]})}, ("code_field_missing", "26-04")),
        ({"f01": "13"}, ("code_field_invalid", "01")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("jpqr", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
