"""Headers that every answer carries, whoever writes it."""

from __future__ import annotations

from typing import Final

from payport.gateway import reference

HEADERS: Final = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("content-security-policy", reference.POLICY),
    ("x-frame-options", "DENY"),
)
"""What browsers must know of answers that hold money."""

ENCODED_HEADERS: Final = tuple((name.encode(), value.encode()) for name, value in HEADERS)
"""The same as the framework writes them."""
