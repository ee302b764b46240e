"""``embedded/1``: the node of a network with a single orderer signed the commitment.

The payload is the node's Ed25519 public key, 32 bytes, and its signature, 64 bytes, over the commitment tag and the
encoded commitment. It shows that the operator said so and cannot deny it; it does not show that the operator said
the same to everyone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.proof.commitment import decode_commitment
from payport.proof.finality.contract import FINALITY_INVALID, UNTRUSTED_KEY, Finding
from payport.values.hashing import Tag
from payport.values.signatures import pure
from payport.values.signatures.contract import ED25519, PRIMITIVE_SIGNATURE_BYTES, Primitive
from payport.values.signatures.ed25519 import PUBLIC_KEY_BYTES

if TYPE_CHECKING:
    from payport.proof.finality.contract import Backend
    from payport.proof.trust import Trust

TAG: Final = "embedded/1"
"""Tag in the receipt."""

BINDS_EN: Final = "binds the operator only"
"""Whom the proof binds, in English."""

BINDS_ZH: Final = "仅约束运营方"
"""Whom the proof binds, in simplified Chinese."""


def signing_bytes(commitment: bytes) -> bytes:
    """Return the bytes the node signs for an encoded commitment."""
    return Tag.COMMITMENT.value + commitment


def encode_payload(public_key: bytes, signature: bytes) -> bytes:
    """Return the payload of a proof."""
    assert len(public_key) == PUBLIC_KEY_BYTES, "an Ed25519 public key has 32 bytes"
    assert len(signature) == PRIMITIVE_SIGNATURE_BYTES, "an Ed25519 signature has 64 bytes"
    return public_key + signature


def verify(payload: bytes, commitment: bytes, trust: Trust, backend: Backend = pure.verify) -> Finding:
    """Check key, its time, and signature; raises ``finality_invalid``, ``untrusted_key``, ``malformed_receipt``."""
    if len(payload) != PUBLIC_KEY_BYTES + PRIMITIVE_SIGNATURE_BYTES:
        FINALITY_INVALID.refuse(f"a payload of {len(payload)} bytes")
    public_key, signature = payload[:PUBLIC_KEY_BYTES], payload[PUBLIC_KEY_BYTES:]
    if public_key not in trust.embedded_keys:
        UNTRUSTED_KEY.refuse(public_key.hex())
    if trust.embedded_until and decode_commitment(commitment).height > trust.embedded_until:
        UNTRUSTED_KEY.refuse(f"{public_key.hex()} counts until block {trust.embedded_until}")
    if not backend(Primitive(ED25519, public_key, signing_bytes(commitment), signature)):
        FINALITY_INVALID.refuse("the node's signature does not verify")
    return Finding()
