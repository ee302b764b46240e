"""The short ways tell exactly what the framework's way tells, and are counted as it counts."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from payport.gateway.exchange import BODY_SECONDS, UNREAD_BYTES
from payport.gateway.front import READ, SUBMIT
from payport.wallet.keys import SigningKey
from tests.gateway.raw import Connection, request
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.gateway.town import Town

SLOW_SLACK_SECONDS = 20
BRIEFLY_SECONDS = 0.3
JSON = {"Content-Type": "application/json"}


def told(answer: httpx.Response) -> Any:
    """Return everything of an answer but when it was given."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}
    found = answer.json()
    if found.get("code") == "expired":
        del found["detail"]  # names the time of the block that was about to be
    for each in found.get("transactions") or ():
        if not each["final"]:  # a stranger's signature is looked at again in every block that carries it
            each.update(height=None, leaf_index=None, time_ms=None)
    return answer.status_code, headers, found


def both_ways(town: Town, body: bytes, **headers: str) -> tuple[Any, Any]:
    """Submit a body with its length, and in chunks, which is the framework's to read."""

    def chunks() -> Iterator[bytes]:
        yield body

    short = town.post(SUBMIT, content=body, headers={**JSON, **headers})
    long = town.post(SUBMIT, content=chunks(), headers={**JSON, **headers})
    return told(short), told(long)


def body_of(*envelopes: bytes) -> bytes:
    return json.dumps({"envelopes": [base64.b64encode(each).decode() for each in envelopes]}).encode()


@pytest.mark.parametrize("language", ["en", "zh-CN, en;q=0.5"])
def test_submitting(town: Town, language: str) -> None:
    cases = {
        "committed": sign(town.transfer(town.lin, town.chen), town.lin.key),
        "insufficient_balance": sign(town.transfer(town.chen, town.lin, 10**9), town.chen.key),
        "unbound_key": sign(town.transfer(town.lin, town.chen), SigningKey.generate()),
        "expired": sign(
            town.transfer(town.lin, town.chen, valid_from_ms=now_ms() - 9_000, valid_until_ms=now_ms() - 5_000),
            town.lin.key,
        ),
        "malformed_bytes": b"\xc1",
    }
    for code, envelope in cases.items():
        town.submit(envelope)  # so that it is a repetition both times
        short, long = both_ways(town, body_of(envelope), **{"Accept-Language": language})
        assert short == long
        assert code in (short[2].get("status"), short[2].get("code"))


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 50_000, b'{"envelopes":[5]}', b"\xff"])
def test_what_is_malformed(town: Town, body: bytes) -> None:
    short, long = both_ways(town, body)
    assert short == long
    assert short[2]["code"] == "malformed_request"


def test_reading(town: Town) -> None:
    path = f"/v1/accounts/{town.lin.account.hex()}"
    for headers in (
        town.bearer(town.lin),
        town.bearer(town.chen),
        town.bearer(town.lin, life_ms=-1_000),
        town.bearer(town.lin, view_key=bytes(32)),
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer " + "x" * 1_000},
    ):
        assert told(town.get(path, headers=headers)) == told(town.get(path + "?way=long", headers=headers))
    assert town.get(path, town.lin).status_code == 200
    assert town.get(path).json()["code"] == "access_denied"


def test_both_ways_are_counted_alike(town: Town) -> None:
    town.get(f"/v1/accounts/{town.lin.account.hex()}", town.lin)
    both_ways(town, body_of(b"\xc1"))
    lines = [line for line in town.get("/v1/metrics").text.splitlines() if line.startswith("payport_requests_total")]
    for route in (SUBMIT, READ):
        assert any(f'path="{route}"' in line for line in lines), lines
    assert not any(town.lin.account.hex() in line for line in lines)
    (in_progress,) = [
        line for line in town.get("/v1/metrics").text.splitlines() if line.startswith("payport_requests_in_progress ")
    ]
    assert float(in_progress.split()[1]) <= 2, "what was answered is not under way any more"


@pytest.mark.slow
@pytest.mark.parametrize("path", [SUBMIT, "/v1/codes/resolve"])
def test_a_body_that_does_not_come_is_refused(town: Town, path: str) -> None:
    with Connection(town.network.url, BODY_SECONDS + SLOW_SLACK_SECONDS) as connection:
        connection.send(request("POST", path, headers={**JSON, "Content-Length": "100"}) + b'{"envelopes":')
        answer = connection.receive_all()
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert b'"code":"request_too_slow"' in answer
    assert b"connection: close" in answer.lower()


class TestWhoIsDenied:
    """Is answered whatever his body holds, and his connection serves him on, or is said not to."""

    def test_asks_on_over_the_same_connection(self, town: Town) -> None:
        body = b'{"scopes":[]}'
        with Connection(town.network.url, SLOW_SLACK_SECONDS) as connection:
            connection.send(request("POST", "/v1/api-keys", headers={**JSON, "Content-Length": str(len(body))}))
            assert not connection.has_something(BRIEFLY_SECONDS), "an answer now would end the connection"
            connection.send(body)
            denied = connection.receive()
            assert denied.startswith(b"HTTP/1.1 403")
            assert b"connection: close" not in denied.lower()
            connection.send(request("GET", "/v1/health"))
            assert connection.receive().startswith(b"HTTP/1.1 200")

    def test_is_told_when_there_is_too_much_to_read(self, town: Town) -> None:
        with Connection(town.network.url, SLOW_SLACK_SECONDS) as connection:
            length = 2 * UNREAD_BYTES
            connection.send(request("POST", "/v1/api-keys", headers={**JSON, "Content-Length": str(length)}))
            connection.send(b" " * (length - 1))
            answer = connection.receive_all()
        assert answer.startswith(b"HTTP/1.1 403")
        assert b"connection: close" in answer.lower()
