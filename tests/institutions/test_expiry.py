"""What is settled late: after valid-until, when the node remembers nothing any more, and on an idle ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from payport.institutions.contract import CORE_UNAVAILABLE
from payport.institutions.funding import _GROUP
from payport.institutions.journal.records import FundingState, LineKind, RedemptionState
from payport.institutions.ledger_view import LedgerView
from payport.institutions.limits import FUNDING_VALID_MS
from payport.institutions.reconcile import DifferenceKind
from payport.signers.key_files import FileSigner
from payport.values.refusals import Refusal
from tests.institutions.rig import DEPOSIT, LIN, SHOP, CrashError, Faults, Rig, id_of, running, trust
from tests.ledger.network import seed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.databases import Databases

MUCH_LATER_MS = 20 * 60_000


@pytest.fixture
async def rig(tmp_path: Path, databases: Databases) -> AsyncIterator[Rig]:
    async with running(tmp_path, databases) as made:
        yield made


async def end(rig: Rig, at: str, purchase: bytes) -> None:
    with pytest.raises(CrashError):
        await (await rig.east.desk(Faults(at))).funding.fund_and_submit(purchase)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("after journal.begin_funding", FundingState.RELEASED),
        ("after core.reserve", FundingState.RELEASED),
        ("before node.submit", FundingState.RELEASED),
        ("after node.submit", FundingState.CONFIRMED),
        ("before core.confirm", FundingState.CONFIRMED),
    ],
)
@pytest.mark.parametrize("forgotten", [True, False], ids=["the node has forgotten", "the ledger was idle"])
async def test_settled_long_after_valid_until(rig: Rig, at: str, state: FundingState, forgotten: bool) -> None:
    purchase = rig.purchase(1_000)
    await end(rig, at, purchase)
    rig.clock.now_ms += MUCH_LATER_MS
    if forgotten:
        # A later block drops the ids that are past; what became of them is in the blocks alone.
        await rig.open("later", "west")
        (funding,) = await rig.east.journal.open_fundings(1)
        assert await rig.node.lookup(funding.payment_id, funding.valid_until_ms) is None
    await rig.both_books_equal()
    funding = await rig.east.journal.funding(id_of(purchase))
    assert funding is not None
    assert funding.state is state
    moved = 1_000 if state is FundingState.CONFIRMED else 0
    late = "expired" if at.endswith("node.submit") else "funded_too_late"
    assert (await rig.east.deposit(LIN), await rig.balance(LIN)) == (DEPOSIT - moved, 0)
    assert funding.code == ("committed" if moved else late)


async def test_a_core_that_answers_late_does_not_pay_when_nobody_waits_any_more(rig: Rig) -> None:
    purchase = rig.purchase(1_000, valid_ms=24 * 3_600_000 - 30_000)
    silent = await rig.east.desk(Faults("before core.reserve", lambda: Refusal(CORE_UNAVAILABLE)))
    assert (await silent.funding.fund_and_submit(purchase)).state is FundingState.INTENDED
    rig.clock.now_ms += FUNDING_VALID_MS
    late = await (await rig.east.desk()).funding.fund_and_submit(purchase)
    assert (late.state, late.code) == (FundingState.RELEASED, "funded_too_late")
    await rig.both_books_equal()


async def test_after_the_void_the_group_can_never_execute(rig: Rig) -> None:
    purchase = rig.purchase(1_000)
    await end(rig, "before node.submit", purchase)
    (funding,) = await rig.east.journal.open_fundings(1)
    desk = await rig.east.desk()
    settled = await desk.funding._void(funding, "busy")
    assert (settled.state, settled.code) == (FundingState.REFUSED, "busy")
    assert funding.issue_id is not None
    line = await rig.east.journal.ledger_line(funding.issue_id)
    assert line is not None
    assert line.kind is LineKind.VOIDED
    assert funding.group_bytes is not None
    outcomes = await rig.node.submit(_GROUP.decode(funding.group_bytes))
    assert [outcome.code for outcome in outcomes] == ["group_refused", "group_refused"]
    # The payment itself was not used up: its owner may still pay otherwise, and the books do not mind.
    assert (await rig.node.submit((purchase,)))[0].code == "insufficient_balance"
    await rig.both_books_equal()


async def test_a_bank_whose_key_is_not_its_own_waits_until_time_has_settled_it(rig: Rig) -> None:
    rig.east.own = rig.east.own._replace(signers=(FileSigner(seed("impostor")),))
    desk = await rig.east.desk()
    paid = await desk.funding.fund_and_submit(rig.purchase(1_000))
    assert (paid.state, paid.code) == (FundingState.SUBMITTED, "")
    report = await desk.job.round()
    assert (report.at_rest, report.open_fundings) == (False, 1)
    (difference,) = report.differences
    assert (difference.kind, difference.detail) == (DifferenceKind.NOT_SETTLED, "unbound_key")
    assert (difference.key, difference.amount_minor) == (paid.payment_id, 1_000)
    assert not await rig.east.nothing_hangs()
    rig.clock.now_ms += MUCH_LATER_MS
    await rig.both_books_equal()
    assert await rig.east.deposit(LIN) == DEPOSIT


async def test_a_redemption_that_came_too_late(rig: Rig) -> None:
    await (await rig.east.desk()).funding.fund_and_submit(rig.purchase(5_000))
    redeem = rig.redeem(1_000)
    with pytest.raises(CrashError):
        await (await rig.west.desk(Faults("before node.submit"))).redemption.redeem_and_credit(redeem)
    rig.clock.now_ms += MUCH_LATER_MS
    report = await rig.west.settle()
    # No block is later than its valid-until yet, so nobody can say that it never executed.
    assert (report.at_rest, report.open_redemptions) == (False, 1)
    assert [each.kind for each in report.differences] == [DifferenceKind.NOT_SETTLED]
    assert await rig.do("transfer/1", SHOP, "shop", payee=LIN, asset="CNY", amount_minor=1) == "committed"
    await rig.both_books_equal()
    redemption = await rig.west.journal.redemption(id_of(redeem))
    assert redemption is not None
    assert (redemption.state, redemption.code) == (RedemptionState.REFUSED, "expired")


class Lying:
    """A node that shows blocks its proofs do not cover."""

    def __init__(self, node: Any) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)

    async def block(self, height: int) -> Any:
        block = await self._node.block(height)
        return replace(block, leaves=tuple(leaf.replace(b"committed", b"voided..") for leaf in block.leaves))


async def test_nothing_moves_on_the_word_of_a_node(rig: Rig) -> None:
    desk = await rig.east.desk(node=Lying(rig.node))
    paid = await desk.funding.fund_and_submit(rig.purchase(1_000))
    assert (paid.state, paid.code) == (FundingState.SUBMITTED, "")
    with pytest.raises(Refusal) as caught:
        await desk.job.round()
    assert caught.value.code == "unproven_block"
    await rig.both_books_equal()
    assert await rig.east.deposit(LIN) == DEPOSIT - 1_000


async def test_a_block_of_another_height_or_signer_is_not_believed(rig: Rig) -> None:
    class Shifted(Lying):
        async def block(self, height: int) -> Any:
            return await self._node.block(height + 1)

    for view in (LedgerView(Shifted(rig.node), trust()), LedgerView(rig.node, trust(bytes(32)))):
        with pytest.raises(Refusal) as caught:
            await view.block(1)
        assert caught.value.code == "unproven_block"
