"""The transaction inside a receipt: its envelope read without the ledger's records, and its signatures checked.

A verifier needs the eight elements every body begins with and no more, so it reads receipts of verbs it never heard of.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from payport.proof import elements, messagepack
from payport.proof.messagepack import MALFORMED_RECEIPT
from payport.values.hashing import HASH_BYTES, Tag, tagged_hash
from payport.values.limits import MAX_SIGNATURES
from payport.values.signatures import pure
from payport.values.signatures.contract import INVALID_SIGNATURE, WebAuthnPolicy
from payport.values.signatures.table import scheme_named

HEAD_ELEMENTS: Final = 8
"""Chain id, kind, sender, nonce, valid from, valid until, group, attachment; the verb's own fields follow."""

NONCE_BYTES: Final = 16
"""Length of a body's random bytes."""


class SignedBy(NamedTuple):
    """One signature of an envelope."""

    scheme: str
    """Signature scheme."""
    public_key: bytes
    """Key it verifies under."""
    signature: bytes
    """The signature, as the scheme writes it."""


class SignedTransaction(NamedTuple):
    """What a verifier reads of an envelope."""

    body: bytes
    """The exact signed bytes, less their tag."""
    chain_id: str
    """Network the signer meant."""
    kind: str
    """Verb and version, such as ``purchase/1``."""
    signatures: tuple[SignedBy, ...]
    """In strictly ascending order of public key."""


def read_transaction(envelope: bytes) -> SignedTransaction:
    """Read an envelope and the head of its body; raises ``malformed_receipt``."""
    body_value, signatures_value = elements.array(messagepack.decode(envelope), "the envelope", 2)
    body = elements.binary(body_value, "the body")
    fields = elements.array(messagepack.decode(body), "the body")
    if len(fields) < HEAD_ELEMENTS:
        MALFORMED_RECEIPT.refuse(f"a body has at least {HEAD_ELEMENTS} elements")
    chain_id, kind, _sender, nonce, valid_from, valid_until, group, attachment = fields[:HEAD_ELEMENTS]
    elements.binary(nonce, "the nonce", NONCE_BYTES)
    elements.natural(valid_from, "valid-from")
    elements.natural(valid_until, "valid-until")
    if group is not None:
        elements.binary(group, "the group", HASH_BYTES)
    if attachment is not None:
        elements.binary(attachment, "the attachment")
    return SignedTransaction(
        body, elements.text(chain_id, "the chain id"), elements.text(kind, "the kind"), _signatures(signatures_value)
    )


def _signatures(value: messagepack.Value) -> tuple[SignedBy, ...]:
    entries = elements.array(value, "the signatures")
    if not 1 <= len(entries) <= MAX_SIGNATURES:
        MALFORMED_RECEIPT.refuse(f"{len(entries)} signatures, not 1 to {MAX_SIGNATURES}")
    signatures: list[SignedBy] = []
    for entry in entries:
        scheme, public_key, signature = elements.array(entry, "a signature", len(SignedBy._fields))
        key = elements.binary(public_key, "a public key")
        if signatures and key <= signatures[-1].public_key:
            MALFORMED_RECEIPT.refuse("signatures are not in strictly ascending order of public key")
        signed_by = SignedBy(elements.text(scheme, "a scheme"), key, elements.binary(signature, "a signature"))
        signatures.append(signed_by)
    return tuple(signatures)


def transaction_id(transaction: SignedTransaction) -> bytes:
    """Return the id: the tagged hash of the body."""
    return tagged_hash(Tag.TRANSACTION, transaction.body)


def signatures_hash(transaction: SignedTransaction) -> bytes:
    """Return the tagged hash of the signatures array."""
    return tagged_hash(Tag.SIGNATURES, messagepack.encode(transaction.signatures))


def check_signatures(transaction: SignedTransaction, policy: WebAuthnPolicy) -> None:
    """Verify every signature; raises ``unknown_scheme`` or ``invalid_signature``."""
    message = Tag.TRANSACTION.value + transaction.body
    for entry in transaction.signatures:
        primitive = scheme_named(entry.scheme).reduce(entry.public_key, message, entry.signature, policy)
        if not pure.verify(primitive):
            INVALID_SIGNATURE.refuse(f"under key {entry.public_key.hex()}")
