"""NQR of Nigeria."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

MERCHANT = {"00": "NG.COM.NIBSS-PLC.QR", "01": "M0000000001", "02": "S0000000001"}
BASE = {
    "00": "01",
    "01": "11",
    "26": tlv.encode(MERCHANT),
    "52": "0000",
    "53": "566",
    "58": "NG",
    "59": "SHOP",
    "60": "Nigeria",
}

told = teller(BASE)


def test_the_merchant_is_paid() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("nqr", True, True)
    assert answer["payee"] == {"kind": "merchant", "id": "M0000000001", "institution": None}
    assert told(f26=tlv.encode({"00": "ng.com.nibss-plc.qr"}))["payee"] is None


def test_both_identifiers_name_the_scheme_though_unionpays_field_is_there() -> None:
    shop = tlv.encode({"00": "NG.COM.NIBSSPLC.QR", "01": "S0003085415"})
    answer = told(f15="**999166**999166****M0003887640", f26=shop)
    assert (answer["scheme"], answer["valid"], answer["payee"]["id"]) == ("nqr", True, "S0003085415")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "GH"}, ("code_field_invalid", "58")),
        ({"f59": None}, ("code_field_missing", "59")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("nqr", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
