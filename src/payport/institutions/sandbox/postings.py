"""Accounts of the sandbox core and the double entries between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select, update

from payport.database.statements import insert
from payport.institutions.contract import DEPOSIT_FULL, Line
from payport.institutions.sandbox.tables import ACCOUNTS, NETWORK, OPENING, POSTINGS
from payport.values.money import MAX_AMOUNT_MINOR

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Row
    from sqlalchemy.ext.asyncio import AsyncConnection


async def find_internal(connection: AsyncConnection, kind: str, asset: str) -> Row[Any] | None:
    """Return the network or opening account of an asset, if there is one."""
    query = select(ACCOUNTS).where(ACCOUNTS.c.kind == kind, ACCOUNTS.c.asset == asset)
    return (await connection.execute(query)).first()


async def internal(connection: AsyncConnection, kind: str, asset: str) -> Row[Any]:
    """Return it."""
    found = await find_internal(connection, kind, asset)
    assert found is not None, "internal accounts are opened with the first deposit of their asset"
    return found


async def open_internal(connection: AsyncConnection, asset: str) -> None:
    """Open both of an asset, where they are not open yet."""
    for kind in (NETWORK, OPENING):
        values = {"kind": kind, "customer": None, "asset": asset, "balance_minor": 0, "held_minor": 0}
        await connection.execute(insert(connection, ACCOUNTS).values(**values).on_conflict_do_nothing())


async def open_account(connection: AsyncConnection, kind: str, asset: str, customer: int) -> int:
    """Open an account; return its number."""
    values = {"kind": kind, "customer": customer, "asset": asset, "balance_minor": 0, "held_minor": 0}
    return number_of(await connection.execute(ACCOUNTS.insert().values(**values)))


def number_of(inserted: CursorResult[Any]) -> int:
    """Return the number the database gave a new row."""
    assert inserted.inserted_primary_key is not None, "every table but movements numbers its rows"
    return int(inserted.inserted_primary_key[0])


async def post(
    connection: AsyncConnection, key: bytes | None, payer: int, payee: int, amount_minor: int, *, held: bool = False
) -> None:
    """Book one double entry; ``held`` where the payer's amount was set aside.

    Both rows are locked, in one order everywhere, before the entry gets its number, so that a statement's numbers
    ascend as they become visible. The lock lets the keys of movements under way point to the rows: an exclusive one
    would wait for them, and they for it.
    """
    deltas = {payer: -amount_minor, payee: amount_minor}
    query = select(ACCOUNTS.c.id, ACCOUNTS.c.balance_minor).where(ACCOUNTS.c.id.in_(deltas))
    rows = (await connection.execute(query.order_by(ACCOUNTS.c.id).with_for_update(key_share=True))).all()
    after = {row.id: row.balance_minor + deltas[row.id] for row in rows}
    if max(after.values()) > MAX_AMOUNT_MINOR:
        DEPOSIT_FULL.refuse()
    moved = case(deltas, value=ACCOUNTS.c.id)
    changed = update(ACCOUNTS).where(ACCOUNTS.c.id.in_(deltas))
    unheld = case({payer: amount_minor if held else 0}, value=ACCOUNTS.c.id, else_=0)
    after_held = ACCOUNTS.c.held_minor - unheld
    await connection.execute(changed.values(balance_minor=ACCOUNTS.c.balance_minor + moved, held_minor=after_held))
    values = {"payer_balance_minor": after[payer], "payee_balance_minor": after[payee], "amount_minor": amount_minor}
    await connection.execute(POSTINGS.insert().values(key=key, payer=payer, payee=payee, **values))


def line(row: Row[Any], place: int) -> Line:
    """Return a double entry as a line of the account at ``place``."""
    if row.payee == place:
        return Line(row.id, row.key, row.amount_minor, row.payee_balance_minor)
    return Line(row.id, row.key, -row.amount_minor, row.payer_balance_minor)
