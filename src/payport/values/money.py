"""Money: integer minor units, and the only arithmetic that rounds."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

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
