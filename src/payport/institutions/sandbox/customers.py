"""Customers of the sandbox core: who they are, their cards, and the accounts of the ledger linked to them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from payport.institutions.card_numbers import CardNumber
from payport.institutions.contract import (
    ACCOUNT_LINKED,
    NO_DEPOSIT,
    REFERENCE_BYTES,
    UNKNOWN_CARD,
    UNKNOWN_CUSTOMER,
    UNKNOWN_HOLDER,
    Card,
    Customer,
    assert_amount,
)
from payport.institutions.sandbox.masking import mask_name
from payport.institutions.sandbox.postings import internal, number_of, open_account, open_internal, post
from payport.institutions.sandbox.tables import ACCOUNTS, CARDS, CUSTOMERS, DEPOSIT, LINKS, OPENING
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

CARD_EXISTS: Final = RefusalCode(
    "card_exists", RefusalClass.CONFLICT, "A card of this number was issued already.", "该卡号已发行。"
)
"""A card is one customer's."""

REFUSALS: Final = (CARD_EXISTS,)
"""Refusals of this module."""


class NewCustomer(NamedTuple):
    """A customer to be opened."""

    name: str
    """Full name, in Chinese or Latin letters."""
    phone: str
    """Registered phone, E.164."""
    cards: tuple[CardNumber, ...]
    """Cards issued to him."""
    deposits: Mapping[str, int]
    """Deposit per asset, 0 or more minor units."""


async def add(connection: AsyncConnection, new: NewCustomer) -> bytes:
    """Open a customer with cards and deposits; return the reference. Raises ``card_exists``."""
    reference = os.urandom(REFERENCE_BYTES)
    values = {"reference": reference, "name": new.name, "masked_name": mask_name(new.name), "blocked": False}
    customer = number_of(await connection.execute(CUSTOMERS.insert().values(**values)))
    for card in new.cards:
        if (await connection.execute(select(CARDS).where(CARDS.c.number == card.reveal()))).first() is not None:
            CARD_EXISTS.refuse(card.masked)
        row = {"number": card.reveal(), "customer": customer, "phone": new.phone}
        await connection.execute(CARDS.insert().values(**row))
    for asset, amount_minor in sorted(new.deposits.items()):
        await open_internal(connection, asset)
        deposit = await open_account(connection, DEPOSIT, asset, customer)
        if amount_minor:
            assert_amount(amount_minor)
            await post(connection, None, (await internal(connection, OPENING, asset)).id, deposit, amount_minor)
    return reference


async def find_card(connection: AsyncConnection, number: CardNumber) -> Card:
    """Return a card; raises ``unknown_card``."""
    query = select(CUSTOMERS, CARDS.c.phone).join(CARDS, CARDS.c.customer == CUSTOMERS.c.id)
    row = (await connection.execute(query.where(CARDS.c.number == number.reveal()))).first()
    if row is None:
        UNKNOWN_CARD.refuse(number.masked)
    return Card(row.reference, number.masked, row.masked_name, row.phone, row.blocked)


async def link(connection: AsyncConnection, reference: bytes, account: bytes) -> None:
    """Link an account to a customer; raises ``unknown_holder`` and ``account_linked``."""
    customer = (await connection.execute(select(CUSTOMERS).where(CUSTOMERS.c.reference == reference))).first()
    if customer is None:
        UNKNOWN_HOLDER.refuse()
    linked = await find(connection, account)
    if linked is None:
        await connection.execute(LINKS.insert().values(account=account, customer=customer.id))
    elif linked.id != customer.id:
        ACCOUNT_LINKED.refuse(account.hex())


async def find(connection: AsyncConnection, account: bytes) -> Row[Any] | None:
    """Return the row of the customer an account is linked to."""
    query = select(CUSTOMERS).join(LINKS, LINKS.c.customer == CUSTOMERS.c.id).where(LINKS.c.account == account)
    return (await connection.execute(query)).first()


async def require_customer(connection: AsyncConnection, account: bytes) -> Row[Any]:
    """Return it; raises ``unknown_customer``."""
    found = await find(connection, account)
    if found is None:
        UNKNOWN_CUSTOMER.refuse(account.hex())
    return found


async def deposits_of(connection: AsyncConnection, customer: int) -> list[Row[Any]]:
    """Return a customer's deposits, ascending by asset."""
    query = select(ACCOUNTS).where(ACCOUNTS.c.customer == customer).order_by(ACCOUNTS.c.asset)
    return list(await connection.execute(query))


async def describe(connection: AsyncConnection, account: bytes) -> Customer:
    """Return what the network may know of a customer; raises ``unknown_customer``."""
    found = await require_customer(connection, account)
    assets = tuple(row.asset for row in await deposits_of(connection, found.id))
    return Customer(account, found.reference, found.masked_name, assets, found.blocked)


async def require_deposit(connection: AsyncConnection, account: bytes, asset: str) -> tuple[Row[Any], int]:
    """Return the customer and the number of his deposit; raises ``unknown_customer`` and ``no_deposit``."""
    customer = await require_customer(connection, account)
    query = select(ACCOUNTS.c.id).where(ACCOUNTS.c.customer == customer.id, ACCOUNTS.c.asset == asset)
    deposit = (await connection.execute(query)).scalar_one_or_none()
    if deposit is None:
        NO_DEPOSIT.refuse(asset)
    return customer, deposit
