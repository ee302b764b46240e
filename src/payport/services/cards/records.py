"""What enrolment answers, and how far one has come."""

from __future__ import annotations

import enum
from typing import NamedTuple

from payport.values import codec


class EnrolmentStarted(codec.Record, frozen=True):
    """What a phone needs to finish."""

    enrolment: bytes
    """Id of the enrolment, 16 random bytes."""
    account: bytes
    """Id the account will have; the phone's key proves possession for it."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_phone: str
    """Where the code was sent."""
    expires_at_ms: int
    """Until when the code counts, in milliseconds since the Unix epoch."""


class CardBound(codec.Record, frozen=True):
    """What a phone keeps of a card that is bound to it."""

    institution: str
    """The card's bank."""
    account: bytes
    """Account on the ledger."""
    view_key: bytes
    """Secret that reads the account."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_name: str
    """Name of the holder, masked."""


class BoundCard(codec.Record, frozen=True):
    """A card as its holder's app lists it."""

    account: bytes
    """Account on the ledger."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_name: str
    """Name of the holder, masked."""
    bound_at_ms: int
    """When it was bound, in milliseconds since the Unix epoch."""


class EnrolmentState(enum.StrEnum):
    """How far an enrolment has come."""

    STARTED = "started"
    """A code was or is being sent."""
    VERIFIED = "verified"
    """The code was right, and the opening of the account is signed and kept."""
    BOUND = "bound"
    """The account is open, and the core has linked it. The end."""
    FAILED = "failed"
    """The account cannot be opened with this key; the card is free for another enrolment. The end."""


class Enrolment(NamedTuple):
    """One attempt to bind a card."""

    id: bytes
    """Its id, and that of its one-time code."""
    card_digest: bytes
    """Keyed digest of the card's number."""
    customer: bytes
    """The core's reference to the holder."""
    masked_number: str
    """Masked card number."""
    masked_name: str
    """Masked name of the holder."""
    account: bytes
    """The account: the one to be opened, or the one the card is bound to already."""
    state: EnrolmentState
    """How far it has come."""
    code: str
    """What keeps it open and waiting will not cure, or why it failed; empty where there is none."""
    started_at_ms: int
    """When it was begun, by the institution's clock."""
