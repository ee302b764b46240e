"""Redemption: money handed back on the ledger is credited to the deposit.

The ledger comes first: a committed redemption has ended the money there, and the core credits it however long that
takes. A redemption need not come through here; the ledger's blocks are read, and each one of this institution's
accounts is credited once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from payport.institutions.bridge import is_passing
from payport.institutions.contract import NO_DEPOSIT
from payport.institutions.journal.records import Redemption, RedemptionState
from payport.institutions.ledger_book import REDEEM
from payport.institutions.limits import MAX_STEPS
from payport.ledger.block import COMMITTED
from payport.ledger.machine import EXPIRED
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from payport.institutions.bridge import Bridge

REDEEMABLE: Final = frozenset({REDEEM})
"""What is credited."""


class RedemptionService:
    """Credits redemptions of one institution's customers."""

    def __init__(self, bridge: Bridge) -> None:
        """Work over ``bridge``."""
        self._bridge = bridge
        self._steps: Final[dict[RedemptionState, Callable[[Redemption], Awaitable[Redemption]]]] = {
            RedemptionState.INTENDED: self._ask_ledger,
            RedemptionState.COMMITTED: self._credit,
        }

    async def redeem_and_credit(self, envelope: bytes) -> Redemption:
        """Redeem on the ledger, then credit the deposit; the same bytes may be sent again and count once.

        Where core or node do not answer, the redemption returned is open, and the standing job settles it. Raises what
        :meth:`Bridge.read_signed` refuses, ``expired``, ``unknown_customer`` and ``no_deposit``, before anything was
        sent: money without a deposit to go to stays on the ledger.
        """
        bridge = self._bridge
        member = await bridge.read_signed(envelope, REDEEMABLE)
        redeem = member.transaction
        redemption = await bridge.journal.redemption(member.transaction_id)
        if redemption is None:
            now_ms = bridge.clock()
            if redeem.valid_until_ms <= now_ms:
                EXPIRED.refuse(f"valid until {redeem.valid_until_ms}, now {now_ms}")
            customer = await bridge.core.verify_customer(redeem.sender)
            if redeem.asset not in customer.assets:
                NO_DEPOSIT.refuse(redeem.asset)
            intended = Redemption(
                redeem_id=member.transaction_id,
                account=redeem.sender,
                asset=redeem.asset,
                amount_minor=redeem.amount_minor,
                envelope=member.encoded,
                valid_until_ms=redeem.valid_until_ms,
                state=RedemptionState.INTENDED,
                code="",
                trouble="",
                begun_ms=now_ms,
            )
            redemption = await bridge.journal.begin_redemption(intended)
        return await self.settle(redemption)

    async def settle(self, redemption: Redemption) -> Redemption:
        """Take a redemption as far as ledger and core answer; return how far it has come."""
        for _ in range(MAX_STEPS):
            step = self._steps.get(redemption.state)
            if step is None:
                return redemption
            try:
                moved = await step(redemption)
            except Refusal as refusal:
                if not is_passing(refusal):
                    raise
                return redemption
            if moved.state is redemption.state:
                return moved
            redemption = moved
        raise AssertionError("a redemption only moves forward")

    async def _ask_ledger(self, redemption: Redemption) -> Redemption:
        """Send the same bytes until their outcome is proven, or a block is past the time they could execute."""
        bridge = self._bridge
        assert redemption.envelope is not None
        try:
            (outcome,) = await bridge.view.node.submit((redemption.envelope,))
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            code = refusal.code
        else:
            proven = await bridge.view.prove(outcome)
            if proven is not None and proven.final:
                state = RedemptionState.COMMITTED if proven.code == COMMITTED else RedemptionState.REFUSED
                return await self._move(redemption, state, code=proven.code, trouble="")
            code = outcome.code
        # A block that holds it has moved the row already; one that is later without it settles that it never happens.
        progress = await bridge.book.catch_up()
        if progress.time_ms > redemption.valid_until_ms:
            return await self._move(redemption, RedemptionState.REFUSED, code=code, trouble="")
        return await self._move(redemption, redemption.state, trouble=code)

    async def _credit(self, redemption: Redemption) -> Redemption:
        """Let the core pay in what has left the ledger."""
        details = (redemption.account, redemption.asset, redemption.amount_minor)
        try:
            await self._bridge.core.credit(redemption.redeem_id, *details)
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            return await self._move(redemption, redemption.state, trouble=refusal.code)
        return await self._move(redemption, RedemptionState.CREDITED, trouble="")

    async def _move(self, redemption: Redemption, state: RedemptionState, **values: Any) -> Redemption:  # noqa: ANN401 - columns
        return await self._bridge.journal.advance_redemption(redemption, state, **values)
