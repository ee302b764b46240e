"""The cards in a customer's app: their order, their labels, and which of them is for what."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, func, select, update

from payport.database.statements import insert
from payport.services.wallets.tables import DEFAULT_CARDS, WALLET_CARDS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

CARD_NOT_IN_APP: Final = RefusalCode(
    "card_not_in_app", RefusalClass.NOT_FOUND, "You have no such card in the app.", "应用中没有这张卡。"
)
"""Cards of other customers look the same."""

REFUSALS: Final = (CARD_NOT_IN_APP,)
"""Refusals of this module."""


class Purpose(enum.StrEnum):
    """What a card may be the default for."""

    PAY = "pay"
    """Paying at a till or by a code."""
    TRANSFER = "transfer"
    """Sending money."""
    RECEIVE = "receive"
    """Being sent money."""


class Card(NamedTuple):
    """A card to be added."""

    account: bytes
    """Account on the ledger."""
    institution: str
    """The card's bank."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_name: str
    """Name of the holder, masked."""
    label: str
    """What the customer calls it."""
    bound_at_ms: int
    """When it was bound, in milliseconds since the Unix epoch."""


async def add(connection: AsyncConnection, customer: bytes, card: Card) -> None:
    """Add a card behind the others, once; the first one becomes the default for everything."""
    last = select(func.coalesce(func.max(WALLET_CARDS.c.place), 0)).where(WALLET_CARDS.c.customer == customer)
    place = int((await connection.execute(last)).scalar_one()) + 1
    adding = insert(connection, WALLET_CARDS).values(customer=customer, place=place, **card._asdict())
    await connection.execute(adding.on_conflict_do_nothing())
    for purpose in Purpose:
        chosen = {"customer": customer, "purpose": purpose.value, "account": card.account}
        await connection.execute(insert(connection, DEFAULT_CARDS).values(**chosen).on_conflict_do_nothing())


async def list_of(connection: AsyncConnection, customer: bytes) -> tuple[list[Row[Any]], dict[str, bytes]]:
    """Return a customer's cards in their order, and the account chosen for each purpose."""
    query = select(WALLET_CARDS).where(WALLET_CARDS.c.customer == customer)
    rows = (await connection.execute(query.order_by(WALLET_CARDS.c.place, WALLET_CARDS.c.account))).all()
    chosen = select(DEFAULT_CARDS.c.purpose, DEFAULT_CARDS.c.account).where(DEFAULT_CARDS.c.customer == customer)
    return list(rows), {row.purpose: row.account for row in await connection.execute(chosen)}


async def change(
    connection: AsyncConnection, customer: bytes, account: bytes, label: str | None, place: int | None
) -> None:
    """Give a card another label or place; raises ``card_not_in_app``."""
    await _require(connection, customer, account)
    values = {name: value for name, value in (("label", label), ("place", place)) if value is not None}
    if values:
        await connection.execute(update(WALLET_CARDS).where(_is(customer, account)).values(**values))


async def choose(connection: AsyncConnection, customer: bytes, purpose: Purpose, account: bytes) -> None:
    """Make a card the default for a purpose; raises ``card_not_in_app``."""
    await _require(connection, customer, account)
    values = {"customer": customer, "purpose": purpose.value, "account": account}
    adding = insert(connection, DEFAULT_CARDS).values(**values)
    keys = [DEFAULT_CARDS.c.customer, DEFAULT_CARDS.c.purpose]
    await connection.execute(adding.on_conflict_do_update(index_elements=keys, set_={"account": account}))


async def remove(connection: AsyncConnection, customer: bytes, account: bytes) -> None:
    """Take a card out of the app; the next one takes its purposes. Raises ``card_not_in_app``."""
    await _require(connection, customer, account)
    await connection.execute(delete(WALLET_CARDS).where(_is(customer, account)))
    rows, chosen = await list_of(connection, customer)
    freed = [purpose for purpose, of in chosen.items() if of == account]
    mine = (DEFAULT_CARDS.c.customer == customer) & DEFAULT_CARDS.c.purpose.in_(freed)
    if rows:
        await connection.execute(update(DEFAULT_CARDS).where(mine).values(account=rows[0].account))
    else:
        await connection.execute(delete(DEFAULT_CARDS).where(mine))


async def erase(connection: AsyncConnection, customer: bytes) -> None:
    """Forget every card of a customer who leaves."""
    for table in (WALLET_CARDS, DEFAULT_CARDS):
        await connection.execute(delete(table).where(table.c.customer == customer))


async def _require(connection: AsyncConnection, customer: bytes, account: bytes) -> None:
    if (await connection.execute(select(WALLET_CARDS.c.place).where(_is(customer, account)))).first() is None:
        CARD_NOT_IN_APP.refuse()


def _is(customer: bytes, account: bytes) -> Any:  # noqa: ANN401 - a condition; its type is the library's own
    return (WALLET_CARDS.c.customer == customer) & (WALLET_CARDS.c.account == account)
