"""The contract every transaction file stands on: the common fields, its declarations, and the context it runs in.

A transaction file declares, in this order: one frozen record, ``VERSION``, ``SINCE``, ``ROLES``, ``POWERS``,
``REFUSALS``, ``check``, ``apply``, ``event`` and ``example``; and where it needs them ``proofs`` (further signatures
inside the body), ``POLICY`` (who authorises a privileged verb by default), ``cosigners`` (further institutions that
sign) and ``CONFIDENTIAL`` (the body holds a secret, so no receipt carries it). The registry finds the file
by its place and reads these names; nothing else in the program knows one transaction from another.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec

from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.identifiers import (
    AccountId,
    ChainId,
    Digest,
    InstitutionId,
    Nonce,
)
from payport.values.limits import MAX_ATTACHMENT_BYTES

if TYPE_CHECKING:
    from payport.ledger.state.accounts import Account
    from payport.ledger.state.keys import Key

Kind = Annotated[str, msgspec.Meta(min_length=3, max_length=32)]
"""Verb and version as they travel, such as ``purchase/1``."""

Attachment = Annotated[bytes, msgspec.Meta(max_length=MAX_ATTACHMENT_BYTES)]
"""A salted digest of an off-ledger record between banks."""


class AccountTransaction(codec.Record, frozen=True):
    """Common fields of what an account's key signs, in the order they are signed."""

    chain_id: ChainId
    """Network it is meant for."""
    kind: Kind
    """Verb and version."""
    sender: AccountId
    """Account it acts for."""
    nonce: Nonce
    """16 random bytes."""
    valid_from_ms: Milliseconds
    """First block time at which it may execute."""
    valid_until_ms: Milliseconds
    """Last block time at which it may execute."""
    group: Digest | None
    """Hash of the only group it may execute in, or nil."""
    attachment: Attachment | None
    """Salted digest, or nil."""


class InstitutionTransaction(codec.Record, frozen=True):
    """Common fields of what an institution's keys sign, in the order they are signed."""

    chain_id: ChainId
    """Network it is meant for."""
    kind: Kind
    """Verb and version."""
    sender: InstitutionId
    """Institution it acts for."""
    nonce: Nonce
    """16 random bytes."""
    valid_from_ms: Milliseconds
    """First block time at which it may execute."""
    valid_until_ms: Milliseconds
    """Last block time at which it may execute."""
    group: Digest | None
    """Hash of the only group it may execute in, or nil."""
    attachment: Attachment | None
    """Salted digest, or nil."""


class AnyTransaction(codec.Record, frozen=True):
    """Common fields of what either may sign, in the order they are signed."""

    chain_id: ChainId
    """Network it is meant for."""
    kind: Kind
    """Verb and version."""
    sender: Any
    """Account (16 bytes) or institution (text) it acts for; the codec has no such union, so the verb checks it."""
    nonce: Nonce
    """16 random bytes."""
    valid_from_ms: Milliseconds
    """First block time at which it may execute."""
    valid_until_ms: Milliseconds
    """Last block time at which it may execute."""
    group: Digest | None
    """Hash of the only group it may execute in, or nil."""
    attachment: Attachment | None
    """Salted digest, or nil."""


class Role(enum.StrEnum):
    """What a key is to its account or institution; part of outcome leaves."""

    OWNER = "owner"
    """May sign everything of its account."""
    SESSION = "session"
    """A phone's everyday key: scope, limits and expiry."""
    DEVICE = "device"
    """A machine's key: scope and limits."""
    INSTITUTION = "institution"
    """One of an institution's keys, counted m-of-n."""


class Power(enum.Enum):
    """What a verb may do; the machine asserts that it did nothing else."""

    MOVE = "move"
    """Move money between balances."""
    ISSUE = "issue"
    """Bring an obligor's money into being or end it."""
    BIND = "bind"
    """Bind or revoke keys."""
    ADMIT = "admit"
    """Change who is a member, or on what terms."""
    RESERVE = "reserve"
    """Reserve money and headroom, or free them."""
    RESTRICT = "restrict"
    """Freeze, close or recover an account."""
    GOVERN = "govern"
    """Change parameters, caps, assets and proposals."""


class Proof(NamedTuple):
    """A signature inside a body, checked together with those of the envelope."""

    scheme: str
    """Signature scheme."""
    public_key: bytes
    """Key it verifies under."""
    message: bytes
    """Exact bytes signed, tag included."""
    signature: bytes
    """The signature."""


class Event(NamedTuple):
    """What followers are told about a committed transaction."""

    accounts: tuple[bytes, ...]
    """Accounts it concerns, sender first."""
    asset: str | None
    """Asset, where money moved."""
    amount_minor: int | None
    """Amount in minor units, where money moved."""
    keys: tuple[bytes, ...] = ()
    """Public keys of the first account whose record changed."""


class Change(msgspec.Struct, gc=False):
    """What one transaction does to one balance."""

    account: bytes
    """Account id."""
    asset: str
    """Asset."""
    delta_minor: int
    """Net change in minor units."""
    fee_minor: int
    """Fee in it, as the leaf of the account that bore it shows."""


@dataclass(slots=True)
class Context:
    """What a transaction may know beside the state, and where it leaves its effects on balances."""

    height: int
    """Height of the block."""
    time_ms: int
    """Block time."""
    leaf_index: int
    """Index its outcome leaf will have."""
    transaction_id: bytes
    """Its id."""
    signing_key: Key | None = None
    """Key of the account that signed; ``None`` where an institution did."""
    signing_public_key: bytes = b""
    """Public key of :attr:`signing_key`."""
    sending_account: Account | None = None
    """Record of the account it acts for; ``None`` where an institution sends."""
    proposal: bytes | None = None
    """Digest of the proposal whose vote authorises it, to be closed once it has had its effect."""
    changes: dict[bytes, Change] = field(default_factory=dict)
    """Balance changes by the key of the balance, written when the transaction ends."""


ACCOUNT_ROLES: Final = frozenset({Role.OWNER, Role.SESSION, Role.DEVICE})
"""Roles of everyday payments."""

OWNER_ONLY: Final = frozenset({Role.OWNER})
"""Roles of what changes an account itself."""

INSTITUTION_ONLY: Final = frozenset({Role.INSTITUTION})
"""Roles of what an institution does; how many of its keys is its authority policy."""
