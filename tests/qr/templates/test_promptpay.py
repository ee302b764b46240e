"""Thai QR Payment: who is paid, and what the scheme refuses."""

from __future__ import annotations

from typing import Any

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

AID = "A000000677010111"
BILL = "A000000677010112"
BASE = {"00": "01", "01": "11", "29": tlv.encode({"00": AID, "01": "0066812345678"}), "53": "764", "58": "TH"}

told = teller(BASE)


def broken(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]


@pytest.mark.parametrize(
    ("root", "fields", "kind", "number", "institution"),
    [
        ("29", {"00": AID, "01": "0066812345678"}, "phone", "0066812345678", None),
        ("29", {"00": AID, "02": "1234567890123"}, "national_id", "1234567890123", None),
        ("29", {"00": AID, "02": "0123456789012"}, "business_id", "0123456789012", None),
        ("29", {"00": AID, "03": "004999000288505"}, "wallet", "004999000288505", None),
        ("29", {"00": AID, "04": "0141234567890"}, "account", "1234567890", "014"),
        ("29", {"00": "a000000677010114", "05": "1234567890"}, "alias", "1234567890", None),
        ("30", {"00": BILL, "01": "099999999999990", "02": "A1"}, "biller", "099999999999990", None),
        ("31", {"00": "A000000677010113", "01": "004", "02": "KB1", "04": "R"}, "merchant", "KB1", "004"),
    ],
)
def test_who_is_paid(root: str, fields: dict[str, str], kind: str, number: str, institution: str | None) -> None:
    answer = told(**{"f29": None, f"f{root}": tlv.encode(fields)})
    assert (answer["scheme"], answer["valid"], broken(answer)) == ("promptpay", True, [])
    assert answer["payee"] == {"kind": kind, "id": number, "institution": institution}


def test_a_transfer_comes_before_a_bill_and_a_bill_before_the_bank_behind_it() -> None:
    bill = tlv.encode({"00": BILL, "01": "099999999999990", "02": "A1"})
    shop = tlv.encode({"00": "A000000677010113", "02": "KB1"})
    assert told(f30=bill, f31=shop)["payee"]["kind"] == "phone"
    assert told(f29=None, f30=bill, f31=shop)["payee"]["kind"] == "biller"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f29": tlv.encode({"00": AID})}, ("code_field_missing", "29-01")),
        ({"f29": tlv.encode({"00": AID, "01": "0812345678"})}, ("code_field_invalid", "29-01")),
        ({"f29": tlv.encode({"00": AID, "04": "bank"})}, ("code_field_invalid", "29-04")),
        ({"f30": tlv.encode({"00": BILL, "01": "099999999999990"})}, ("code_field_missing", "30-02")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f53": None}, ("code_field_missing", "53")),
        ({"f58": "LA"}, ("code_field_invalid", "58")),
        ({"f01": "13"}, ("code_field_invalid", "01")),
        ({"f55": "02"}, ("code_field_invalid", "56")),
    ],
)
def test_what_the_scheme_refuses(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert not answer["valid"]
    assert error in broken(answer)


def test_a_code_that_names_nobody_has_no_payee() -> None:
    shop = tlv.encode({"00": "A000000677010113"})
    assert told(f29=None, f31=shop)["payee"] is None
