"""The demo's banks, through their desks: cards are bound by a one-time code, merchants opened, payments funded."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from payport.institutions import contract, funding
from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.seed import make_customers, seed
from payport.ledger.block import COMMITTED
from payport.ledger.reasons import reasons
from payport.services.branch import Request
from payport.services.desk.client import DeskDirectory

if TYPE_CHECKING:
    from payport.bootstrap import RunningNetwork
    from payport.services.desk.client import DeskClient
    from payport.simulator.scenarios.city import City, Party

FIRST_TEST_CARD: Final = 101
"""Number of the first test customer of each bank whose card nobody in the demo binds."""

TEST_CARDS: Final = 9
"""Test customers of each bank, for whoever tries the port beside the demo."""

_REASONS: Final = {each.code: each for each in (*contract.REFUSALS, *funding.REFUSALS)}


class Banks:
    """Every bank of the city, over the sockets of their desks."""

    def __init__(self, city: City, network: RunningNetwork) -> None:
        """Speak to the desks of ``network``."""
        self._city = city
        self._cores = network.cores
        self._desks = DeskDirectory(network.desks)

    async def aclose(self) -> None:
        """End the connections."""
        await self._desks.close()

    async def open_everything(self) -> None:
        """Give the banks their customers, let those bind their cards, and open the merchants' accounts."""
        for bank, customers in self._city.customers.items():
            core = SandboxCore(self._cores[bank])
            await seed(core, [*customers, *make_customers(bank, FIRST_TEST_CARD, TEST_CARDS)])
            await core.close()
        parties = self._city.parties
        opened = await asyncio.gather(*(self._open(name, party) for name, party in parties.items()))
        parties.update(zip(parties, opened, strict=True))

    async def pay(self, party: Party, envelope: bytes) -> int:
        """Let the party's bank execute what it signed; return what came from the deposit, in fen.

        Raises why the payment was refused.
        """
        paid = await self._desks.at(party.bank).pay(envelope)
        if paid.code not in ("", COMMITTED):
            ({**_REASONS, **reasons()})[paid.code].refuse()
        return paid.funded_minor

    async def deposit_minor(self, party: Party) -> int | None:
        """Return what a cardholder has at his bank, in fen; ``None`` for a merchant."""
        if party.card is None:
            return None
        deposits = await self._desks.at(party.bank).deposits(party.account)
        return next(each.available_minor for each in deposits if each.asset == "CNY")

    async def _open(self, name: str, party: Party) -> Party:
        """Return the party with the account its bank has opened."""
        desk = self._desks.at(party.bank)
        if party.card is not None:
            return await self._bind(desk, name, party)
        owner = party.key.prove_possession(self._city.genesis.chain_id, party.account)
        opened = await desk.open_account(Request("demo", f"open {name}"), party.account, party.category, owner)
        return replace(party, view_key=opened.view_key)

    async def _bind(self, desk: DeskClient, name: str, party: Party) -> Party:
        """Bind a card as the app does: card number and phone, then the code from the message."""
        assert party.card is not None
        number = party.card.reveal()
        started = await desk.start_enrolment(Request("demo", f"start {name}"), number, party.phone)
        (newest, *_) = await desk.inbox(party.phone)
        code = re.search(r"[0-9]{6}", newest.text)
        assert code is not None, "the message holds the code"
        owner = party.key.prove_possession(self._city.genesis.chain_id, started.account)
        bound = await desk.finish_enrolment(Request("demo", f"finish {name}"), started.enrolment, code[0], owner)
        return replace(party, account=bound.account, view_key=bound.view_key)
