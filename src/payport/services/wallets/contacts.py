"""Whom a customer pays: names of his own choosing, reached by alias or account."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, func, select, update

from payport.services.wallets.tables import CONTACTS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

UNKNOWN_CONTACT: Final = RefusalCode(
    "unknown_contact", RefusalClass.NOT_FOUND, "You have no such contact.", "没有该联系人。"
)
"""Contacts of other customers look the same."""

TOO_MANY_CONTACTS: Final = RefusalCode(
    "too_many_contacts",
    RefusalClass.LIMIT,
    "You have as many contacts as are allowed; remove one first.",
    "联系人数量已达上限，请先删除一个。",
)
"""A phone book is no place to keep a customer base."""

REFUSALS: Final = (UNKNOWN_CONTACT, TOO_MANY_CONTACTS)
"""Refusals of this module."""

MAX_CONTACTS: Final = 1_000
"""Contacts of one customer."""

ID_BYTES: Final = 16
"""Length of a contact's id."""


class Contact(NamedTuple):
    """Somebody to be kept."""

    name: str
    """What the customer calls him or her."""
    alias: str | None
    """Phone number or e-mail address in its one spelling."""
    account: bytes | None
    """Account, where it is known; money goes there only after the alias was asked for again."""


async def add(connection: AsyncConnection, customer: bytes, contact: Contact, now_ms: int) -> bytes:
    """Keep a contact; return its id. Raises ``too_many_contacts``."""
    count = select(func.count()).select_from(CONTACTS).where(CONTACTS.c.customer == customer)
    if (await connection.execute(count)).scalar_one() >= MAX_CONTACTS:
        TOO_MANY_CONTACTS.refuse()
    contact_id = os.urandom(ID_BYTES)
    values = {"id": contact_id, "customer": customer, "changed_at_ms": now_ms, **contact._asdict()}
    await connection.execute(CONTACTS.insert().values(**values))
    return contact_id


async def list_of(connection: AsyncConnection, customer: bytes, limit: int, after: bytes) -> list[Row[Any]]:
    """Return a page of a customer's contacts, by id."""
    query = select(CONTACTS).where(CONTACTS.c.customer == customer, CONTACTS.c.id > after)
    return list((await connection.execute(query.order_by(CONTACTS.c.id).limit(limit))).all())


async def replace(
    connection: AsyncConnection, customer: bytes, contact_id: bytes, contact: Contact, now_ms: int
) -> None:
    """Write a contact anew; raises ``unknown_contact``."""
    mine = (CONTACTS.c.customer == customer) & (CONTACTS.c.id == contact_id)
    values = {"changed_at_ms": now_ms, **contact._asdict()}
    if (await connection.execute(update(CONTACTS).where(mine).values(**values))).rowcount == 0:
        UNKNOWN_CONTACT.refuse()


async def remove(connection: AsyncConnection, customer: bytes, contact_id: bytes) -> None:
    """Forget a contact; raises ``unknown_contact``."""
    mine = (CONTACTS.c.customer == customer) & (CONTACTS.c.id == contact_id)
    if (await connection.execute(delete(CONTACTS).where(mine))).rowcount == 0:
        UNKNOWN_CONTACT.refuse()


async def erase(connection: AsyncConnection, customer: bytes) -> None:
    """Forget every contact of a customer who leaves."""
    await connection.execute(delete(CONTACTS).where(CONTACTS.c.customer == customer))
