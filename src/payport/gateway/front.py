"""What stands in front of the framework: room for a request, time for its body, and two short ways.

The framework spends ten times as long on a request as a payment or a look at a balance itself takes here, so these two
are read and answered without it where they are of the usual form. Whatever else comes to their routes goes the
framework's way, which knows how to refuse it; both ways end in the same functions.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Final, cast

import msgspec
from litestar.enums import ScopeType

from payport.gateway import accounts
from payport.gateway.access.accounts import require_holder_of
from payport.gateway.access.authentication import shows_holder
from payport.gateway.counted import UNDER_WAY, count
from payport.gateway.headers import HEADERS
from payport.gateway.per_address import require_address_rate
from payport.gateway.problems import MALFORMED_REQUEST, PORT_BUSY, REQUEST_TOO_SLOW, Reply, failed, refused, refused_as
from payport.gateway.room import Room, announced_bytes
from payport.gateway.submission import MAX_SUBMISSION_BYTES, Submission, submitted
from payport.node.patience import Patience
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from litestar import Litestar
    from litestar.types import HTTPReceiveMessage, HTTPRequestEvent, HTTPScope, Message, Receive, Scope, Send

    from payport.gateway.port import Port

    Headers = dict[bytes, bytes]

SUBMIT: Final = "/v1/transactions"
"""The route of a payment."""

READ: Final = "/v1/accounts/{account}"
"""The route of an account and its balances, as the framework counts it."""

ALWAYS_ROOM: Final = frozenset({"/v1/health", "/v1/metrics"})
"""Routes that are answered however much is under way: who watches the port must see that it lives."""

BODY_SECONDS: Final = 10.0
"""How long the body of a request may take: as long as its headers."""

UNREAD_BYTES: Final = 64 * 1024
"""How much of a body that nobody asked for is read all the same, so that the connection can be used again."""

_ACCOUNT: Final = re.compile(r"/v1/accounts/([0-9a-f]{32})")
_JSON: Final = b"application/json"
_DECODER: Final = msgspec.json.Decoder(Submission)
_ENCODER: Final = msgspec.json.Encoder()


class Front:
    """The application that the server calls."""

    def __init__(self, app: Litestar, room: Room) -> None:
        """Stand in front of ``app``, and let in whom ``room`` has place for."""
        self._app = app
        self._room = room
        self._patience: Patience[_Body] = Patience(BODY_SECONDS, _Body.expire)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the worker."""
        if scope["type"] != ScopeType.HTTP or scope["path"] in ALWAYS_ROOM:
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request if there is room for it."""
        headers: Headers = dict(scope["headers"])
        length = headers.get(b"content-length")
        taken = announced_bytes(length, chunked=b"transfer-encoding" in headers)
        if not self._room.take(taken):
            # The body is not read, so the connection is of no further use.
            reply = refused(PORT_BUSY, _text(headers, b"accept-language"), headers={"Connection": "close"})
            await _write(send, reply)
            return
        body = _Body(receive, self._patience)
        visit = _Visit(self._room, taken)
        try:
            if scope["path"] == SUBMIT and scope["method"] == "POST" and self._is_plain(headers):
                await self._submit(scope, headers, body, send)
            elif scope["method"] == "GET" and (account := self._plainly_asked(scope, headers)):
                await self._write(scope, headers, send, READ, self._read(scope, headers, account))
            else:
                await self._app(scope, body.receive, _Answer(send, visit, body if taken else None))
        finally:
            visit.leave()
            self._patience.end(body)

    async def _submit(self, scope: HTTPScope, headers: Headers, body: _Body, send: Send) -> None:
        """Take the short way of a payment; a body of the wrong form still goes the framework's."""
        try:
            data = await body.read()
        except Refusal:
            await self._app(scope, body.receive, send)  # which is refused again, as on every route
            return
        try:
            submission = _DECODER.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            await self._app(scope, body.receive, send)
            return
        await self._write(scope, headers, send, SUBMIT, self._submitted(scope, headers, submission))

    async def _submitted(self, scope: HTTPScope, headers: Headers, submission: Submission) -> Reply:
        port: Port = self._app.state.port
        await require_address_rate(port, scope)
        return await submitted(port, submission.envelopes, _text(headers, b"accept-language"))

    async def _read(self, scope: HTTPScope, headers: Headers, account: str) -> Reply:
        port: Port = self._app.state.port
        await require_address_rate(port, scope)
        holder = await require_holder_of(port, _text(headers, b"authorization"), account)
        return Reply(await accounts.view(port, account, holder))

    async def _write(
        self, scope: HTTPScope, headers: Headers, send: Send, route: str, replying: Coroutine[None, None, Reply]
    ) -> None:
        """Write the reply of a short way, or how it was refused."""
        begun = time.perf_counter()
        language = _text(headers, b"accept-language")
        UNDER_WAY.inc()
        try:
            reply = await replying
        except Refusal as refusal:
            reply = refused_as(refusal, language)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must hear that the port failed
            reply = failed(scope["method"], route, language, error)
        finally:
            UNDER_WAY.dec()
        count(scope["method"], route, reply.status, begun)
        await _write(send, reply)

    def _plainly_asked(self, scope: HTTPScope, headers: Headers) -> str | None:
        """Return the account that a holder asks to see, where the short way may be taken."""
        asked = _ACCOUNT.fullmatch(scope["path"])
        if asked is None or scope["query_string"] or not shows_holder(_text(headers, b"authorization")):
            return None
        return None if self._is_from_elsewhere(headers) else asked[1]

    def _is_from_elsewhere(self, headers: Headers) -> bool:
        """Tell whether a page of another origin may be asking, whom the framework tells what it may."""
        return self._app.cors_config is not None and b"origin" in headers

    def _is_plain(self, headers: Headers) -> bool:
        """Tell whether the short way may be taken: JSON of a known length, and no page of another origin that asks."""
        length = headers.get(b"content-length", b"")
        return (
            headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == _JSON
            and length.isdigit()
            and int(length) <= MAX_SUBMISSION_BYTES
            and not self._is_from_elsewhere(headers)
        )


class _Visit:
    """One request's share of the room, given back once: when its answer begins, because a stream of events goes on."""

    __slots__ = ("_bytes", "_room")

    def __init__(self, room: Room, taken_bytes: int) -> None:
        self._room: Room | None = room
        self._bytes = taken_bytes

    def leave(self) -> None:
        """Give it back."""
        if self._room is not None:
            self._room.leave(self._bytes)
            self._room = None


class _Answer:
    """Sends the framework's answer, and leaves the connection in order.

    Who is denied is answered before his body is read. The server would then end the connection without saying so, and
    the client's next request on it would be lost: so the body is read first, or the client is told.
    """

    __slots__ = ("_body", "_send", "_visit")

    def __init__(self, send: Send, visit: _Visit, body: _Body | None) -> None:
        self._send = send
        self._visit = visit
        self._body = body

    async def __call__(self, message: Message) -> None:
        self._visit.leave()
        if self._body is not None and message["type"] == "http.response.start":
            if not await self._body.finish():
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            self._body = None
        await self._send(message)


class _Body:
    """Receives a body whole and within its time; what was read can be received again, by the framework."""

    __slots__ = ("_patience", "_read", "_reader", "_receive", "_slow", "_whole")

    def __init__(self, receive: Receive, patience: Patience[_Body]) -> None:
        self._receive = receive
        self._patience = patience
        self._reader: asyncio.Task[object] | None = None
        self._slow = False
        self._whole = False
        self._read: HTTPReceiveMessage | None = None

    def expire(self) -> None:
        """Refuse the body from now on: its time is over."""
        self._slow = True
        if self._reader is not None:
            self._reader.cancel()

    async def receive(self) -> HTTPReceiveMessage:
        """Receive the next message; raises ``request_too_slow``, or ``malformed_request`` where the body ends early."""
        if self._read is not None:
            message, self._read = self._read, None
            return message
        if self._whole:
            return cast("HTTPReceiveMessage", await self._receive())
        if self._reader is None:
            self._patience.begin(self)
        message = await self._receive_in_time()
        if message["type"] != "http.request":
            MALFORMED_REQUEST.refuse("the body ends before its time")
        self._whole = not message["more_body"]
        if self._whole:
            self._patience.end(self)
        return message

    async def read(self) -> bytes:
        """Return the body, which can then be received again; raises as :meth:`receive`."""
        parts = []
        while not self._whole:
            message = cast("HTTPRequestEvent", await self.receive())
            parts.append(message["body"])
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._read = {"type": "http.request", "body": data, "more_body": False}
        return data

    async def finish(self) -> bool:
        """Receive what is left, to no purpose; tell whether that was the whole."""
        left = UNREAD_BYTES
        try:
            while not self._whole and left > 0:
                message = cast("HTTPRequestEvent", await self.receive())
                left -= len(message["body"])
        except Refusal:
            return False
        return self._whole

    async def _receive_in_time(self) -> HTTPReceiveMessage:
        self._refuse_if_slow()
        self._reader = asyncio.current_task()
        try:
            return cast("HTTPReceiveMessage", await self._receive())
        except asyncio.CancelledError:
            self._refuse_if_slow()
            raise

    def _refuse_if_slow(self) -> None:
        if self._slow:
            if self._reader is not None:
                self._reader.uncancel()
            REQUEST_TOO_SLOW.refuse(f"{BODY_SECONDS:g} s")


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


async def _write(send: Send, reply: Reply) -> None:
    """Write an answer with the headers that every one carries."""
    body = _ENCODER.encode(reply.content)
    headers = [
        (b"content-type", reply.media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        *((name.lower().encode(), value.encode()) for name, value in reply.headers.items()),
        *HEADERS,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
