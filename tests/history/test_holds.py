"""Holds: what became of them, for the payer and for the merchant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payport.history.holds import DUE, Side, WantedHolds
from payport.history.paging import MAX_PAGE
from tests.ledger.network import MINUTE_MS, account

if TYPE_CHECKING:
    from tests.history.conftest import Indexed


async def found(indexed: Indexed, who: str, side: Side, **wanted: Any) -> list[str]:
    now_ms = wanted.pop("now_ms", indexed.eventful.network.machine.time_ms)
    page = await indexed.index.holds.page(account(who), side, MAX_PAGE, WantedHolds(now_ms, **wanted))
    return [indexed.name(each.id) for each in page]


@pytest.mark.parametrize(("who", "side"), [("lin", Side.PAYER), ("fuel", Side.MERCHANT)])
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, ["lasting", "lapsed", "let go", "final", "used up"]),
        ("open", ["lasting"]),
        ("captured", ["final", "used up"]),
        ("released", ["let go"]),
        ("expired", ["lapsed"]),
        (DUE, []),
    ],
)
async def test_each_state_for_each_side(
    indexed: Indexed, who: str, side: Side, state: str | None, expected: list[str]
) -> None:
    assert await found(indexed, who, side, state=state) == expected
    assert await found(indexed, who, Side.PAYER if side is Side.MERCHANT else Side.MERCHANT, state=state) == []


@pytest.mark.parametrize(
    ("name", "captured_minor", "state"),
    [
        ("used up", 30_000, "captured"),
        ("final", 15_000, "captured"),
        ("let go", 1_000, "released"),
        ("lapsed", 1, "expired"),
        ("lasting", 0, "open"),
    ],
)
async def test_one(indexed: Indexed, name: str, captured_minor: int, state: str) -> None:
    hold = await indexed.index.holds.one(indexed.id(name))
    assert hold is not None
    now_ms = indexed.eventful.network.machine.time_ms
    assert (hold.payer, hold.merchant, hold.captured_minor) == (account("lin"), account("fuel"), captured_minor)
    assert (hold.state_at(now_ms), hold.ended_at_ms is None) == (state, state == "open")
    assert hold.remaining_minor(now_ms) == (4_000 if name == "lasting" else 0)
    assert hold.order_id == ("PUMP-7" if name == "used up" else None)


async def test_past_its_time_a_hold_is_due_until_a_block_sweeps_it(indexed: Indexed) -> None:
    now_ms = indexed.eventful.network.machine.time_ms + 25 * 60 * MINUTE_MS
    assert await found(indexed, "lin", Side.PAYER, state=DUE, now_ms=now_ms) == ["lasting"]
    assert await found(indexed, "lin", Side.PAYER, state="open", now_ms=now_ms) == []
    hold = await indexed.index.holds.one(indexed.id("lasting"))
    assert hold is not None
    assert (hold.state_at(now_ms), hold.remaining_minor(now_ms)) == (DUE, 0)


async def test_filters(indexed: Indexed) -> None:
    assert await found(indexed, "fuel", Side.MERCHANT, counterparty=account("chen")) == []
    assert len(await found(indexed, "fuel", Side.MERCHANT, counterparty=account("lin"))) == 5
    lasting = await indexed.index.holds.one(indexed.id("lasting"))
    assert lasting is not None
    ends = lasting.expires_at_ms
    assert await found(indexed, "fuel", Side.MERCHANT, state="open", due_before_ms=ends) == []
    assert await found(indexed, "fuel", Side.MERCHANT, state="open", due_before_ms=ends + 1) == ["lasting"]


@pytest.mark.parametrize("limit", [1, 2, MAX_PAGE])
async def test_pages_have_neither_gaps_nor_doubles(indexed: Indexed, limit: int) -> None:
    wanted = WantedHolds(indexed.eventful.network.machine.time_ms)
    whole = await indexed.index.holds.page(account("lin"), Side.PAYER, MAX_PAGE, wanted)
    pages, before = [], None
    while page := await indexed.index.holds.page(account("lin"), Side.PAYER, limit, wanted, before):
        pages += page
        before = page[-1].sequence
    assert pages == whole


async def test_what_was_refused_is_no_hold(indexed: Indexed) -> None:
    assert await indexed.index.holds.one(indexed.id("refused")) is None
