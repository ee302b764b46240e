"""Accounts count what is theirs: balances that are not zero, live holds on both sides, live offers, live keys.

Closing, and the limits on what one account may occupy, rest on these numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from payport.ledger.state import accounts, balances, holds, keys, offers
from payport.ledger.transaction import Role

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State

_Counts = Counter[tuple[bytes, str]]


def check_block(view: BlockView) -> str | None:
    """Compare the growth of every number with what came and went; keys only where no recovery ended them all."""
    counts: _Counts = Counter()
    renewed: set[bytes] = set()
    for account, (old, new) in view.of(accounts.FAMILY.name).items():
        if new is None:
            return f"the account {account.hex()} was deleted"
        if old is not None and old.standing is accounts.Standing.CLOSED and old.standing is not new.standing:
            return f"the account {account.hex()} was opened again"
        if old is not None and old.key_epoch != new.key_epoch:
            renewed.add(account)
        _take_account(counts, account, new, 1)
        _take_account(counts, account, old, -1)
    for key, (old, new) in view.of(balances.FAMILY.name).items():
        _take_balance(counts, key, new, -1)
        _take_balance(counts, key, old, 1)
    for old, new in view.of(holds.FAMILY.name).values():
        _take_hold(counts, new, -1)
        _take_hold(counts, old, 1)
    for old, new in view.of(offers.FAMILY.name).values():
        _take_offer(counts, new, -1)
        _take_offer(counts, old, 1)
    for old, new in view.of(keys.FAMILY.name).values():
        _take_key(view.state, counts, new, -1)
        _take_key(view.state, counts, old, 1)
    for account in renewed:
        for what in ("live_keys", "live_owner_keys"):
            counts.pop((account, what), None)
    return _first_difference(counts)


def check_state(state: State) -> str | None:
    """Compare every number with what there is."""
    counts: _Counts = Counter()
    for account, record in accounts.table(state).items():
        _take_account(counts, account, record, 1)
        if record.standing is accounts.Standing.CLOSED and (record.holdings or record.holds_paying or record.offers):
            return f"the closed account {account.hex()} is not empty"
    for key, balance in balances.table(state).items():
        _take_balance(counts, key, balance, -1)
    for hold in holds.table(state).values():
        _take_hold(counts, hold, -1)
    for offer in offers.table(state).values():
        _take_offer(counts, offer, -1)
    for bound in keys.table(state).values():
        _take_key(state, counts, bound, -1)
    return _first_difference(counts)


def _take_account(counts: _Counts, account: bytes, record: accounts.Account | None, sign: int) -> None:
    if record is not None:
        counts[account, "holdings"] += sign * record.holdings
        counts[account, "holds_paying"] += sign * record.holds_paying
        counts[account, "holds_receiving"] += sign * record.holds_receiving
        counts[account, "offers"] += sign * record.offers
        counts[account, "live_keys"] += sign * record.live_keys
        counts[account, "live_owner_keys"] += sign * record.live_owner_keys


def _take_balance(counts: _Counts, key: bytes, balance: balances.Balance | None, sign: int) -> None:
    if balance is not None and balance.amount_minor:
        counts[key[: balances.ACCOUNT_ID_BYTES], "holdings"] += sign


def _take_hold(counts: _Counts, hold: holds.Hold | None, sign: int) -> None:
    if hold is not None:
        counts[hold.payer, "holds_paying"] += sign
        counts[hold.merchant, "holds_receiving"] += sign


def _take_offer(counts: _Counts, offer: offers.Offer | None, sign: int) -> None:
    if offer is not None:
        counts[offer.maker, "offers"] += sign


def _take_key(state: State, counts: _Counts, key: keys.Key | None, sign: int) -> None:
    if key is None or key.revoked or key.role is Role.INSTITUTION:
        return
    if key.epoch == accounts.require(state, key.holder).key_epoch:
        counts[key.holder, "live_keys"] += sign
        if key.role is Role.OWNER:
            counts[key.holder, "live_owner_keys"] += sign


def _first_difference(counts: _Counts) -> str | None:
    for (account, what), difference in sorted(counts.items()):
        if difference:
            return f"{account.hex()} counts {difference} too many {what}"
    return None
