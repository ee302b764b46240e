"""Access tokens: how a holder shows the port that an account is his to read, without showing its view key.

A token is ``account (16 bytes) || expires (8 bytes, big-endian, ms) || HMAC-SHA256(view key, tag || chain id || the
first 24 bytes)`` in URL-safe base64 without padding. It reads; it can never move money.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final, NamedTuple

from payport.values.hashing import Tag
from payport.values.refusals import RefusalClass, RefusalCode

ACCESS_DENIED: Final = RefusalCode(
    "access_denied",
    RefusalClass.UNAUTHORISED,
    "This needs a token or key that is valid now and may do this.",
    "需要当前有效且具备相应权限的令牌或密钥。",
)
"""Nothing shown, something malformed, expired, foreign or not made for this, or what does not exist: all look alike."""

REFUSALS: Final = (ACCESS_DENIED,)
"""Refusals of this module."""

MAX_TOKEN_LIFE_MS: Final = 15 * 60 * 1_000
"""How far in the future a token's expiry may lie: what a thief of one can read is bounded."""

_ACCOUNT_BYTES: Final = 16
_EXPIRY_BYTES: Final = 8
_MAC_BYTES: Final = 32
_HEAD_BYTES: Final = _ACCOUNT_BYTES + _EXPIRY_BYTES
TOKEN_CHARACTERS: Final = 75
"""Length of every token: 56 bytes in base64."""


class AccessToken(NamedTuple):
    """A token that was read and is not yet believed."""

    account: bytes
    """Account it asks for."""
    expires_at_ms: int
    """Until when it counts, in milliseconds since the Unix epoch."""
    mac: bytes
    """What only the view key's holder can compute."""


def _mac(view_key: bytes, chain_id: str, head: bytes) -> bytes:
    return hmac.digest(view_key, Tag.ACCESS.value + chain_id.encode() + b"\x00" + head, "sha256")


def make_token(chain_id: str, account: bytes, view_key: bytes, expires_at_ms: int) -> str:
    """Return a token for ``account`` that counts until ``expires_at_ms``."""
    assert len(account) == _ACCOUNT_BYTES, "an account id has 16 bytes"
    head = account + expires_at_ms.to_bytes(_EXPIRY_BYTES, "big")
    return base64.urlsafe_b64encode(head + _mac(view_key, chain_id, head)).rstrip(b"=").decode()


def read_token(text: str, now_ms: int) -> AccessToken:
    """Read a token and look at its time; raises ``access_denied``."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        ACCESS_DENIED.refuse()
    if len(text) != TOKEN_CHARACTERS or len(data) != _HEAD_BYTES + _MAC_BYTES:
        ACCESS_DENIED.refuse()
    expires_at_ms = int.from_bytes(data[_ACCOUNT_BYTES:_HEAD_BYTES], "big")
    if not now_ms <= expires_at_ms <= now_ms + MAX_TOKEN_LIFE_MS:
        ACCESS_DENIED.refuse()
    return AccessToken(data[:_ACCOUNT_BYTES], expires_at_ms, data[_HEAD_BYTES:])


def require_holder(token: AccessToken, chain_id: str, view_key: bytes) -> None:
    """Insist that the token was made with the view key; raises ``access_denied``."""
    head = token.account + token.expires_at_ms.to_bytes(_EXPIRY_BYTES, "big")
    if not hmac.compare_digest(token.mac, _mac(view_key, chain_id, head)):
        ACCESS_DENIED.refuse()
