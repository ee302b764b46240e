"""Hong Kong's transfers: who is paid, until when, and what the system refuses."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

GUID = {"00": "hk.com.hkicl"}
BASE = {
    "00": "01",
    "01": "12",
    "26": tlv.encode({**GUID, "02": "1234567"}),
    "52": "0000",
    "53": "344",
    "58": "HK",
    "59": "NA",
    "60": "HK",
}

told = teller(BASE)


@pytest.mark.parametrize(
    ("fields", "kind", "number", "institution"),
    [
        ({"02": "1234567"}, "alias", "1234567", None),
        ({"01": "004", "03": "+852-87654321"}, "phone", "+852-87654321", "004"),
        ({"04": "a@b.hk"}, "email", "a@b.hk", None),
    ],
)
def test_who_is_paid(fields: dict[str, str], kind: str, number: str, institution: str | None) -> None:
    answer = told(f26=tlv.encode({**GUID, **fields}))
    assert (answer["scheme"], answer["valid"]) == ("fps", True)
    assert answer["payee"] == {"kind": kind, "id": number, "institution": institution}


@pytest.mark.parametrize(
    ("time", "expires"),
    [
        ("291231235959", "2029-12-31T23:59:59+08:00"),
        ("20291231235959", "2029-12-31T23:59:59+08:00"),
        ("201231235959", "2020-12-31T23:59:59+08:00"),
        (None, None),
    ],
)
def test_until_when(time: str | None, expires: str | None) -> None:
    fields = {**GUID, "02": "1234567"} if time is None else {**GUID, "02": "1234567", "05": time}
    answer = told(f26=tlv.encode(fields))
    assert (answer["valid"], answer["expires"]) == (True, expires)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f26": tlv.encode(GUID)}, ("code_field_missing", "26-02")),
        ({"f26": tlv.encode({**GUID, "02": "12345AB"})}, ("code_field_invalid", "26-02")),
        ({"f26": tlv.encode({**GUID, "03": "87654321"})}, ("code_field_invalid", "26-03")),
        ({"f26": tlv.encode({**GUID, "04": "nobody"})}, ("code_field_invalid", "26-04")),
        ({"f26": tlv.encode({**GUID, "02": "1", "01": "HSBC"})}, ("code_field_invalid", "26-01")),
        ({"f26": tlv.encode({**GUID, "02": "1", "06": "2"})}, ("code_field_invalid", "26-06")),
        ({"f53": "840"}, ("code_field_invalid", "53")),
        ({"f59": None}, ("code_field_missing", "59")),
        ({"f55": "03"}, ("code_field_invalid", "57")),
    ],
)
def test_what_the_system_refuses(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert not answer["valid"]
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]


def test_a_code_that_names_nobody_has_no_payee() -> None:
    assert told(f26=tlv.encode(GUID))["payee"] is None
