"""Payments, transfers and refunds: what each party sees of them, by topic and filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payport.history import movements
from payport.history.movements import Wanted
from payport.history.paging import MAX_PAGE, Period
from payport.history.topics import Topic
from tests.history.eventful import POINTS
from tests.ledger.network import account

if TYPE_CHECKING:
    from tests.history.conftest import Indexed


async def names(indexed: Indexed, who: str, topic: Topic, wanted: Wanted | None = None) -> list[str]:
    """Return the names of an account's movements, oldest first."""
    found = (await indexed.index.movements.page(account(who), topic, MAX_PAGE, None, wanted or Wanted())).rows
    assert [each.sequence for each in found] == sorted((each.sequence for each in found), reverse=True)
    return [indexed.name(each.id) for each in found][::-1]


BOUGHT = ["by order", "static", "too dear"]
CAPTURED = [f"capture {each}" for each in ("first half", "second half", "part", "a litre", "a drop")]


@pytest.mark.parametrize(
    ("who", "topic", "expected"),
    [
        ("lin", Topic.PAYMENT, BOUGHT + CAPTURED),
        ("market", Topic.PAYMENT, ["by order", "static", "charge"]),
        ("chen", Topic.PAYMENT, ["again", "charge"]),
        ("lin", Topic.TRANSFER, ["sent", "returned", "points"]),
        ("market", Topic.TRANSFER, []),
        ("market", Topic.REFUND, ["part", "more", "too much", "of charge"]),
        ("lin", Topic.REFUND, ["part", "more", "of capture"]),
        ("chen", Topic.REFUND, ["of charge"]),
    ],
)
async def test_each_topic_has_its_list(indexed: Indexed, who: str, topic: Topic, expected: list[str]) -> None:
    assert await names(indexed, who, topic) == expected


async def test_a_merchant_sees_its_fee_and_a_payer_does_not(indexed: Indexed) -> None:
    for name, topic, fee_minor in (
        ("by order", Topic.PAYMENT, 77),
        ("charge", Topic.PAYMENT, 22),
        ("part", Topic.REFUND, -17),
        ("more", Topic.REFUND, -30),
    ):
        merchant = await indexed.index.movements.one(account("market"), topic, indexed.id(name))
        assert merchant is not None
        assert merchant.fee_minor == fee_minor
        payer = await indexed.index.movements.one(merchant.counterparty or b"", topic, indexed.id(name))
        assert payer is not None
        assert (payer.fee_minor, payer.counterparty, payer.amount_minor) == (
            0,
            account("market"),
            merchant.amount_minor,
        )
        assert payer.acted is not merchant.acted


@pytest.mark.parametrize(
    ("topic", "wanted", "expected"),
    [
        (Topic.PAYMENT, {"kind": "capture/1", "committed": True}, CAPTURED),
        (Topic.PAYMENT, {"committed": False}, ["too dear"]),
        (Topic.PAYMENT, {"counterparty": account("market")}, BOUGHT),
        (Topic.PAYMENT, {"counterparty": account("metro")}, []),
        (Topic.PAYMENT, {"acted": False}, CAPTURED),
        (Topic.TRANSFER, {"asset": POINTS}, ["points"]),
        (Topic.TRANSFER, {"acted": True}, ["sent"]),
    ],
)
async def test_filters(indexed: Indexed, topic: Topic, wanted: dict[str, Any], expected: list[str]) -> None:
    assert await names(indexed, "lin", topic, Wanted(**wanted)) == expected


async def test_a_period_bounds_a_list(indexed: Indexed) -> None:
    whole = (await indexed.index.movements.page(account("lin"), Topic.PAYMENT, MAX_PAGE)).rows
    first, last = whole[-1].time_ms, whole[0].time_ms
    for period, expected in (
        (Period(first, last), whole[1:]),
        (Period(first + 1, None), whole[:-1]),
        (Period(None, first + 1), whole[-1:]),
        (Period(last + 1, None), []),
    ):
        page = await indexed.index.movements.page(account("lin"), Topic.PAYMENT, MAX_PAGE, None, Wanted(period))
        assert page == (expected, None)


@pytest.mark.parametrize("limit", [1, 2, 3, MAX_PAGE])
async def test_pages_have_neither_gaps_nor_doubles(indexed: Indexed, limit: int) -> None:
    whole = (await indexed.index.movements.page(account("lin"), Topic.PAYMENT, MAX_PAGE)).rows
    found, before = [], None
    while True:
        page = await indexed.index.movements.page(account("lin"), Topic.PAYMENT, limit, before)
        found += page.rows
        before = page.next
        if before is None:
            break
    assert found == whole


@pytest.mark.parametrize("looked_at", [1, 2, 3, 50])
async def test_a_filter_looks_at_a_part_and_says_where_to_go_on(
    indexed: Indexed, looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Wanted(kind="purchase/1")
    whole = await indexed.index.movements.page(account("lin"), Topic.PAYMENT, MAX_PAGE, None, wanted)
    monkeypatch.setattr(movements, "MAX_LOOKED_AT", looked_at)
    found, before, pages = [], None, 0
    while True:
        page = await indexed.index.movements.page(account("lin"), Topic.PAYMENT, MAX_PAGE, before, wanted)
        assert len(page.rows) <= looked_at
        found += page.rows
        before, pages = page.next, pages + 1
        if before is None:
            break
    assert found == whole.rows
    assert pages == -(-len(BOUGHT + CAPTURED) // looked_at), "empty pages are told too"


async def test_refunds_follow_their_sale(indexed: Indexed) -> None:
    reading = indexed.index.movements
    for who in ("lin", "market"):
        found = await reading.following(account(who), Topic.REFUND, indexed.id("by order"))
        assert [(indexed.name(each.id), each.amount_minor) for each in found] == [("part", 2_850), ("more", 5_000)]
    assert await reading.following(account("chen"), Topic.REFUND, indexed.id("by order")) == []
    sales = [indexed.id(name) for name in ("by order", "static", "charge", "capture part")]
    assert await reading.refunded_minor(sales) == {sales[0]: 7_850, sales[2]: 3_600, sales[3]: 500}
    assert await reading.refunded_minor([]) == {}


async def test_captures_follow_their_hold(indexed: Indexed) -> None:
    found = await indexed.index.movements.following(account("fuel"), Topic.PAYMENT, indexed.id("used up"))
    assert [indexed.name(each.id) for each in found] == ["capture first half", "capture second half"]


async def test_one_is_of_its_topic_and_of_its_parties(indexed: Indexed) -> None:
    one = indexed.index.movements.one
    assert await one(account("chen"), Topic.PAYMENT, indexed.id("by order")) is None
    assert await one(account("lin"), Topic.TRANSFER, indexed.id("by order")) is None
    assert await one(account("market"), Topic.PAYMENT, indexed.id("again")) is None, "a refusal is its sender's alone"
    assert await one(account("lin"), Topic.PAYMENT, bytes(32)) is None


async def test_which_payment_paid_an_order(indexed: Indexed) -> None:
    reading = indexed.index.movements
    paid = await reading.order_paid(account("market"), "A-1")
    assert paid is not None
    assert (indexed.name(paid.id), paid.counterparty, paid.fee_minor) == ("by order", account("lin"), 77)
    reserved = await reading.order_paid(account("fuel"), "PUMP-7")
    assert reserved is not None
    assert (reserved.kind, reserved.counterparty) == ("authorise/1", account("lin"))
    for who, order_id, since_ms in (("fuel", "A-1", 0), ("market", "A-2", 0), ("market", "A-1", paid.time_ms + 1)):
        assert await reading.order_paid(account(who), order_id, since_ms) is None


async def test_expiries_are_told_to_both_parties(indexed: Indexed) -> None:
    for who, kind, freed in (
        ("lin", "hold_expiry/1", 4_999),
        ("fuel", "hold_expiry/1", 4_999),
        ("chen", "offer_expiry/1", 100),
        ("chen", "offer_expiry/1", 10),
        ("lin", "offer_expiry/1", 10),
    ):
        found = await indexed.index.transactions(account(who), MAX_PAGE)
        told = [each for each in found if (each.kind, each.amount_minor) == (kind, freed)]
        assert len(told) == 1, (who, kind)
        assert (told[0].outcome, told[0].sender) == ("committed", b"")
        made = await indexed.index.transaction(told[0].id)
        assert made is not None
        assert made.kind in {"authorise/1", "offer/1"}, "an id is that of the transaction"
    heard = {each.kind for each in await indexed.index.transactions(account("market"), MAX_PAGE)}
    assert not any("expiry" in kind for kind in heard)
