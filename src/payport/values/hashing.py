"""One function for every hash, one table for every domain tag.

A tag keeps two kinds of signed or hashed bytes from ever being mistaken for one another. Genesis names the suite;
SHA-256 is the only one so far, SM3 may join as a second entry of :data:`SUITES`.
"""

from __future__ import annotations

import enum
import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HASH_BYTES: Final = 32
"""Length of every digest, in bytes."""

SUITES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "sha256": lambda data: hashlib.sha256(data).digest(),
}
"""Hash suites by the name genesis uses."""


class Tag(enum.Enum):
    """The domain tags. Each value is the exact prefix of the bytes hashed or signed; none is a prefix of another."""

    TRANSACTION = b"payport/transaction/1\x00"
    """Transaction bodies: what a signer signs, and the transaction id."""
    GROUP = b"payport/group/1\x00"
    """The ordered ids of a group's members, each computed with its group field nil."""
    SIGNATURES = b"payport/signatures/1\x00"
    """The signatures array of an envelope, as the outcome leaf names it."""
    BINDING = b"payport/binding/1\x00"
    """Proof of possession by a key that is being bound."""
    ORDER = b"payport/order/1\x00"
    """A merchant's order inside a dynamic code."""
    GENESIS = b"payport/genesis/1\x00"
    """The genesis document."""
    COMMITMENT = b"payport/commitment/1\x00"
    """A block's commitment: its hash, and what an ``embedded/1`` finality proof signs."""
    STATE = b"payport/state/1\x00"
    """The list of family digests behind the state digest."""
    PROTOCOL = b"payport/protocol/1\x00"
    """The fingerprint of registry and rules."""
    VIEW = b"payport/view/1\x00"
    """HMAC input of a balance leaf's salt."""
    BLOCK = b"payport/block/1\x00"
    """A block's contents, in the block log."""
    BATCH = b"payport/batch/1\x00"
    """A batch of items ordered and signed by an institution's node."""
    SNAPSHOT = b"payport/snapshot/1\x00"
    """The manifest of a snapshot, and each of its chunks."""
    AUTHORITY = b"payport/authority/1\x00"
    """A payer's pay-code authority."""
    PAY_CODE = b"payport/pay-code/1\x00"
    """The digits of a pay code, as the authority behind them names them."""
    PROPOSAL = b"payport/proposal/1\x00"
    """What a proposal proposes: network, kind, sender and fields of a transaction."""
    ALIAS = b"payport/alias/1\x00"
    """An institution's answer to an alias look-up."""
    SIGN_IN = b"payport/sign-in/1\x00"
    """A port's challenge, as a device key signs it to sign in."""
    AUDIT = b"payport/audit/1\x00"
    """A row of an institution's audit log, with the digest of the row before it."""
    ALIAS_NAME = b"payport/alias-name/1\x00"
    """A phone number or e-mail address, as an alias answer names it."""
    ACCESS = b"payport/access/1\x00"
    """HMAC input of an access token: a holder's proof, towards the port, of knowing an account's view key."""
    CARD = b"payport/card/1\x00"
    """HMAC input of a card number's digest, under an institution's own key."""
    ONE_TIME_CODE = b"payport/one-time-code/1\x00"
    """HMAC input of a one-time code's digest, under an institution's own key."""
    REQUEST = b"payport/request/1\x00"
    """HMAC input of a request's fingerprint at an institution, under its own key."""
    DECOY = b"payport/decoy/1\x00"
    """HMAC input of what is answered for an alias that nobody has, under an institution's own key."""


def tagged_hash(tag: Tag, data: bytes, suite: str = "sha256") -> bytes:
    """Hash ``tag`` and ``data`` with the named suite; 32 bytes."""
    return SUITES[suite](tag.value + data)
