"""Opening accounts without a card: once, for who proves the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport.node.client import NODE_UNREACHABLE
from payport.services.openings import Openings, OpeningState
from payport.signers.key_files import FileSigner
from payport.values.refusals import Refusal
from payport.wallet.keys import SigningKey
from tests.institutions.rig import CHAIN, LIN, Faults
from tests.ledger.network import account, seed
from tests.services.rig import Town, town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from tests.databases import Databases

KEY = SigningKey(seed("bakery"))
BAKERY, OTHER = account("bakery"), account("other bakery")


@pytest.fixture
async def place(tmp_path: Path, databases: Databases) -> AsyncIterator[Town]:
    async with town(tmp_path, databases) as opened:
        yield opened


async def refused(code: str, call: Awaitable[object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await call
    assert caught.value.code == code
    return caught.value


async def test_an_account_is_opened_once(place: Town) -> None:
    bank, request, owner = await place.services(), place.request(), KEY.prove_possession(CHAIN, BAKERY)
    opened = await bank.openings.open(request, BAKERY, "5462", owner)
    assert await bank.openings.open(request, BAKERY, "5462", owner) == opened
    found = await bank.branch.bridge.view.account(BAKERY)
    assert found is not None
    assert (found.category, found.view_key) == ("5462", opened.view_key)
    await refused("account_exists", bank.openings.open(place.request(), BAKERY, "5462", owner))
    again = KEY.prove_possession(CHAIN, OTHER)
    await refused("key_already_bound", bank.openings.open(place.request(), OTHER, "5462", again))
    await refused("invalid_signature", bank.openings.open(place.request(), OTHER, "5462", owner))
    await refused("idempotency_conflict", bank.openings.open(request, OTHER, "5462", again))


async def test_an_account_of_the_ledger_is_not_taken(place: Town) -> None:
    bank = await place.services()
    owner = KEY.prove_possession(CHAIN, LIN)
    await refused("account_exists", bank.openings.open(place.request(), LIN, "5462", owner))
    await refused("account_exists", bank.openings.open(place.request(), LIN, "5462", owner))


async def test_what_the_network_refuses_is_told(place: Town) -> None:
    bank = await place.services()
    bridge = bank.branch.bridge
    stranger = Openings(
        bank.branch._replace(bridge=bridge._replace(own=bridge.own._replace(signers=(FileSigner(seed("west")),))))
    )
    owner = KEY.prove_possession(CHAIN, BAKERY)
    told = await refused("opening_pending", stranger.open(place.request(), BAKERY, "5462", owner))
    assert told.detail == "unbound_key"
    opening = await bank.openings.find(BAKERY)
    assert opening is not None
    with pytest.raises(Refusal, match="opening_refused: institution_suspended"):
        bank.openings.require_opened(opening._replace(state=OpeningState.REFUSED, code="institution_suspended"))


async def test_a_node_that_is_away_leaves_it_open(place: Town) -> None:
    request, owner = place.request(), KEY.prove_possession(CHAIN, BAKERY)
    away = await place.services(Faults("after node.submit", lambda: Refusal(NODE_UNREACHABLE)))
    await refused("opening_pending", away.openings.open(request, BAKERY, "5462", owner))
    bank = await place.services()
    (waiting,) = await bank.openings.open_ones()
    opened = await bank.openings.settle(waiting.account)
    assert (await bank.openings.open(request, BAKERY, "5462", owner)).view_key == opened.view_key
