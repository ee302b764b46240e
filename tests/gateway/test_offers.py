"""Offers at the port: the board anyone reads, terms and what is left for a taker, and offers made to one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payport.ledger.state.assets import AssetClass
from payport.wallet.sign import build
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from tests.gateway.town import Town

STAMPS = "bank-east:TILES"


@pytest.fixture(scope="module")
def stamps(town: Town) -> str:
    bank = town.city.keys["bank-east"]
    register = {"asset": STAMPS, "asset_class": AssetClass.VOUCHER, "name": "Tiles", "decimals": 0}
    issue = {"account": town.chen.account, "asset": STAMPS, "amount_minor": 1_000}
    for kind, fields in (("register_asset/1", register), ("issue/1", issue)):
        assert town.submit(sign(build(town.chain_id, kind, "bank-east", **fields), bank)).status_code == 200
    return STAMPS


def offer(town: Town, give_minor: int, want_minor: int, taker: bytes | None = None) -> str:
    terms = {"give_asset": STAMPS, "give_minor": give_minor, "want_asset": "CNY", "want_minor": want_minor}
    return town.do("offer/1", town.chen, "/v1/offers", **terms, taker=taker, expires_at_ms=now_ms() + 600_000)


def test_the_board_and_what_a_taker_needs(town: Town, stamps: str) -> None:
    dear, cheap, same = offer(town, 10, 40), offer(town, 100, 33), offer(town, 200, 66)
    pair = {"give_asset": stamps, "want_asset": "CNY"}
    board = town.get("/v1/offers", params=pair).json()
    assert [each["id"] for each in board["offers"]] == [cheap, same, dear]
    found: list[Any] = []
    page = town.get("/v1/offers", params={**pair, "limit": 1}).json()
    while page["next"]:
        found += page["offers"]
        page = town.get("/v1/offers", params={**pair, "limit": 1, "after": page["next"]}).json()
    assert found + page["offers"] == board["offers"]
    terms = town.get(f"/v1/offers/{cheap}").json()
    take = {"maker": bytes.fromhex(terms["maker"]), "take_asset": terms["give_asset"], "take_minor": 50}
    pay = {"pay_asset": terms["want_asset"], "pay_minor": 17, "offer": bytes.fromhex(cheap)}
    town.do("take/1", town.lin, "/v1/offers", **take, **pay)
    after = town.get(f"/v1/offers/{cheap}").json()
    assert (after["remaining_minor"], after["remaining_price_minor"], after["state"]) == (50, 17, "open")
    town.do("cancel/1", town.chen, "/v1/offers", offer=bytes.fromhex(dear))
    assert town.get(f"/v1/offers/{dear}").json()["state"] == "cancelled"
    assert dear not in [each["id"] for each in town.get("/v1/offers", params=pair).json()["offers"]]
    own = town.of(town.chen, "/offers").json()["offers"]
    assert [each["id"] for each in own][:3] == [same, cheap, dear]
    (cancelled,) = town.of(town.chen, "/offers", state="cancelled", limit=1).json()["offers"]
    assert (cancelled["id"], cancelled["remaining_minor"]) == (dear, 0)
    assert town.get("/v1/offers", params={"give_asset": "CNY", "want_asset": stamps}).json()["offers"] == []


def test_an_offer_to_one_account_is_on_no_board(town: Town, stamps: str) -> None:
    made = offer(town, 5, 1, town.lin.account)
    assert town.get(f"/v1/offers/{made}").json()["code"] == "no_such_offer"
    assert town.get(f"/v1/offers/{'0' * 64}").json()["code"] == "no_such_offer"
    board = town.get("/v1/offers", params={"give_asset": stamps, "want_asset": "CNY"}).json()["offers"]
    assert made not in [each["id"] for each in board]
    assert town.of(town.lin, f"/offers/{made}").json() == town.of(town.chen, f"/offers/{made}").json()
    (mine,) = town.of(town.lin, "/offers", standing="taker", limit=1).json()["offers"]
    assert mine["id"] == made
    assert town.of(town.metro, f"/offers/{made}").json()["code"] == "none_of_this_id"
    heard = town.of(town.lin, "/transactions", limit=5).json()["transactions"]
    assert made in [each["id"] for each in heard], "who is invited hears of it"


@pytest.mark.parametrize("query", ["", "give_asset=CNY", "give_asset=CNY&want_asset=x", "after=1"])
def test_wrong_questions_to_the_board(town: Town, query: str) -> None:
    answer = town.get(f"/v1/offers?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
