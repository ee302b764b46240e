"""Proof of possession: a key that is being bound signs who it is being bound to."""

from __future__ import annotations

from typing import Annotated

import msgspec

from payport.values import codec
from payport.values.hashing import Tag
from payport.values.identifiers import PublicKey, SchemeName
from payport.values.limits import MAX_SIGNATURE_BYTES


class NewKey(codec.Record, frozen=True):
    """A key to be bound, with its proof."""

    scheme: SchemeName
    """Signature scheme."""
    public_key: PublicKey
    """The key."""
    proof: Annotated[bytes, msgspec.Meta(min_length=64, max_length=MAX_SIGNATURE_BYTES)]
    """Its signature over :func:`signing_bytes`."""


def signing_bytes(chain_id: str, holder: bytes, public_key: bytes) -> bytes:
    """Return what the new key signs: network, holder (account id, or institution id in ASCII) and itself."""
    return Tag.BINDING.value + codec.encode((chain_id, holder, public_key))
