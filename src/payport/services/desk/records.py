"""What a desk answers."""

from __future__ import annotations

from payport.values import codec


class FundedPayment(codec.Record, frozen=True):
    """How a payment stands that a deposit may have funded."""

    payment_id: bytes
    """Its id."""
    code: str
    """``committed``, why it did not happen, or empty while that is not known."""
    funded_minor: int
    """What of it the deposit funds, in minor units; 0 where the account covered it."""
    state: str | None
    """How far its funding has come, as in the journal; ``None`` where none was needed."""


class Redeemed(codec.Record, frozen=True):
    """How a redemption stands."""

    redeem_id: bytes
    """Its id."""
    code: str
    """``committed``, why it did not happen, or empty while that is not known."""
    state: str
    """How far it has come, as in the journal; ``credited`` at the end."""


class DepositBalance(codec.Record, frozen=True):
    """What a customer has at his bank in one asset."""

    asset: str
    """Asset."""
    available_minor: int
    """What he can pay with, in minor units."""
    held_minor: int
    """What payments under way have reserved, in minor units."""


class BookDifference(codec.Record, frozen=True):
    """Something the books of core, journal and ledger do not agree on."""

    kind: str
    """How they differ."""
    asset: str
    """Asset."""
    transaction_id: bytes | None
    """Transaction; ``None`` for totals."""
    amount_minor: int
    """Amount in minor units, positive where money moved out."""
    detail: str
    """Code of a refusal, or what was compared."""


class DeskStatus(codec.Record, frozen=True):
    """How an institution's books stood when they were last compared."""

    institution: str
    """The institution."""
    compared_at_ms: int
    """When, in milliseconds since the Unix epoch; 0 where they were not compared yet."""
    height: int
    """Last block that was read then."""
    at_rest: bool
    """Whether nothing was under way; only then are totals compared."""
    open_fundings: int
    """Payments whose funding was not settled."""
    open_redemptions: int
    """Redemptions that were not credited."""
    differences: tuple[BookDifference, ...]
    """What differs; the first hundred."""
