"""Receipt leaves of a block while it executes: drafted one by one, salted and encoded together when it closes.

The drafts have the elements of :mod:`payport.proof.leaves`, in their order.
"""

from __future__ import annotations

from typing import Final

import msgspec

from payport import _native
from payport.proof import leaves
from payport.values import codec
from payport.values.hashing import Tag

_VIEW_TAG: Final = Tag.VIEW.value


class OutcomeDraft(msgspec.Struct, array_like=True, tag=leaves.OUTCOME_KIND, frozen=True, gc=False):
    """An outcome leaf, less its kind, which is the tag."""

    transaction_id: bytes
    """The transaction."""
    outcome: str
    """``committed`` or the code of a refusal."""
    signatures_hash: bytes
    """Tagged hash of the envelope's signatures array."""
    signers: tuple[tuple[bytes, str], ...]
    """Each public key of the envelope with the role under which it signed."""


class EntryDraft(msgspec.Struct, array_like=True, tag=leaves.BALANCE_KIND, gc=False):
    """A balance leaf, one numbered entry, less its kind, which is the tag."""

    account: bytes
    """Account of the balance."""
    asset: str
    """Its asset."""
    entry: int
    """Number of the entry."""
    transaction_id: bytes
    """Transaction that changed the balance."""
    delta_minor: int
    """By how much, in minor units."""
    balance_minor: int
    """The balance afterwards, in minor units."""
    fee_minor: int
    """Fee in the change, in minor units."""
    salt: bytes = b""
    """Empty until the block closes."""


class ExpiryDraft(msgspec.Struct, array_like=True, tag=leaves.EXPIRY_KIND, gc=False):
    """An expiry leaf, less its kind, which is the tag."""

    family: str
    """What ended: ``holds`` or ``offers``."""
    subject: bytes
    """Its id."""
    account: bytes
    """Account whose money it freed."""
    asset: str
    """Asset of what it freed."""
    amount_minor: int
    """How much, in minor units."""
    salt: bytes = b""
    """Empty until the block closes."""


class LeafDrafts:
    """The leaves of one block, in their order."""

    __slots__ = ("_drafts", "_expiries", "_expiry_view_keys", "_view_keys", "entries")

    def __init__(self) -> None:
        """Start empty."""
        self.entries: list[EntryDraft] = []
        self._view_keys: list[bytes] = []
        self._expiries: list[ExpiryDraft] = []
        self._expiry_view_keys: list[bytes] = []
        self._drafts: list[OutcomeDraft | EntryDraft | ExpiryDraft] = []

    def __len__(self) -> int:
        """Return the number of leaves, which is the index of the next one."""
        return len(self._drafts)

    def add_expiry(self, expiry: ExpiryDraft, view_key: bytes) -> None:
        """Add the leaf of a record whose time is over, with the key that salts it; these come first in a block."""
        self._drafts.append(expiry)
        self._expiries.append(expiry)
        self._expiry_view_keys.append(view_key)

    def add(self, outcome: OutcomeDraft, entries: list[EntryDraft], view_keys: list[bytes]) -> None:
        """Add a transaction's outcome leaf and one leaf per balance it changed, with the keys that salt those."""
        self._drafts.append(outcome)
        if entries:
            self._drafts += entries
            self.entries += entries
            self._view_keys += view_keys

    def encode(self) -> tuple[bytes, ...]:
        """Salt every entry and return the encoded leaves."""
        messages = [entry.transaction_id for entry in self.entries]
        salts = _native.hmac_sha256_many(_VIEW_TAG, self._view_keys, messages)
        for entry, salt in zip(self.entries, salts, strict=True):
            entry.salt = salt
        if self._expiries:
            subjects = [expiry.subject for expiry in self._expiries]
            for expiry, salt in zip(
                self._expiries, _native.hmac_sha256_many(_VIEW_TAG, self._expiry_view_keys, subjects), strict=True
            ):
                expiry.salt = salt
        return tuple(map(codec.encode, self._drafts))
