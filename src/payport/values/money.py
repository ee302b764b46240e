"""Money: integer minor units, and the only arithmetic that rounds."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

import msgspec

from payport.values.refusals import RefusalClass, RefusalCode

MALFORMED_AMOUNT: Final = RefusalCode(
    "malformed_amount",
    RefusalClass.MALFORMED,
    "An amount is written in digits, with at most two after the point, and is not zero.",
    "金额须为大于零的数字，小数点后最多两位。",
)
"""Raised where a person or program typed an amount wrongly."""

REFUSALS: Final = (MALFORMED_AMOUNT,)
"""Refusals of this module."""

MAX_AMOUNT_MINOR: Final = 2**53 - 1
"""Largest amount: the largest integer every client language holds exactly."""

PPM: Final = 1_000_000
"""Parts per million, the unit of rates and shares."""

Amount: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=MAX_AMOUNT_MINOR)]
"""A sum that moves, in minor units of its asset, 1 to 2^53-1."""

AmountOrZero: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT_MINOR)]
"""A limit, minimum or cap in minor units, 0 to 2^53-1."""

RatePpm: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=PPM)]
"""A rate or share in parts per million."""


def share_half_up(amount_minor: int, numerator: int, denominator: int) -> int:
    """``amount * numerator / denominator`` rounded half up, in minor units; arguments are not negative."""
    assert amount_minor >= 0
    assert numerator >= 0
    assert denominator > 0
    return (2 * amount_minor * numerator + denominator) // (2 * denominator)


def share_floor(amount_minor: int, rate_ppm: int) -> int:
    """``amount * rate`` rounded down, in minor units; the caller says where the remainder goes."""
    assert amount_minor >= 0
    assert 0 <= rate_ppm <= PPM
    return amount_minor * rate_ppm // PPM


_WRITTEN: Final = re.compile(r"[0-9]{1,14}(\.[0-9]{1,2})?")


def read_amount(text: str) -> int:
    """Return in minor units what a person wrote of a currency with two decimals: ``12``, ``12.5``, ``12.50``.

    Raises ``malformed_amount``; nothing is rounded.
    """
    if not _WRITTEN.fullmatch(text):
        MALFORMED_AMOUNT.refuse(text[:32])
    whole, _, part = text.partition(".")
    amount_minor = int(whole) * 100 + int(part.ljust(2, "0"))
    if not 1 <= amount_minor <= MAX_AMOUNT_MINOR:
        MALFORMED_AMOUNT.refuse(text[:32])
    return amount_minor
