"""Propose a privileged transaction, so that the members can vote on it.

Effect: a proposal is open under the digest of network, kind, sender and fields of the transaction. Once enough members
approve, the proposer sends the transaction itself, which closes the proposal. The proposer approves by proposing.
Signed by the proposing institution. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import institutions, proposals
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.block_time import Milliseconds
from payport.values.identifiers import Digest
from payport.values.limits import MAX_PROPOSAL_MS, MAX_PROPOSALS_PER_INSTITUTION
from payport.values.refusals import RefusalClass, RefusalCode


class Propose(InstitutionTransaction, frozen=True):
    """The sender proposes a transaction of its own."""

    proposed: Digest
    """Digest of what is proposed; see :func:`payport.ledger.state.proposals.digest_of`."""
    expires_at_ms: Milliseconds
    """Last block time at which it may be approved or carried out."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.GOVERN})

PROPOSAL_EXPIRY_INVALID: Final = RefusalCode(
    "proposal_expiry_invalid",
    RefusalClass.MALFORMED,
    "A proposal ends in the future, and within 30 days.",
    "提案到期时间须在未来30天之内。",
)
"""The expiry is past, or too far away."""

PROPOSAL_EXISTS: Final = RefusalCode(
    "proposal_exists", RefusalClass.CONFLICT, "The same is proposed already.", "相同的提案已存在。"
)
"""Approve that one."""

TOO_MANY_PROPOSALS: Final = RefusalCode(
    "too_many_proposals",
    RefusalClass.LIMIT,
    f"An institution has at most {MAX_PROPOSALS_PER_INSTITUTION} open proposals.",
    "机构的未决提案数量已达上限。",
)
"""Wait until one is carried out or expires."""

REFUSALS: Final = (
    PROPOSAL_EXPIRY_INVALID,
    institutions.INSTITUTION_SUSPENDED,
    PROPOSAL_EXISTS,
    TOO_MANY_PROPOSALS,
)


def check(transaction: Propose) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Propose, state: State, context: Context) -> None:
    """Open the proposal."""
    sender = transaction.sender
    if not context.time_ms < transaction.expires_at_ms <= context.time_ms + MAX_PROPOSAL_MS:
        PROPOSAL_EXPIRY_INVALID.refuse(f"expires at {transaction.expires_at_ms}, block time {context.time_ms}")
    institutions.require_active(state, sender, context.time_ms)
    if proposals.find_live(state, transaction.proposed, context.time_ms) is not None:
        PROPOSAL_EXISTS.refuse(transaction.proposed.hex())
    if institutions.require(state, sender).proposals >= MAX_PROPOSALS_PER_INSTITUTION:
        TOO_MANY_PROPOSALS.refuse()
    record = proposals.Proposal(sender, (sender,), transaction.expires_at_ms)
    proposals.open_proposal(state, transaction.proposed, record)


def event(transaction: Propose) -> Event:
    """No account is concerned."""
    del transaction
    return Event((), None, None)


def example() -> Propose:
    """Propose something for two weeks."""
    from payport.ledger.examples import TIME_MS, common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return Propose(
        **common_institution_fields("propose/1", sender="operator"),
        proposed=bytes.fromhex("9d" * 32),
        expires_at_ms=TIME_MS + 14 * 86_400_000,
    )
