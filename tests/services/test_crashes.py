"""The program ends, or an answer is lost, at every point of an enrolment; then it is started anew.

Afterwards the card is bound to the phone's key, by one account, linked once; or nothing was promised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from payport.institutions.contract import CORE_UNAVAILABLE
from payport.institutions.sandbox.tables import LINKS
from payport.services.tables import CARDS, OPENINGS
from payport.values.refusals import Refusal, RefusalClass
from payport.wallet.keys import SigningKey
from tests.institutions.rig import CrashError, Faults, lost
from tests.ledger.network import seed
from tests.services.rig import BANK, Services, Town, card_number, make_customers, owner, phone_number, town
from tests.services.rig import seed as seed_core

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from payport.services.branch import Request
    from payport.services.cards.records import CardBound
    from tests.databases import Databases

pytestmark = pytest.mark.slow

POINTS = 20
"""Points of the whole way: fewer would mean that a durable step is missing."""


class Attempt:
    """One cardholder, who sends the same requests until he has an answer."""

    def __init__(self, place: Town, number: int) -> None:
        self.place, self.number = place, number
        self.card, self.phone = card_number(BANK, number), phone_number(number)
        self.key = SigningKey(seed(f"phone {number}"))
        self.begin, self.end = self._request("begin"), self._request("end")

    def _request(self, step: str) -> Request:
        request = self.place.request()
        return type(request)("app", f"{step}-{self.number}")

    async def bind(self, bank: Services) -> CardBound:
        started = await bank.enrolment.start(self.begin, self.card, self.phone)
        code = await self.place.code(self.phone)
        return await bank.enrolment.finish(self.end, started.enrolment, code, owner(self.key, started))


async def one_account(place: Town, attempt: Attempt, bound: CardBound) -> None:
    """Insist that core, ledger and the bank's own tables know one account of this card."""
    bank = await place.services()
    account, key = (
        await bank.branch.bridge.view.account(bound.account),
        await bank.branch.bridge.view.key(attempt.key.public_key),
    )
    assert account is not None
    assert key is not None
    assert (account.view_key, key.holder) == (bound.view_key, bound.account)
    customer = (await place.rig.east.core.find_card(attempt.card)).customer
    assert (await place.rig.east.core.verify_customer(bound.account)).reference == customer
    async with place.database.reader.connect() as connection:
        cards = (await connection.execute(select(CARDS).where(CARDS.c.customer == customer))).all()
        openings = (await connection.execute(select(OPENINGS.c.account, OPENINGS.c.state))).all()
    assert [(each.account, each.public_key) for each in cards] == [(bound.account, attempt.key.public_key)]
    assert cards[0].bound_at_ms is not None
    async with place.rig.east.core._reader.connect() as connection:
        linked = set((await connection.execute(select(LINKS.c.account))).scalars())
    for opening in openings:
        assert opening.state == "opened"
        assert opening.account in linked, "no account without its customer"


async def end_everywhere(place: Town, error: Callable[[], BaseException], *, job: bool) -> int:
    """Bind card after card, ending the program one point later each time; return the number of points."""
    point, told = 0, set[RefusalClass]()
    while True:
        point += 1
        await seed_core(place.rig.east.core, make_customers(BANK, 100 + point, 1))
        attempt = Attempt(place, 100 + point)
        faults = Faults(point, error)
        bank = await place.services(faults)
        try:
            bound = await attempt.bind(bank)
        except CrashError:
            pass
        except Refusal as refusal:
            told.add(refusal.reason.refusal_class)
        if faults.at is not None:
            assert told <= {RefusalClass.UNAVAILABLE}
            return point - 1
        if job:
            bank = await place.services()
            for waiting in await bank.enrolment.open_ones():
                await bank.enrolment.settle(waiting.id)
            assert await bank.enrolment.open_ones() == []
        bound = await attempt.bind(await place.services())
        await one_account(place, attempt, bound)
        assert await attempt.bind(await place.services()) == bound


@pytest.mark.parametrize("job", [False, True], ids=["the phone asks again", "the job goes on first"])
async def test_the_program_ends_anywhere(tmp_path: Path, databases: Databases, job: bool) -> None:
    async with town(tmp_path, databases) as place:
        assert await end_everywhere(place, CrashError, job=job) >= POINTS


@pytest.mark.parametrize("error", [lost, lambda: Refusal(CORE_UNAVAILABLE)], ids=["node", "core"])
async def test_an_answer_is_lost_anywhere(
    tmp_path: Path, databases: Databases, error: Callable[[], BaseException]
) -> None:
    async with town(tmp_path, databases) as place:
        assert await end_everywhere(place, error, job=False) >= POINTS
