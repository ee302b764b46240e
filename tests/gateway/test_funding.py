"""Payments funded from the deposit at the payer's bank, through the port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.wallet.sign import build, sign
from tests.gateway.access.people import b64
from tests.gateway.card_holders import Cardholder

if TYPE_CHECKING:
    import httpx

    from payport.wallet.own_account import OwnAccount
    from tests.gateway.town import Party, Town

DEPOSIT = 1_000_000


def signed(town: Town, payer: OwnAccount, payee: Party, amount_minor: int, kind: str = "transfer/1") -> bytes:
    who = {"payee": payee.account} if kind == "transfer/1" else {"merchant": payee.account, "order": None}
    body = build(town.chain_id, kind, payer.account, asset="CNY", amount_minor=amount_minor, **who)
    return sign(body, payer.key)


def send(town: Town, path: str, envelope: bytes) -> httpx.Response:
    return town.post(path, json={"envelopes": [b64(envelope)]})


def deposit_of(holder: Cardholder) -> dict[str, Any]:
    (card,) = holder.get("/v1/cards").json()["cards"]
    (deposit,) = card["deposits"]
    return dict(deposit)


def test_a_deposit_pays_for_what_the_account_does_not_hold(town: Town) -> None:
    holder = Cardholder(town)
    own = holder.bind("bank-north")
    paid = send(town, "/v1/transfers", signed(town, own, town.chen, 12_345))
    assert paid.json()["status"] == "committed", paid.text
    shopped = send(town, "/v1/payments", signed(town, own, town.market, 5_000, "purchase/1"))
    assert shopped.json()["status"] == "committed", shopped.text
    assert deposit_of(holder) == {"asset": "CNY", "available_minor": DEPOSIT - 17_345, "held_minor": 0}


def test_a_lost_answer_is_one_payment(town: Town) -> None:
    holder = Cardholder(town)
    envelope = signed(town, holder.bind("bank-east"), town.lin, 100)
    first, again = (send(town, "/v1/transfers", envelope).json() for _ in range(2))
    assert first["transactions"][0]["id"] == again["transactions"][0]["id"]
    assert {first["status"], again["status"]} == {"committed"}
    assert deposit_of(holder)["available_minor"] == DEPOSIT - 100


def test_more_than_the_deposit_is_refused_and_nothing_stays_held(town: Town) -> None:
    holder = Cardholder(town)
    refused = send(town, "/v1/transfers", signed(town, holder.bind("bank-south"), town.lin, DEPOSIT + 1))
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_deposit")
    assert deposit_of(holder) == {"asset": "CNY", "available_minor": DEPOSIT, "held_minor": 0}


def test_an_account_without_a_card_pays_as_before(town: Town) -> None:
    paid = send(town, "/v1/transfers", sign(town.transfer(town.lin, town.chen, 7), town.lin.key))
    assert paid.json()["status"] == "committed", paid.text
    poor = send(town, "/v1/transfers", sign(town.transfer(town.lin, town.chen, 10**12), town.lin.key))
    assert poor.json()["code"] == "insufficient_balance"
