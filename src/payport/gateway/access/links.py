"""Which accounts a customer has shown to hold. A link lets him read an account; money moves by its own keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from payport.database.statements import insert
from payport.gateway.access.tables import LINKS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

TOO_MANY_LINKS: Final = RefusalCode(
    "too_many_linked_accounts",
    RefusalClass.LIMIT,
    "You have as many accounts as are allowed; remove one first.",
    "关联账户数量已达上限，请先移除一个。",
)
"""Thirty cards are more than anybody carries."""

REFUSALS: Final = (TOO_MANY_LINKS,)
"""Refusals of this module."""

MAX_LINKS: Final = 30
"""Accounts of one customer: as many cards as the large wallets let somebody bind."""


async def add(connection: AsyncConnection, customer: bytes, account: bytes, institution: str, now_ms: int) -> None:
    """Link an account, once; raises ``too_many_linked_accounts``."""
    values = {"customer": customer, "account": account, "institution": institution, "linked_at_ms": now_ms}
    await connection.execute(insert(connection, LINKS).values(**values).on_conflict_do_nothing())
    query = select(func.count()).select_from(LINKS).where(LINKS.c.customer == customer)
    if (await connection.execute(query)).scalar_one() > MAX_LINKS:
        TOO_MANY_LINKS.refuse()


async def remove(connection: AsyncConnection, customer: bytes, account: bytes | None = None) -> None:
    """Remove a link, or all of a customer's."""
    mine = LINKS.c.customer == customer
    await connection.execute(delete(LINKS).where(mine if account is None else mine & (LINKS.c.account == account)))


async def list_of(connection: AsyncConnection, customer: bytes) -> list[Row[Any]]:
    """Return a customer's links, oldest first."""
    query = select(LINKS).where(LINKS.c.customer == customer).order_by(LINKS.c.linked_at_ms, LINKS.c.account)
    return list((await connection.execute(query)).all())


async def is_linked(connection: AsyncConnection, customer: bytes, account: bytes) -> bool:
    """Tell whether an account is linked to a customer."""
    mine = (LINKS.c.customer == customer) & (LINKS.c.account == account)
    return (await connection.execute(select(LINKS.c.account).where(mine))).first() is not None
