"""Just-in-time funding against a running ledger: accepted, refused, repeated, concurrent and unanswered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.institutions.bridge import open_bridge
from payport.institutions.journal.records import FundingState
from payport.institutions.null import NullCore
from payport.values.refusals import Refusal
from tests.institutions.rig import BO, DEPOSIT, LIN, SHOP, Faults, Rig, lost, running
from tests.ledger.network import account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.databases import Databases


@pytest.fixture
async def rig(tmp_path: Path, databases: Databases) -> AsyncIterator[Rig]:
    async with running(tmp_path, databases) as made:
        yield made


async def refused(code: str, rig: Rig, envelope: bytes) -> None:
    desk = await rig.east.desk()
    with pytest.raises(Refusal) as caught:
        await desk.funding.fund_and_submit(envelope)
    assert caught.value.code == code
    await rig.both_books_equal()
    assert await rig.east.deposit(LIN) == DEPOSIT


async def test_the_missing_amount_is_funded_and_only_that(rig: Rig) -> None:
    desk = await rig.east.desk()
    first = await desk.funding.fund_and_submit(rig.purchase(12_000))
    assert (first.code, first.funded_minor, first.state) == ("committed", 12_000, FundingState.CONFIRMED)
    assert (await rig.balance(LIN), await rig.east.deposit(LIN)) == (0, DEPOSIT - 12_000)
    transfer = {"payee": LIN, "asset": "CNY", "amount_minor": 5_000}
    assert await rig.do("transfer/1", SHOP, "shop", **transfer) == "committed"
    second = await desk.funding.fund_and_submit(rig.purchase(7_000))
    assert (second.code, second.funded_minor) == ("committed", 2_000)
    assert (await rig.balance(LIN), await rig.east.deposit(LIN)) == (0, DEPOSIT - 14_000)
    await rig.both_books_equal()


async def test_what_the_account_covers_needs_no_core(rig: Rig) -> None:
    desk = await rig.east.desk()
    await desk.funding.fund_and_submit(rig.purchase(12_000))
    transfer = {"payee": BO, "asset": "CNY", "amount_minor": 5_000}
    assert await rig.do("transfer/1", SHOP, "shop", **transfer) == "committed"
    without = await rig.east.desk(core=NullCore())
    paid = await without.funding.fund_and_submit(
        rig.sign("transfer/1", BO, "bo", payee=SHOP, asset="CNY", amount_minor=4_000)
    )
    assert (paid.code, paid.funded_minor, paid.state) == ("committed", 0, None)
    await rig.both_books_equal()


async def test_the_same_bytes_are_paid_once(rig: Rig) -> None:
    purchase = rig.purchase(12_000)
    desks = [await rig.east.desk() for _ in range(3)]
    answers = await asyncio.gather(*(desk.funding.fund_and_submit(purchase) for desk in desks for _ in range(3)))
    assert {(answer.code, answer.funded_minor) for answer in answers} == {("committed", 12_000)}
    assert await rig.east.deposit(LIN) == DEPOSIT - 12_000
    await rig.both_books_equal()


async def test_many_payments_of_one_account_at_once(rig: Rig) -> None:
    desk = await rig.east.desk()
    await desk.funding.fund_and_submit(rig.purchase(10_000))
    back = {"payee": LIN, "asset": "CNY", "amount_minor": 9_000}
    assert await rig.do("transfer/1", SHOP, "shop", **back) == "committed"
    answers = await asyncio.gather(*(desk.funding.fund_and_submit(rig.purchase(4_000)) for _ in range(20)))
    assert {answer.code for answer in answers} == {"committed"}
    # What was on the account is spent first, and never counted twice.
    assert await rig.balance(LIN) + DEPOSIT - await rig.east.deposit(LIN) >= 10_000 + 80_000 - 9_000
    await rig.both_books_equal()


async def test_what_a_payment_under_way_will_spend_is_not_counted_again(rig: Rig) -> None:
    desk = await rig.east.desk()
    await desk.funding.fund_and_submit(rig.purchase(10_000))
    assert await rig.do("transfer/1", SHOP, "shop", payee=LIN, asset="CNY", amount_minor=3_000) == "committed"
    silent = await rig.east.desk(Faults("before node.submit", lost), seams="node")
    first = rig.purchase(4_000)
    waiting = await silent.funding.fund_and_submit(first)
    assert (waiting.state, waiting.funded_minor) == (FundingState.SUBMITTED, 1_000)
    second = await desk.funding.fund_and_submit(rig.purchase(5_000))
    assert (second.code, second.funded_minor) == ("committed", 5_000)
    assert (await desk.funding.fund_and_submit(first)).code == "committed"
    assert await rig.balance(LIN) == 0
    await rig.both_books_equal()


async def test_reservations_at_once_never_exceed_the_deposit(rig: Rig) -> None:
    desk = await rig.east.desk()
    answers = await asyncio.gather(*(desk.funding.fund_and_submit(rig.purchase(300_000)) for _ in range(6)))
    assert sorted(answer.code for answer in answers) == ["committed"] * 3 + ["insufficient_deposit"] * 3
    assert await rig.east.deposit(LIN) == DEPOSIT - 900_000
    await rig.both_books_equal()


async def test_a_refused_payment_frees_the_deposit(rig: Rig) -> None:
    desk = await rig.east.desk()
    paid = await desk.funding.fund_and_submit(rig.purchase(20_001, signer="lin-phone"))
    assert (paid.state, paid.code) == (FundingState.RELEASED, "payment_limit")
    stranger = rig.sign("transfer/1", LIN, "lin", payee=account("nobody"), asset="CNY", amount_minor=1)
    assert (await desk.funding.fund_and_submit(stranger)).code == "unknown_account"
    later = rig.purchase(5, valid_from_ms=rig.clock() + 60_000)
    assert (await desk.funding.fund_and_submit(later)).code == "not_yet_valid"
    assert await rig.east.deposit(LIN) == DEPOSIT
    await rig.both_books_equal()


async def test_a_payment_that_was_paid_or_voided_alone_is_not_funded(rig: Rig) -> None:
    desk = await rig.east.desk()
    first = rig.purchase(9_000)
    await desk.funding.fund_and_submit(rig.purchase(10_000))
    assert await rig.do("transfer/1", SHOP, "shop", payee=LIN, asset="CNY", amount_minor=9_000) == "committed"
    (outcome,) = await rig.node.submit((first,))
    assert outcome.code == "committed"
    again = await desk.funding.fund_and_submit(first)
    assert (again.code, again.state) == ("committed", FundingState.RELEASED)
    assert await rig.east.deposit(LIN) == DEPOSIT - 10_000
    await rig.both_books_equal()


async def test_refused_before_anything_is_begun(rig: Rig) -> None:
    await refused("not_fundable", rig, rig.redeem(5, LIN, "lin"))
    await refused("unbound_key", rig, rig.purchase(5, signer="bo"))
    await refused("unknown_account", rig, rig.sign("purchase/1", account("x"), "lin", **PAID))
    await refused(
        "not_your_customer", rig, rig.sign("transfer/1", SHOP, "shop", payee=LIN, asset="CNY", amount_minor=1)
    )
    await refused("unknown_customer", rig, rig.sign("purchase/1", BO, "bo", **PAID))
    await refused("no_deposit", rig, rig.purchase(5, asset="USD"))
    await refused("group_incomplete", rig, rig.purchase(5, group=bytes(32)))
    forged = rig.purchase(5)
    await refused("invalid_signature", rig, forged[:-1] + bytes([forged[-1] ^ 1]))
    expired = rig.purchase(5, valid_ms=10)
    rig.clock.now_ms += 1_000
    await refused("expired", rig, expired)
    await rig.east.core.set_blocked(LIN, blocked=True)
    await refused("customer_blocked", rig, rig.purchase(5))
    assert not await rig.east.journal.open_fundings(10)


PAID = {"merchant": SHOP, "asset": "CNY", "amount_minor": 5, "order": None}


async def test_too_many_open_fundings_are_refused(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payport.institutions.journal.journal.MAX_OPEN_PER_ACCOUNT", 2)
    for _ in range(2):
        desk = await rig.east.desk(Faults("before node.submit", lost), seams="node")
        assert (await desk.funding.fund_and_submit(rig.purchase(5))).state is FundingState.SUBMITTED
    with pytest.raises(Refusal) as caught:
        await (await rig.east.desk()).funding.fund_and_submit(rig.purchase(5))
    assert caught.value.code == "too_many_open_fundings"
    await rig.both_books_equal()


async def test_a_journal_is_one_institutions(rig: Rig) -> None:
    await rig.east.desk()
    with pytest.raises(Refusal) as caught:
        await open_bridge(rig.west.own, rig.west.core, rig.east.journal, rig.node, rig.clock)
    assert caught.value.code == "journal_of_another"
