"""One request as the server hands it over, and the same as the framework sees it.

The server's own interface costs half of what the framework's does (decision 0016), so what is answered without the
framework speaks it directly. For everything else this module translates.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, cast

import msgspec
from granian.rsgi import ProtocolClosed, ProtocolError

from payport.gateway.headers import HEADERS
from payport.gateway.per_address import UNKNOWN_ADDRESS
from payport.gateway.problems import MALFORMED_REQUEST, REQUEST_TOO_SLOW
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import TypeVar

    from granian._granian import RSGIHTTPStreamTransport as HTTPStreamTransport
    from granian.rsgi import Headers, HTTPProtocol, Scope
    from litestar.types import HTTPReceiveMessage, HTTPScope, Message

    from payport.gateway.problems import Reply
    from payport.node.patience import Patience

    T = TypeVar("T")

BODY_SECONDS: Final = 10.0
"""How long the body of a request may take: as long as its headers."""

UNREAD_BYTES: Final = 64 * 1024
"""How much of a body that nobody asked for is read all the same, so that the connection can be used again."""

CLOSE: Final = ("connection", "close")
"""Header that tells that the connection is of no further use."""

_ENCODER: Final = msgspec.json.Encoder()
_NOTHING: Final = b""
_GONE: Final = (ProtocolClosed, ProtocolError)


def body_length(headers: Headers) -> int | None:
    """Return how long the body of a request is; ``None`` where it comes in chunks and does not say."""
    length = headers.get("content-length", "")
    if length.isdigit():
        return int(length)
    return None if "transfer-encoding" in headers else 0


def client_address(scope: Scope) -> str:
    """Return the address a request came from."""
    return scope.client.rpartition(":")[0].strip("[]") or UNKNOWN_ADDRESS


def _host_and_port(end: str) -> tuple[str, int] | None:
    """Return address and port of one end of a connection; ``None`` for a unix socket's."""
    host, _, port = end.rpartition(":")
    return (host.strip("[]"), int(port)) if host and port.isdigit() else None


def framework_scope(scope: Scope) -> HTTPScope:
    """Return a request as the framework expects it."""
    made = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": scope.http_version,
        "method": scope.method,
        "scheme": scope.scheme,
        "path": scope.path,
        "raw_path": scope.path.encode(),
        "root_path": "",
        "query_string": scope.query_string.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in scope.headers.items()],
        "client": _host_and_port(scope.client),
        "server": _host_and_port(scope.server),
        "state": {},
        "extensions": {},
    }
    return cast("HTTPScope", made)


def write_reply(protocol: HTTPProtocol, reply: Reply) -> None:
    """Write an answer with the headers that every one carries."""
    headers = [("content-type", reply.media_type), *reply.headers.items(), *HEADERS]
    protocol.response_bytes(reply.status, headers, _ENCODER.encode(reply.content))


class Body:
    """Receives a body whole and within its time; what was read can be received again, by the framework."""

    __slots__ = (
        "_chunks",
        "_length",
        "_over",
        "_patience",
        "_protocol",
        "_read",
        "_reader",
        "_received",
        "_slow",
        "_whole",
    )

    def __init__(self, protocol: HTTPProtocol, patience: Patience[Body], length: int | None) -> None:
        """Receive ``length`` bytes: 0 where there is no body, ``None`` where it comes in chunks and does not say."""
        self._protocol = protocol
        self._patience = patience
        self._length = length
        self._received = 0
        self._chunks: AsyncIterator[bytes] | None = None
        self._reader: asyncio.Task[object] | None = None
        self._slow = False
        self._over: asyncio.Event | None = None
        self._whole = length == 0
        self._read: bytes | None = _NOTHING if self._whole else None

    def expire(self) -> None:
        """Refuse the body from now on: its time is over."""
        self._slow = True
        if self._reader is not None:
            self._reader.cancel()

    async def read(self) -> bytes:
        """Return a body that has not been touched yet, which can then be received again; raises as :meth:`receive`."""
        if not self._whole:
            self._read = await self._in_time(self._protocol)
            self._whole = True
            self._patience.end(self)
        assert self._read is not None, "a body is read before it is received"
        return self._read

    async def receive(self) -> HTTPReceiveMessage:
        """Receive the next message; raises ``request_too_slow``, or ``malformed_request`` where the body ends early."""
        if self._read is not None:
            read, self._read = self._read, None
            return {"type": "http.request", "body": read, "more_body": False}
        if self._whole:
            await self._until_over()
            return {"type": "http.disconnect"}
        data: bytes = await self._in_time(self._next)
        return {"type": "http.request", "body": data, "more_body": not self._whole}

    async def finish(self) -> bool:
        """Receive what is left, to no purpose; tell whether that was the whole."""
        left = UNREAD_BYTES
        try:
            while not self._whole and left > 0:
                left -= len(await self._in_time(self._next))
        except Refusal:
            return False
        return self._whole

    def answered(self) -> None:
        """Take note that the answer was sent: whoever waits for the client to go need not wait any more."""
        if self._over is not None:
            self._over.set()

    async def _until_over(self) -> None:
        """Return when the client has gone, or has been answered."""
        self._over = asyncio.Event()
        waiting = [asyncio.ensure_future(each) for each in (self._over.wait(), self._until_gone())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    async def _until_gone(self) -> None:
        await self._protocol.client_disconnect()

    async def _next(self) -> bytes:
        """Return the next part; the last one is followed by an empty one, and a body that breaks off by two."""
        if self._chunks is None:
            self._chunks = aiter(self._protocol)
        data = await anext(self._chunks)
        self._received += len(data)
        if not data or self._received == self._length:
            self._whole = True
            self._patience.end(self)
            if self._received != self._length and (self._length is not None or await self._breaks_off()):
                raise ProtocolClosed
        return data

    async def _breaks_off(self) -> bool:
        """Tell whether something follows the empty part at the end."""
        assert self._chunks is not None
        try:
            await anext(self._chunks)
        except StopAsyncIteration:
            return False
        return True

    async def _in_time(self, receiving: Callable[[], Awaitable[T]]) -> T:
        """Wait for what comes, as long as there is time left for the body."""
        self._refuse_if_slow()
        if self._reader is None:
            self._patience.begin(self)
        self._reader = asyncio.current_task()
        try:
            return await receiving()
        except asyncio.CancelledError:
            self._refuse_if_slow()
            raise
        except (*_GONE, StopAsyncIteration):
            MALFORMED_REQUEST.refuse("the body ends before its time")

    def _refuse_if_slow(self) -> None:
        if self._slow:
            if self._reader is not None:
                self._reader.uncancel()
            REQUEST_TOO_SLOW.refuse(f"{BODY_SECONDS:g} s")


class FrameworkAnswer:
    """Sends what the framework answers, and leaves the connection in order.

    Who is denied is answered before his body is read. The server would then end the connection without saying so, and
    the client's next request on it would be lost: so the body is read first, or the client is told.
    """

    __slots__ = ("_begun", "_body", "_headers", "_protocol", "_status", "_stream")

    def __init__(self, protocol: HTTPProtocol, body: Body, begun: Callable[[], None]) -> None:
        """Answer through ``protocol``; ``begun`` is called when the answer begins."""
        self._protocol = protocol
        self._body = body
        self._begun = begun
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._stream: HTTPStreamTransport | None = None

    async def __call__(self, message: Message) -> None:
        """Take the next message of the framework; nothing is sent to who has gone."""
        if message["type"] == "http.response.start":
            self._begun()
            self._status = message["status"]
            self._headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
            if not await self._body.finish():
                self._headers.append(CLOSE)
        elif message["type"] == "http.response.body":
            await self._send(message["body"], more=message["more_body"])
            if not message["more_body"]:
                self.end()

    def end(self) -> None:
        """End the answer; the server ends one that is sent in parts once nobody holds on to it."""
        self._stream = None
        self._body.answered()

    async def _send(self, data: bytes, *, more: bool) -> None:
        if self._stream is None and not more:
            self._protocol.response_bytes(self._status, self._headers, data)
            return
        if self._stream is None:
            self._stream = self._protocol.response_stream(self._status, self._headers)
        with contextlib.suppress(*_GONE):
            if data:
                await self._stream.send_bytes(data)
