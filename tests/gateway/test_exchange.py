"""Requests as the server hands them over: bodies that break off, and what the framework is shown of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from payport.gateway.exchange import body_length, client_address, framework_scope
from payport.gateway.per_address import UNKNOWN_ADDRESS
from tests.gateway.raw import Connection, request

if TYPE_CHECKING:
    from tests.gateway.town import Town

PATIENCE_SECONDS = 20
HEAD = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}


class Asked(NamedTuple):
    """A request of the server's interface."""

    client: str
    server: str = "127.0.0.1:80"
    http_version: str = "1.1"
    method: str = "GET"
    scheme: str = "http"
    path: str = "/v1/caf\u00e9"
    query_string: str = "a=b"
    headers: dict[str, str] = {"host": "test"}  # noqa: RUF012 - never changed


@pytest.mark.parametrize(
    ("client", "address", "shown"),
    [
        ("127.0.0.1:4711", "127.0.0.1", ("127.0.0.1", 4711)),
        ("[::1]:4711", "::1", ("::1", 4711)),
        ("", UNKNOWN_ADDRESS, None),
    ],
)
def test_the_other_end(client: str, address: str, shown: tuple[str, int] | None) -> None:
    asked = Asked(client)
    assert client_address(asked) == address
    scope = framework_scope(asked)
    assert (scope["client"], scope["server"]) == (shown, ("127.0.0.1", 80))
    assert (scope["path"], scope["raw_path"]) == ("/v1/caf\u00e9", "/v1/caf\u00e9".encode())
    assert (scope["query_string"], scope["headers"]) == (b"a=b", [(b"host", b"test")])


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ({}, 0),
        ({"content-length": "300"}, 300),
        ({"content-length": "-1"}, 0),
        ({"transfer-encoding": "chunked"}, None),
    ],
)
def test_how_long_a_body_is(headers: dict[str, str], length: int | None) -> None:
    assert body_length(headers) == length


@pytest.mark.parametrize("rest", [b"2\r\n{", b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n2\r\n"])
def test_a_body_in_chunks_that_breaks_off(town: Town, rest: bytes) -> None:
    with Connection(town.network.url, PATIENCE_SECONDS) as connection:
        connection.send(request("POST", "/v1/transactions", headers=HEAD) + rest)
        connection.finish_sending()
        answer = connection.receive_all()
    assert answer.startswith(b"HTTP/1.1 400") or not answer
    assert b'"status":"' not in answer, "it was not taken for whole"


def test_a_body_in_chunks(town: Town) -> None:
    with Connection(town.network.url, PATIENCE_SECONDS) as connection:
        parts = b'd\r\n{"envelopes":\r\n', b"2\r\n[]\r\n", b"1\r\n}\r\n0\r\n\r\n"
        connection.send(request("POST", "/v1/transactions", headers=HEAD))
        for part in parts:
            connection.send(part)
        assert b'"code":"malformed_request"' in connection.receive()
        connection.send(request("GET", "/v1/health"))
        assert connection.receive().startswith(b"HTTP/1.1 200")
