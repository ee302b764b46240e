"""No balance, less what is held of it, is below its floor: zero, or the overdraft genesis allows fee accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.ledger.state import accounts, balances
from payport.ledger.state.floors import floor_minor

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State


def check_block(view: BlockView) -> str | None:
    """Look at every balance the block changed."""
    for key, (_, new) in view.of(balances.FAMILY.name).items():
        # No floor is above zero, so the account need not be looked at.
        if new is not None and new.amount_minor >= new.held_minor:
            continue
        broken = _broken(view.state, key, new)
        if broken is not None:
            return broken
    return None


def check_state(state: State) -> str | None:
    """Look at every balance."""
    for key, balance in balances.table(state).items():
        broken = _broken(state, key, balance)
        if broken is not None:
            return broken
    return None


def _broken(state: State, key: bytes, balance: balances.Balance | None) -> str | None:
    if balance is None:
        return f"the balance {key.hex()} was deleted"
    account = accounts.require(state, key[: balances.ACCOUNT_ID_BYTES])
    floor = floor_minor(state, account)
    free_minor = balance.amount_minor - balance.held_minor
    return f"{key.hex()} has {free_minor} free, floor {floor}" if free_minor < floor else None
