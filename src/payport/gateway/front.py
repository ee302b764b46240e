"""What stands in front of the framework: room for a request, time for its body, and the short way of a payment.

The framework spends ten times as long on a request as the payment itself takes here, so a well-formed one is read,
submitted and answered without it. Whatever else comes to that route goes the framework's way, which knows how to refuse
it; both ways end in :mod:`payport.gateway.submission`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, cast

import msgspec
from litestar.enums import ScopeType

from payport.gateway.counted import UNDER_WAY, count
from payport.gateway.headers import HEADERS
from payport.gateway.per_address import require_address_rate
from payport.gateway.problems import PORT_BUSY, REQUEST_TOO_SLOW, failed, refused, refused_as
from payport.gateway.room import Room, announced_bytes
from payport.gateway.submission import MAX_SUBMISSION_BYTES, Submission, submitted
from payport.node.patience import Patience
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.types import HTTPReceiveMessage, HTTPScope, Message, Receive, Scope, Send

    from payport.gateway.port import Port
    from payport.gateway.problems import Reply

    Headers = dict[bytes, bytes]

SUBMIT: Final = "/v1/transactions"
"""The route with a short way."""

ALWAYS_ROOM: Final = frozenset({"/v1/health", "/v1/metrics"})
"""Routes that are answered however much is under way: who watches the port must see that it lives."""

BODY_SECONDS: Final = 10.0
"""How long the body of a request may take: as long as its headers."""

_JSON: Final = b"application/json"
_DECODER: Final = msgspec.json.Decoder(Submission)
_ENCODER: Final = msgspec.json.Encoder()


class Front:
    """The application that the server calls."""

    def __init__(self, app: Litestar, room: Room | None = None) -> None:
        """Stand in front of ``app``."""
        self._app = app
        self._room = room or Room()
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
            reply = refused(PORT_BUSY, _language(headers), headers={"Connection": "close"})
            await _write(send, reply)
            return
        body = _Body(receive, self._patience)
        visit = _Visit(self._room, taken)
        try:
            if scope["path"] == SUBMIT and scope["method"] == "POST" and self._is_plain(headers):
                await self._submit(scope, headers, body, send)
            else:
                await self._app(scope, body.receive, visit.leaving(send))
        finally:
            visit.leave()
            self._patience.end(body)

    async def _submit(self, scope: HTTPScope, headers: Headers, body: _Body, send: Send) -> None:
        """Take the short way; a body of the wrong form still goes the framework's."""
        begun = time.perf_counter()
        try:
            data = await body.read()
        except Refusal:
            await self._app(scope, body.receive, send)  # which is refused again, as on every route
            return
        if data is None:  # the client has gone
            return
        try:
            submission = _DECODER.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            await self._app(scope, body.receive, send)
            return
        port: Port = self._app.state.port
        UNDER_WAY.inc()
        try:
            await require_address_rate(port, scope)
            reply = await submitted(port, submission.envelopes, _language(headers))
        except Refusal as refusal:
            reply = refused_as(refusal, _language(headers))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must hear that the port failed
            reply = failed("POST", SUBMIT, _language(headers), error)
        finally:
            UNDER_WAY.dec()
        count("POST", SUBMIT, reply.status, begun)
        await _write(send, reply)

    def _is_plain(self, headers: Headers) -> bool:
        """Tell whether the short way may be taken: JSON of a known length, and no page of another origin that asks."""
        length = headers.get(b"content-length", b"")
        return (
            headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == _JSON
            and length.isdigit()
            and int(length) <= MAX_SUBMISSION_BYTES
            and (self._app.cors_config is None or b"origin" not in headers)
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

    def leaving(self, send: Send) -> Send:
        """Return ``send``, which leaves as soon as it is used."""

        async def leave_and_send(message: Message) -> None:
            self.leave()
            await send(message)

        return leave_and_send


class _Body:
    """Receives a body within its time; what was read can be received again, by the framework."""

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
        """Receive the next message; raises ``request_too_slow``."""
        if self._read is not None:
            message, self._read = self._read, None
            return message
        if self._whole:
            return cast("HTTPReceiveMessage", await self._receive())
        if self._reader is None:
            self._patience.begin(self)
        message = await self._receive_in_time()
        self._whole = message["type"] != "http.request" or not message["more_body"]
        if self._whole:
            self._patience.end(self)
        return message

    async def read(self) -> bytes | None:
        """Return the body, which can then be received again; ``None`` where the client has gone."""
        parts = []
        while not self._whole:
            message = await self.receive()
            if message["type"] != "http.request":
                return None
            parts.append(message["body"])
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._read = {"type": "http.request", "body": data, "more_body": False}
        return data

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


def _language(headers: Headers) -> str:
    return headers.get(b"accept-language", b"").decode("latin-1")


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
