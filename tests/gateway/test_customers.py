"""Customers: their keys, their accounts, and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.gateway.access.credentials import MAX_CREDENTIALS
from payport.gateway.access.links import MAX_LINKS
from tests.gateway.access.people import Phone, fresh_key

if TYPE_CHECKING:
    from tests.gateway.town import Town


def test_signing_up_again_has_one_effect(town: Town) -> None:
    phone, key = Phone(town), fresh_key()
    other = Phone.__new__(Phone)
    other.town, other.key = town, type(phone.key).generate()
    body = other.new_key()
    first, again = (town.post("/v1/customers", json=body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    taken = town.post("/v1/customers", json=phone.new_key(), headers=fresh_key())
    assert (taken.status_code, taken.json()["code"]) == (409, "credential_taken")
    changed = town.post("/v1/customers", json={**body, "label": "another"}, headers=key)
    assert (changed.status_code, changed.json()["code"]) == (409, "idempotency_conflict")


def test_a_session_reads_linked_accounts_and_no_other(town: Town) -> None:
    phone = Phone(town)
    lin, savings = town.lin, town.city.parties["lin-savings"]
    path = f"/v1/accounts/{lin.account.hex()}"
    assert phone.get(path).status_code == 403
    made = phone.link(lin)
    assert (made.status_code, made.json()["institution"]) == (201, lin.bank)
    assert phone.link(savings).status_code == 201
    assert phone.get(path).json()["account"] == lin.account.hex()
    assert phone.get(f"{path}/statement").status_code == 200
    assert phone.get(f"/v1/accounts/{town.chen.account.hex()}").status_code == 403
    linked = [each["account"] for each in phone.get("/v1/customers/me").json()["accounts"]]
    assert linked == [lin.account.hex(), savings.account.hex()]
    assert phone.delete(f"/v1/customers/me/accounts/{lin.account.hex()}").status_code == 204
    assert phone.get(path).status_code == 403
    wrong = phone.post("/v1/customers/me/accounts", {"access_token": town.token(lin, view_key=bytes(32))})
    assert wrong.status_code == 403


def test_keys_come_and_go(town: Town) -> None:
    phone, second = Phone(town), Phone.__new__(Phone)
    second.town, second.key = town, type(phone.key).generate()
    added = phone.post("/v1/customers/me/credentials", second.new_key())
    assert added.status_code == 201
    second.credential, second.customer = added.json()["credential"], phone.customer
    assert second.sign_in()["subject"] == phone.customer
    found = second.get("/v1/customers/me").json()["credentials"]
    assert [each["current"] for each in found] == [False, True]
    assert second.delete(f"/v1/customers/me/credentials/{phone.credential}").status_code == 204
    assert phone.get("/v1/customers/me").status_code == 403  # its session ended with it
    last = second.delete(f"/v1/customers/me/credentials/{second.credential}")
    assert last.json()["code"] == "last_credential"
    gone = second.delete(f"/v1/customers/me/credentials/{phone.credential}")
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_credential")
    assert second.get("/v1/customers/me").status_code == 200


def test_limits_of_one_customer(town: Town) -> None:
    phone = Phone(town)
    for number in range(MAX_CREDENTIALS):
        more = Phone.__new__(Phone)
        more.town, more.key = town, type(phone.key).generate()
        answer = phone.post("/v1/customers/me/credentials", more.new_key())
        assert (answer.status_code == 201) == (number < MAX_CREDENTIALS - 1)
    assert answer.json()["code"] == "too_many_credentials"
    assert len(town.city.parties) < MAX_LINKS  # more accounts than one may link: see the test of the store


def test_leaving_ends_everything(town: Town) -> None:
    phone = Phone(town)
    phone.link(town.lin)
    assert phone.delete("/v1/customers/me").status_code == 204
    assert phone.get("/v1/customers/me").status_code == 403
    assert phone.get(f"/v1/accounts/{town.lin.account.hex()}").status_code == 403
