"""The envelope: the exact signed bytes and the signatures over them; ids and group hashes."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final

import msgspec

from payport.values import codec
from payport.values.hashing import Tag, tagged_hash
from payport.values.identifiers import PublicKey, SchemeName
from payport.values.limits import (
    MAX_BODY_BYTES,
    MAX_ENVELOPE_BYTES,
    MAX_SIGNATURE_BYTES,
    MAX_SIGNATURES,
)
from payport.values.refusals import RefusalClass, RefusalCode

ENVELOPE_TOO_LARGE: Final = RefusalCode(
    "envelope_too_large", RefusalClass.MALFORMED, "The signed transaction is too large.", "已签名的交易过大。"
)
"""Raised before anything is decoded."""

REFUSALS: Final = (ENVELOPE_TOO_LARGE,)
"""Refusals of this module."""

GROUP_FIELD: Final = 6
"""Index of the group field in a body: chain id, kind, sender, nonce, valid from, valid until, group, attachment, ..."""


class Signature(codec.Record, frozen=True):
    """One signature of an envelope."""

    scheme: SchemeName
    """Signature scheme."""
    public_key: PublicKey
    """Key it verifies under."""
    signature: Annotated[bytes, msgspec.Meta(min_length=64, max_length=MAX_SIGNATURE_BYTES)]
    """Signature over tag and body (Ed25519) or an assertion whose challenge is the transaction id (WebAuthn)."""


class Envelope(codec.Record, frozen=True):
    """What travels: ``[body, [[scheme, public key, signature], ...]]``."""

    body: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_BODY_BYTES)]
    """The exact bytes that were signed, less their tag."""
    signatures: Annotated[tuple[Signature, ...], msgspec.Meta(min_length=1, max_length=MAX_SIGNATURES)]
    """In strictly ascending order of public key, so that each key signs once and there is one way to write it."""


_DECODER: Final = msgspec.msgpack.Decoder(Envelope)


def read_envelope(data: bytes, *, known_canonical: bool = False) -> Envelope:
    """Decode an envelope; raises ``envelope_too_large`` or ``malformed_bytes``.

    ``known_canonical`` says that somebody has checked already that the bytes are canonical MessagePack.
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        ENVELOPE_TOO_LARGE.refuse(f"{len(data)} bytes, at most {MAX_ENVELOPE_BYTES}")
    envelope = codec.decode_with(_DECODER, data)
    signatures = envelope.signatures
    if len(signatures) > 1 and any(left.public_key >= right.public_key for left, right in pairwise(signatures)):
        codec.MALFORMED_BYTES.refuse("signatures are not in strictly ascending order of public key")
    if not known_canonical and codec.encode(envelope) != data:
        codec.MALFORMED_BYTES.refuse("not the canonical encoding")
    return envelope


def signing_bytes(body: bytes) -> bytes:
    """Return the bytes an Ed25519 key signs: the tag, then the body as it travels."""
    return Tag.TRANSACTION.value + body


def transaction_id(body: bytes) -> bytes:
    """Return the hash of the signed bytes: the id, and the challenge of a WebAuthn assertion."""
    return tagged_hash(Tag.TRANSACTION, body)


def signatures_hash(signatures: tuple[Signature, ...]) -> bytes:
    """Return the hash by which an outcome leaf binds the signatures."""
    return tagged_hash(Tag.SIGNATURES, codec.encode(signatures))


def ungrouped_id(body: bytes) -> bytes:
    """Return the id the body would have with its group field nil; raises ``malformed_bytes``."""
    fields = codec.decode(body, list[msgspec.Raw])
    if len(fields) <= GROUP_FIELD:
        codec.MALFORMED_BYTES.refuse("a body has at least eight elements")
    fields[GROUP_FIELD] = msgspec.Raw(b"\xc0")
    return transaction_id(codec.encode(fields))


def group_hash(bodies: list[bytes]) -> bytes:
    """Return the hash that binds a group: over its members' ids, in order, computed with the group field nil."""
    return tagged_hash(Tag.GROUP, b"".join(ungrouped_id(body) for body in bodies))
