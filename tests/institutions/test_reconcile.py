"""The standing job: equal books are said to be equal, and each way books can differ is found, named and left alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, update

from payport.institutions.journal.records import FundingState, RedemptionState
from payport.institutions.journal.tables import FUNDINGS, REDEMPTIONS
from payport.institutions.reconcile import DifferenceKind
from payport.ledger.state.assets import AssetClass
from payport.values.refusals import Refusal
from tests.institutions.rig import BO, DEPOSIT, LIN, SHOP, CrashError, Faults, Rig, id_of, lost, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from payport.institutions.reconcile import Report
    from tests.databases import Databases

AMOUNT = 1_000


@pytest.fixture
async def rig(tmp_path: Path, databases: Databases) -> AsyncIterator[Rig]:
    async with running(tmp_path, databases) as made:
        yield made


async def pay(rig: Rig) -> bytes:
    purchase = rig.purchase(AMOUNT)
    assert (await (await rig.east.desk()).funding.fund_and_submit(purchase)).code == "committed"
    return id_of(purchase)


async def change(engine: Any, statement: Any) -> None:
    async with engine.begin() as connection:
        assert (await connection.execute(statement)).rowcount == 1


def found(report: Report) -> set[tuple[DifferenceKind, bytes | None, int]]:
    return {(each.kind, each.key, each.amount_minor) for each in report.differences}


async def test_equal_books(rig: Rig) -> None:
    await pay(rig)
    await (await rig.west.desk()).redemption.redeem_and_credit(rig.redeem(600))
    east, west = await rig.east.settle(), await rig.west.settle()
    assert (east.is_clean, west.is_clean) == (True, True)
    assert [tuple(book) for book in east.books] == [("CNY", 1_000, 1_000, 1_000, 1_000)]
    # What a merchant redeems was issued by another bank: his own has brought in more than it moved out.
    assert [tuple(book) for book in west.books] == [("CNY", -600, -600, -600, -600)]
    assert await rig.west.deposit(SHOP) == 600


async def test_a_redemption_by_another_way_is_credited_once(rig: Rig) -> None:
    await pay(rig)
    redeem = rig.redeem(300)
    assert (await rig.node.submit((redeem,)))[0].code == "committed"
    await rig.both_books_equal()
    again = await (await rig.west.desk()).redemption.redeem_and_credit(redeem)
    assert again.state is RedemptionState.CREDITED
    await rig.both_books_equal()
    assert await rig.west.deposit(SHOP) == 300


async def test_refused_redemptions(rig: Rig) -> None:
    desk = await rig.west.desk()
    refused = await desk.redemption.redeem_and_credit(rig.redeem(1))
    assert (refused.state, refused.code) == (RedemptionState.REFUSED, "insufficient_balance")
    assert (await desk.redemption.settle(refused)) == refused
    expired = rig.redeem(1)
    rig.clock.now_ms += 200_000
    for code, envelope in (
        ("not_fundable", rig.purchase(1)),
        ("not_your_customer", rig.redeem(1, LIN, "lin")),
        ("expired", expired),
        ("no_deposit", rig.sign("redeem/1", SHOP, "shop", asset="HKD", amount_minor=1)),
    ):
        with pytest.raises(Refusal) as caught:
            await desk.redemption.redeem_and_credit(envelope)
        assert caught.value.code == code
    await rig.both_books_equal()


async def test_a_redemption_nobody_can_be_credited_for_is_named_until_somebody_can(rig: Rig) -> None:
    await pay(rig)
    assert await rig.do("transfer/1", SHOP, "shop", payee=BO, asset="CNY", amount_minor=50) == "committed"
    redeem = rig.redeem(50, BO, "bo")
    assert (await rig.node.submit((redeem,)))[0].code == "committed"
    report = await rig.east.settle()
    assert found(report) == {(DifferenceKind.NOT_SETTLED, id_of(redeem), -50)}
    assert [each.detail for each in report.differences] == ["unknown_customer"]
    await rig.east.core.open_customer(BO, "Bo", {"CNY": 0})
    await rig.both_books_equal()
    assert await rig.east.deposit(BO) == 50


async def test_an_issue_nobody_asked_for_is_named_and_left_alone(rig: Rig) -> None:
    await pay(rig)
    issue = rig.sign("issue/1", "east", "east", account=LIN, asset="CNY", amount_minor=77)
    assert (await rig.node.submit((issue,)))[0].code == "committed"
    for _ in range(2):
        report = await rig.east.settle()
        assert found(report) == {
            (DifferenceKind.ISSUED_OUTSIDE, id_of(issue), 77),
            (DifferenceKind.TOTALS_DIFFER, None, -77),
        }
        assert not report.is_clean
    assert await rig.east.deposit(LIN) == DEPOSIT - AMOUNT


async def test_points_are_in_no_book_of_deposits(rig: Rig) -> None:
    points = {"asset": "east:POINTS", "asset_class": AssetClass.POINTS, "name": "Points", "decimals": 0}
    assert await rig.do("register_asset/1", "east", "east", **points) == "committed"
    issued = {"account": SHOP, "asset": "east:POINTS", "amount_minor": 500}
    assert await rig.do("issue/1", "east", "east", **issued) == "committed"
    assert await rig.do("redeem/1", SHOP, "shop", asset="east:POINTS", amount_minor=200) == "committed"
    await pay(rig)
    for bank in (rig.east, rig.west):
        report = await bank.settle()
        assert (report.is_clean, report.open_redemptions) == (True, 0)


async def test_what_only_the_core_has_booked_is_named(rig: Rig) -> None:
    key = await pay(rig)
    await rig.east.core.reserve(bytes(32), LIN, "CNY", 5)
    await rig.east.core.confirm(bytes(32))
    assert found(await rig.east.settle()) == {
        (DifferenceKind.ONLY_IN_CORE, bytes(32), 5),
        (DifferenceKind.TOTALS_DIFFER, None, 5),
    }
    await change(rig.east.journal._writer, delete(FUNDINGS).where(FUNDINGS.c.payment_id == key))
    kinds = [each.kind for each in (await rig.east.settle()).differences]
    assert kinds.count(DifferenceKind.ONLY_IN_CORE) == 2
    assert DifferenceKind.ISSUED_OUTSIDE in kinds


async def test_another_amount_in_the_journal_is_named(rig: Rig) -> None:
    key = await pay(rig)
    await change(rig.east.journal._writer, update(FUNDINGS).values(funded_minor=AMOUNT - 1))
    report = await rig.east.settle()
    assert (DifferenceKind.ONLY_IN_CORE, key, AMOUNT) in found(report)
    assert DifferenceKind.TOTALS_DIFFER in {each.kind for each in report.differences}


async def test_what_only_the_journal_has_is_named(rig: Rig) -> None:
    desk = await rig.east.desk(Faults("before core.confirm"))
    purchase = rig.purchase(AMOUNT)
    with pytest.raises(CrashError):
        await desk.funding.fund_and_submit(purchase)
    await change(rig.east.journal._writer, update(FUNDINGS).values(state=FundingState.CONFIRMED.value))
    assert found(await rig.east.settle()) == {
        (DifferenceKind.NOT_IN_CORE, id_of(purchase), AMOUNT),
        (DifferenceKind.TOTALS_DIFFER, None, -AMOUNT),
    }
    unknown = {"payment_id": bytes(32), "issue_id": bytes(32)}
    await change(rig.east.journal._writer, update(FUNDINGS).values(**unknown))
    kinds = {(each.kind, each.key) for each in (await rig.east.settle()).differences}
    assert (DifferenceKind.NOT_ON_LEDGER, bytes(32)) in kinds
    assert (DifferenceKind.NOT_IN_CORE, bytes(32)) in kinds


async def test_a_redemption_the_journal_takes_for_refused_is_named(rig: Rig) -> None:
    await pay(rig)
    redeem = rig.redeem(300)
    await (await rig.west.desk()).redemption.redeem_and_credit(redeem)
    await change(rig.west.journal._writer, update(REDEMPTIONS).values(state=RedemptionState.REFUSED.value))
    assert found(await rig.west.settle()) >= {
        (DifferenceKind.REDEEMED_UNNOTICED, id_of(redeem), -300),
        (DifferenceKind.ONLY_IN_CORE, id_of(redeem), -300),
    }


async def test_a_core_that_forgot_a_reservation_is_named_and_nothing_is_made_up(rig: Rig) -> None:
    purchase = rig.purchase(AMOUNT)
    with pytest.raises(CrashError):
        await (await rig.east.desk(Faults("after node.submit"))).funding.fund_and_submit(purchase)
    await rig.east.core.release(id_of(purchase))
    report = await rig.east.settle()
    assert (report.at_rest, report.open_fundings) == (False, 1)
    assert found(report) == {(DifferenceKind.NOT_SETTLED, id_of(purchase), AMOUNT)}
    assert [each.detail for each in report.differences] == ["reservation_released"]
    with pytest.raises(CrashError):
        await (await rig.east.desk(Faults("before core.release"))).funding.fund_and_submit(
            rig.purchase(20_001, signer="lin-phone")
        )
    (refused,) = [each for each in await rig.east.journal.open_fundings(5) if each.payment_id != id_of(purchase)]
    await rig.east.core.confirm(refused.payment_id)
    details = {each.detail for each in (await rig.east.settle()).differences}
    assert details == {"reservation_released", "reservation_confirmed", "unknown"}


async def test_books_are_compared_while_payments_run_without_false_differences(rig: Rig) -> None:
    desk, other = await rig.east.desk(), await rig.west.desk()
    reports: list[Report] = []

    async def traffic() -> None:
        for _ in range(15):
            await desk.funding.fund_and_submit(rig.purchase(AMOUNT))
            await other.redemption.redeem_and_credit(rig.redeem(100))

    running_traffic = asyncio.gather(*(traffic() for _ in range(3)))
    while not running_traffic.done():
        reports += [await bank.settle() for bank in (rig.east, rig.west)]
    await running_traffic
    assert len(reports) > 4
    assert [report.differences for report in reports if report.differences] == []
    await rig.both_books_equal()


async def test_every_open_row_is_taken_up_in_turn(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payport.institutions.reconcile.SETTLED_AT_ONCE", 2)
    for _ in range(7):
        desk = await rig.east.desk(Faults("before node.submit"))
        with pytest.raises(CrashError):
            await desk.funding.fund_and_submit(rig.purchase(AMOUNT))
        rig.clock.now_ms += 1
    await rig.both_books_equal()
    assert await rig.east.deposit(LIN) == DEPOSIT - 7 * AMOUNT


async def test_the_job_goes_on_after_a_round_that_could_not_be_finished(rig: Rig) -> None:
    await pay(rig)
    reports: list[Report] = []
    told = asyncio.Event()

    def tell(report: Report) -> None:
        reports.append(report)
        told.set()

    desk = await rig.east.desk(Faults(1, lost), seams="node")
    running_job = asyncio.create_task(desk.job.run(tell, pause_seconds=0))
    await asyncio.wait_for(told.wait(), 20)
    running_job.cancel()
    await asyncio.gather(running_job, return_exceptions=True)
    assert reports[0].is_clean
