"""Refunds stay within the purchase, and never shrink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.ledger.state import refunds

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State


def check_block(view: BlockView) -> str | None:
    """Look at every refund record the block changed."""
    for key, (old, new) in view.of(refunds.FAMILY.name).items():
        if new is None:
            continue
        broken = _broken(key, new)
        if broken is not None:
            return broken
        if old is not None and new.refunded_minor < old.refunded_minor:
            return f"the refunds of {key.hex()} shrank"
    return None


def check_state(state: State) -> str | None:
    """Look at every refund record."""
    for key, record in refunds.table(state).items():
        broken = _broken(key, record)
        if broken is not None:
            return broken
    return None


def _broken(key: bytes, record: refunds.Refunded) -> str | None:
    if not 0 < record.refunded_minor <= record.purchase_minor:
        return f"{record.refunded_minor} refunded of {record.purchase_minor} for {key.hex()}"
    if not 0 <= record.fee_returned_minor <= record.refunded_minor:
        return f"fee of {record.fee_returned_minor} returned for {key.hex()}"
    return None
