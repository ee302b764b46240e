"""Sessions: short-lived tokens bound to the credential that opened them, and ended with it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from payport.gateway.access.callers import Customer, Kind, Role, Staff
from payport.gateway.access.secrets import SECRET_BYTES, digest
from payport.gateway.access.tables import CREDENTIALS, CUSTOMERS, SESSIONS, STAFF
from payport.values.access import ACCESS_DENIED

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

PREFIX: Final = "pps_"
"""How a session's token begins, so that one that leaked into a text is recognised."""

SESSION_MS: Final = 15 * 60_000
"""How long a session lasts: a stolen token is worth little, and a device key opens the next one unnoticed."""

KEPT_MS: Final = 60 * 60_000
"""How long a session's row outlives it; longer than any challenge, so that none opens two sessions."""

TOKEN_CHARACTERS: Final = 47
"""Length of every token: the prefix and 32 bytes in base64."""


async def open_session(
    connection: AsyncConnection, credential: bytes, challenge: bytes, now_ms: int
) -> tuple[str, int]:
    """Open a session; return its token and until when it lasts. Raises ``access_denied`` for a used challenge."""
    await connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at_ms < now_ms - KEPT_MS))
    token, expires_at_ms = os.urandom(SECRET_BYTES), now_ms + SESSION_MS
    values = {"token_digest": digest(token), "challenge": hashlib.sha256(challenge).digest()}
    try:
        async with connection.begin_nested():
            row = SESSIONS.insert().values(**values, credential=credential, expires_at_ms=expires_at_ms)
            await connection.execute(row)
    except IntegrityError:
        ACCESS_DENIED.refuse()
    return PREFIX + base64.urlsafe_b64encode(token).rstrip(b"=").decode(), expires_at_ms


async def find(connection: AsyncConnection, token: str, now_ms: int) -> Customer | Staff:
    """Return whose session a token is; raises ``access_denied``."""
    live = (SESSIONS.c.token_digest == digest(_decode(token))) & (SESSIONS.c.expires_at_ms >= now_ms)
    query = (
        select(
            SESSIONS.c.credential,
            SESSIONS.c.expires_at_ms,
            CREDENTIALS.c.subject,
            CREDENTIALS.c.subject_kind,
            STAFF.c.institution,
            STAFF.c.role,
        )
        .join(CREDENTIALS, CREDENTIALS.c.id == SESSIONS.c.credential)
        .outerjoin(STAFF, (CREDENTIALS.c.subject_kind == Kind.STAFF.value) & (STAFF.c.id == CREDENTIALS.c.subject))
        .outerjoin(
            CUSTOMERS, (CREDENTIALS.c.subject_kind == Kind.CUSTOMER.value) & (CUSTOMERS.c.id == CREDENTIALS.c.subject)
        )
        .where(live, SESSIONS.c.ended_at_ms.is_(None), CREDENTIALS.c.revoked_at_ms.is_(None))
        .where(STAFF.c.removed_at_ms.is_(None), CUSTOMERS.c.erased_at_ms.is_(None))
    )
    row = (await connection.execute(query)).first()
    if row is None:
        ACCESS_DENIED.refuse()
    if row.subject_kind == Kind.CUSTOMER.value:
        return Customer(row.subject, row.credential, row.expires_at_ms)
    return Staff(row.subject, row.institution, Role(row.role), row.credential, row.expires_at_ms)


async def end(connection: AsyncConnection, token: str, now_ms: int) -> None:
    """End a session."""
    mine = SESSIONS.c.token_digest == digest(_decode(token))
    await connection.execute(update(SESSIONS).where(mine).values(ended_at_ms=now_ms))


def _decode(token: str) -> bytes:
    text = token.removeprefix(PREFIX)
    try:
        data = base64.b64decode(text.encode("ascii") + b"=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        ACCESS_DENIED.refuse()
    if len(token) != TOKEN_CHARACTERS or len(data) != SECRET_BYTES:
        ACCESS_DENIED.refuse()
    return data
