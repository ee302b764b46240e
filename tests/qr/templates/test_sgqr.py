"""SGQR and PayNow: who is paid, until when, and what the scheme refuses."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

PAYNOW = {"00": "SG.PAYNOW", "01": "2", "02": "201403121W", "03": "0"}
NETS = {"00": "SG.COM.NETS", "01": "1198500065G991231235900", "02": "11168661400", "03": "68661401"}
BASE = {
    "00": "01",
    "01": "11",
    "26": tlv.encode(PAYNOW),
    "52": "0000",
    "53": "702",
    "58": "SG",
    "59": "ACME",
    "60": "Singapore",
}

told = teller(BASE)


@pytest.mark.parametrize(
    ("fields", "kind", "number", "institution"),
    [
        (PAYNOW, "business_id", "201403121W", None),
        ({**PAYNOW, "01": "0", "02": "+6591234567"}, "phone", "+6591234567", None),
        ({**PAYNOW, "00": "sg.paynow", "01": "3", "02": "A#XNAP"}, "alias", "A#XNAP", None),
        (NETS, "merchant", "11168661400", "SG.COM.NETS"),
        ({"00": "SG.COM.DASH.WWW", "01": "1002100413"}, "merchant", "1002100413", "SG.COM.DASH.WWW"),
    ],
)
def test_who_is_paid(fields: dict[str, str], kind: str, number: str, institution: str | None) -> None:
    register = tlv.encode({"00": "SG.SGQR", "01": "1809072DD85C"})
    answer = told(f26=tlv.encode(fields), f51=register)
    assert (answer["scheme"], answer["valid"]) == ("sgqr", True)
    assert answer["payee"] == {"kind": kind, "id": number, "institution": institution}


def test_paynow_comes_before_the_other_wallets() -> None:
    answer = told(f26=tlv.encode(NETS), f27=tlv.encode(PAYNOW))
    assert answer["payee"]["id"] == "201403121W"


def test_a_register_alone_names_nobody() -> None:
    answer = told(f26=None, f51=tlv.encode({"00": "SG.SGQR", "01": "1809072DD85C"}))
    assert (answer["scheme"], answer["payee"]) == ("sgqr", None)


@pytest.mark.parametrize(
    ("fields", "expires"),
    [
        ({}, None),
        ({"04": "20261231"}, "2026-12-31"),
        ({"04": "20261230110520"}, "2026-12-30T11:05:20+08:00"),
        ({"04": "230914205029"}, "2023-09-14T20:50:29+08:00"),
        ({"04": "99991231"}, None),
        ({"04": "INVOICE 7", "05": "20201231"}, "2020-12-31"),
    ],
)
def test_until_when(fields: dict[str, str], expires: str | None) -> None:
    assert told(f26=tlv.encode({**PAYNOW, **fields}))["expires"] == expires
    assert told(f26=tlv.encode(NETS), f27=tlv.encode({**PAYNOW, **fields}))["expires"] == expires


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f26": tlv.encode({**PAYNOW, "01": "7"})}, ("code_field_invalid", "26-01")),
        ({"f26": tlv.encode({"00": "SG.PAYNOW", "01": "2"})}, ("code_field_missing", "26-02")),
        ({"f26": tlv.encode({**PAYNOW, "03": "2"})}, ("code_field_invalid", "26-03")),
        ({"f51": tlv.encode({"00": "SG.SGQR"})}, ("code_field_missing", "51-01")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f58": "US"}, ("code_field_invalid", "58")),
        ({"f60": None}, ("code_field_missing", "60")),
        ({"f57": "5.00"}, ("code_field_invalid", "57")),
    ],
)
def test_what_the_scheme_refuses(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert not answer["valid"]
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]
