"""KHQR: how it is recognised, who is paid, until when, and what the national bank's program refuses."""

from __future__ import annotations

import pytest

from payport.qr import tlv
from tests.qr.templates.answers import teller

PERSON = tlv.encode({"00": "john_smith@devb"})
MERCHANT = tlv.encode({"00": "shop@devb", "01": "123456", "02": "Dev Bank"})
MADE = "1790000000000"
ENDS = "1790000060000"
TIMES = tlv.encode({"00": MADE, "01": ENDS})
BASE = {"00": "01", "01": "11", "29": PERSON, "52": "5999", "53": "116", "58": "KH", "59": "John", "60": "Phnom Penh"}
DYNAMIC = {"f01": "12", "f54": "1.50", "f99": TIMES}

told = teller(BASE)


@pytest.mark.parametrize(
    ("changes", "payee"),
    [
        ({}, {"kind": "account", "id": "john_smith@devb", "institution": None}),
        ({"f29": None, "f30": MERCHANT}, {"kind": "merchant", "id": "123456", "institution": "Dev Bank"}),
        (
            {"f29": None, "f30": tlv.encode({"00": "shop@devb", "01": "123456"})},
            {"kind": "merchant", "id": "123456", "institution": "shop@devb"},
        ),
        (
            {"f29": None, "f30": tlv.encode({"00": "shop@devb"})},
            {"kind": "account", "id": "shop@devb", "institution": None},
        ),
        ({"f15": "01105555555555", "f58": "KHM"}, {"kind": "account", "id": "john_smith@devb", "institution": None}),
    ],
)
def test_who_is_paid(changes: dict[str, str | None], payee: dict[str, str | None]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"], answer["payee"], answer["expires"]) == ("khqr", True, payee, None)


def test_a_dynamic_code_has_an_amount_and_an_end() -> None:
    answer = told(**DYNAMIC)
    assert (answer["valid"], answer["expires"]) == (True, "2026-09-21T14:14:20.000+00:00")


def test_codes_from_before_the_rule_have_no_end() -> None:
    assert told(**{**DYNAMIC, "f99": tlv.encode({"00": "1631625713467"})})["valid"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"f29": tlv.encode({"00": "john_smith"})}, ("code_field_invalid", "29-00")),
        ({"f29": tlv.encode({"00": f"{'j' * 28}@devb"})}, ("code_field_invalid", "29-00")),
        ({"f29": "not objects"}, ("code_field_missing", "29")),
        ({"f52": "1A2B"}, ("code_field_invalid", "52")),
        ({"f53": "978"}, ("code_field_invalid", "53")),
        ({"f58": "VIETNAM"}, ("code_field_invalid", "58")),
        ({"f59": "J" * 26}, ("code_field_invalid", "59")),
        ({"f60": None}, ("code_field_missing", "60")),
        ({"f01": "13"}, ("code_field_invalid", "01")),
        ({"f01": "12", "f99": TIMES}, ("code_field_missing", "54")),
        ({"f54": "1.50"}, ("code_field_missing", "99")),
        ({"f01": "12", "f54": "1.50"}, ("code_field_missing", "99")),
        ({**DYNAMIC, "f54": "500000000000.0"}, ("code_field_invalid", "54")),
        ({**DYNAMIC, "f99": tlv.encode({"00": MADE})}, ("code_field_missing", "99-01")),
        ({**DYNAMIC, "f99": tlv.encode({"01": "tomorrow"})}, ("code_field_invalid", "99-01")),
        ({**DYNAMIC, "f99": tlv.encode({"00": ENDS, "01": MADE})}, ("code_field_invalid", "99-01")),
        ({"f62": tlv.encode({"07": "C" * 26})}, ("code_field_invalid", "62-07")),
        ({"f64": tlv.encode({"00": "km"})}, ("code_field_missing", "64-01")),
    ],
)
def test_what_the_program_refuses(changes: dict[str, str | None], error: tuple[str, str]) -> None:
    answer = told(**changes)
    assert (answer["scheme"], answer["valid"]) == ("khqr", False)
    assert error in [(each["code"], each["id"]) for each in answer["errors"] if each["breaks"] == "valid"]


def test_an_account_at_a_bank_is_enough_to_recognise_it() -> None:
    assert told(f58=None)["scheme"] == "khqr"
    assert told(f29=None, f58=None)["scheme"] == "emvco"
    assert told(f29="not objects")["payee"] is None
