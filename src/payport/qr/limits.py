"""Limits on what is read from the outside."""

from __future__ import annotations

from typing import Final

MAX_PAYLOAD_CHARACTERS: Final = 4_096
"""Characters of a payload; the largest QR symbol holds 4,296."""

MAX_ORDER_BYTES: Final = 600
"""Bytes of a signed order in a dynamic code: what its ten templates hold; an Ed25519 order needs at most about 260."""

MAX_IMAGE_BYTES: Final = 8 * 1024 * 1024
"""Bytes of an image: a phone's photograph."""

MAX_IMAGE_PIXELS: Final = 40_000_000
"""Pixels of an image: the largest common phone camera, so that a small file cannot unpack into all memory."""

MAX_ENLARGED_PIXELS: Final = 1_000_000
"""Pixels of an image worth enlarging when no code was found in it: larger ones have no modules of one pixel."""

RECOMMENDED_PAYLOAD_CHARACTERS: Final = 512
"""EMVCo MPM asks that a payload stays within this, so that every phone reads it."""
