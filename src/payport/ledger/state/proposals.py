"""Proposals: privileged transactions that members vote on before they may be sent.

Writers: :func:`open_proposal`, :func:`approve`, :func:`conclude`, :func:`expire`.

A proposal names its transaction by a digest over network, kind, sender and fields, so a confidential one stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from payport.ledger.state import dues, institutions
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.hashing import Tag, tagged_hash
from payport.values.identifiers import InstitutionId
from payport.values.limits import MAX_INSTITUTIONS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.state.dues import Expiry

NO_LIVE_PROPOSAL: Final = RefusalCode(
    "no_live_proposal",
    RefusalClass.NOT_FOUND,
    "There is no such proposal: it was never made, was carried out, or has expired.",
    "该提案不存在、已执行或已过期。",
)
"""A proposal past its expiry is gone, whether swept or not."""

TOO_FEW_APPROVALS: Final = RefusalCode(
    "too_few_approvals",
    RefusalClass.UNAUTHORISED,
    "More members must approve this proposal first.",
    "赞成该提案的成员数量不足。",
)
"""The verb's policy asks for a vote that has not been won yet."""


class Proposal(codec.Record, frozen=True):
    """One open proposal."""

    proposer: InstitutionId
    """Who may send what it proposes."""
    approvals: Annotated[tuple[InstitutionId, ...], msgspec.Meta(max_length=MAX_INSTITUTIONS)]
    """Members that approve, ascending; the proposer is one."""
    expires_at_ms: Milliseconds
    """Last block time at which it may be approved or carried out."""


FAMILY: Final = Family("proposals", Proposal, resident=True)
"""Keyed by the digest of what is proposed."""

table = reader(FAMILY)

_COMMON_FIELDS: Final = 8


def digest_of(body: bytes) -> bytes:
    """Return the digest under which a transaction is proposed: nonce, times, group and attachment are left open."""
    fields = codec.decode(body, list[object])
    return tagged_hash(Tag.PROPOSAL, codec.encode([*fields[:3], *fields[_COMMON_FIELDS:]]))


def find_live(state: State, digest: bytes, time_ms: int) -> Proposal | None:
    """Return the proposal, or ``None``."""
    found = table(state).get(digest)
    return None if found is None or time_ms > found.expires_at_ms else found


def require_live(state: State, digest: bytes, time_ms: int) -> Proposal:
    """Return the proposal; raises ``no_live_proposal``."""
    found = find_live(state, digest, time_ms)
    return NO_LIVE_PROPOSAL.refuse(digest.hex()) if found is None else found


def require_won(state: State, digest: bytes, sender: str, needed: int, time_ms: int) -> None:
    """Refuse ``no_live_proposal`` or ``too_few_approvals`` unless enough active members approve.

    ``needed`` of 0 asks for more than two thirds of them.
    """
    proposal = require_live(state, digest, time_ms)
    if proposal.proposer != sender:
        NO_LIVE_PROPOSAL.refuse(digest.hex())
    approving = sum(1 for each in proposal.approvals if time_ms >= institutions.require(state, each).suspended_until_ms)
    needed = needed or institutions.active(state, time_ms) * 2 // 3 + 1
    if approving < needed:
        TOO_FEW_APPROVALS.refuse(f"{approving} of {needed}")


def open_proposal(state: State, digest: bytes, record: Proposal) -> None:
    """Write a new proposal, in place of one past its expiry that was not swept yet."""
    old = table(state).get(digest)
    if old is not None:
        conclude(state, digest)
    table(state).put(digest, record)
    institutions.count(state, record.proposer, proposals=1)
    dues.add(state, record.expires_at_ms, FAMILY.name, digest)


def approve(state: State, digest: bytes, institution: str) -> None:
    """Add a member's approval."""
    old = table(state).get(digest)
    assert old is not None
    approvals = tuple(sorted({*old.approvals, institution}))
    table(state).put(digest, msgspec.structs.replace(old, approvals=approvals))


def conclude(state: State, digest: bytes) -> None:
    """Close a proposal that was carried out."""
    record = table(state).get(digest)
    assert record is not None
    dues.drop(state, record.expires_at_ms, FAMILY.name, digest)
    expire(state, digest)


def expire(state: State, digest: bytes) -> Expiry | None:
    """Close a proposal whose time is over."""
    record = table(state).get(digest)
    assert record is not None
    institutions.count(state, record.proposer, proposals=-1)
    table(state).put(digest, None)
    return None
