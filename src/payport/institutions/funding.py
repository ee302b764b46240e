"""Just-in-time funding: a payment that the ledger account does not cover is funded from the customer's deposit.

The customer signs his payment with a nil group field. The bank reserves what is missing in its core, issues that much
to the account, binds the issue to the group of both, and submits [issue, payment]: both happen or neither does. Then
the core confirms or releases.

Between any two of these steps the program may end. Each step is idempotent and the next one's input is on disk before
it begins; what became of the group is settled by the ledger alone: by the proven outcome of the same bytes sent again,
or by voiding the issue, after which a verified block says either that it executed or that it never can.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakValueDictionary

import msgspec

from payport.institutions.bridge import is_passing
from payport.institutions.contract import CUSTOMER_BLOCKED, NO_DEPOSIT
from payport.institutions.journal.records import Funding, FundingState, LineKind
from payport.institutions.ledger_book import ISSUE, VOID
from payport.institutions.limits import FUNDING_VALID_MS, MAX_STEPS
from payport.ledger.block import COMMITTED
from payport.ledger.machine import EXPIRED
from payport.values import codec, envelopes
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from payport.institutions.bridge import Bridge
    from payport.institutions.ledger_view import ProvenOutcome
    from payport.ledger.admission import Member
    from payport.ledger.block import Outcome

FUNDABLE: Final = frozenset({"purchase/1", "transfer/1"})
"""Payments a deposit may fund."""

FUNDED_TOO_LATE: Final = RefusalCode(
    "funded_too_late",
    RefusalClass.EXPIRED,
    "The bank could not fund the payment in time; nothing was moved.",
    "银行未能及时为付款提供资金；未发生任何资金变动。",
)
"""The core did not answer while its customer waited; he may have paid otherwise by now."""

REFUSALS: Final = (FUNDED_TOO_LATE,)
"""Refusals of this module; a payment carries them as its code."""

_GROUP: Final = msgspec.msgpack.Decoder(tuple[bytes, ...])


class Payment(NamedTuple):
    """How a payment stands."""

    payment_id: bytes
    """Its id."""
    code: str
    """``committed``, why it did not happen, or empty while that is not known."""
    funded_minor: int
    """What of it the deposit funds, in minor units; 0 where the account covered it."""
    state: FundingState | None
    """How far its funding has come; ``None`` where none was needed."""


class FundingService:
    """Funds payments of one institution's customers. One process of an institution runs it."""

    def __init__(self, bridge: Bridge) -> None:
        """Work over ``bridge``."""
        self._bridge = bridge
        self._locks: WeakValueDictionary[tuple[bytes, str], asyncio.Lock] = WeakValueDictionary()
        self._covered_minor: Counter[tuple[bytes, str]] = Counter()
        self._steps: Final[dict[FundingState, Callable[[Funding], Awaitable[Funding]]]] = {
            FundingState.INTENDED: self._reserve_and_build,
            FundingState.SUBMITTED: self._ask_ledger,
            FundingState.COMMITTED: self._confirm,
            FundingState.REFUSED: self._release,
        }

    async def fund_and_submit(self, envelope: bytes) -> Payment:
        """Execute a payment, funded from the deposit as far as the account does not cover it.

        The same bytes may be sent again at any time and are paid once. Where core or node do not answer, the payment
        returned is open, and the standing job settles it. Raises what :meth:`Bridge.read_signed` refuses, ``expired``,
        ``unknown_customer``, ``no_deposit``, ``customer_blocked``, ``too_many_open_fundings``; where no funding is
        needed, what the node refuses; and ``node_unreachable`` or ``core_unavailable`` before anything was begun.
        """
        bridge = self._bridge
        member = await bridge.read_signed(envelope, FUNDABLE)
        funding = await bridge.journal.funding(member.transaction_id)
        if funding is None:
            funding = await self._begin(member)
        if funding is None:
            return await self._submit_covered(member)
        return _payment(await self.settle(funding))

    async def settle(self, funding: Funding) -> Funding:
        """Take a funding as far as core and ledger answer; return how far it has come."""
        for _ in range(MAX_STEPS):
            step = self._steps.get(funding.state)
            if step is None:
                return funding
            try:
                moved = await step(funding)
            except Refusal as refusal:
                if not is_passing(refusal):
                    raise
                return funding
            if moved.state is funding.state:
                return moved
            funding = moved
        raise AssertionError("a funding only moves forward")

    async def _submit_covered(self, member: Member) -> Payment:
        """Submit a payment the account covers, which :meth:`_begin` has counted."""
        payment = member.transaction
        place = (payment.sender, payment.asset)
        try:
            (outcome,) = await self._bridge.view.node.submit((member.encoded,))
        finally:
            self._covered_minor[place] -= payment.amount_minor
            if not self._covered_minor[place]:
                del self._covered_minor[place]
        return Payment(outcome.transaction_id, outcome.code, 0, None)

    async def _begin(self, member: Member) -> Funding | None:
        """Write down a new funding; ``None`` where the account covers the payment."""
        bridge, payment = self._bridge, member.transaction
        place = (payment.sender, payment.asset)
        lock = self._locks.setdefault(place, asyncio.Lock())
        async with lock:
            # Read in this order: what settles in between makes the account look poorer, never richer, than it is.
            spoken_minor = self._covered_minor[place]
            spoken_minor += await bridge.journal.spoken_for(payment.sender, payment.asset)
            held_minor = await bridge.view.balance_minor(payment.sender, payment.asset)
            own_minor = min(payment.amount_minor, max(0, held_minor - spoken_minor))
            if own_minor == payment.amount_minor:
                self._covered_minor[place] += payment.amount_minor
                return None
            now_ms = bridge.clock()
            if payment.valid_until_ms <= now_ms:
                EXPIRED.refuse(f"valid until {payment.valid_until_ms}, now {now_ms}")
            customer = await bridge.core.verify_customer(payment.sender)
            if payment.asset not in customer.assets:
                NO_DEPOSIT.refuse(payment.asset)
            if customer.blocked:
                CUSTOMER_BLOCKED.refuse(payment.sender.hex())
            funding = Funding(
                payment_id=member.transaction_id,
                account=payment.sender,
                asset=payment.asset,
                payment_minor=payment.amount_minor,
                funded_minor=payment.amount_minor - own_minor,
                envelope=member.encoded,
                valid_until_ms=payment.valid_until_ms,
                state=FundingState.INTENDED,
                issue_id=None,
                issue_until_ms=None,
                group_bytes=None,
                code="",
                trouble="",
                begun_ms=now_ms,
            )
            return await bridge.journal.begin_funding(funding)

    async def _reserve_and_build(self, funding: Funding) -> Funding:
        """Reserve, then keep the exact bytes of the group."""
        bridge, now_ms = self._bridge, self._bridge.clock()
        if min(funding.valid_until_ms, funding.begun_ms + FUNDING_VALID_MS) <= now_ms:
            # No bytes were kept, so none were sent: there is nothing to ask the ledger.
            return await self._refuse(funding, FUNDED_TOO_LATE.code)
        try:
            await bridge.core.reserve(funding.payment_id, funding.account, funding.asset, funding.funded_minor)
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            return await self._refuse(funding, refusal.code)
        until_ms = min(funding.valid_until_ms, now_ms + FUNDING_VALID_MS)
        issue_id, group = self._build_group(funding, now_ms, until_ms)
        values = {"issue_id": issue_id, "issue_until_ms": until_ms, "group_bytes": codec.encode(group)}
        return await bridge.journal.advance_funding(funding, FundingState.SUBMITTED, **values)

    def _build_group(self, funding: Funding, now_ms: int, until_ms: int) -> tuple[bytes, tuple[bytes, bytes]]:
        """Return the issue's id and the signed group. Only the issue names it: the payment was signed before."""
        own = self._bridge.own
        fields = {"account": funding.account, "asset": funding.asset, "amount_minor": funding.funded_minor}
        issue = own.build(ISSUE, now_ms, until_ms, **fields)
        payment = envelopes.read_envelope(funding.envelope).body
        issue = msgspec.structs.replace(issue, group=envelopes.group_hash([codec.encode(issue), payment]))
        return envelopes.transaction_id(codec.encode(issue)), (own.seal(issue), funding.envelope)

    async def _ask_ledger(self, funding: Funding) -> Funding:
        """Send the same bytes, as often as it takes, and act on what is proven."""
        bridge = self._bridge
        assert funding.group_bytes is not None
        try:
            outcomes = await bridge.view.node.submit(_GROUP.decode(funding.group_bytes))
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            return await self._void(funding, refusal.code)
        issue, payment = [await self._prove(outcome) for outcome in outcomes]
        if issue is not None and issue.code == COMMITTED:
            return await self._commit(funding)
        for proven in (payment, issue):
            # The issue executes with the payment in one block or never; a payment that is final alone settles both.
            if proven is not None and proven.final:
                return await self._refuse(funding, proven.code)
        return await self._void(funding, outcomes[1].code)

    async def _prove(self, outcome: Outcome) -> ProvenOutcome | None:
        return await self._bridge.view.prove(outcome)

    async def _void(self, funding: Funding, code: str) -> Funding:
        """Make sure the issue never executes, or learn that it has; ``code`` is what the node said of the group."""
        bridge, now_ms = self._bridge, self._bridge.clock()
        assert funding.group_bytes is not None
        assert funding.issue_id is not None
        assert funding.issue_until_ms is not None
        body = envelopes.read_envelope(_GROUP.decode(funding.group_bytes)[0]).body
        void = bridge.own.build(VOID, now_ms, now_ms + FUNDING_VALID_MS, body=body)
        try:
            (outcome,) = await bridge.view.node.submit((bridge.own.seal(void),))
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            return await self._note(funding, refusal.code)
        progress = await bridge.book.catch_up(outcome.height)
        line = await bridge.journal.ledger_line(funding.issue_id)
        if line is not None and line.kind is LineKind.ISSUED:
            return await self._commit(funding)
        ended = await self._remembered(funding.issue_id, funding.issue_until_ms)
        if line is None and ended is None and progress.time_ms <= funding.issue_until_ms:
            # The void itself was refused, by a policy of the network for one. Time will settle it.
            return await self._note(funding, outcome.code)
        return await self._refuse(funding, await self._code_of_payment(funding) or code)

    async def _code_of_payment(self, funding: Funding) -> str:
        """Return how the payment ended without the issue, to tell its owner; empty where it did not end."""
        remembered = await self._bridge.view.node.lookup(funding.payment_id, funding.valid_until_ms)
        if remembered is None:
            return ""
        proven = await self._prove(remembered)
        # A voided payment has no leaf of its own; that something was paid is said only with proof.
        unproven = "" if remembered.code == COMMITTED else remembered.code
        return unproven if proven is None else proven.code

    async def _remembered(self, transaction_id: bytes, valid_until_ms: int) -> ProvenOutcome | None:
        """Return how a transaction ended, as far as its own leaf proves it."""
        remembered = await self._bridge.view.node.lookup(transaction_id, valid_until_ms)
        proven = None if remembered is None else await self._prove(remembered)
        return proven if proven is not None and proven.final else None

    async def _commit(self, funding: Funding) -> Funding:
        return await self._move(funding, FundingState.COMMITTED, code=COMMITTED, trouble="")

    async def _refuse(self, funding: Funding, code: str) -> Funding:
        return await self._move(funding, FundingState.REFUSED, code=code, trouble="")

    async def _confirm(self, funding: Funding) -> Funding:
        """Let the core move the money out, as the ledger has."""
        try:
            await self._bridge.core.confirm(funding.payment_id)
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            return await self._note(funding, refusal.code)
        return await self._move(funding, FundingState.CONFIRMED, trouble="")

    async def _release(self, funding: Funding) -> Funding:
        """Let the core free the money; nothing was issued."""
        try:
            await self._bridge.core.release(funding.payment_id)
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            return await self._note(funding, refusal.code)
        return await self._move(funding, FundingState.RELEASED, trouble="")

    async def _note(self, funding: Funding, trouble: str) -> Funding:
        """Leave it open, and say why: a report names it until somebody has looked."""
        return await self._move(funding, funding.state, trouble=trouble)

    async def _move(self, funding: Funding, state: FundingState, **values: Any) -> Funding:  # noqa: ANN401 - columns
        return await self._bridge.journal.advance_funding(funding, state, **values)


def _payment(funding: Funding) -> Payment:
    return Payment(funding.payment_id, funding.code, funding.funded_minor, funding.state)
