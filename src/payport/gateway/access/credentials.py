"""Credentials: the keys that sign somebody in. A device's Ed25519 key, or a passkey; a key is one person's for ever."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from payport.gateway.access.paths import ID_BYTES
from payport.gateway.access.tables import CREDENTIALS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.gateway.access.callers import Kind

CREDENTIAL_TAKEN: Final = RefusalCode(
    "credential_taken",
    RefusalClass.CONFLICT,
    "This key or passkey is registered already.",
    "该密钥或通行密钥已被注册。",
)
"""A key signs one person in."""

TOO_MANY_CREDENTIALS: Final = RefusalCode(
    "too_many_credentials",
    RefusalClass.LIMIT,
    "You have as many keys as are allowed; revoke one first.",
    "密钥数量已达上限，请先撤销一个。",
)
"""Each is a way in that somebody must keep an eye on."""

LAST_CREDENTIAL: Final = RefusalCode(
    "last_credential",
    RefusalClass.CONFLICT,
    "This is the last key that signs you in; add another one first.",
    "这是最后一个可登录的密钥，请先添加另一个。",
)
"""Without a key nobody could sign in any more."""

UNKNOWN_CREDENTIAL: Final = RefusalCode(
    "unknown_credential",
    RefusalClass.NOT_FOUND,
    "You have no such key, or it is revoked.",
    "您没有该密钥，或该密钥已撤销。",
)
"""It is not among the caller's own."""

REFUSALS: Final = (CREDENTIAL_TAKEN, TOO_MANY_CREDENTIALS, LAST_CREDENTIAL, UNKNOWN_CREDENTIAL)
"""Refusals of this module."""

DEVICE: Final = "ed25519"
"""Scheme of a device key."""

PASSKEY: Final = "webauthn"
"""Scheme of a passkey."""

MAX_CREDENTIALS: Final = 10
"""Live credentials of one person: a few phones and passkeys."""


class NewCredential(NamedTuple):
    """A credential whose possession was shown."""

    scheme: str
    """:data:`DEVICE` or :data:`PASSKEY`."""
    passkey: bytes | None
    """Id the authenticator gave a passkey."""
    public_key: bytes
    """32 bytes Ed25519, or COSE."""
    label: str
    """What its owner calls it."""


async def add(connection: AsyncConnection, kind: Kind, subject: bytes, new: NewCredential, now_ms: int) -> bytes:
    """Add a credential; return its id. Raises ``credential_taken`` and ``too_many_credentials``."""
    if await _live(connection, kind, subject) >= MAX_CREDENTIALS:
        TOO_MANY_CREDENTIALS.refuse()
    credential = os.urandom(ID_BYTES)
    values = {"id": credential, "subject_kind": kind.value, "subject": subject, **new._asdict()}
    try:
        async with connection.begin_nested():
            await connection.execute(CREDENTIALS.insert().values(**values, created_at_ms=now_ms))
    except IntegrityError:
        CREDENTIAL_TAKEN.refuse()
    return credential


async def find(connection: AsyncConnection, credential: bytes) -> Row[Any] | None:
    """Return a live credential by its id."""
    live = (CREDENTIALS.c.id == credential) & CREDENTIALS.c.revoked_at_ms.is_(None)
    return (await connection.execute(select(CREDENTIALS).where(live))).first()


async def find_passkey(connection: AsyncConnection, passkey: bytes) -> Row[Any] | None:
    """Return a live passkey by the id its authenticator gave it."""
    live = (CREDENTIALS.c.passkey == passkey) & CREDENTIALS.c.revoked_at_ms.is_(None)
    return (await connection.execute(select(CREDENTIALS).where(live))).first()


async def list_of(connection: AsyncConnection, kind: Kind, subject: bytes) -> list[Row[Any]]:
    """Return somebody's live credentials, oldest first."""
    query = select(CREDENTIALS).where(_of(kind, subject), CREDENTIALS.c.revoked_at_ms.is_(None))
    rows = await connection.execute(query.order_by(CREDENTIALS.c.created_at_ms, CREDENTIALS.c.id))
    return list(rows.all())


async def revoke(connection: AsyncConnection, kind: Kind, subject: bytes, credential: bytes, now_ms: int) -> None:
    """End a credential and with it its sessions. Raises ``unknown_credential`` and ``last_credential``."""
    mine = _of(kind, subject) & (CREDENTIALS.c.id == credential) & CREDENTIALS.c.revoked_at_ms.is_(None)
    changed = await connection.execute(update(CREDENTIALS).where(mine).values(revoked_at_ms=now_ms))
    if changed.rowcount == 0:
        UNKNOWN_CREDENTIAL.refuse()
    if await _live(connection, kind, subject) == 0:
        LAST_CREDENTIAL.refuse()


async def revoke_all(connection: AsyncConnection, kind: Kind, subject: bytes, now_ms: int) -> None:
    """End every credential of somebody who leaves."""
    mine = _of(kind, subject) & CREDENTIALS.c.revoked_at_ms.is_(None)
    await connection.execute(update(CREDENTIALS).where(mine).values(revoked_at_ms=now_ms))


def _of(kind: Kind, subject: bytes) -> Any:  # noqa: ANN401 - a condition; its type is the library's own
    return (CREDENTIALS.c.subject_kind == kind.value) & (CREDENTIALS.c.subject == subject)


async def _live(connection: AsyncConnection, kind: Kind, subject: bytes) -> int:
    query = select(func.count()).select_from(CREDENTIALS)
    query = query.where(_of(kind, subject), CREDENTIALS.c.revoked_at_ms.is_(None))
    return int((await connection.execute(query)).scalar_one())
