"""Floors: how low a balance may go. No records of its own; the rule that balances and their law share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state import accounts, balances, parameters

if TYPE_CHECKING:
    from payport.ledger.state.state import State


_FEES: Final = accounts.AccountKind.FEES


def floor_minor(state: State, account: accounts.Account) -> int:
    """Return the floor of an account's balances, in minor units; zero or negative."""
    if account.kind is _FEES:
        return parameters.require(state, "fees_account_floor_minor", 0, int)
    return 0


def require_cover(state: State, account_id: bytes, asset: str, amount_minor: int) -> None:
    """Refuse ``insufficient_balance`` where ``amount_minor`` of what is not held cannot leave the account."""
    balance = balances.of(state, account_id, asset)
    left = balance.amount_minor - balance.held_minor - amount_minor
    # No floor is above zero.
    if left < 0 and left < floor_minor(state, accounts.require(state, account_id)):
        balances.INSUFFICIENT_BALANCE.refuse()


def require_room(state: State, account_id: bytes, asset: str, amount_minor: int, largest_minor: int) -> None:
    """Refuse ``amount_overflow`` where a credit would take the balance past ``largest_minor``."""
    if balances.of(state, account_id, asset).amount_minor + amount_minor > largest_minor:
        balances.AMOUNT_OVERFLOW.refuse()
