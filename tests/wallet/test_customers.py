"""A cardholder's sessions over the SDK, on a real network that loses replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from payport.values.refusals import Refusal
from payport.wallet.client import AsyncClient, Client
from payport.wallet.keys import SigningKey
from tests.wallet.test_client import LosesReplies

if TYPE_CHECKING:
    from payport import bootstrap
    from payport.simulator.scenarios.city import City


def test_signing_up_and_reading_accounts_while_replies_get_lost(city: City, network: bootstrap.RunningNetwork) -> None:
    lin = city.parties["lin"].own(city.genesis.chain_id)
    phone, tablet, transport = SigningKey.generate(), SigningKey.generate(), LosesReplies()
    with Client(network.url, network.trust, httpx.Client(base_url=network.url, transport=transport)) as port:
        made = port.sign_up(phone)
        session = port.sign_in(phone, made.credential)
        assert session.subject == made.customer
        assert session.token not in repr(session)
        added = port.add_key(session, tablet, "tablet")
        port.link(session, lin)
        found = port.customer(session)
        assert [each.credential for each in found.credentials] == [made.credential, added.credential]
        assert [each.account for each in found.accounts] == [lin.account.hex()]
        other = port.sign_in(tablet, added.credential)
        assert port.linked_account(other, lin.account.hex()).institution == "bank-north"
        with pytest.raises(Refusal, match="access_denied"):
            port.sign_in(tablet, made.credential)
    assert transport.lost >= 8


async def test_the_asynchronous_client_signs_in(network: bootstrap.RunningNetwork) -> None:
    phone = SigningKey.generate()
    async with AsyncClient(network.url, network.trust) as port:
        made = await port.sign_up(phone)
        session = await port.sign_in(phone, made.credential)
        assert (await port.customer(session)).customer == made.customer
