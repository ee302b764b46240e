"""Who may read: every denial looks the same from outside."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest

from payport.values.access import MAX_TOKEN_LIFE_MS, make_token

if TYPE_CHECKING:
    from tests.gateway.town import Town

PATHS = ("", "/keys", "/statement", "/transactions", "/events")


def tokens(town: Town) -> dict[str, str | None]:
    """Return headers that must not open lin's account."""
    lin, chen = town.lin, town.chen
    good = town.token(lin)
    raw = base64.urlsafe_b64decode(good + "=")
    return {
        "none": None,
        "empty": "",
        "no token": "Bearer",
        "another scheme": f"Basic {good}",
        "malformed": "Bearer not-a-token",
        "not base64": f"Bearer {good[:-1]}*",
        "not ascii": "Bearer tok\u00e9n",
        "cut": f"Bearer {good[:-2]}",
        "longer": f"Bearer {good}A",
        "flipped": f"Bearer {base64.urlsafe_b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode().rstrip('=')}",
        "expired": f"Bearer {town.token(lin, -1_000)}",
        "too long-lived": f"Bearer {town.token(lin, MAX_TOKEN_LIFE_MS + 60_000)}",
        "far future": f"Bearer {make_token(town.chain_id, lin.account, lin.view_key, 2**63)}",
        "another account's": f"Bearer {town.token(chen)}",
        "another account's key": f"Bearer {town.token(lin, view_key=chen.view_key)}",
        "another chain's": f"Bearer {town.token(lin, chain_id='other-0011223344556677')}",
        "unknown account's": f"Bearer {town.token(lin, account=os.urandom(16))}",
        "guessed key": f"Bearer {town.token(lin, view_key=bytes(32))}",
    }


def test_every_denial_looks_the_same(town: Town) -> None:
    account, seen = town.lin.account.hex(), set()
    for name, header in tokens(town).items():
        for path in PATHS:
            headers = {} if header is None else {"Authorization": header.encode("latin-1")}
            answer = town.get(f"/v1/accounts/{account}{path}", headers=headers)
            assert answer.status_code == 403, (name, path)
            seen.add(answer.content)
    nobody = os.urandom(16)
    unknown = town.get(
        f"/v1/accounts/{nobody.hex()}",
        headers={"Authorization": f"Bearer {town.token(town.lin, account=nobody, view_key=bytes(32))}"},
    )
    seen.add(unknown.content)
    assert unknown.status_code == 403
    assert len(seen) == 1
    assert b'"code":"access_denied"' in seen.pop()


@pytest.mark.parametrize("path", PATHS[:-1])
def test_the_holder_reads(town: Town, path: str) -> None:
    assert town.get(f"/v1/accounts/{town.lin.account.hex()}{path}", town.lin).status_code == 200


def test_a_receipt_is_for_those_it_concerns(town: Town) -> None:
    paid = town.pay(town.lin, town.chen)
    town.indexed()
    for path in (f"/v1/receipts/{paid['id']}", f"/v1/receipts/{paid['id']}/purchase-proof"):
        assert town.get(path).json()["code"] == "access_denied"
        foreign = town.get(path, town.metro)
        unknown = town.get(path.replace(paid["id"], "0" * 64), town.metro)
        assert foreign.content == unknown.content
        assert foreign.json()["code"] == "no_receipt"
    assert town.get(f"/v1/receipts/{paid['id']}", town.chen).status_code == 200
