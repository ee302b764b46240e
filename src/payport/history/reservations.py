"""Holds and offers in the index: the rows they begin with, and how each later happening changes them.

A hold or offer is written once when it is made. What happens to it afterwards is a step: how much was used of it, and
what ended it, if anything did. Nothing follows the step that ends it, so the order within one batch is of no matter.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, SmallInteger, String, and_, bindparam, case, func, literal, or_, select

from payport.history.tables import HOLDS, OFFERS, PARTIES
from payport.history.topics import Topic

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table
    from sqlalchemy.sql.dml import Insert, Update
    from sqlalchemy.sql.schema import Column

    from payport.history.extract import Row

_PRICE_BITS: Final = 106
_PRICE_BYTES: Final = 20


class HoldState(enum.StrEnum):
    """What became of a hold."""

    OPEN = "open"
    """Something of it may still be captured."""
    CAPTURED = "captured"
    """A capture ended it."""
    RELEASED = "released"
    """The merchant gave up what was left."""
    EXPIRED = "expired"
    """Its time was over, and what was left is free."""


class OfferState(enum.StrEnum):
    """What became of an offer."""

    OPEN = "open"
    """Something of it may still be taken."""
    TAKEN = "taken"
    """All of it was taken."""
    CANCELLED = "cancelled"
    """Its maker took back what was left."""
    EXPIRED = "expired"
    """Its time was over, and what was left is free."""


def price_key(give_minor: int, want_minor: int) -> bytes:
    """Return bytes that sort as ``want_minor / give_minor`` exactly.

    Two different ratios of amounts below 2^53 differ by more than 2^-106, so 106 binary places tell them apart.
    """
    return ((want_minor << _PRICE_BITS) // give_minor).to_bytes(_PRICE_BYTES, "big")


def hold_row(hold_id: bytes, authorise: Any, order_id: str | None, sequence: int, time_ms: int) -> Row:  # noqa: ANN401 - a record of the verb
    """Return the row a hold begins with."""
    return {
        "id": hold_id,
        "payer": authorise.sender,
        "merchant": authorise.merchant,
        "asset": authorise.asset,
        "amount_minor": authorise.amount_minor,
        "captured_minor": 0,
        "state": HoldState.OPEN.value,
        "expires_at_ms": authorise.expires_at_ms,
        "order_id": order_id,
        "sequence": sequence,
        "time_ms": time_ms,
        "ended_at_ms": None,
    }


def offer_row(offer_id: bytes, offer: Any, sequence: int, time_ms: int) -> Row:  # noqa: ANN401 - a record of the verb
    """Return the row an offer begins with."""
    return {
        "id": offer_id,
        "maker": offer.sender,
        "give_asset": offer.give_asset,
        "give_minor": offer.give_minor,
        "want_asset": offer.want_asset,
        "want_minor": offer.want_minor,
        "remaining_minor": offer.give_minor,
        "taker": offer.taker,
        "state": OfferState.OPEN.value,
        "expires_at_ms": offer.expires_at_ms,
        "price": price_key(offer.give_minor, offer.want_minor),
        "sequence": sequence,
        "time_ms": time_ms,
        "ended_at_ms": None,
    }


def step_row(subject: bytes, used_minor: int, end: enum.StrEnum | None, time_ms: int) -> Row:
    """Return a step: ``used_minor`` of a hold or offer was used, and it ended as ``end`` unless that is ``None``."""
    return {"subject": subject, "used_minor": used_minor, "end": None if end is None else end.value, "at_ms": time_ms}


def hold_step(kind: str, transaction: Any, time_ms: int) -> Row | None:  # noqa: ANN401 - a record of the verb
    """Return what a committed transaction did to a hold, if anything."""
    if kind == "capture/1":
        end = HoldState.CAPTURED if transaction.final else None
        return step_row(transaction.hold, transaction.amount_minor, end, time_ms)
    return step_row(transaction.hold, 0, HoldState.RELEASED, time_ms) if kind == "release/1" else None


def offer_step(kind: str, transaction: Any, time_ms: int) -> Row | None:  # noqa: ANN401 - a record of the verb
    """Return what a committed transaction did to an offer, if anything."""
    if kind == "take/1":
        return step_row(transaction.offer, transaction.take_minor, None, time_ms)
    return step_row(transaction.offer, 0, OfferState.CANCELLED, time_ms) if kind == "cancel/1" else None


_USED: Final = bindparam("used_minor", type_=BigInteger)
_END: Final = bindparam("end", type_=String)
_AT: Final = bindparam("at_ms", type_=BigInteger)


def _step(table: Table, column: Column[int], left_minor: Any, used_up: str, sign: int) -> Update:  # noqa: ANN401 - an SQL expression
    """Return the statement of a step; ``left_minor`` is what is left after it, and ``used_up`` how that ends it."""
    gone = left_minor <= 0
    return (
        table.update()
        .where(table.c.id == bindparam("subject"))
        .values(
            {
                column: column + sign * _USED,
                table.c.state: case((gone, literal(used_up)), else_=func.coalesce(_END, table.c.state)),
                table.c.ended_at_ms: case((or_(gone, _END.is_not(None)), _AT), else_=table.c.ended_at_ms),
            }
        )
    )


_HOLD_STEP: Final = _step(
    HOLDS,
    HOLDS.c.captured_minor,
    HOLDS.c.amount_minor - HOLDS.c.captured_minor - _USED,
    HoldState.CAPTURED.value,
    1,
)
_OFFER_STEP: Final = _step(
    OFFERS, OFFERS.c.remaining_minor, OFFERS.c.remaining_minor - _USED, OfferState.TAKEN.value, -1
)


def _tell(table: Table, topic: Topic, place: int, account: Column[bytes], other: Column[bytes]) -> Insert:
    """Return the statement that tells a party of an expiry; the leaf names the account it freed money of alone."""
    names = ["account", "topic", "sequence", "place", "counterparty", "fee_minor"]
    found = select(
        account,
        literal(int(topic), SmallInteger),
        bindparam("sequence", type_=BigInteger),
        literal(place, SmallInteger),
        other,
        literal(0, BigInteger),
    )
    return PARTIES.insert().from_select(
        names, found.where(and_(table.c.id == bindparam("subject"), account.is_not(None)))
    )


_TELL: Final = (
    _tell(HOLDS, Topic.HOLD, 0, HOLDS.c.payer, HOLDS.c.merchant),
    _tell(HOLDS, Topic.HOLD, 1, HOLDS.c.merchant, HOLDS.c.payer),
    _tell(OFFERS, Topic.OFFER, 0, OFFERS.c.maker, OFFERS.c.taker),
    _tell(OFFERS, Topic.OFFER, 1, OFFERS.c.taker, OFFERS.c.maker),
)


def write_steps(connection: Connection, hold_steps: list[Row], offer_steps: list[Row], expiries: list[Row]) -> None:
    """Change holds and offers that are in the index, and tell their parties of those that expired."""
    for statement, steps in ((_HOLD_STEP, hold_steps), (_OFFER_STEP, offer_steps)):
        if steps:
            connection.execute(statement, steps)
    if expiries:
        for told in _TELL:
            connection.execute(told, expiries)
