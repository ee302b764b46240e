"""A payer's authority: what a pay code carries, signed by a session key of the payer, who may be offline."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.hashing import Tag, tagged_hash
from payport.values.identifiers import AccountId, AssetId, ChainId, Digest, PublicKey, SchemeName
from payport.values.money import Amount

MAX_AUTHORITY_BYTES: Final = 200
"""An authority; the longest, with the digest of a digit code, is about 170 bytes."""

MAX_SIGNED_AUTHORITY_BYTES: Final = 320
"""With scheme, Ed25519 key and signature: what fits a code every reader takes (512 characters of base64)."""

DIGITS_PATTERN: Final = r"^62[0-9]{17}$(?!\n)"
"""A pay code for tills that read digits: 19 of them, beginning with 62."""


class Authority(codec.Record, frozen=True):
    """What is signed, behind the tag :attr:`Tag.AUTHORITY`."""

    chain_id: ChainId
    """Network it is good on."""
    account: AccountId
    """Account to be debited."""
    asset: AssetId
    """Currency."""
    cap_minor: Amount
    """Largest amount that may be charged, in minor units."""
    issued_at_ms: Milliseconds
    """The phone's time when it was signed."""
    expires_at_ms: Milliseconds
    """Last block time at which it may be charged."""
    counter: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    """Makes two codes of one moment differ."""
    digits_digest: Digest | None
    """Digest of the digits a till must present with it, or nil for a code that is scanned."""


class SignedAuthority(codec.Record, frozen=True):
    """What travels: the exact bytes and who signed them."""

    authority: Annotated[bytes, msgspec.Meta(max_length=MAX_AUTHORITY_BYTES)]
    """Encoded :class:`Authority`."""
    scheme: SchemeName
    """Scheme of the payer's key."""
    public_key: PublicKey
    """The payer's key."""
    signature: Annotated[bytes, msgspec.Meta(max_length=MAX_SIGNED_AUTHORITY_BYTES)]
    """Signature over tag and authority bytes."""


def signing_bytes(authority_bytes: bytes) -> bytes:
    """Return the bytes a payer's key signs."""
    return Tag.AUTHORITY.value + authority_bytes


def read_authority(authority_bytes: bytes) -> Authority:
    """Decode an authority; raises ``malformed_bytes``."""
    return codec.decode_canonical(authority_bytes, Authority)


def authority_id(authority_bytes: bytes) -> bytes:
    """Return the hash an authority is remembered by once it was charged; its signature is left out of it."""
    return tagged_hash(Tag.AUTHORITY, authority_bytes)


def digits_digest(digits: str, account: bytes) -> bytes:
    """Return the digest of a digit code of an account."""
    return tagged_hash(Tag.PAY_CODE, account + digits.encode())
