"""Cards of several banks in one app: bound by the bank's code, listed with balances, chosen for a purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.institutions.sandbox.seed import card_number, phone_number
from payport.wallet.keys import SigningKey
from tests.gateway.access.people import fresh_key
from tests.gateway.card_holders import Cardholder, code_sent_to, next_count

if TYPE_CHECKING:
    from tests.gateway.town import Town


def test_cards_of_two_banks_in_one_list(town: Town) -> None:
    holder = Cardholder(town)
    north, east = holder.bind("bank-north"), holder.bind("bank-east")
    found = holder.get("/v1/cards").json()["cards"]
    assert [each["institution"] for each in found] == ["bank-north", "bank-east"]
    assert [each["account"] for each in found] == [north.account.hex(), east.account.hex()]
    assert found[0]["deposits"] == [{"asset": "CNY", "available_minor": 1_000_000, "held_minor": 0}]
    assert found[0]["balances"] == []
    assert found[0]["masked_card"].startswith("*")
    assert [each["default_for"] for each in found] == [["pay", "transfer", "receive"], []]
    assert holder.get(f"/v1/accounts/{north.account.hex()}").status_code == 200
    path = f"/v1/cards/{east.account.hex()}"
    assert town.client.patch(path, json={"label": "salary", "place": 1}, headers=holder.headers).status_code == 200
    chosen = {"account": east.account.hex()}
    assert town.client.put("/v1/cards/defaults/pay", json=chosen, headers=holder.headers).status_code == 200
    found = holder.get("/v1/cards").json()["cards"]
    assert {each["label"]: each["default_for"] for each in found} == {
        "salary": ["pay"],
        "bank-north": ["transfer", "receive"],
    }
    assert holder.delete(f"/v1/cards/{north.account.hex()}").status_code == 204
    (left,) = holder.get("/v1/cards").json()["cards"]
    assert left["default_for"] == ["pay", "transfer", "receive"]
    assert holder.get(f"/v1/accounts/{north.account.hex()}").status_code == 403
    other = Cardholder(town)
    for answer in (other.delete(path), town.client.patch(path, json={"place": 1}, headers=other.headers)):
        assert (answer.status_code, answer.json()["code"]) == (404, "card_not_in_app")


def test_a_lost_answer_binds_once(town: Town) -> None:
    holder, count, key, again = Cardholder(town), next_count(), SigningKey.generate(), fresh_key()
    first, second = (holder.begin("bank-west", count, again) for _ in range(2))
    assert first.json() == second.json()
    code = code_sent_to(town, "bank-west", phone_number(count))
    body = holder.confirmation("bank-west", first.json(), code, key)
    wrong = holder.post("/v1/cards", {**body, "code": "000000" if code != "000000" else "111111"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_code")
    third = fresh_key()
    answers = [holder.post("/v1/cards", body, third) for _ in range(3)]
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert len(holder.get("/v1/cards").json()["cards"]) == 1
    thief = Cardholder(town)
    begun = thief.begin("bank-west", count).json()
    taken = thief.confirmation(
        "bank-west", begun, code_sent_to(town, "bank-west", phone_number(count)), SigningKey.generate()
    )
    refused = thief.post("/v1/cards", taken)
    assert (refused.status_code, refused.json()["code"]) == (409, "card_already_bound")


def test_wrong_card_and_wrong_phone_look_the_same(town: Town) -> None:
    holder, count = Cardholder(town), next_count()
    good = {
        "institution": "bank-south",
        "card_number": card_number("bank-south", count).reveal(),
        "phone": phone_number(count),
    }
    wrong = (
        {**good, "phone": phone_number(count + 1)},
        {**good, "card_number": card_number("bank-south", 999_999).reveal()},
    )
    answers = [holder.post("/v1/cards/enrolments", body) for body in wrong]
    assert {each.json()["code"] for each in answers} == {"card_not_recognised"}
    assert len({each.content for each in answers}) == 1
    typed = holder.post("/v1/cards/enrolments", {**good, "card_number": "1234"})
    assert typed.json()["code"] == "malformed_card_number"
    unknown = holder.post("/v1/cards/enrolments", {**good, "institution": "no-such-bank"})
    assert unknown.json()["code"] == "unknown_desk"
