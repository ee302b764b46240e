"""What an endpoint can be told of, and the body that tells it: the view of the account's list, and the account."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from typing import Any, Final, NamedTuple

import msgspec

from payport.gateway.access.paths import ID_BYTES
from payport.gateway.accounts import TransactionView, told
from payport.history.index import Transaction
from payport.history.topics import HOLD_EXPIRY, OFFER_EXPIRY
from payport.ledger.block import COMMITTED


class EventType(enum.StrEnum):
    """What an endpoint may ask to be told of."""

    TRANSACTION_COMMITTED = "transaction.committed"
    """A transaction that concerns a covered account had its effect."""
    TRANSACTION_REFUSED = "transaction.refused"
    """A transaction of a covered account was refused in a block."""
    HOLD_EXPIRED = "hold.expired"
    """Money that was reserved is free again, because its time was over."""
    OFFER_EXPIRED = "offer.expired"
    """What was offered is free again, because its time was over."""


TEST: Final = "webhook.test"
"""Type of the event that somebody asked for to try an endpoint; it needs no subscription."""

_EXPIRED: Final = {HOLD_EXPIRY: EventType.HOLD_EXPIRED, OFFER_EXPIRY: EventType.OFFER_EXPIRED}
_TAG: Final = b"payport webhook event\x00"


class Event(NamedTuple):
    """One event for one endpoint."""

    id: bytes
    """Its id, 16 bytes, the same however often it is made or sent."""
    type: str
    """Its type."""
    payload: bytes
    """The exact bytes that are signed and sent."""


class EventBody(msgspec.Struct, frozen=True):
    """What is sent."""

    type: str
    """Type of the event."""
    timestamp: str
    """When it happened, by block time, as RFC 3339 has it."""
    data: dict[str, Any]
    """What happened: the row of `GET /v1/accounts/{account}/transactions`, and the account."""


def type_of(happened: Transaction) -> EventType:
    """Return the type of what happened."""
    expired = _EXPIRED.get(happened.kind)
    if expired is not None:
        return expired
    return EventType.TRANSACTION_COMMITTED if happened.outcome == COMMITTED else EventType.TRANSACTION_REFUSED


def event_of(webhook: bytes, account: bytes, happened: Transaction) -> Event:
    """Return what an endpoint is told of a transaction that concerns an account.

    The id follows from the place in the ledger, so that making an event twice makes no second one.
    """
    place = happened.height.to_bytes(8, "big") + happened.leaf_index.to_bytes(4, "big")
    event_id = hashlib.sha256(_TAG + webhook + account + place).digest()[:ID_BYTES]
    view: TransactionView = told(happened, account)
    data = {"account": account.hex(), **msgspec.to_builtins(view)}
    return Event(event_id, type_of(happened).value, _encode(type_of(happened), happened.time_ms, data))


def trial_event(event_id: bytes, webhook: bytes, now_ms: int) -> Event:
    """Return an event that tells of nothing but the endpoint itself."""
    return Event(event_id, TEST, _encode(TEST, now_ms, {"webhook": webhook.hex()}))


def _encode(event_type: str, time_ms: int, data: dict[str, Any]) -> bytes:
    at = dt.datetime.fromtimestamp(time_ms / 1_000, dt.UTC)
    timestamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode(EventBody(event_type, timestamp, data))
