"""Money: the two functions that round, against exact fractions, and the one that reads what people write."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.values import codec
from payport.values.money import (
    MAX_AMOUNT_MINOR,
    PPM,
    Amount,
    AmountOrZero,
    RatePpm,
    read_amount,
    share_floor,
    share_half_up,
)
from payport.values.refusals import Refusal

amounts = st.integers(0, MAX_AMOUNT_MINOR)


@given(amounts, st.integers(0, MAX_AMOUNT_MINOR), st.integers(1, MAX_AMOUNT_MINOR))
def test_half_up(amount: int, numerator: int, denominator: int) -> None:
    exact = Fraction(amount * numerator, denominator)
    assert share_half_up(amount, numerator, denominator) == floor(exact + Fraction(1, 2))


@given(amounts, st.lists(st.integers(0, PPM), min_size=1, max_size=4).filter(lambda rates: sum(rates) <= PPM))
def test_floored_shares_never_exceed_the_whole(amount: int, rates: list[int]) -> None:
    shares = [share_floor(amount, rate) for rate in rates]
    assert all(0 <= Fraction(amount * rate, PPM) - share < 1 for rate, share in zip(rates, shares, strict=True))
    assert sum(shares) <= amount
    assert share_floor(amount, PPM) == amount


@pytest.mark.parametrize(
    ("amount", "numerator", "denominator", "rounded"),
    [(1, 1, 2, 1), (1, 1, 3, 0), (2, 1, 4, 1), (12_850, 6_000, PPM, 77), (0, 5, 1, 0), (3, 0, 7, 0), (3, 7, 7, 3)],
)
def test_rounding_by_example(amount: int, numerator: int, denominator: int, rounded: int) -> None:
    assert share_half_up(amount, numerator, denominator) == rounded


@pytest.mark.parametrize(
    "call",
    [
        lambda: share_half_up(-1, 1, 1),
        lambda: share_half_up(1, -1, 1),
        lambda: share_half_up(1, 1, 0),
        lambda: share_floor(-1, 1),
        lambda: share_floor(1, PPM + 1),
        lambda: share_floor(1, -1),
    ],
)
def test_what_callers_must_not_ask(call: Any) -> None:
    with pytest.raises(AssertionError):
        call()


@pytest.mark.parametrize(
    ("kind", "least", "largest"),
    [(Amount, 1, MAX_AMOUNT_MINOR), (AmountOrZero, 0, MAX_AMOUNT_MINOR), (RatePpm, 0, PPM)],
)
def test_ranges(kind: Any, least: int, largest: int) -> None:
    for value in (least, largest):
        assert codec.decode(codec.encode(value), kind) == value
    for value in (least - 1, largest + 1, 1.0, True, "1", None):
        with pytest.raises(Refusal, match="malformed_bytes"):
            codec.decode(codec.encode(value), kind)


@given(st.integers(1, MAX_AMOUNT_MINOR))
def test_an_amount_is_read_as_it_is_written(amount: int) -> None:
    whole, part = divmod(amount, 100)
    assert read_amount(f"{whole}.{part:02d}") == amount


def test_short_forms_of_an_amount() -> None:
    assert [read_amount(text) for text in ("12", "12.5", "0.01")] == [1_200, 1_250, 1]


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.00", "0.019", "-1", "1e3", "1,000", " 1", "1\n", "1.", ".5", "\u0661", "9" * 15, "90071992547409.92"],
)
def test_no_amount(text: str) -> None:
    with pytest.raises(Refusal, match="malformed_amount"):
        read_amount(text)
