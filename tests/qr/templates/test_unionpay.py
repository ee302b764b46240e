"""UnionPay's plain account: its three parts, its length."""

from __future__ import annotations

import pytest

from tests.qr.templates.answers import teller

BASE = {
    "00": "01",
    "01": "11",
    "15": "2500034400020344500034470110001",
    "52": "7011",
    "53": "344",
    "58": "HK",
    "59": "SHOP",
    "60": "HONG KONG",
}

told = teller(BASE)


def test_the_merchant_is_paid_at_its_acquirer() -> None:
    answer = told()
    assert (answer["scheme"], answer["valid"], answer["strict_valid"]) == ("unionpay", True, True)
    assert answer["payee"] == {"kind": "merchant", "id": "500034470110001", "institution": "25000344"}
    assert told(f15=None, f16=BASE["15"])["payee"] == answer["payee"]


def test_a_countrys_own_number_beside_another_account_is_not_unionpays() -> None:
    assert told(f15="1663451234567890", f04="5345123456789012")["scheme"] == "emvco"
    assert told(f04="5345123456789012")["scheme"] == "unionpay"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f15": "2500034400020344"}, ("code_field_invalid", "15")),
        ({"f59": None}, ("code_field_missing", "59")),
        ({"f00": "02"}, ("code_field_invalid", "00")),
        ({"f55": "02"}, ("code_field_invalid", "56")),
    ],
)
def test_what_the_scheme_does_not_allow(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("unionpay", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
