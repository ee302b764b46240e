"""Limits on what is read from the outside."""

from __future__ import annotations

from typing import Final

MAX_PAYLOAD_CHARACTERS: Final = 4_096
"""Characters of a payload; the largest QR symbol holds 4,296."""

MAX_IMAGE_BYTES: Final = 8 * 1024 * 1024
"""Bytes of an image: a phone's photograph."""

MAX_IMAGE_PIXELS: Final = 40_000_000
"""Pixels of an image, so that a small file cannot unpack into all memory."""

RECOMMENDED_PAYLOAD_CHARACTERS: Final = 512
"""EMVCo MPM asks that a payload stays within this, so that every phone reads it."""
