"""Offers: the board with the best price first, what is left of one, and an account's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport.history.offers import Place, Standing
from payport.history.paging import MAX_PAGE
from payport.history.reservations import OfferState
from tests.history.eventful import POINTS
from tests.ledger.network import MINUTE_MS, account

if TYPE_CHECKING:
    from tests.history.conftest import Indexed


@pytest.mark.parametrize("limit", [1, 2, MAX_PAGE])
async def test_the_best_price_comes_first_and_the_earlier_of_equal_ones(indexed: Indexed, limit: int) -> None:
    now_ms = indexed.eventful.network.machine.time_ms
    names, after = [], None
    while page := await indexed.index.offers.board(POINTS, "CNY", limit, now_ms, after):
        names += [indexed.name(each.id) for each in page]
        after = Place(page[-1].price, page[-1].sequence)
    assert names == ["third", "third too", "half"]
    assert await indexed.index.offers.board("CNY", POINTS, limit, now_ms) == []


async def test_past_its_time_an_offer_is_off_the_board(indexed: Indexed) -> None:
    later_ms = indexed.eventful.network.machine.time_ms + 25 * 60 * MINUTE_MS
    assert await indexed.index.offers.board(POINTS, "CNY", MAX_PAGE, later_ms) == []
    third = await indexed.index.offers.one(indexed.id("third"))
    assert third is not None
    assert third.state_at(later_ms) == "expired"
    listed = await indexed.index.offers.page(account("chen"), Standing.MAKER, 9, later_ms, state=OfferState.EXPIRED)
    assert indexed.id("third") in [each.id for each in listed]


@pytest.mark.parametrize(
    ("name", "remaining_minor", "state"),
    [
        ("third", 2_995, "open"),
        ("half", 1_000, "open"),
        ("sold", 0, "taken"),
        ("withdrawn", 100, "cancelled"),
        ("stale", 100, "expired"),
        ("for lin", 10, "open"),
    ],
)
async def test_one(indexed: Indexed, name: str, remaining_minor: int, state: str) -> None:
    offer = await indexed.index.offers.one(indexed.id(name))
    assert offer is not None
    assert (offer.maker, offer.remaining_minor) == (account("chen"), remaining_minor)
    assert offer.state_at(indexed.eventful.network.machine.time_ms) == state
    assert (offer.ended_at_ms is None) == (state == "open")
    assert await indexed.index.offers.one(bytes(32)) is None


async def test_own_ones_and_those_made_to_one(indexed: Indexed) -> None:
    now_ms = indexed.eventful.network.machine.time_ms
    page = indexed.index.offers.page
    made = await page(account("chen"), Standing.MAKER, MAX_PAGE, now_ms)
    assert len(made) == 8
    assert [each.sequence for each in made] == sorted((each.sequence for each in made), reverse=True)
    for state, names in (
        (OfferState.OPEN, {"third", "half", "third too", "for lin"}),
        (OfferState.TAKEN, {"sold"}),
        (OfferState.CANCELLED, {"withdrawn"}),
        (OfferState.EXPIRED, {"stale", "stale for lin"}),
    ):
        of_state = await page(account("chen"), Standing.MAKER, MAX_PAGE, now_ms, state=state)
        assert {indexed.name(each.id) for each in of_state} == names
    mine = await page(account("lin"), Standing.TAKER, MAX_PAGE, now_ms)
    assert [indexed.name(each.id) for each in mine] == ["stale for lin", "for lin"]
    assert await page(account("lin"), Standing.MAKER, MAX_PAGE, now_ms) == []
    assert await page(account("chen"), Standing.MAKER, 3, now_ms, before=made[2].sequence) == made[3:6]
