"""DuitNow QR: who is paid, and what the scheme refuses."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

TEMPLATE = {"00": "A0000006150001", "01": "501664", "02": "123456789"}
BASE = {
    "00": "02",
    "01": "11",
    "26": tlv.encode(TEMPLATE),
    "52": "9999",
    "53": "458",
    "58": "MY",
    "59": "SHOP",
    "60": "BANGI",
}

told = teller(BASE)


@pytest.mark.parametrize(
    ("changes", "kind", "institution"),
    [
        ({}, "merchant", "501664"),
        ({"f00": "01"}, "merchant", "501664"),
        ({"f52": "0000"}, "account", "501664"),
        (
            {"f26": tlv.encode({**TEMPLATE, "01": "898989"}), "f62": tlv.encode({"90": "0124007552406"})},
            "biller",
            "898989",
        ),
    ],
)
def test_who_is_paid(changes: dict[str, str | None], kind: str, institution: str) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("duitnow", True)
    assert answer["payee"] == {"kind": kind, "id": "123456789", "institution": institution}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f26": tlv.encode({**TEMPLATE, "01": "898989"})}, ("code_field_missing", "62-90")),
        ({"f26": tlv.encode({"00": "A0000006150001", "01": "501664"})}, ("code_field_missing", "26-02")),
        ({"f26": tlv.encode({**TEMPLATE, "01": "MOCK"})}, ("code_field_invalid", "26-01")),
        ({"f00": "03"}, ("code_field_invalid", "00")),
        ({"f53": "702"}, ("code_field_invalid", "53")),
        ({"f58": "SG"}, ("code_field_invalid", "58")),
        ({"f60": None}, ("code_field_missing", "60")),
        ({"f56": "1.00"}, ("code_field_invalid", "56")),
    ],
)
def test_what_the_scheme_refuses(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert not answer["valid"]
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]


def test_a_code_that_names_nobody_has_no_payee() -> None:
    assert told(f26=tlv.encode({"00": "A0000006150001"}))["payee"] is None
