"""Links to receipts: an unguessable token that opens one receipt for a while, for whoever has it.

The database holds a digest of each token, so whoever reads it opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Table, delete, func, select

from payport.gateway.database import METADATA
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

NO_SUCH_LINK: Final = RefusalCode(
    "no_such_link",
    RefusalClass.NOT_FOUND,
    "This link opens nothing: it was never made, has expired, or was revoked.",
    "该链接无效：不存在、已过期或已被撤销。",
)
"""All three look the same from outside."""

TOO_MANY_LINKS: Final = RefusalCode(
    "too_many_links",
    RefusalClass.LIMIT,
    "The account has as many links as one may have at once; revoke one first, or wait until one expires.",
    "该账户的有效链接数量已达上限，请先撤销或等待过期。",
)
"""Without a limit one account could fill the database."""

REFUSALS: Final = (NO_SUCH_LINK, TOO_MANY_LINKS)
"""Refusals of this module."""

MAX_LINKS_PER_ACCOUNT: Final = 1_000
"""Links of one account that have not expired: a merchant that sends each receipt as a link revokes none."""

TOKEN_BYTES: Final = 32
"""Random bytes of a token: nobody guesses one."""

TOKEN_CHARACTERS: Final = 43
"""Length of a token: its bytes in URL-safe base64 without padding."""

ID_BYTES: Final = 16
"""Length of a link's id."""

LINKS: Final = Table(
    "receipt_links",
    METADATA,
    Column("id", LargeBinary(ID_BYTES), primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("account", LargeBinary(16), nullable=False),
    Column("transaction_id", LargeBinary(32), nullable=False),
    Column("with_balance", Boolean, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Index("receipt_links_of_account", "account", "transaction_id"),
)
"""One row a link."""


class Link(NamedTuple):
    """A link, without what opens it."""

    id: bytes
    """Its id."""
    account: bytes
    """Account whose holder made it."""
    transaction_id: bytes
    """Transaction whose receipt it opens."""
    with_balance: bool
    """Whether the receipt holds the account's balance leaves."""
    made_at_ms: int
    """When it was made."""
    expires_at_ms: int
    """Until when it opens the receipt."""


_COLUMNS: Final = tuple(LINKS.c[name] for name in Link._fields)


class Asked(NamedTuple):
    """A link that is asked for."""

    account: bytes
    """Account whose holder makes it."""
    transaction_id: bytes
    """Transaction whose receipt it opens."""
    with_balance: bool
    """Whether the receipt holds the account's balance leaves."""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def make(connection: AsyncConnection, asked: Asked, now_ms: int, expires_at_ms: int) -> tuple[Link, str]:
    """Make a link; return it with the token that opens it, which is not kept. Raises ``too_many_links``."""
    own = LINKS.c.account == asked.account
    await connection.execute(delete(LINKS).where(own, LINKS.c.expires_at_ms < now_ms))
    count = select(func.count()).select_from(LINKS).where(own)
    if (await connection.execute(count)).scalar_one() >= MAX_LINKS_PER_ACCOUNT:
        TOO_MANY_LINKS.refuse(f"at most {MAX_LINKS_PER_ACCOUNT}")
    token = base64.urlsafe_b64encode(os.urandom(TOKEN_BYTES)).rstrip(b"=").decode()
    link = Link(os.urandom(ID_BYTES), *asked, now_ms, expires_at_ms)
    await connection.execute(LINKS.insert().values(**link._asdict(), token_hash=_digest(token)))
    return link, token


async def opened_by(connection: AsyncConnection, token: str, now_ms: int) -> Link:
    """Return the link a token opens; raises ``no_such_link``."""
    query = select(*_COLUMNS).where(LINKS.c.token_hash == _digest(token), LINKS.c.expires_at_ms >= now_ms)
    row = (await connection.execute(query)).first()
    if row is None:
        NO_SUCH_LINK.refuse()
    return Link._make(row)


async def of_receipt(connection: AsyncConnection, account: bytes, transaction_id: bytes, now_ms: int) -> list[Link]:
    """Return the links an account's holder made to a receipt, newest first."""
    query = (
        select(*_COLUMNS)
        .where(LINKS.c.account == account, LINKS.c.transaction_id == transaction_id, LINKS.c.expires_at_ms >= now_ms)
        .order_by(LINKS.c.made_at_ms.desc(), LINKS.c.id)
        .limit(MAX_LINKS_PER_ACCOUNT)
    )
    return [Link._make(row) for row in await connection.execute(query)]


async def revoke(connection: AsyncConnection, account: bytes, link_id: bytes) -> None:
    """Make a link open nothing any more; raises ``no_such_link`` where the account has none of this id."""
    mine = (LINKS.c.id == link_id) & (LINKS.c.account == account)
    if (await connection.execute(delete(LINKS).where(mine))).rowcount == 0:
        NO_SUCH_LINK.refuse()
