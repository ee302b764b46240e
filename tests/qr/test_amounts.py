"""Amounts in codes are exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr.amounts import ALPHABETIC, CURRENCIES, NUMERIC_CODES, currency_named, read_amount, write_amount
from payport.values.refusals import Refusal


@given(st.integers(1, 2**53 - 1), st.sampled_from(sorted(CURRENCIES)))
def test_round_trip(amount_minor: int, asset: str) -> None:
    assert read_amount(write_amount(amount_minor, asset), asset) == amount_minor


@pytest.mark.parametrize(
    ("text", "asset", "minor"),
    [
        ("98.", "CNY", 9_800),
        ("98.5", "CNY", 9_850),
        ("98.500", "CNY", 9_850),
        ("7", "JPY", 7),
        ("7.00", "JPY", 7),
        ("0.05", "KWD", 50),
    ],
)
def test_forms(text: str, asset: str, minor: int) -> None:
    assert read_amount(text, asset) == minor


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("1.001", "CNY"),
        ("0.5", "JPY"),
        ("0", "CNY"),
        ("99999999999999999", "CNY"),
        ("", "CNY"),
        (".5", "CNY"),
        ("1e3", "CNY"),
        ("-1", "CNY"),
        ("1\n", "CNY"),
        ("\u0661", "CNY"),
        ("1", "acme:POINTS"),
    ],
)
def test_refused(text: str, asset: str) -> None:
    with pytest.raises(Refusal, match="code_field_invalid"):
        read_amount(text, asset)


def test_currency() -> None:
    assert currency_named("156") == "CNY"
    with pytest.raises(Refusal, match="code_field_invalid"):
        currency_named("999")


@pytest.mark.parametrize(("amount_minor", "asset"), [(0, "CNY"), (-1, "CNY"), (2**53, "CNY"), (1, "acme:POINTS")])
def test_what_cannot_be_written(amount_minor: int, asset: str) -> None:
    with pytest.raises(Refusal, match="code_field_invalid"):
        write_amount(amount_minor, asset)


@pytest.mark.parametrize(
    ("name", "numeric", "exponent"),
    [("CNY", "156", 2), ("JPY", "392", 0), ("KWD", "414", 3), ("CLF", "990", 4), ("ALL", "008", 2)],
)
def test_known_currencies(name: str, numeric: str, exponent: int) -> None:
    assert CURRENCIES[name] == (numeric, exponent)


def test_codes_are_well_formed_and_distinct() -> None:
    assert len(ALPHABETIC) == len(CURRENCIES)
    assert all(len(each) == 3 and each.isdigit() for each in NUMERIC_CODES)
    assert all(len(each) == 3 and each.isupper() for each in CURRENCIES)
