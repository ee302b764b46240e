"""Bodies mean what they say: a text is no number, and text that people type has no characters that are not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.access.people import Member, Phone, fresh_key
from tests.gateway.town import now_ms

if TYPE_CHECKING:
    import httpx

    from tests.gateway.town import Town


def refused(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request"), answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize("amount", ["5", True, None, 1.5, [], "", "１"])  # noqa: RUF001 - what a keyboard gives
def test_an_amount_is_a_number(town: Town, amount: Any) -> None:
    code = {"account": town.market.account.hex(), "name": "Market", "city": "Wuhan", "category": "5411"}
    assert town.post("/v1/codes", json={**code, "amount_minor": 5}).status_code == 200
    answer = town.post("/v1/codes", json={**code, "amount_minor": amount})
    if amount is None:
        assert answer.status_code == 200
    else:
        assert refused(answer).startswith("amount_minor: Expected `int")


def test_what_is_wrong_is_told_by_its_place(town: Town) -> None:
    said = [
        ("{", "not JSON"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "Object missing required field `text`"),
        ('{"text": 1}', "text: Expected `str`, got `int`"),
        ('{"text": "a", "more": 1}', "Object contains unknown field `more`"),
        ('{"text": "\\ud800"}', "not JSON"),
        ('{"text": "\xff"}', "not UTF-8"),
    ]
    for body, detail in said:
        content, kind = body.encode("latin-1"), {"Content-Type": "application/json"}
        assert refused(town.post("/v1/codes/resolve", content=content, headers=kind)) == detail


UNSEEN = ("\x00", "a\x00b", "a\n", "\x1b[2J", "\u202egnp.exe", "\u2028")


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_what_people_type_is_seen(town: Town, text: str) -> None:
    phone, boss = Phone(town), Member(town, "bank-north", "administrator")
    phone.link(town.lin)
    lin, chen = town.lin.account.hex(), town.chen.account.hex()
    asked = {"account": lin, "payer": chen, "amount_minor": 1, "expires_at_ms": now_ms() + 60_000}
    key = {"label": text, "scopes": ["accounts:read"], "expires_at_ms": now_ms() + 60_000}
    hook = {"url": "https://example.org/", "label": text, "types": ["transaction.committed"]}
    for caller, path, body in (
        (phone, "/v1/customers/me/credentials", {**phone.new_key(), "label": text}),
        (phone, "/v1/contacts", {"name": text, "account": chen}),
        (phone, "/v1/requests", {**asked, "text": text}),
        (boss, "/v1/staff", {"name": text, "role": "clerk"}),
        (boss, "/v1/api-keys", key),
        (boss, "/v1/webhooks", hook),
    ):
        assert "matching regex" in refused(caller.post(path, body))
    assert "label" in refused(phone.patch(f"/v1/cards/{lin}", {"label": text}))
    alias = phone.post("/v1/aliases/resolve", {"alias": f"a{text}@example.org"})
    assert (alias.status_code, alias.json()["code"]) == (400, "malformed_address")


@pytest.mark.parametrize("key", ["short", "k" * 129, "with space", "t\tb-t\tb-t\tb", "ключ-ключ".encode()], ids=ascii)
def test_a_key_for_retries_is_printable(town: Town, key: str | bytes) -> None:
    headers: Any = {**Phone(town).headers, "Idempotency-Key": key}
    answer = town.post("/v1/contacts", json={"name": "Chen", "account": town.chen.account.hex()}, headers=headers)
    assert "dempotency" in refused(answer)


@pytest.mark.parametrize("odd", ["%00", "%0A", "%ED%A0%80", "%FF", "%E2%80%AE", "'", "\\"])
def test_an_odd_path_of_staff_is_noted(town: Town, odd: str) -> None:
    boss, auditor = (Member(town, "bank-east", role) for role in ("administrator", "auditor"))
    answer = town.client.delete(f"/v1/staff/{odd}", headers={**boss.headers, **fresh_key()})
    assert answer.status_code == 400, answer.text
    rows = auditor.get("/v1/audit-log").json()["rows"]
    row = next(each for each in rows if each["actor"] == boss.member)
    assert row["target"].startswith("member=")
    assert row["target"].isprintable()
