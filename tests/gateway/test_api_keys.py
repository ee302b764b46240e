"""API keys: scoped, limited to accounts, shown once, revoked at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.gateway.access.people import Caller, Member, fresh_key

if TYPE_CHECKING:
    from tests.gateway.town import Town


def test_a_key_reads_what_it_is_made_for(town: Town) -> None:
    boss = Member(town, "bank-west", "administrator")
    market, fuel = town.market, town.fuel
    whole, one = boss.make_key("accounts:read"), boss.make_key("accounts:read", accounts=(market.account,))
    other = boss.make_key("orders:write")
    paths = [f"/v1/accounts/{party.account.hex()}" for party in (market, fuel, town.lin)]
    assert [whole.get(path).status_code for path in paths] == [200, 200, 403]
    assert [one.get(path).status_code for path in paths] == [200, 403, 403]
    assert [other.get(path).status_code for path in paths] == [403, 403, 403]
    assert whole.get("/v1/api-keys").status_code == 403


def test_keys_are_listed_without_secrets_and_revoked(town: Town) -> None:
    boss, key = Member(town, "bank-east", "administrator"), fresh_key()
    body = {"label": "till", "scopes": ["payments:read"], "expires_at_ms": time.time_ns() // 1_000_000 + 60_000}
    first, again = (boss.post("/v1/api-keys", body, key) for _ in range(2))
    assert first.json() == again.json()
    listed = boss.get("/v1/api-keys")
    (found,) = [each for each in listed.json()["api_keys"] if each["id"] == first.json()["id"]]
    assert first.json()["key"] not in listed.text
    assert (found["scopes"], found["created_by"]) == (["payments:read"], boss.member)
    made = Caller(town, first.json()["key"])
    wrong = Caller(town, made.token[:-2] + ("AA" if made.token[-2:] != "AA" else "BB"))
    path = f"/v1/accounts/{town.chen.account.hex()}/events"
    assert wrong.get(path).status_code == 403
    stranger = Member(town, "bank-west", "administrator")
    assert stranger.delete(f"/v1/api-keys/{found['id']}").json()["code"] == "unknown_api_key"
    assert boss.delete(f"/v1/api-keys/{found['id']}").status_code == 204
    assert made.get(path).status_code == 403
    assert boss.delete(f"/v1/api-keys/{found['id']}").json()["code"] == "unknown_api_key"


def test_a_key_expires_within_a_year(town: Town) -> None:
    boss = Member(town, "bank-east", "administrator")
    now_ms = time.time_ns() // 1_000_000
    for expires_at_ms in (now_ms - 1, now_ms + 400 * 86_400_000):
        body = {"label": "till", "scopes": ["accounts:read"], "expires_at_ms": expires_at_ms}
        assert boss.post("/v1/api-keys", body).json()["code"] == "malformed_request"
