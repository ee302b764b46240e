"""Balances: what an account holds of an asset, and how many entries led there.

Writers: :func:`write`, :func:`hold`.

A transaction leaves its changes in the context; they are written once when it ends, so that one transaction makes one
numbered entry per balance however many movements touched it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.state import Family, State, reader
from payport.ledger.transaction import Change
from payport.values import codec
from payport.values.identifiers import AccountId
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.transaction import Context

ACCOUNT_ID_BYTES: Final = 16
"""Length of the account id at the head of every key."""

INSUFFICIENT_BALANCE: Final = RefusalCode(
    "insufficient_balance", RefusalClass.INSUFFICIENT, "The balance does not cover the amount.", "账户余额不足。"
)
"""Raised where a payment would take a balance below its floor."""

AMOUNT_OVERFLOW: Final = RefusalCode(
    "amount_overflow",
    RefusalClass.LIMIT,
    "The balance would exceed the largest amount the network holds.",
    "余额将超出网络允许的最大金额。",
)
"""Raised where a credit would pass 2^53-1 minor units."""


class Balance(codec.Record, frozen=True):
    """One account's holding of one asset."""

    amount_minor: int
    """In minor units; below zero only down to the account's floor."""
    entries: int
    """How many entries there have been; the newest entry's number."""
    held_minor: int = 0
    """Part of the amount that holds and offers reserve, in minor units; see the law on what is held."""


FAMILY: Final = Family("balances", Balance)
"""Keyed by account id, then the asset in ASCII."""

EMPTY: Final = Balance(0, 0)
"""A balance nothing has touched yet."""

table = reader(FAMILY)


def key(account: AccountId, asset: str) -> bytes:
    """Return the key of a balance."""
    return account + asset.encode()


def of(state: State, account: bytes, asset: str) -> Balance:
    """Return the balance, zero where there was never an entry."""
    return table(state).get(account + asset.encode()) or EMPTY


def change(context: Context, account: bytes, asset: str, delta_minor: int, fee_minor: int = 0) -> None:
    """Add a change to the transaction under way."""
    place = account + asset.encode()
    known = context.changes.get(place)
    if known is None:
        context.changes[place] = Change(account, asset, delta_minor, fee_minor)
    else:
        known.delta_minor += delta_minor
        known.fee_minor += fee_minor


def write(state: State, place: bytes, delta_minor: int) -> Balance:
    """Write one entry of the balance under ``place`` and return the new balance."""
    records = table(state)
    old = records.get(place)
    if old is None:
        new = Balance(delta_minor, 1)
    else:
        new = Balance(old.amount_minor + delta_minor, old.entries + 1, old.held_minor)
    records.replace(place, old, new)
    return new


def hold(state: State, account: bytes, asset: str, delta_minor: int) -> None:
    """Reserve ``delta_minor`` more of a balance, or free it where negative; no entry, because nothing moves."""
    place = account + asset.encode()
    records = table(state)
    old = records.get(place)
    assert old is not None, "what is held is there"
    held_minor = old.held_minor + delta_minor
    assert held_minor >= 0, "what is freed was held"
    records.replace(place, old, Balance(old.amount_minor, old.entries, held_minor))
