"""API keys: how a partner's program shows who it is. Hashed, scoped, expiring; the secret is shown once.

A key is ``ppk_`` and 48 bytes in URL-safe base64: its id (16), by which it is found, and its secret (32).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import func, select, update

from payport.gateway.access.callers import Partner, Scope
from payport.gateway.access.paths import ID_BYTES
from payport.gateway.access.secrets import SECRET_BYTES, digest
from payport.gateway.access.tables import API_KEYS
from payport.values.access import ACCESS_DENIED
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

TOO_MANY_API_KEYS: Final = RefusalCode(
    "too_many_api_keys",
    RefusalClass.LIMIT,
    "The institution has as many live API keys as are allowed; revoke one first.",
    "该机构的有效 API 密钥数量已达上限，请先撤销一个。",
)
"""Each is a way in."""

UNKNOWN_API_KEY: Final = RefusalCode(
    "unknown_api_key",
    RefusalClass.NOT_FOUND,
    "The institution has no such API key, or it is revoked.",
    "该机构没有此 API 密钥，或该密钥已撤销。",
)
"""Keys of other institutions look the same."""

REFUSALS: Final = (TOO_MANY_API_KEYS, UNKNOWN_API_KEY)
"""Refusals of this module."""

PREFIX: Final = "ppk_"
"""How a key begins, so that one that leaked into a text is recognised."""

KEY_CHARACTERS: Final = 68
"""Length of every key."""

MAX_LIVE: Final = 1_000
"""Live keys of one institution."""

MAX_ACCOUNTS: Final = 100
"""Accounts a key may be limited to."""

MAX_LIFE_MS: Final = 366 * 86_400_000
"""How long a key lasts at most: whoever forgot it loses it within a year."""


class NewApiKey(NamedTuple):
    """What a key shall be for."""

    institution: str
    """Institution it belongs to."""
    label: str
    """What it is called."""
    scopes: Sequence[Scope]
    """What it may do."""
    accounts: Sequence[bytes]
    """Accounts it is limited to; all of the institution's where there are none."""
    expires_at_ms: int
    """Until when it counts."""


async def make(connection: AsyncConnection, new: NewApiKey, created_by: bytes, now_ms: int) -> tuple[bytes, str]:
    """Make a key; return its id and the key itself, which is kept nowhere. Raises ``too_many_api_keys``."""
    live = (API_KEYS.c.institution == new.institution) & (API_KEYS.c.expires_at_ms >= now_ms)
    query = select(func.count()).select_from(API_KEYS).where(live, API_KEYS.c.revoked_at_ms.is_(None))
    if (await connection.execute(query)).scalar_one() >= MAX_LIVE:
        TOO_MANY_API_KEYS.refuse()
    key_id, secret = os.urandom(ID_BYTES), os.urandom(SECRET_BYTES)
    values = {
        "id": key_id,
        "institution": new.institution,
        "label": new.label,
        "secret_digest": digest(secret),
        "scopes": msgspec.json.encode(sorted(new.scopes)).decode(),
        "accounts": msgspec.json.encode(sorted(account.hex() for account in new.accounts)).decode(),
        "created_by": created_by,
        "created_at_ms": now_ms,
        "expires_at_ms": new.expires_at_ms,
    }
    await connection.execute(API_KEYS.insert().values(**values))
    return key_id, PREFIX + base64.urlsafe_b64encode(key_id + secret).decode()


async def find(connection: AsyncConnection, key: str, now_ms: int) -> Partner:
    """Return whose key it is; raises ``access_denied``."""
    try:
        data = base64.b64decode(key.removeprefix(PREFIX).encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        ACCESS_DENIED.refuse()
    if len(key) != KEY_CHARACTERS or len(data) != ID_BYTES + SECRET_BYTES:
        ACCESS_DENIED.refuse()
    key_id, secret = data[:ID_BYTES], data[ID_BYTES:]
    live = (API_KEYS.c.id == key_id) & API_KEYS.c.revoked_at_ms.is_(None) & (API_KEYS.c.expires_at_ms >= now_ms)
    row = (await connection.execute(select(API_KEYS).where(live))).first()
    # An unknown key is compared with a digest nobody has a secret for, so that it takes as long as a wrong secret.
    if not hmac.compare_digest(bytes(SECRET_BYTES) if row is None else row.secret_digest, digest(secret)):
        ACCESS_DENIED.refuse()
    assert row is not None, "no secret has a digest of zeros"
    return Partner(key_id, row.institution, scopes_of(row), accounts_of(row), row.expires_at_ms)


async def list_of(connection: AsyncConnection, institution: str, limit: int, after: bytes) -> list[Row[Any]]:
    """Return a page of an institution's keys by id, revoked and expired ones included."""
    query = select(API_KEYS).where(API_KEYS.c.institution == institution, API_KEYS.c.id > after)
    return list((await connection.execute(query.order_by(API_KEYS.c.id).limit(limit))).all())


async def revoke(connection: AsyncConnection, institution: str, key_id: bytes, now_ms: int) -> None:
    """End a key; raises ``unknown_api_key``."""
    mine = (API_KEYS.c.institution == institution) & (API_KEYS.c.id == key_id) & API_KEYS.c.revoked_at_ms.is_(None)
    if (await connection.execute(update(API_KEYS).where(mine).values(revoked_at_ms=now_ms))).rowcount == 0:
        UNKNOWN_API_KEY.refuse()


def scopes_of(row: Row[Any]) -> frozenset[Scope]:
    """Return what a key may do."""
    return frozenset(map(Scope, msgspec.json.decode(row.scopes, type=list[str])))


def accounts_of(row: Row[Any]) -> frozenset[bytes]:
    """Return the accounts a key is limited to."""
    return frozenset(map(bytes.fromhex, msgspec.json.decode(row.accounts, type=list[str])))
