"""Amounts in codes are exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr.amounts import CURRENCIES, currency_named, read_amount, write_amount
from payport.values.refusals import Refusal


@given(st.integers(1, 2**53 - 1), st.sampled_from(sorted(CURRENCIES)))
def test_round_trip(amount_minor: int, asset: str) -> None:
    assert read_amount(write_amount(amount_minor, asset), asset) == amount_minor


@pytest.mark.parametrize(
    ("text", "asset", "minor"),
    [("98.", "CNY", 9_800), ("98.5", "CNY", 9_850), ("98.500", "CNY", 9_850), ("7", "JPY", 7)],
)
def test_forms(text: str, asset: str, minor: int) -> None:
    assert read_amount(text, asset) == minor


@pytest.mark.parametrize(
    ("text", "asset"), [("1.001", "CNY"), ("0.5", "JPY"), ("0", "CNY"), ("99999999999999999", "CNY")]
)
def test_refused(text: str, asset: str) -> None:
    with pytest.raises(Refusal, match="code_field_invalid"):
        read_amount(text, asset)


def test_currency() -> None:
    assert currency_named("156") == "CNY"
    with pytest.raises(Refusal, match="code_field_invalid"):
        currency_named("999")
