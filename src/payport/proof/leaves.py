"""Receipt leaves: what expired when the block began, then per transaction its outcome and each balance it changed."""

from __future__ import annotations

import hmac
from typing import Final, NamedTuple

from payport.proof import elements, messagepack
from payport.proof.messagepack import MALFORMED_RECEIPT
from payport.values.hashing import HASH_BYTES, Tag

OUTCOME_KIND: Final = "outcome/1"
"""First element of an outcome leaf."""

BALANCE_KIND: Final = "balance/1"
"""First element of a balance leaf."""

EXPIRY_KIND: Final = "expiry/1"
"""First element of an expiry leaf."""

COMMITTED: Final = "committed"
"""Outcome of a transaction that had its effect; every other outcome is the code of a refusal."""

ACCOUNT_BYTES: Final = 16
"""Length of an account id."""

SALT_BYTES: Final = 32
"""Length of a balance leaf's salt."""


class OutcomeLeaf(NamedTuple):
    """What happened to one transaction; encoded as an array of ``outcome/1`` and these fields."""

    transaction_id: bytes
    """Its id, 32 bytes."""
    outcome: str
    """``committed`` or the code of a refusal."""
    signatures_hash: bytes
    """Tagged hash of the envelope's signatures array."""
    signers: tuple[tuple[bytes, str], ...]
    """Each public key of the envelope, in its order, with the role under which it signed."""


class BalanceLeaf(NamedTuple):
    """One balance after one transaction; encoded as an array of ``balance/1`` and these fields."""

    account: bytes
    """Account id, 16 bytes."""
    asset: str
    """Asset of the balance."""
    entry: int
    """Number of this entry of the account; they have no gaps."""
    transaction_id: bytes
    """Transaction that changed the balance."""
    delta_minor: int
    """By how much it changed, in minor units; negative where money left."""
    balance_minor: int
    """The balance afterwards, in minor units."""
    fee_minor: int
    """Fee taken from this account, in minor units; negative where it was returned."""
    salt: bytes
    """32 bytes that keep others from guessing the leaf; see :func:`salt`."""


class ExpiryLeaf(NamedTuple):
    """A hold or offer whose time was over; encoded as an array of ``expiry/1`` and these fields."""

    family: str
    """``holds`` or ``offers``."""
    subject: bytes
    """Its id: that of the transaction that made it, 32 bytes."""
    account: bytes
    """Account whose money it freed, 16 bytes."""
    asset: str
    """Asset of what it freed."""
    amount_minor: int
    """How much it freed, in minor units."""
    salt: bytes
    """32 bytes that keep others from guessing the leaf; see :func:`salt`, with the id as transaction."""


def salt(view_key: bytes, transaction_id: bytes) -> bytes:
    """Return the salt of an account's leaves of one transaction."""
    return hmac.digest(view_key, Tag.VIEW.value + transaction_id, "sha256")


def encode_outcome(leaf: OutcomeLeaf) -> bytes:
    """Encode an outcome leaf."""
    return messagepack.encode((OUTCOME_KIND, *leaf))


def encode_balance(leaf: BalanceLeaf) -> bytes:
    """Encode a balance leaf."""
    return messagepack.encode((BALANCE_KIND, *leaf))


def decode_outcome(data: bytes) -> OutcomeLeaf:
    """Read an outcome leaf strictly; raises ``malformed_receipt``."""
    kind, *fields = elements.array(messagepack.decode(data), "an outcome leaf", 1 + len(OutcomeLeaf._fields))
    if kind != OUTCOME_KIND:
        MALFORMED_RECEIPT.refuse(f"an outcome leaf does not begin with {OUTCOME_KIND}")
    transaction_id, outcome, signatures_hash, signers = fields
    pairs = [elements.array(pair, "a signer", 2) for pair in elements.array(signers, "the signers")]
    return OutcomeLeaf(
        transaction_id=elements.binary(transaction_id, "the transaction id", HASH_BYTES),
        outcome=elements.text(outcome, "the outcome"),
        signatures_hash=elements.binary(signatures_hash, "the signatures hash", HASH_BYTES),
        signers=tuple((elements.binary(key, "a public key"), elements.text(role, "a role")) for key, role in pairs),
    )


def decode_balance(data: bytes) -> BalanceLeaf:
    """Read a balance leaf strictly; raises ``malformed_receipt``."""
    kind, *fields = elements.array(messagepack.decode(data), "a balance leaf", 1 + len(BalanceLeaf._fields))
    if kind != BALANCE_KIND:
        MALFORMED_RECEIPT.refuse(f"a balance leaf does not begin with {BALANCE_KIND}")
    account, asset, entry, transaction_id, delta_minor, balance_minor, fee_minor, leaf_salt = fields
    return BalanceLeaf(
        account=elements.binary(account, "the account", ACCOUNT_BYTES),
        asset=elements.text(asset, "the asset"),
        entry=elements.natural(entry, "the entry number"),
        transaction_id=elements.binary(transaction_id, "the transaction id", HASH_BYTES),
        delta_minor=elements.integer(delta_minor, "the change"),
        balance_minor=elements.integer(balance_minor, "the balance"),
        fee_minor=elements.integer(fee_minor, "the fee"),
        salt=elements.binary(leaf_salt, "the salt", SALT_BYTES),
    )


def decode_expiry(data: bytes) -> ExpiryLeaf:
    """Read an expiry leaf strictly; raises ``malformed_receipt``."""
    kind, *fields = elements.array(messagepack.decode(data), "an expiry leaf", 1 + len(ExpiryLeaf._fields))
    if kind != EXPIRY_KIND:
        MALFORMED_RECEIPT.refuse(f"an expiry leaf does not begin with {EXPIRY_KIND}")
    family, subject, account, asset, amount_minor, leaf_salt = fields
    return ExpiryLeaf(
        family=elements.text(family, "the family"),
        subject=elements.binary(subject, "the id", HASH_BYTES),
        account=elements.binary(account, "the account", ACCOUNT_BYTES),
        asset=elements.text(asset, "the asset"),
        amount_minor=elements.integer(amount_minor, "the amount"),
        salt=elements.binary(leaf_salt, "the salt", SALT_BYTES),
    )
