"""Aliases: verified by a code, answered by the bank's signature, and nobody can collect them."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

import pytest

from payport.values.refusals import Refusal
from payport.wallet import aliases
from tests.gateway.access.people import fresh_key
from tests.gateway.card_holders import Cardholder, code_sent_to

if TYPE_CHECKING:
    import httpx

    from tests.gateway.town import Town


def register(holder: Cardholder, alias: str, number: int = 0) -> httpx.Response:
    own = holder.cards[number]
    path = f"/v1/accounts/{own.account.hex()}/aliases"
    begun = holder.post(path, {"alias": alias})
    assert begun.status_code == 201, begun.text
    bank = holder.get(f"/v1/accounts/{own.account.hex()}").json()["institution"]
    code = code_sent_to(holder.town, bank, alias)
    return holder.post(f"{path}/confirm", {"request": begun.json()["request"], "code": code})


def resolve(town: Town, holder: Cardholder, alias: str) -> Any:
    answer = holder.post("/v1/aliases/resolve", {"alias": alias})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    bank = next(
        each for each in town.get("/v1/network/institutions").json() if each["institution"] == found["institution"]
    )
    keys = aliases.InstitutionKeys(found["institution"], frozenset(bytes.fromhex(each) for each in bank["keys"]))
    signed = base64.b64decode(found["answer"])
    return aliases.verify(signed, found["alias"], town.chain_id, keys, time.time_ns() // 1_000_000)


def test_found_by_phone_and_pinned(town: Town) -> None:
    payee, payer = Cardholder(town), Cardholder(town)
    own = payee.bind("bank-east")
    payee.bind("bank-east")
    made = register(payee, "+999 7700-0001")
    assert made.json()["alias"] == "+99977000001"
    found = resolve(town, payer, "+99977000001")
    assert (found.account, found.institution) == (own.account, "bank-east")
    pins = aliases.Pins()
    pins.accept("+99977000001", found)
    newcomer = Cardholder(town)
    newcomer.bind("bank-west")
    assert register(newcomer, "+99977000001").status_code == 201  # the number was given to somebody else
    with pytest.raises(Refusal, match="alias_changed"):
        pins.accept("+99977000001", resolve(town, payer, "+99977000001"))


def test_a_miss_looks_like_a_hit(town: Town) -> None:
    payer = Cardholder(town)
    first, again = (resolve(town, payer, "+99977999999") for _ in range(2))
    assert (first.account, first.masked_name) == (again.account, again.masked_name)
    assert town.get(f"/v1/accounts/{first.account.hex()}/payee").json()["code"] == "unknown_account"
    assert payer.post("/v1/aliases/resolve", {"alias": "12345"}).json()["code"] == "malformed_address"


def test_moved_listed_and_erased(town: Town) -> None:
    payee, payer = Cardholder(town), Cardholder(town)
    own = payee.bind("bank-south")
    register(payee, "wang.fang@example.com")
    path = f"/v1/accounts/{own.account.hex()}/aliases"
    (listed,) = payee.get(path).json()["aliases"]
    assert listed["alias"] == "wang.fang@example.com"
    stranger = Cardholder(town)
    other = stranger.bind("bank-south")
    body = {"alias": "wang.fang@example.com", "account": other.account.hex()}
    moved = town.client.put(path, json=body, headers={**payee.headers, **fresh_key()})
    assert moved.json()["code"] == "not_your_customer"
    gone = town.client.delete(path, params={"alias": "wang.fang@example.com"}, headers={**payee.headers, **fresh_key()})
    assert gone.status_code == 204
    assert resolve(town, payer, "wang.fang@example.com").account != own.account
    assert payer.get(path).status_code == 403


def test_a_request_that_comes_again_takes_nothing_back(town: Town) -> None:
    """What a bank has answered once it answers again; who has the alias now keeps it all the same."""
    alias, payer, first, later = "+99977000009", Cardholder(town), Cardholder(town), Cardholder(town)
    own, other = first.bind("bank-east"), later.bind("bank-west")
    path, key, erasing = f"/v1/accounts/{own.account.hex()}/aliases", fresh_key(), fresh_key()
    request = first.post(path, {"alias": alias}).json()["request"]
    body = {"request": request, "code": code_sent_to(town, "bank-east", alias)}
    confirmed = first.post(f"{path}/confirm", body, key)
    assert confirmed.status_code == 201
    assert register(later, alias).status_code == 201
    again = first.post(f"{path}/confirm", body, key)
    assert (again.status_code, again.content) == (201, confirmed.content)
    assert resolve(town, payer, alias).account == other.account
    path = f"/v1/accounts/{other.account.hex()}/aliases"
    for _ in range(2):
        gone = town.client.delete(path, params={"alias": alias}, headers={**later.headers, **erasing})
        assert gone.status_code == 204
        assert resolve(town, payer, alias).account != other.account
    assert register(later, alias).status_code == 201
    assert town.client.delete(path, params={"alias": alias}, headers={**later.headers, **erasing}).status_code == 204
    assert resolve(town, payer, alias).account == other.account
