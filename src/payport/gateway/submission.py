"""What becomes of a submission: sent to the node, its block proven, told; or kept in the outbox while that is unknown.

It knows no request and no framework, because both ways in end here: the route, and the short way in front of it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from payport.gateway.problems import Executed, Reply, refused
from payport.ledger import admission
from payport.ledger.block import COMMITTED, Outcome
from payport.ledger.machine import EXPIRED, GROUP_REFUSED
from payport.ledger.reasons import reasons
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values.limits import MAX_ENVELOPE_BYTES, MAX_GROUP_MEMBERS
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.gateway.port import Port

MAX_SUBMISSION_BYTES: Final = MAX_GROUP_MEMBERS * MAX_ENVELOPE_BYTES * 3 // 2
"""Bytes of one submission: the largest group in base64."""

PENDING: Final = "pending"
"""Outcome that is not known yet."""

UNKNOWN_OUTCOME: Final = frozenset({NODE_UNREACHABLE.code, NODE_FAILED.code})
"""Refusals after which the bytes may have been executed."""

EnvelopeText = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_ENVELOPE_BYTES)]
"""An encoded envelope; base64 in JSON."""


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed transaction, or the members of a group in their order."""

    envelopes: Annotated[list[EnvelopeText], msgspec.Meta(min_length=1, max_length=MAX_GROUP_MEMBERS)]
    """Encoded envelopes, base64."""


class Submitted(msgspec.Struct, frozen=True):
    """What became of a submission."""

    status: str
    """``committed``: it is final, and this port verified the proof. ``pending``: not known yet."""
    transactions: list[Executed]
    """One per member, in their order."""


def told(outcome: Outcome, time_ms: int | None, valid_until_ms: int | None) -> Executed:
    """Return an outcome as it is told; ``time_ms`` is that of its block."""
    in_block = outcome.leaf_index >= 0
    return Executed(
        id=outcome.transaction_id.hex(),
        outcome=outcome.code,
        final=outcome.final,
        height=outcome.height if in_block else None,
        leaf_index=outcome.leaf_index if in_block else None,
        time_ms=time_ms,
        repeated=outcome.repeated,
        valid_until_ms=None if outcome.final else valid_until_ms,
    )


async def submitted(port: Port, envelopes: Sequence[bytes], accept_language: str) -> Reply:
    """Submit a signed transaction or group and wait for its final outcome; raises what is wrong with its form."""
    item = admission.read_item(port.trust.chain_id, envelopes)
    try:
        outcomes, times_ms = await port.gathering.submit(item)
    except Refusal as refusal:
        if refusal.code in UNKNOWN_OUTCOME:
            return await _pending(port, item)
        return _refused_at_door(refusal, item, accept_language)
    if times_ms is None:
        return await _pending(port, item)
    found = [
        told(outcome, time_ms, member.transaction.valid_until_ms)
        for outcome, time_ms, member in zip(outcomes, times_ms, item.members, strict=True)
    ]
    wrong = [each for each in found if each.outcome != COMMITTED]
    if not wrong:
        return Reply(Submitted(COMMITTED, found))
    first = next((each for each in wrong if each.outcome != GROUP_REFUSED.code), wrong[0])
    detail = next(each.detail for each in outcomes if each.code == first.outcome)
    return refused(reasons()[first.outcome], accept_language, detail, transactions=found)


async def _pending(port: Port, item: admission.Item) -> Reply:
    """Keep an item whose outcome is not known, then say so."""
    members = [(member.transaction_id, member.transaction.valid_until_ms) for member in item.members]
    await port.outbox.keep(item.envelopes, members)
    found = [
        Executed(id=transaction_id.hex(), outcome=PENDING, final=False, valid_until_ms=valid_until_ms)
        for transaction_id, valid_until_ms in members
    ]
    return Reply(Submitted(PENDING, found), HTTPStatus.ACCEPTED)


def _refused_at_door(refusal: Refusal, item: admission.Item, accept_language: str) -> Reply:
    """Tell a refusal that is not final, and until when the bytes could still execute."""
    found = [
        Executed(
            id=member.transaction_id.hex(),
            outcome=refusal.code,
            final=refusal.code == EXPIRED.code,
            valid_until_ms=member.transaction.valid_until_ms,
        )
        for member in item.members
    ]
    return refused(refusal.reason, accept_language, refusal.detail, transactions=found)
