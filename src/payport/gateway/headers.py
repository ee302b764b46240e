"""Headers that every answer carries, whoever writes it."""

from __future__ import annotations

from typing import Final

from payport.gateway import reference

HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", reference.POLICY.encode()),
    (b"x-frame-options", b"DENY"),
)
"""What browsers must know of answers that hold money."""
