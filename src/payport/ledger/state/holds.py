"""Holds: money and headroom an authorisation reserves for a merchant.

Writers: :func:`place`, :func:`use`, :func:`expire`.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, balances, dues, exposures
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.identifiers import AccountId, AssetId
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode

NO_LIVE_HOLD: Final = RefusalCode(
    "no_live_hold",
    RefusalClass.NOT_FOUND,
    "There is no such hold: it was never made, was used up or released, or has expired.",
    "该预授权不存在、已用完、已撤销或已过期。",
)
"""A hold past its expiry is gone, whether swept or not."""


class Hold(codec.Record, frozen=True):
    """One live hold."""

    payer: AccountId
    """Whose money it reserves."""
    merchant: AccountId
    """Who may capture it."""
    asset: AssetId
    """Currency."""
    remaining_minor: Amount
    """What may still be captured, in minor units."""
    expires_at_ms: Milliseconds
    """Last block time at which it may be captured."""


FAMILY: Final = Family("holds", Hold)
"""Keyed by the id of the authorisation."""

table = reader(FAMILY)


def require_live(state: State, hold_id: bytes, time_ms: int) -> Hold:
    """Return a hold; raises ``no_live_hold``."""
    found = table(state).get(hold_id)
    if found is None or time_ms > found.expires_at_ms:
        NO_LIVE_HOLD.refuse(hold_id.hex())
    return found


def place(state: State, hold_id: bytes, record: Hold) -> None:
    """Write a new hold: reserve the money, and headroom where it would go to another institution."""
    assert table(state).get(hold_id) is None
    table(state).put(hold_id, record)
    dues.add(state, record.expires_at_ms, FAMILY.name, hold_id)
    accounts.count(state, record.payer, holds_paying=1)
    accounts.count(state, record.merchant, holds_receiving=1)
    _reserve(state, record, record.remaining_minor)


def use(state: State, hold_id: bytes, amount_minor: int, *, end: bool) -> None:
    """Free ``amount_minor`` of a hold, or all of it where it ends; the caller moves what was captured."""
    record = table(state).get(hold_id)
    assert record is not None
    remaining_minor = record.remaining_minor - amount_minor
    assert remaining_minor >= 0
    if not end and remaining_minor:
        _reserve(state, record, -amount_minor)
        left = Hold(record.payer, record.merchant, record.asset, remaining_minor, record.expires_at_ms)
        table(state).put(hold_id, left)
        return
    dues.drop(state, record.expires_at_ms, FAMILY.name, hold_id)
    _end(state, hold_id, record)


def expire(state: State, hold_id: bytes) -> dues.Expiry:
    """End a hold whose time is over."""
    record = table(state).get(hold_id)
    assert record is not None
    _end(state, hold_id, record)
    return dues.Expiry(FAMILY.name, hold_id, record.payer, record.asset, record.remaining_minor)


def _end(state: State, hold_id: bytes, record: Hold) -> None:
    _reserve(state, record, -record.remaining_minor)
    accounts.count(state, record.payer, holds_paying=-1)
    accounts.count(state, record.merchant, holds_receiving=-1)
    table(state).put(hold_id, None)


def _reserve(state: State, record: Hold, delta_minor: int) -> None:
    balances.hold(state, record.payer, record.asset, delta_minor)
    payer_institution = accounts.require(state, record.payer).institution
    if payer_institution != accounts.require(state, record.merchant).institution:
        exposures.reserve(state, payer_institution, record.asset, delta_minor)
