"""Money is conserved: per obligor and asset, balances equal what was issued, less redeemed, plus what others owe.

A balance of a currency is a liability of the account's institution, one of another asset a liability of its issuer.
An institution's balances are its liabilities. They grow when it issues and when another institution comes to owe it,
and shrink when it redeems and when it comes to owe another.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from payport.ledger.state import accounts, assets, balances, positions, supplies

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State

_Sums = dict[tuple[str, str], int]


def check_block(view: BlockView) -> str | None:
    """Compare the growth of balances with the growth of supplies and positions."""
    held: _Sums = defaultdict(int)
    known, account_bytes = accounts.table(view.state), balances.ACCOUNT_ID_BYTES
    for key, (old, new) in view.of(balances.FAMILY.name).items():
        account = known.get(key[:account_bytes])
        assert account is not None, "a balance has an account"
        delta = (0 if new is None else new.amount_minor) - (0 if old is None else old.amount_minor)
        asset = key[account_bytes:].decode()
        held[assets.obligor(asset, account.institution), asset] += delta
    for key, (old, new) in view.of(supplies.FAMILY.name).items():
        held[supplies.parts(key)] -= _outstanding(new) - _outstanding(old)
    for key, (old, new) in view.of(positions.FAMILY.name).items():
        _, creditor, asset = positions.parts(key)
        held[creditor, asset] -= _owed(new) - _owed(old)
    return _first_difference(held)


def check_state(state: State) -> str | None:
    """Compare all balances with all supplies and positions."""
    held: _Sums = defaultdict(int)
    for key, balance in balances.table(state).items():
        account = accounts.require(state, key[: balances.ACCOUNT_ID_BYTES])
        asset = key[balances.ACCOUNT_ID_BYTES :].decode()
        held[assets.obligor(asset, account.institution), asset] += balance.amount_minor
    for key, supply in supplies.table(state).items():
        held[supplies.parts(key)] -= _outstanding(supply)
    for key, position in positions.table(state).items():
        _, creditor, asset = positions.parts(key)
        held[creditor, asset] -= position.owed_minor
    return _first_difference(held)


def _outstanding(record: supplies.Supply | None) -> int:
    return 0 if record is None else record.issued_minor - record.redeemed_minor


def _owed(record: positions.Position | None) -> int:
    return 0 if record is None else record.owed_minor


def _first_difference(held: _Sums) -> str | None:
    for (institution, asset), difference in sorted(held.items()):
        if difference:
            return f"{institution} holds {difference} minor units of {asset} from nowhere"
    return None
