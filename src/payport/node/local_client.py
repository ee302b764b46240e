"""The client's side of a local interface: pipelined, with time-outs, connected again after the other side restarted.

Every call may be repeated safely, so after a lost connection it is sent again on a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from payport.consensus.contract import STOPPING
from payport.node.frames import Answer, AnswerKind, RefusalRecord, Request, frame, read_frame
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from payport.values.refusals import RefusalCode

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 10.0
"""How long a call may take, reconnecting included."""

RETRY_SECONDS: Final = 0.05
"""Pause before a connection is tried again."""


class _LostError(Exception):
    """The connection ended before the answer came, or the node is about to end it."""


class _Link:
    """One connection, and who waits on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.open = True
        self._reader = reader
        self._answers: dict[int, asyncio.Queue[Answer | None]] = {}
        self._next_id = 1
        self._task = asyncio.create_task(self._read())

    def send(self, operation: str, arguments: tuple[object, ...]) -> tuple[int, asyncio.Queue[Answer | None]]:
        """Send a request; its answers come in the queue, and ``None`` where the connection is lost."""
        request_id, self._next_id = self._next_id, self._next_id + 1
        answers: asyncio.Queue[Answer | None] = asyncio.Queue()
        self._answers[request_id] = answers
        request = Request(request_id, operation, msgspec.Raw(codec.encode(arguments)))
        self.writer.write(frame(codec.encode(request)))
        return request_id, answers

    def forget(self, request_id: int) -> None:
        """Drop answers nobody waits for any more."""
        self._answers.pop(request_id, None)

    async def close(self) -> None:
        """End the connection."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def _read(self) -> None:
        decoder = msgspec.msgpack.Decoder(Answer)
        try:
            while True:
                answer = codec.decode_with(decoder, await read_frame(self._reader))
                queue = self._answers.get(answer.request_id)
                if queue is not None:
                    queue.put_nowait(answer)
        except (asyncio.IncompleteReadError, ConnectionError, Refusal):
            pass
        finally:
            self.open = False
            self.writer.close()
            for queue in self._answers.values():
                queue.put_nowait(None)


class LocalClient:
    """Speaks to a process on this machine through its socket."""

    unreachable: RefusalCode
    """What is refused where no answer came in time."""
    failed: RefusalCode
    """What is refused where the other side said that it failed."""

    def __init__(self, path: Path, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Speak to the process at the socket ``path``."""
        self._path = path
        self._timeout_seconds = timeout_seconds
        self._link: _Link | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        """End the connection."""
        if self._link is not None:
            await self._link.close()
            self._link = None

    async def follow(self, operation: str, argument: Callable[[], int]) -> AsyncGenerator[Answer, None]:
        """Yield a stream's answers across restarts of the other side; ``argument`` says where each attempt begins."""
        while True:
            with contextlib.suppress(_LostError):
                async with contextlib.aclosing(self._stream(operation, argument())) as answers:
                    async for answer in answers:
                        yield answer
            await asyncio.sleep(RETRY_SECONDS)

    async def call(self, into: msgspec.msgpack.Decoder[T], operation: str, *arguments: object) -> T:
        """Return the answer of an operation; raises what the other side refuses, ``unreachable`` and ``failed``."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                while True:
                    try:
                        return codec.decode_with(into, await self._ask(operation, arguments))
                    except _LostError:
                        await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            self.unreachable.refuse(f"{self._path}: no answer within {self._timeout_seconds:g} s")

    async def _ask(self, operation: str, arguments: tuple[object, ...]) -> bytes:
        link = await self._connected()
        request_id, answers = link.send(operation, arguments)
        try:
            with contextlib.suppress(ConnectionError):
                await link.writer.drain()
            answer = await answers.get()
        finally:
            link.forget(request_id)
        if answer is None:
            raise _LostError
        self._require_ok(answer)
        return bytes(answer.value)

    async def _stream(self, operation: str, *arguments: object) -> AsyncGenerator[Answer, None]:
        """Yield answers until the stream ends or the connection is lost."""
        link = await self._connected()
        request_id, answers = link.send(operation, arguments)
        try:
            while (answer := await answers.get()) is not None and answer.kind is not AnswerKind.END:
                self._require_ok(answer)
                yield answer
        finally:
            link.forget(request_id)

    async def _connected(self) -> _Link:
        async with self._connecting:
            while self._link is None or not self._link.open:
                try:
                    self._link = _Link(*await asyncio.open_unix_connection(self._path))
                except OSError:
                    await asyncio.sleep(RETRY_SECONDS)
            return self._link

    def _require_ok(self, answer: Answer) -> None:
        """Raise what the answer refuses."""
        if answer.kind is AnswerKind.REFUSED:
            refused = codec.decode(bytes(answer.value), RefusalRecord)
            if refused.code == STOPPING.code:
                raise _LostError
            raise refused.refusal()
        if answer.kind is AnswerKind.FAILED:
            self.failed.refuse(codec.decode(bytes(answer.value), str))
