"""Local interfaces: unix sockets over which the processes of one machine speak to each other, first to its node."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from payport.node import logs
from payport.node.frames import Answer, AnswerKind, Request, frame, read_frame, record_of
from payport.node.operations import OPERATIONS, UNKNOWN_OPERATION
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from payport.consensus.contract import Engine
    from payport.node.operations import Operation

MAX_REQUESTS_PER_CONNECTION: Final = 20_000
"""Requests under way on one connection; more wait unread in the socket, which slows the sender."""

CLOSE_SECONDS: Final = 1.0
"""How long answers to a slow client may hold up the end of the process."""

_REQUEST_DECODER: Final = msgspec.msgpack.Decoder(Request)
_log = structlog.get_logger(__name__)
_NIL: Final = msgspec.Raw(b"\xc0")


class _Connection:
    """One client, its requests under way, and the frames it has yet to be sent."""

    def __init__(self, server: LocalServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._room = asyncio.Semaphore(MAX_REQUESTS_PER_CONNECTION)
        self.requests: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Read requests until the client goes away or sends what is not a request."""
        try:
            while True:
                request = codec.decode_with(_REQUEST_DECODER, await read_frame(self._reader))
                await self._room.acquire()
                task = asyncio.create_task(self._answer(request))
                self.requests.add(task)
                task.add_done_callback(self._finished)
        except (asyncio.IncompleteReadError, ConnectionError, Refusal):
            pass
        finally:
            for task in self.requests:
                task.cancel()
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self.requests.discard(task)
        self._room.release()

    async def _answer(self, request: Request) -> None:
        try:
            operation = self._server.operations.get(request.operation)
            if operation is None:
                UNKNOWN_OPERATION.refuse(request.operation[:64])
            if logs.is_debugging():
                _log.debug("asked", operation=request.operation)
            arguments = codec.decode_with(operation.arguments, bytes(request.arguments))
            await self._run(request.request_id, operation, arguments)
        except Refusal as refusal:
            await self._send(request.request_id, AnswerKind.REFUSED, codec.encode(record_of(refusal)))
        except ConnectionError:
            self._writer.close()
        except Exception as error:  # noqa: BLE001 - the client must learn that its outcome is not known
            with contextlib.suppress(ConnectionError):
                told = self._server.describe(request.operation, error)
                await self._send(request.request_id, AnswerKind.FAILED, codec.encode(told))

    async def _run(self, request_id: int, operation: Operation, arguments: tuple[object, ...]) -> None:
        if not operation.streams:
            result = await operation.call(self._server.target, *arguments)
            await self._send(request_id, AnswerKind.OK, codec.encode(result))
            return
        async for item in operation.call(self._server.target, *arguments):
            await self._send(request_id, AnswerKind.ITEM, codec.encode(item))
        await self._send(request_id, AnswerKind.END, bytes(_NIL))

    async def _send(self, request_id: int, kind: AnswerKind, value: bytes) -> None:
        self._writer.write(frame(codec.encode(Answer(request_id, kind, msgspec.Raw(value)))))
        await self._writer.drain()


class LocalServer:
    """Serves a table of operations on a unix socket."""

    def __init__(
        self, target: object, operations: Mapping[str, Operation], path: Path, close_seconds: float = CLOSE_SECONDS
    ) -> None:
        """Serve what ``operations`` do with ``target`` on the socket ``path``."""
        self.target: Final = target
        self.operations: Final = operations
        self._path = path
        self._close_seconds = close_seconds
        self._server: asyncio.Server | None = None
        self._connections: dict[_Connection, asyncio.Task[None]] = {}

    def describe(self, operation: str, error: Exception) -> str:
        """Return what a client is told of an error of the program."""
        del operation
        return f"{type(error).__name__}: {error}"

    async def start(self) -> None:
        """Listen; a socket left by a killed process is replaced."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connect, self._path)
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Take no more connections, let answers that are ready go out, and end what connections there are."""
        if self._server is not None:
            self._server.close()
        requests = [task for connection in self._connections for task in connection.requests]
        if requests:
            await asyncio.wait(requests, timeout=self._close_seconds)
        for task in tuple(self._connections.values()):
            task.cancel()
        await asyncio.gather(*self._connections.values(), return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, reader, writer)
        task = asyncio.current_task()
        assert task is not None, "a connection is served by a task"
        self._connections[connection] = task
        try:
            await connection.serve()
        except asyncio.CancelledError:
            # The server is closing; asyncio would report the cancellation of its own task as an error.
            return
        finally:
            del self._connections[connection]


class NodeServer(LocalServer):
    """Serves an engine on a unix socket."""

    def __init__(self, engine: Engine, path: Path) -> None:
        """Serve ``engine`` on the socket ``path``."""
        super().__init__(engine, OPERATIONS, path)
