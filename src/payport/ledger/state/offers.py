"""Offers: one asset for another, waiting for a taker. Writers: :func:`place`, :func:`use`, :func:`expire`."""

from __future__ import annotations

from typing import Final

import msgspec

from payport.ledger.state import accounts, balances, dues
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.identifiers import AccountId, AssetId
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode

NO_LIVE_OFFER: Final = RefusalCode(
    "no_live_offer",
    RefusalClass.NOT_FOUND,
    "There is no such offer: it was never made, was taken or cancelled, or has expired.",
    "该挂单不存在、已成交、已撤销或已过期。",
)
"""An offer past its expiry is gone, whether swept or not."""


class Offer(codec.Record, frozen=True):
    """One live offer."""

    maker: AccountId
    """Who offers."""
    give_asset: AssetId
    """What the maker gives."""
    give_minor: Amount
    """How much of it at first, in minor units."""
    want_asset: AssetId
    """What the maker wants."""
    want_minor: Amount
    """How much of it for the whole, in minor units: with :attr:`give_minor` the price."""
    remaining_minor: Amount
    """What is still to be given, in minor units."""
    taker: AccountId | None
    """Only account that may take it, or nil."""
    expires_at_ms: Milliseconds
    """Last block time at which it may be taken."""


FAMILY: Final = Family("offers", Offer)
"""Keyed by the id of the transaction that made it."""

table = reader(FAMILY)


def require_live(state: State, offer_id: bytes, time_ms: int) -> Offer:
    """Return an offer; raises ``no_live_offer``."""
    found = table(state).get(offer_id)
    if found is None or time_ms > found.expires_at_ms:
        NO_LIVE_OFFER.refuse(offer_id.hex())
    return found


def price_minor(offer: Offer, take_minor: int) -> int:
    """Return what taking ``take_minor`` costs: in proportion to the whole, rounded against the taker."""
    return -(-take_minor * offer.want_minor // offer.give_minor)


def place(state: State, offer_id: bytes, record: Offer) -> None:
    """Write a new offer and reserve what it gives."""
    assert table(state).get(offer_id) is None
    table(state).put(offer_id, record)
    dues.add(state, record.expires_at_ms, FAMILY.name, offer_id)
    accounts.count(state, record.maker, offers=1)
    balances.hold(state, record.maker, record.give_asset, record.remaining_minor)


def use(state: State, offer_id: bytes, amount_minor: int, *, end: bool = False) -> None:
    """Free ``amount_minor`` of what an offer reserves, or all where it ends; the caller moves what was taken."""
    record = table(state).get(offer_id)
    assert record is not None
    remaining_minor = record.remaining_minor - amount_minor
    assert remaining_minor >= 0
    if not end and remaining_minor:
        balances.hold(state, record.maker, record.give_asset, -amount_minor)
        table(state).put(offer_id, msgspec.structs.replace(record, remaining_minor=remaining_minor))
        return
    dues.drop(state, record.expires_at_ms, FAMILY.name, offer_id)
    _end(state, offer_id, record)


def expire(state: State, offer_id: bytes) -> dues.Expiry:
    """End an offer whose time is over."""
    record = table(state).get(offer_id)
    assert record is not None
    _end(state, offer_id, record)
    return dues.Expiry(FAMILY.name, offer_id, record.maker, record.give_asset, record.remaining_minor)


def _end(state: State, offer_id: bytes, record: Offer) -> None:
    balances.hold(state, record.maker, record.give_asset, -record.remaining_minor)
    accounts.count(state, record.maker, offers=-1)
    table(state).put(offer_id, None)
