"""Trade over the real port: offer, take a part, cancel; the price is the ledger's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import offers
from payport.ledger.state.assets import AssetClass
from payport.simulator.scenarios.city import City
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal
from payport.wallet import trade
from payport.wallet.client import Client

AMOUNTS = st.integers(1, MAX_AMOUNT_MINOR)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_price_is_the_ledgers(give: int, want: int, take: int) -> None:
    record = offers.Offer(b"m" * 16, "CNY", give, "HKD", want, give, None, 0)
    assert trade.Terms("CNY", give, "HKD", want).price_minor(take) == offers.price_minor(record, take)


def test_offer_take_cancel(city: City, port: Client) -> None:
    chain_id = city.genesis.chain_id
    chen, lin = (city.parties[name].own(chain_id) for name in ("chen", "lin"))
    bank, points = "bank-east", "bank-east:MILES"
    fields = {"asset": points, "asset_class": AssetClass.POINTS, "name": "Miles", "decimals": 0}
    port.send_as(bank, chain_id, [city.keys[bank]], "register_asset/1", **fields)
    issue = {"account": chen.account, "asset": points, "amount_minor": 100}
    port.send_as(bank, chain_id, [city.keys[bank]], "issue/1", **issue)
    terms = trade.Terms(points, 100, "CNY", 33)
    offer = port.offer(chen, terms)
    port.take(lin, offer.id, chen.account, terms, 50)
    assert port.account(lin).amount_minor(points) == 50
    port.cancel(chen, offer.id)
    with pytest.raises(Refusal, match="no_live_offer"):
        port.take(lin, offer.id, chen.account, terms, 1)
