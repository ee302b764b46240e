"""Authorities deposited for tills that read digits: found by a keyed digest of the digits, for as long as they count.

The port keeps no digits, and an authority alone cannot be charged: the charge presents the digits too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table, delete, func, select

from payport.database.statements import insert
from payport.gateway.database import METADATA
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

PAY_CODE_TAKEN: Final = RefusalCode(
    "pay_code_taken",
    RefusalClass.CONFLICT,
    "These digits stand for another pay code just now; draw others.",
    "这组数字当前已被其他付款码使用，请重新生成。",
)
"""Of 10^17 codes two are hardly ever alike within a minute."""

UNKNOWN_PAY_CODE: Final = RefusalCode(
    "unknown_pay_code",
    RefusalClass.NOT_FOUND,
    "No pay code of these digits counts now; ask the payer to show a new one.",
    "该付款码无效或已过期，请付款人重新出示。",
)
"""Mistyped, expired, or never deposited: all look the same."""

TOO_MANY_PAY_CODES: Final = RefusalCode(
    "too_many_pay_codes",
    RefusalClass.LIMIT,
    "The account has as many pay codes deposited as may count at a time.",
    "该账户当前有效的付款码数量已达上限。",
)
"""A phone shows one at a time, and draws a new one before the last has expired."""

REFUSALS: Final = (PAY_CODE_TAKEN, UNKNOWN_PAY_CODE, TOO_MANY_PAY_CODES)
"""Refusals of this module."""

MAX_LIVE: Final = 10
"""Pay codes of one account that count at a time: a new one every few seconds."""

DEPOSITS: Final = Table(
    "deposited_codes",
    METADATA,
    Column("digits", LargeBinary(32), primary_key=True),
    Column("account", LargeBinary(16), nullable=False, index=True),
    Column("authority", LargeBinary, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
)
"""One row a pay code; ``digits`` is a digest keyed with the port's secret."""


async def deposit(
    connection: AsyncConnection, digits: bytes, account: bytes, authority: bytes, expires_at_ms: int, now_ms: int
) -> None:
    """Keep an authority under the digest of its digits; the same again changes nothing.

    Raises ``pay_code_taken`` and ``too_many_pay_codes``.
    """
    await connection.execute(delete(DEPOSITS).where(DEPOSITS.c.expires_at_ms < now_ms))
    values = {"digits": digits, "account": account, "authority": authority, "expires_at_ms": expires_at_ms}
    await connection.execute(insert(connection, DEPOSITS).values(**values).on_conflict_do_nothing())
    kept = select(DEPOSITS.c.authority).where(DEPOSITS.c.digits == digits)
    if bytes((await connection.execute(kept)).scalar_one()) != authority:
        PAY_CODE_TAKEN.refuse()
    count = select(func.count()).select_from(DEPOSITS).where(DEPOSITS.c.account == account)
    if (await connection.execute(count)).scalar_one() > MAX_LIVE:
        TOO_MANY_PAY_CODES.refuse(f"at most {MAX_LIVE}")


async def find(connection: AsyncConnection, digits: bytes, now_ms: int) -> bytes:
    """Return the authority behind the digest of some digits; raises ``unknown_pay_code``."""
    live = (DEPOSITS.c.digits == digits) & (DEPOSITS.c.expires_at_ms >= now_ms)
    row = (await connection.execute(select(DEPOSITS.c.authority).where(live))).first()
    if row is None:
        UNKNOWN_PAY_CODE.refuse()
    return bytes(row.authority)
