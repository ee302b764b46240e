"""Signatures, checked natively in batches: the envelopes' own and those inside bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport import _native
from payport.values.hashing import Tag
from payport.values.refusals import Refusal
from payport.values.signatures.contract import INVALID_SIGNATURE, UNKNOWN_SCHEME, Primitive, WebAuthnPolicy
from payport.values.signatures.table import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.ledger.admission import Item

REFUSALS: Final = (UNKNOWN_SCHEME, INVALID_SIGNATURE)
"""Refusals of this module."""


class Checked(NamedTuple):
    """What checking signatures gave."""

    verdicts: list[Refusal | None]
    """Per item, ``None`` where all its signatures hold, or the refusal where one does not."""
    signatures: int
    """Signatures that were checked."""


def reduce_signature(
    scheme: str, public_key: bytes, message: bytes, signature: bytes, policy: WebAuthnPolicy
) -> Primitive:
    """Reduce a signature to its primitive check; raises ``unknown_scheme`` or ``invalid_signature``."""
    found = SCHEMES.get(scheme)
    if found is None:
        UNKNOWN_SCHEME.refuse(scheme)
    return found.reduce(public_key, message, signature, policy)


_TRANSACTION_TAG: Final = Tag.TRANSACTION.value


def _primitives(item: Item, policy: WebAuthnPolicy) -> list[Primitive]:
    found = []
    for member in item.members:
        message = _TRANSACTION_TAG + member.envelope.body
        found += [
            reduce_signature(each.scheme, each.public_key, message, each.signature, policy)
            for each in member.envelope.signatures
        ]
        found += [
            reduce_signature(each.scheme, each.public_key, each.message, each.signature, policy)
            for each in member.verb.proofs(member.transaction)
        ]
    return found


def verify_items(items: Sequence[Item], policy: WebAuthnPolicy, threads: int = 1) -> list[Refusal | None]:
    """Return, per item, ``None`` where all its signatures hold, or the refusal where one does not.

    The verdict of an item never depends on the others in the call: batch and single verification agree (ZIP-215).
    """
    return check_items(items, policy, threads).verdicts


def check_items(items: Sequence[Item], policy: WebAuthnPolicy, threads: int = 1) -> Checked:
    """Do as :func:`verify_items` does, and tell how many signatures that took."""
    verdicts: list[Refusal | None] = []
    batch: list[tuple[bytes, bytes, bytes]] = []
    owners: list[int] = []
    others = 0
    invalid = Refusal(INVALID_SIGNATURE)
    for index, item in enumerate(items):
        try:
            primitives = _primitives(item, policy)
        except Refusal as refusal:
            verdicts.append(refusal)
            continue
        verdicts.append(None)
        for primitive in primitives:
            if primitive.algorithm == "ed25519":
                batch.append(primitive[1:])
                owners.append(index)
                continue
            others += 1
            if not _native.verify_p256(primitive.public_key, primitive.message, primitive.signature):
                verdicts[index] = invalid
    for owner, valid in zip(owners, _native.verify_ed25519(batch, threads), strict=True):
        if not valid:
            verdicts[owner] = invalid
    return Checked(verdicts, len(batch) + others)
