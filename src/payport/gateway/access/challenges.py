"""Challenges: what a key signs to show that it is here now. The port keeps none of them: each carries its own proof.

A challenge is ``random (16 bytes) || expires (8 bytes, big-endian, ms) || HMAC under the port's secret (16 bytes)``.
It opens one session, because a session keeps its digest, and none after its expiry.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Final

from payport.values.access import ACCESS_DENIED
from payport.values.sign_in import CHALLENGE_BYTES

if TYPE_CHECKING:
    from payport.gateway.access.secrets import PortSecret

CHALLENGE_MS: Final = 2 * 60_000
"""How long a challenge can be answered: time for a person to find a finger or a passkey."""

_RANDOM_BYTES: Final = 16
_HEAD_BYTES: Final = 24
_PURPOSE: Final = "challenge"


def make_challenge(secret: PortSecret, now_ms: int) -> tuple[bytes, int]:
    """Return a challenge, and until when it can be answered."""
    expires_at_ms = now_ms + CHALLENGE_MS
    head = os.urandom(_RANDOM_BYTES) + expires_at_ms.to_bytes(8, "big")
    return head + _mac(secret, head), expires_at_ms


def require_challenge(secret: PortSecret, challenge: bytes, now_ms: int) -> None:
    """Insist that a challenge is this port's and not expired; raises ``access_denied``."""
    head, mac = challenge[:_HEAD_BYTES], challenge[_HEAD_BYTES:]
    if len(challenge) != CHALLENGE_BYTES or not hmac.compare_digest(mac, _mac(secret, head)):
        ACCESS_DENIED.refuse()
    if int.from_bytes(head[_RANDOM_BYTES:], "big") < now_ms:
        ACCESS_DENIED.refuse()


def _mac(secret: PortSecret, head: bytes) -> bytes:
    return secret.mac(_PURPOSE, head)[:16]
