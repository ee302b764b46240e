"""Bharat QR: UPI, bank accounts and card networks."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

UPI = {"00": "A000000524", "01": "shop@bank"}
BASE = {
    "00": "01",
    "01": "11",
    "02": "4000000000000002",
    "08": "YESB0CMSNOC2223330048827001",
    "26": tlv.encode(UPI),
    "52": "5399",
    "53": "356",
    "58": "IN",
    "59": "SHOP",
    "60": "DELHI",
}

told = teller(BASE)


def test_upi_comes_before_the_bank_account_and_that_before_a_card_network() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"]) == ("bharatqr", True)
    assert answer["payee"] == {"kind": "alias", "id": "shop@bank", "institution": None}
    answer = told(f26=None)
    assert (answer["scheme"], answer["valid"]) == ("bharatqr", True)
    assert answer["payee"] == {"kind": "account", "id": "2223330048827001", "institution": "YESB0CMSNOC"}
    answer = told(f26=None, f08=None)
    assert answer["payee"] == {"kind": "merchant", "id": "4000000000000002", "institution": None}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f26": tlv.encode({"00": UPI["00"]})}, ("code_field_missing", "26-01")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "NP"}, ("code_field_invalid", "58")),
        ({"f52": None}, ("code_field_missing", "52")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("bharatqr", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
