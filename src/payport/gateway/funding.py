"""Payments that the payer's bank funds from his deposit, where his account on the ledger does not cover them."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from payport.gateway.desks import DESK
from payport.gateway.problems import PROOF, Executed, Reply, refused
from payport.gateway.submission import PENDING, Submitted, told
from payport.institutions import contract, funding
from payport.institutions.bridge import NOT_FUNDABLE
from payport.ledger import admission
from payport.ledger.block import COMMITTED
from payport.ledger.reasons import reasons
from payport.ledger.state.accounts import Account
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from payport.gateway.port import Port
    from payport.services.desk.records import FundedPayment
    from payport.values.refusals import RefusalCode

FUNDING: Final = (
    *DESK,
    *PROOF,
    *funding.REFUSALS,
    contract.CORE_UNAVAILABLE,
    contract.CUSTOMER_BLOCKED,
    contract.INSUFFICIENT_DEPOSIT,
)
"""Refusals of a route whose payments are funded, beside those of the ledger."""

_NOT_FUNDED: Final = frozenset({contract.UNKNOWN_CUSTOMER.code, contract.NO_DEPOSIT.code, NOT_FUNDABLE.code})


async def funded(port: Port, envelope: bytes, accept_language: str) -> Reply | None:
    """Pay through the payer's bank; ``None`` where no bank funds this payment, which is then sent like any other.

    Raises what is wrong with the envelope's form, and what the bank refuses before anything was begun.
    """
    (member,) = admission.read_item(port.trust.chain_id, (envelope,)).members
    encoded = await port.node.read("accounts", member.transaction.sender)
    institution = "" if encoded is None else codec.decode(encoded, Account).institution
    if institution not in port.desks.institutions:
        return None
    try:
        paid = await port.desks.at(institution).pay(envelope)
    except Refusal as refusal:
        if refusal.code in _NOT_FUNDED:
            return None
        raise
    return await _reply(port, member, paid, accept_language)


async def _reply(port: Port, member: admission.Member, paid: FundedPayment, accept_language: str) -> Reply:
    """Tell how a payment stands, as far as this port has proven it."""
    until_ms = member.transaction.valid_until_ms
    waiting = Executed(id=paid.payment_id.hex(), outcome=PENDING, final=False, valid_until_ms=until_ms)
    if not paid.code:
        return Reply(Submitted(PENDING, [waiting]), HTTPStatus.ACCEPTED)
    outcome = await port.node.lookup(member.transaction_id, until_ms)
    if outcome is None:
        ended = Executed(id=paid.payment_id.hex(), outcome=paid.code, final=False, valid_until_ms=until_ms)
    else:
        time_ms = await port.blocks.require(outcome, member.transaction_id)
        ended = told(outcome, time_ms, until_ms)
    if ended.outcome == COMMITTED and ended.final:
        return Reply(Submitted(COMMITTED, [ended]))
    if paid.code == COMMITTED:
        return Reply(Submitted(PENDING, [waiting]), HTTPStatus.ACCEPTED)
    return refused(_reasons()[paid.code], accept_language, transactions=[ended])


@cache
def _reasons() -> dict[str, RefusalCode]:
    """Return why a payment may have ended, by code."""
    banks = (*contract.REFUSALS, *funding.REFUSALS)
    return {**{reason.code: reason for reason in banks}, **reasons()}
