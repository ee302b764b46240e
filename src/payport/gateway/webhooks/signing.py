"""Signatures as Standard Webhooks has them: HMAC-SHA256 over ``id.timestamp.payload``, one a secret that counts."""

from __future__ import annotations

import base64
import hmac
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX: Final = "whsec_"
"""How a secret begins, so that one that leaked into a text is recognised."""

SECRET_BYTES: Final = 32
"""Length of a secret; the specification asks for 24 to 64."""

ROTATION_MS: Final = 24 * 3_600_000
"""How long the old secret signs beside the new one: time to roll the new one out to every receiver."""

SECRET_PURPOSE: Final = "webhook secret"  # noqa: S105 - a name, no secret
"""What secrets are sealed for."""


def new_secret() -> bytes:
    """Return a secret."""
    return os.urandom(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """Return a secret as its receiver keeps it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(secrets: Sequence[bytes], event_id: bytes, now_ms: int, payload: bytes) -> dict[str, str]:
    """Return the headers of an attempt, signed with every secret, the newest first."""
    name, timestamp = event_id.hex(), str(now_ms // 1_000)
    signed = f"{name}.{timestamp}.".encode() + payload
    signatures = [base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
