"""The program ends, or an answer is lost, at every point of every way a movement can take; then it is started anew.

Afterwards both banks' books are equal, nothing is reserved, and the payment has happened once or not at all. Each kind
of database takes every second point; together they take them all.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from payport.institutions.contract import CORE_UNAVAILABLE
from payport.institutions.journal.records import FundingState, RedemptionState
from payport.values import codec
from payport.values.envelopes import Envelope
from payport.values.refusals import Refusal
from tests.databases import KINDS
from tests.institutions.rig import DEPOSIT, LIN, SHOP, CrashError, Desk, Faults, Rig, id_of, lost, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.databases import Databases

AMOUNT = 1_000

pytestmark = pytest.mark.slow


async def paid(rig: Rig) -> bytes:
    return rig.purchase(AMOUNT)


async def over_a_limit(rig: Rig) -> bytes:
    return rig.purchase(20_001, signer="lin-phone")


async def refused_at_the_door(rig: Rig) -> bytes:
    return rig.purchase(AMOUNT, valid_from_ms=rig.clock() + 90_000)


async def voided_by_the_holder(rig: Rig) -> bytes:
    purchase = rig.purchase(AMOUNT)
    assert await rig.do("void/1", LIN, "lin", body=codec.decode(purchase, Envelope).body) == "committed"
    return purchase


async def more_than_the_deposit(rig: Rig) -> bytes:
    return rig.purchase(DEPOSIT + 1)


WAYS: dict[str, tuple[Callable[[Rig], Awaitable[bytes]], str, int]] = {
    "paid": (paid, "committed", 17),
    "over a limit": (over_a_limit, "payment_limit", 17),
    "refused at the door": (refused_at_the_door, "not_yet_valid", 30),
    "voided by the holder": (voided_by_the_holder, "voided", 30),
    "more than the deposit": (more_than_the_deposit, "insufficient_deposit", 12),
}


def first_point(databases: Databases) -> int:
    """Return where a kind of database begins; it goes on in steps of two."""
    return 1 + KINDS.index(databases.kind) % 2


async def pay(desk: Desk, envelope: bytes) -> str:
    return (await desk.funding.fund_and_submit(envelope)).code


async def end_everywhere(
    rig: Rig, way: str, error: Callable[[], BaseException], seams: str, first: int, *, resend: bool
) -> int:
    """Take a way again and again, ending it two points later each time; return the number of points."""
    make, code, _ = WAYS[way]
    codes = {"node_unreachable", "core_unavailable"}
    point = first - 2
    while True:
        point += 2
        envelope = await make(rig)
        before, sold = await rig.east.deposit(LIN), await rig.balance(SHOP)
        faults = Faults(point, error)
        desk = await rig.east.desk(faults, seams)
        ended = False
        try:
            await pay(desk, envelope)
        except CrashError:
            ended = True
        except Refusal as refusal:
            codes.add(refusal.code)
        if not ended and faults.at is not None:
            assert codes == {"node_unreachable", "core_unavailable"}
            return len(faults.passed)
        if resend:
            assert await pay(await rig.east.desk(), envelope) == code, faults.passed[-1]
        await rig.both_books_equal()
        funding = await rig.east.journal.funding(id_of(envelope))
        if funding is None:
            assert not resend
            assert (await rig.east.deposit(LIN), await rig.balance(SHOP)) == (before, sold)
            continue
        assert funding.code == code, faults.passed[-1]
        happened = code == "committed"
        assert funding.state is (FundingState.CONFIRMED if happened else FundingState.RELEASED)
        assert before - await rig.east.deposit(LIN) == (funding.funded_minor if happened else 0)
        assert (await rig.balance(SHOP) > sold) is happened


@pytest.mark.parametrize("resend", [True, False], ids=["the phone sends again", "the job alone"])
@pytest.mark.parametrize("way", WAYS)
async def test_the_program_ends_anywhere(tmp_path: Path, databases: Databases, way: str, resend: bool) -> None:
    async with running(tmp_path, databases) as rig:
        first = first_point(databases)
        points = await end_everywhere(rig, way, CrashError, "core node journal", first, resend=resend)
    assert points >= WAYS[way][2], "the way has become shorter: look whether a durable step is missing"


@pytest.mark.parametrize(("seams", "error"), [("node", lost), ("core", lambda: Refusal(CORE_UNAVAILABLE))])
@pytest.mark.parametrize("way", WAYS)
async def test_an_answer_is_lost_anywhere(
    tmp_path: Path, databases: Databases, way: str, seams: str, error: Callable[[], BaseException]
) -> None:
    async with running(tmp_path, databases) as rig:
        assert await end_everywhere(rig, way, error, seams, first_point(databases), resend=False) >= 4


async def test_a_redemption_ends_anywhere(tmp_path: Path, databases: Databases) -> None:
    async with running(tmp_path, databases) as rig:
        assert await pay(await rig.east.desk(), rig.purchase(200_000)) == "committed"
        for point in itertools.count(first_point(databases), 2):
            envelope = rig.redeem(AMOUNT)
            before, held = await rig.west.deposit(SHOP), await rig.balance(SHOP)
            faults = Faults(point)
            desk = await rig.west.desk(faults)
            try:
                await desk.redemption.redeem_and_credit(envelope)
            except CrashError:
                await rig.both_books_equal()
            else:
                break
            redemption = await rig.west.journal.redemption(id_of(envelope))
            moved = 0 if redemption is None else AMOUNT
            assert redemption is None or redemption.state is RedemptionState.CREDITED
            assert await rig.west.deposit(SHOP) - before == moved == held - await rig.balance(SHOP)
        assert len(faults.passed) >= 20


async def test_the_job_itself_ends_anywhere(tmp_path: Path, databases: Databases) -> None:
    async with running(tmp_path, databases) as rig:
        for point in itertools.count(first_point(databases), 2):
            for at in ("after node.submit", "after core.reserve", "before core.confirm"):
                with pytest.raises(CrashError):
                    await pay(await rig.east.desk(Faults(at)), rig.purchase(AMOUNT))
            faults = Faults(point)
            job: Any = (await rig.east.desk(faults)).job
            try:
                await job.round()
            except CrashError:
                await rig.both_books_equal()
            else:
                break
        assert len(faults.passed) > 40
        await rig.both_books_equal()


async def test_two_runs_of_the_program_side_by_side(tmp_path: Path, databases: Databases) -> None:
    async with running(tmp_path, databases) as rig:
        ends = ("after core.reserve", "before node.submit", "after node.submit", "before core.confirm")
        envelopes = [rig.purchase(AMOUNT + number) for number in range(12)]
        for number, envelope in enumerate(envelopes):
            with pytest.raises(CrashError):
                await pay(await rig.east.desk(Faults(ends[number % len(ends)])), envelope)
        desks = [await rig.east.desk() for _ in range(4)]
        await asyncio.gather(
            *(desk.job.settle_open() for desk in desks), *(pay(desks[0], envelope) for envelope in envelopes)
        )
        assert await rig.east.deposit(LIN) == DEPOSIT - 12 * AMOUNT - sum(range(12))
        await rig.both_books_equal()
