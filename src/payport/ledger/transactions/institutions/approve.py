"""Approve a proposal of another member.

Effect: one more member approves; see propose. An approval cannot be taken back: the proposal expires.
Signed by the approving institution. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import institutions, proposals
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import Digest
from payport.values.refusals import RefusalClass, RefusalCode


class Approve(InstitutionTransaction, frozen=True):
    """The sender approves."""

    proposed: Digest
    """Digest of what is proposed."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.GOVERN})

ALREADY_APPROVED: Final = RefusalCode(
    "already_approved", RefusalClass.CONFLICT, "The institution approves already.", "该机构已赞成此提案。"
)
"""A member has one vote; the proposer gave its own by proposing."""

REFUSALS: Final = (institutions.INSTITUTION_SUSPENDED, proposals.NO_LIVE_PROPOSAL, ALREADY_APPROVED)


def check(transaction: Approve) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Approve, state: State, context: Context) -> None:
    """Add the approval."""
    institutions.require_active(state, transaction.sender, context.time_ms)
    proposal = proposals.require_live(state, transaction.proposed, context.time_ms)
    if transaction.sender in proposal.approvals:
        ALREADY_APPROVED.refuse()
    proposals.approve(state, transaction.proposed, transaction.sender)


def event(transaction: Approve) -> Event:
    """No account is concerned."""
    del transaction
    return Event((), None, None)


def example() -> Approve:
    """Approve what the operator proposed."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    fields = common_institution_fields("approve/1", sender="bank-east")
    return Approve(**fields, proposed=bytes.fromhex("9d" * 32))
