"""What stands in front of the framework: the apps, room for a request, time for its body, and two short ways.

The framework spends ten times as long on a request as a payment or a look at a balance itself takes here, so these two
are read and answered without it where they are of the usual form. Whatever else comes to their routes goes the
framework's way, which knows how to refuse it; both ways end in the same functions.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Final

import msgspec
from litestar.enums import MediaType

from payport.gateway import accounts
from payport.gateway.access.accounts import require_holder_of
from payport.gateway.access.authentication import shows_holder
from payport.gateway.counted import UNDER_WAY, count
from payport.gateway.exchange import (
    BODY_SECONDS,
    CLOSE,
    Body,
    FrameworkAnswer,
    body_length,
    client_address,
    framework_scope,
    write_reply,
)
from payport.gateway.per_address import require_address_rate
from payport.gateway.problems import PORT_BUSY, Reply, failed, refused, refused_as
from payport.gateway.room import Room, announced_bytes
from payport.gateway.submission import MAX_SUBMISSION_BYTES, Submission, submitted
from payport.node.patience import Patience
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from granian.rsgi import Headers, HTTPProtocol, Scope
    from litestar import Litestar

    from payport.gateway.apps.serving import Apps
    from payport.gateway.port import Port

ROUTES: Final = "/v1/"
"""What the paths of all routes begin with; no app is looked for among them."""

SUBMIT: Final = "/v1/transactions"
"""The route of a payment."""

READ: Final = "/v1/accounts/{account}"
"""The route of an account and its balances, as the framework counts it."""

ALWAYS_ROOM: Final = frozenset({"/v1/health", "/v1/metrics"})
"""Routes that are answered however much is under way: who watches the port must see that it lives."""

_ACCOUNT: Final = re.compile(r"/v1/accounts/([0-9a-f]{32})")
_DECODER: Final = msgspec.json.Decoder(Submission)


class Front:
    """The application that the server calls."""

    def __init__(self, app: Litestar, room: Room, apps: Apps) -> None:
        """Stand in front of ``app`` with ``apps`` beside it, and let in whom ``room`` has place for."""
        self._app = app
        self._apps = apps
        self._room = room
        self._patience: Patience[Body] = Patience(BODY_SECONDS, Body.expire)
        self._ending = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open everything, before the first request."""
        opened: asyncio.Future[None] = loop.create_future()
        self._life = loop.create_task(self._live(opened))
        loop.run_until_complete(asyncio.wait((self._life, opened), return_when=asyncio.FIRST_COMPLETED))
        if self._life.done():
            self._life.result()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close everything, after the last request."""
        self._ending.set()
        if self._life is not None:
            loop.run_until_complete(self._life)

    async def _live(self, opened: asyncio.Future[None]) -> None:
        """Open and close in one task, as the framework asks."""
        async with self._app.lifespan():
            opened.set_result(None)
            await self._ending.wait()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer a request if it is for an app, which takes no room, or if there is room for it."""
        path = scope.path
        if not path.startswith(ROUTES) and self._apps.answer(scope, protocol, path):
            return
        headers = scope.headers
        length = body_length(headers)
        taken = announced_bytes(length)
        if path in ALWAYS_ROOM:
            body = Body(protocol, self._patience, length)
            await self._through_framework(scope, protocol, body, _nothing)
        elif not self._room.take(taken):
            # The body is not read, so the connection is of no further use.
            reply = refused(PORT_BUSY, headers.get("accept-language", ""), headers=dict([CLOSE]))
            write_reply(protocol, reply)
        else:
            body = Body(protocol, self._patience, length)
            visit = _Visit(self._room, taken)
            try:
                await self._answer(scope, protocol, body, visit)
            finally:
                visit.leave()
                self._patience.end(body)

    async def _answer(self, scope: Scope, protocol: HTTPProtocol, body: Body, visit: _Visit) -> None:
        """Answer by a short way where there is one, else by the framework's."""
        if scope.method == "POST" and scope.path == SUBMIT and self._is_plain(scope.headers):
            submission = await _submission(body)
            if submission is not None:
                await self._reply(scope, protocol, SUBMIT, self._submitted(scope, submission))
                return
        elif scope.method == "GET" and (account := self._plainly_asked(scope)):
            await self._reply(scope, protocol, READ, self._read(scope, account))
            return
        await self._through_framework(scope, protocol, body, visit.leave)

    async def _through_framework(
        self, scope: Scope, protocol: HTTPProtocol, body: Body, begun: Callable[[], None]
    ) -> None:
        """Let the framework answer; ``begun`` is called when its answer begins."""
        answer = FrameworkAnswer(protocol, body, begun)
        try:
            await self._app(framework_scope(scope), body.receive, answer)
        finally:
            answer.end()

    async def _submitted(self, scope: Scope, submission: Submission) -> Reply:
        port: Port = self._app.state.port
        await require_address_rate(port, client_address(scope))
        return await submitted(port, submission.envelopes, scope.headers.get("accept-language", ""))

    async def _read(self, scope: Scope, account: str) -> Reply:
        port: Port = self._app.state.port
        await require_address_rate(port, client_address(scope))
        holder = await require_holder_of(port, scope.headers.get("authorization", ""), account)
        return Reply(await accounts.view(port, account, holder))

    async def _reply(
        self, scope: Scope, protocol: HTTPProtocol, route: str, replying: Coroutine[None, None, Reply]
    ) -> None:
        """Write the reply of a short way, or how it was refused."""
        begun = time.perf_counter()
        UNDER_WAY.inc()
        try:
            reply = await replying
        except Refusal as refusal:
            reply = refused_as(refusal, scope.headers.get("accept-language", ""))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must hear that the port failed
            reply = failed(scope.method, route, scope.headers.get("accept-language", ""), error)
        finally:
            UNDER_WAY.dec()
        count(scope.method, route, reply.status, begun)
        write_reply(protocol, reply)

    def _plainly_asked(self, scope: Scope) -> str | None:
        """Return the account that a holder asks to see, where the short way may be taken."""
        asked = _ACCOUNT.fullmatch(scope.path)
        if asked is None or scope.query_string or not shows_holder(scope.headers.get("authorization", "")):
            return None
        return None if self._is_from_elsewhere(scope.headers) else asked[1]

    def _is_from_elsewhere(self, headers: Headers) -> bool:
        """Tell whether a page of another origin may be asking, whom the framework tells what it may."""
        return self._app.cors_config is not None and "origin" in headers

    def _is_plain(self, headers: Headers) -> bool:
        """Tell whether the short way may be taken: JSON of a known length, and no page of another origin that asks."""
        length = headers.get("content-length", "")
        return (
            headers.get("content-type", "").partition(";")[0].strip().lower() == MediaType.JSON
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


async def _submission(body: Body) -> Submission | None:
    """Return what is submitted; ``None`` where it is of another form, or did not come, which the framework tells."""
    try:
        return _DECODER.decode(await body.read())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Refusal):
        return None


def _nothing() -> None:
    """Do nothing when an answer begins: its request took no room."""
