"""Positions mirror each other: what one institution owes another is what the other is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.ledger.state import positions

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State


def check_block(view: BlockView) -> str | None:
    """Look at both sides of every position the block changed."""
    for key in view.of(positions.FAMILY.name):
        broken = _broken(view.state, key)
        if broken is not None:
            return broken
    return None


def check_state(state: State) -> str | None:
    """Look at both sides of every position."""
    for key, position in positions.table(state).items():
        assert position is not None
        broken = _broken(state, key)
        if broken is not None:
            return broken
    return None


def _broken(state: State, key: bytes) -> str | None:
    debtor, creditor, asset = positions.parts(key)
    owed = positions.of(state, debtor, creditor, asset)
    mirrored = positions.of(state, creditor, debtor, asset)
    return f"{debtor} owes {creditor} {owed} {asset}, mirrored as {mirrored}" if owed + mirrored else None
