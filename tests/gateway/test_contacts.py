"""Contacts are a customer's own notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gateway.access.people import Phone, fresh_key

if TYPE_CHECKING:
    from tests.gateway.town import Town


def test_kept_changed_and_forgotten(town: Town) -> None:
    phone, other, key = Phone(town), Phone(town), fresh_key()
    body = {"name": "妈妈", "alias": "+999 1234-5678"}
    first, again = (phone.post("/v1/contacts", body, key) for _ in range(2))
    assert first.json() == again.json()
    assert first.json()["alias"] == "+99912345678"
    phone.post("/v1/contacts", {"name": "Lin", "account": town.lin.account.hex()})
    assert {each["name"] for each in phone.get("/v1/contacts").json()["contacts"]} == {"妈妈", "Lin"}
    path = f"/v1/contacts/{first.json()['contact']}"
    changed = town.client.put(path, json={"name": "Mama", "alias": "mama@example.com"}, headers=phone.headers)
    assert changed.json()["alias"] == "mama@example.com"
    for answer in (other.delete(path), town.client.put(path, json=body, headers=other.headers)):
        assert answer.json()["code"] == "unknown_contact"
    assert other.get("/v1/contacts").json() == {"contacts": [], "next": None}
    assert phone.delete(path).status_code == 204
    assert [each["name"] for each in phone.get("/v1/contacts").json()["contacts"]] == ["Lin"]
    assert phone.post("/v1/contacts", {"name": "nobody"}).json()["code"] == "malformed_request"
    assert phone.delete("/v1/customers/me").status_code == 204
