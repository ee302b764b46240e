"""Serves ABCI on a unix socket: CometBFT opens four connections, and each gets its replies in their order.

CometBFT does not say what it will use a connection for, so every call is answered on any of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError

from payport.consensus.cometbft.framing import FramingError, read_message, write_message
from payport.consensus.cometbft.messages_pb2 import Request, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    Handler = Callable[[Any], Awaitable[Any]]
    """Takes the message of a request and returns that of its reply."""

MAX_CONNECTIONS: Final = 16
"""Connections at once: four of one CometBFT, and those of one that was just restarted."""


class AbciServer:
    """Answers by a table of handlers, one per kind of request."""

    def __init__(self, handlers: Mapping[str, Handler], path: Path) -> None:
        """Serve on the socket ``path``; only this user may connect."""
        self._handlers = handlers
        self._path = path
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a socket left by a killed process is replaced."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connect, self._path)
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Take no more requests; one under way is not answered."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is served by a task"
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError, FramingError, DecodeError):
            return  # the server closes, the engine went away, or it is none
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = Request.FromString(await read_message(reader))
            response = await self._answer(request)
            write_message(writer, response.SerializeToString())
            await writer.drain()

    async def _answer(self, request: Request) -> Response:
        kind = request.WhichOneof("value")
        response = Response()
        handler = None if kind is None else self._handlers.get(kind)
        if kind is None or handler is None:
            response.exception.error = "a request of no known kind"
            return response
        try:
            getattr(response, kind).CopyFrom(await handler(getattr(request, kind)))
        except Exception as error:  # noqa: BLE001 - the engine must hear of it, and stop
            response.exception.error = f"{kind}: {type(error).__name__}: {error}"
        return response
