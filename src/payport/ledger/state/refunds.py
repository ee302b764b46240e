"""Refunds: how much of a purchase has been given back, until its refund period ends. Writer: :func:`record`."""

from __future__ import annotations

from typing import Final

from payport.ledger.state import dues
from payport.ledger.state.state import Family, State, reader
from payport.values import codec


class Refunded(codec.Record, frozen=True):
    """What one purchase has had refunded."""

    purchase_minor: int
    """Amount of the purchase, in minor units."""
    refunded_minor: int
    """Refunded so far, in minor units."""
    fee_returned_minor: int
    """Fee returned to the merchant so far, in minor units."""


FAMILY: Final = Family("refunds", Refunded)
"""Keyed by the id of the purchase."""

table = reader(FAMILY)


def of(state: State, purchase_id: bytes, purchase_minor: int) -> Refunded:
    """Return what was refunded so far; nothing where there was no refund."""
    return table(state).get(purchase_id) or Refunded(purchase_minor, 0, 0)


def record(state: State, purchase_id: bytes, after: Refunded, period_ends_ms: int) -> None:
    """Write what has now been refunded."""
    if table(state).get(purchase_id) is None:
        dues.add(state, period_ends_ms, FAMILY.name, purchase_id)
    table(state).put(purchase_id, after)
