"""Members of staff: who works at an institution and what he or she does; invited once, then signed in by passkey."""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from sqlalchemy import func, select, update

from payport.gateway.access.callers import Kind, Role
from payport.gateway.access.credentials import revoke_all
from payport.gateway.access.paths import ID_BYTES
from payport.gateway.access.secrets import SECRET_BYTES, digest
from payport.gateway.access.tables import INVITATIONS, STAFF
from payport.values.access import ACCESS_DENIED
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.text import TypedText

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

UNKNOWN_STAFF: Final = RefusalCode(
    "unknown_staff",
    RefusalClass.NOT_FOUND,
    "The institution has no such member of staff.",
    "该机构没有此员工。",
)
"""Staff of other institutions look the same."""

LAST_ADMINISTRATOR: Final = RefusalCode(
    "last_administrator",
    RefusalClass.CONFLICT,
    "This is the institution's last administrator; invite another one first.",
    "这是该机构最后一名管理员，请先邀请另一名。",
)
"""Without one nobody could invite anybody any more."""

TOO_MANY_STAFF: Final = RefusalCode(
    "too_many_staff",
    RefusalClass.LIMIT,
    "The institution has as many members of staff as are allowed.",
    "该机构的员工数量已达上限。",
)
"""Each may read what customers would rather keep to themselves."""

REFUSALS: Final = (UNKNOWN_STAFF, LAST_ADMINISTRATOR, TOO_MANY_STAFF)
"""Refusals of this module."""

PREFIX: Final = "ppi_"
"""How an invitation begins."""

INVITATION_CHARACTERS: Final = 47
"""Length of an invitation: the prefix and 32 bytes in base64."""

INVITATION_MS: Final = 24 * 3_600_000
"""How long an invitation can be taken up: until the invited person's next day at work."""

Name = Annotated[TypedText, msgspec.Meta(min_length=1, max_length=64)]
"""Name shown to colleagues."""

MAX_STAFF: Final = 10_000
"""Members of staff of one institution."""


async def invite(
    connection: AsyncConnection, institution: str, name: str, role: Role, now_ms: int
) -> tuple[bytes, str, int]:
    """Add a member; return the id, an invitation to register a passkey with, and until when it can be taken up.

    Raises ``too_many_staff``.
    """
    if await _count(connection, institution) >= MAX_STAFF:
        TOO_MANY_STAFF.refuse()
    member, code, expires_at_ms = os.urandom(ID_BYTES), os.urandom(SECRET_BYTES), now_ms + INVITATION_MS
    values = {"id": member, "institution": institution, "name": name, "role": role.value, "created_at_ms": now_ms}
    await connection.execute(STAFF.insert().values(**values))
    invitation = {"code_digest": digest(code), "staff": member, "expires_at_ms": expires_at_ms}
    await connection.execute(INVITATIONS.insert().values(**invitation))
    return member, PREFIX + base64.urlsafe_b64encode(code).rstrip(b"=").decode(), expires_at_ms


async def accept(connection: AsyncConnection, invitation: str, now_ms: int) -> Row[Any]:
    """Use an invitation up; return who was invited. Raises ``access_denied``."""
    try:
        code = base64.b64decode(invitation.removeprefix(PREFIX).encode("ascii") + b"=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        ACCESS_DENIED.refuse()
    usable = (INVITATIONS.c.code_digest == digest(code)) & INVITATIONS.c.used_at_ms.is_(None)
    used = update(INVITATIONS).where(usable, INVITATIONS.c.expires_at_ms >= now_ms).values(used_at_ms=now_ms)
    if (await connection.execute(used)).rowcount == 0:
        ACCESS_DENIED.refuse()
    query = (
        select(STAFF)
        .join(INVITATIONS, INVITATIONS.c.staff == STAFF.c.id)
        .where(INVITATIONS.c.code_digest == digest(code), STAFF.c.removed_at_ms.is_(None))
    )
    row = (await connection.execute(query)).first()
    if row is None:
        ACCESS_DENIED.refuse()
    return row


async def list_of(connection: AsyncConnection, institution: str, limit: int, after: bytes) -> list[Row[Any]]:
    """Return a page of an institution's staff by id, former members included."""
    query = select(STAFF).where(STAFF.c.institution == institution, STAFF.c.id > after)
    return list((await connection.execute(query.order_by(STAFF.c.id).limit(limit))).all())


async def remove(connection: AsyncConnection, institution: str, member: bytes, now_ms: int) -> None:
    """End somebody's membership, keys and sessions; raises ``unknown_staff`` and ``last_administrator``."""
    mine = (STAFF.c.institution == institution) & (STAFF.c.id == member) & STAFF.c.removed_at_ms.is_(None)
    if (await connection.execute(update(STAFF).where(mine).values(removed_at_ms=now_ms))).rowcount == 0:
        UNKNOWN_STAFF.refuse()
    if await _count(connection, institution, Role.ADMINISTRATOR) == 0:
        LAST_ADMINISTRATOR.refuse()
    await revoke_all(connection, Kind.STAFF, member, now_ms)


async def _count(connection: AsyncConnection, institution: str, role: Role | None = None) -> int:
    query = select(func.count()).select_from(STAFF)
    query = query.where(STAFF.c.institution == institution, STAFF.c.removed_at_ms.is_(None))
    if role is not None:
        query = query.where(STAFF.c.role == role.value)
    return int((await connection.execute(query)).scalar_one())
