"""What the journal's rows say."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from payport.values.identifiers import AccountId, AssetId, TransactionId


class FundingState(enum.StrEnum):
    """How far a funding has come. It only moves downwards in this list, and ends confirmed or released."""

    INTENDED = "intended"
    """The core may have been asked to reserve; nothing was sent to the ledger."""
    SUBMITTED = "submitted"
    """The amount is reserved, and the group's bytes are kept; the ledger may have them."""
    COMMITTED = "committed"
    """The ledger has committed the group: the core is to confirm."""
    REFUSED = "refused"
    """The group can never be committed: the core is to release."""
    CONFIRMED = "confirmed"
    """The core has confirmed. The end."""
    RELEASED = "released"
    """The core has released. The end."""


class RedemptionState(enum.StrEnum):
    """How far a redemption has come."""

    INTENDED = "intended"
    """The ledger may have the redemption."""
    COMMITTED = "committed"
    """The money is gone from the ledger: the core is to credit."""
    CREDITED = "credited"
    """The core has credited. The end."""
    REFUSED = "refused"
    """It can never be committed. The end."""


class LineKind(enum.StrEnum):
    """What the ledger did to the institution's supply."""

    ISSUED = "issue"
    """The institution issued."""
    REDEEMED = "redeem"
    """One of its accounts redeemed."""
    VOIDED = "voided"
    """A transaction of the institution can never execute."""


OPEN_FUNDINGS: Final = (FundingState.INTENDED, FundingState.SUBMITTED, FundingState.COMMITTED, FundingState.REFUSED)
"""States of fundings that are not settled."""

OPEN_REDEMPTIONS: Final = (RedemptionState.INTENDED, RedemptionState.COMMITTED)
"""States of redemptions that are not settled."""


class Funding(NamedTuple):
    """One payment the core is asked to fund."""

    payment_id: TransactionId
    """Id of the payment; the key of the reservation."""
    account: AccountId
    """Account that pays."""
    asset: AssetId
    """Asset."""
    payment_minor: int
    """What is paid, in minor units."""
    funded_minor: int
    """What of it the deposit funds, in minor units, at least 1."""
    envelope: bytes
    """The payment as its owner signed it."""
    valid_until_ms: int
    """Last block time at which the payment may execute."""
    state: FundingState
    """How far it has come."""
    issue_id: TransactionId | None
    """Id of the issue that funds it, once the group is built."""
    issue_until_ms: int | None
    """Last block time at which the issue may execute."""
    group_bytes: bytes | None
    """Encoded array of the group's envelopes, issue first: the exact bytes that are sent, each time."""
    code: str
    """``committed``, or why the payment was not funded; empty until the ledger or the core has said."""
    trouble: str
    """Refusal that keeps it open and that waiting will not cure; empty where there is none."""
    begun_ms: int
    """When it was written, by the institution's clock."""


class Redemption(NamedTuple):
    """One redemption whose money is to be credited."""

    redeem_id: TransactionId
    """Id of the redemption; the key of the credit."""
    account: AccountId
    """Account that redeems."""
    asset: AssetId
    """Asset."""
    amount_minor: int
    """Amount in minor units."""
    envelope: bytes | None
    """The redemption as its owner signed it; ``None`` where it was found in a block."""
    valid_until_ms: int
    """Last block time at which it may execute."""
    state: RedemptionState
    """How far it has come."""
    code: str
    """``committed``, or why it was refused; empty until the ledger has said."""
    trouble: str
    """Refusal that keeps it open and that waiting will not cure; empty where there is none."""
    begun_ms: int
    """When it was written, by the institution's clock."""


class LedgerLine(NamedTuple):
    """One thing the ledger did, as a verified block says."""

    transaction_id: TransactionId
    """The issue or redemption; for ``voided`` the transaction that can never execute."""
    kind: LineKind
    """What was done."""
    account: AccountId | None
    """Account that was credited or debited; ``None`` for ``voided``."""
    asset: AssetId | None
    """Asset; ``None`` for ``voided``."""
    amount_minor: int
    """Amount in minor units; 0 for ``voided``."""
    height: int
    """The block."""


class Progress(NamedTuple):
    """How far the journal has read the ledger."""

    height: int
    """Last block read; 0 before the first."""
    time_ms: int
    """Its block time."""
