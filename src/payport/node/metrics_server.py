"""Serves a page of metrics over HTTP, to whoever may connect; few at once, briefly, and nothing else."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import h11
from prometheus_client import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

PATH: Final = "/metrics"
"""Path of the page."""

MAX_CONNECTIONS: Final = 8
"""Connections at once: a few that watch, and a person; more are closed."""

CONNECTION_SECONDS: Final = 5.0
"""How long a connection may take, from its first byte until its answer has left."""

MAX_REQUEST_BYTES: Final = 8 * 1024
"""Bytes of a request's line and headers."""

FRESH_SECONDS: Final = 1.0
"""How long a page is given again, so that what it costs does not grow with who asks."""

MAX_PORT: Final = 65_535
"""The highest port."""

_READ_BYTES: Final = 4 * 1024
_PLAIN: Final = "text/plain; charset=utf-8"


class Address(NamedTuple):
    """Where metrics are served."""

    host: str
    """Address to listen on."""
    port: int
    """Port; 0 takes a free one."""

    @classmethod
    def read(cls, text: str) -> Address:
        """Read ``HOST:PORT``, an IPv6 address in brackets; raises ``ValueError``."""
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not colon or not host or not 0 <= int(port) <= MAX_PORT:
            raise ValueError(f"not HOST:PORT: {text}")
        return cls(host, int(port))


class Source(Protocol):
    """Where the page comes from."""

    async def page(self) -> bytes:
        """Return the page as it is now."""

    async def close(self) -> None:
        """Let go of what the page is made from."""


class MetricsServer:
    """One page, one request a connection."""

    def __init__(self, source: Source, address: Address) -> None:
        """Serve the page of ``source`` on ``address`` once it is started."""
        self._source = source
        self._address = address
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._making = asyncio.Lock()
        self._page = b""
        self._made_at: float | None = None

    async def start(self) -> None:
        """Listen; raises ``OSError``."""
        self._server = await asyncio.start_server(self._connect, self._address.host, self._address.port)

    @property
    def url(self) -> str:
        """Address of the page."""
        assert self._server is not None, "it listens"
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._source.close()

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is served by a task"
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            async with asyncio.timeout(CONNECTION_SECONDS):
                await self._serve(reader, writer)
                writer.close()
                await writer.wait_closed()
        except (asyncio.CancelledError, TimeoutError, ConnectionError):
            return  # the server closes, whoever asked is slow, or has gone
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_REQUEST_BYTES)
        try:
            request = await _read_request(connection, reader)
        except h11.RemoteProtocolError as error:
            _write(connection, writer, HTTPStatus(error.error_status_hint), b"not a request\n")
        else:
            if request is None:
                return
            status, body = await self._answer(request)
            _write(connection, writer, status, body, has_body=request.method != b"HEAD")
        await writer.drain()

    async def _answer(self, request: h11.Request) -> tuple[HTTPStatus, bytes]:
        if request.target.partition(b"?")[0] != PATH.encode():
            return HTTPStatus.NOT_FOUND, f"metrics are at {PATH}\n".encode()
        if request.method not in {b"GET", b"HEAD"}:
            return HTTPStatus.METHOD_NOT_ALLOWED, b"only GET\n"
        now = asyncio.get_running_loop().time
        async with self._making:
            if self._made_at is None or now() - self._made_at > FRESH_SECONDS:
                try:
                    self._page = await self._source.page()
                except OSError as error:
                    return HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}\n".encode()
                self._made_at = now()
            return HTTPStatus.OK, self._page


async def _read_request(connection: h11.Connection, reader: StreamReader) -> h11.Request | None:
    """Return the request; ``None`` where whoever connected has gone. What follows it is not read."""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            return None
        connection.receive_data(await reader.read(_READ_BYTES))


def _write(
    connection: h11.Connection, writer: StreamWriter, status: HTTPStatus, body: bytes, *, has_body: bool = True
) -> None:
    headers = [
        ("Content-Type", CONTENT_TYPE_LATEST if status == HTTPStatus.OK else _PLAIN),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", "GET, HEAD"))
    answer = h11.Response(status_code=status, headers=headers, reason=status.phrase)
    for event in (answer, *([h11.Data(body)] if has_body else []), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
