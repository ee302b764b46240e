"""The institution's digest key: what it remembers without being able to tell, and what nobody else can compute.

It is a key of its own, apart from the keys that sign, which may live where nothing but signing is offered. Whoever
loses it no longer recognises cards and requests he has seen; whoever shows it lets others try card numbers against
the digests.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from payport.values import codec

if TYPE_CHECKING:
    from payport.values.hashing import Tag

SECRET_BYTES: Final = 32
"""Length of the key."""


class DigestKey:
    """A secret key for digests. It is never shown: not by ``repr``, not by logs."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take the key."""
        assert len(key) == SECRET_BYTES, "a digest key has 32 bytes"
        self._key: Final = key

    def digest(self, tag: Tag, *parts: bytes | str | int) -> bytes:
        """Return the digest of some parts under a tag, 32 bytes."""
        return hmac.digest(self._key, tag.value + codec.encode(parts), "sha256")

    def reveal(self) -> bytes:
        """Return the key, for a digest made elsewhere."""
        return self._key

    def __repr__(self) -> str:
        """Show nothing."""
        return "DigestKey()"
