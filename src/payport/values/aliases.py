"""An alias answer: an institution says, signed, which account a phone number or e-mail address stands for.

It travels from the institution to whoever asked, through the port, which cannot change it. The alias is in it as a
digest; who asked knows the alias, and nobody else is meant to read the answer.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final

import msgspec

from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.envelopes import Signature
from payport.values.hashing import Tag, tagged_hash
from payport.values.identifiers import AccountId, ChainId, Digest, InstitutionId
from payport.values.limits import MAX_SIGNATURES

MAX_ALIAS_CHARACTERS: Final = 254
"""An alias is an E.164 number or an e-mail address; the longest of those has 254 characters."""

MAX_MASKED_NAME_CHARACTERS: Final = 256
"""A masked name: a word of one letter becomes three characters, so it may be longer than the name."""

MAX_ANSWER_BYTES: Final = 1_280
"""An answer: five short fields and a name in any script."""

MAX_SIGNED_ANSWER_BYTES: Final = 32 * 1_024
"""With the signatures of the largest m-of-n."""


class AliasAnswer(codec.Record, frozen=True):
    """What is signed, behind the tag :attr:`Tag.ALIAS`."""

    chain_id: ChainId
    """Network the account is on."""
    alias_digest: Digest
    """Digest of the alias that was asked for; see :func:`alias_digest`."""
    account: AccountId
    """Account it stands for."""
    institution: InstitutionId
    """Institution that answers; the account is one of its own."""
    masked_name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_MASKED_NAME_CHARACTERS)]
    """Name of the holder, masked: enough to recognise somebody one knows."""
    issued_at_ms: Milliseconds
    """When it was signed, in milliseconds since the Unix epoch."""
    expires_at_ms: Milliseconds
    """Until when it counts."""


class SignedAliasAnswer(codec.Record, frozen=True):
    """What travels: the exact bytes and who signed them."""

    answer: Annotated[bytes, msgspec.Meta(max_length=MAX_ANSWER_BYTES)]
    """Encoded :class:`AliasAnswer`."""
    signatures: Annotated[tuple[Signature, ...], msgspec.Meta(min_length=1, max_length=MAX_SIGNATURES)]
    """Of keys of the institution, over :func:`signing_bytes`, in strictly ascending order of public key."""


def alias_digest(alias: str) -> bytes:
    """Return the digest of an alias in its one spelling: ``+`` and digits, or an address in lower case."""
    return tagged_hash(Tag.ALIAS_NAME, alias.encode())


def signing_bytes(answer_bytes: bytes) -> bytes:
    """Return the bytes an institution's key signs."""
    return Tag.ALIAS.value + answer_bytes


def read_signed(data: bytes) -> tuple[SignedAliasAnswer, AliasAnswer]:
    """Decode an answer with its signatures, none of which is checked yet; raises ``malformed_bytes``."""
    if len(data) > MAX_SIGNED_ANSWER_BYTES:
        codec.MALFORMED_BYTES.refuse(f"{len(data)} bytes, at most {MAX_SIGNED_ANSWER_BYTES}")
    signed = codec.decode_canonical(data, SignedAliasAnswer)
    if any(left.public_key >= right.public_key for left, right in pairwise(signed.signatures)):
        codec.MALFORMED_BYTES.refuse("signatures are not in strictly ascending order of public key")
    return signed, codec.decode_canonical(signed.answer, AliasAnswer)
