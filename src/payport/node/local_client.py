"""The client's side of a local interface: pipelined, with time-outs, connected again after the other side restarted.

Every call may be repeated safely, so after a lost connection it is sent again on a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import msgspec

from payport.consensus.contract import STOPPING
from payport.node.frames import Answer, AnswerKind, RefusalRecord, Request, frame, read_frame
from payport.node.patience import Patience
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

MAX_UNSENT_BYTES: Final = 32 * 1024 * 1024
"""Bytes that wait for a process which does not read; with more, nothing is sent and nobody waits in vain."""


class _LostError(Exception):
    """The connection ended before the answer came, or the node is about to end it."""


class _TimedOutError(Exception):
    """The answer did not come in time."""


class _Link:
    """One connection, and who waits on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.open = True
        self._reader = reader
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._streams: dict[int, asyncio.Queue[Answer | None]] = {}
        self._next_id = 1
        self._task = asyncio.create_task(self._read())

    @property
    def unsent_bytes(self) -> int:
        """Bytes the other side has not read."""
        return self.writer.transport.get_write_buffer_size()

    def ask(self, operation: str, arguments: tuple[object, ...], answer: asyncio.Future[Answer]) -> int:
        """Send a request with one answer; it fails with :class:`_LostError` where the connection is lost."""
        request_id = self._send(operation, arguments)
        self._asked[request_id] = answer
        return request_id

    def stream(self, operation: str, arguments: tuple[object, ...]) -> tuple[int, asyncio.Queue[Answer | None]]:
        """Send a request with many answers; they come in the queue, and ``None`` where the connection is lost."""
        request_id = self._send(operation, arguments)
        answers = self._streams[request_id] = asyncio.Queue()
        return request_id, answers

    def forget(self, request_id: int) -> None:
        """Drop answers nobody waits for any more."""
        self._asked.pop(request_id, None)
        self._streams.pop(request_id, None)

    async def close(self) -> None:
        """End the connection."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    def _send(self, operation: str, arguments: tuple[object, ...]) -> int:
        request_id, self._next_id = self._next_id, self._next_id + 1
        request = Request(request_id, operation, msgspec.Raw(codec.encode(arguments)))
        self.writer.write(frame(codec.encode(request)))
        return request_id

    async def _read(self) -> None:
        decoder = msgspec.msgpack.Decoder(Answer)
        try:
            while True:
                answer = codec.decode_with(decoder, await read_frame(self._reader))
                asked = self._asked.pop(answer.request_id, None)
                if asked is not None:
                    if not asked.done():
                        asked.set_result(answer)
                elif (queue := self._streams.get(answer.request_id)) is not None:
                    queue.put_nowait(answer)
        except (asyncio.IncompleteReadError, ConnectionError, Refusal):
            pass
        finally:
            self.open = False
            self.writer.close()
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(_LostError())
            for queue in self._streams.values():
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
        self._patience: Patience[asyncio.Future[Answer]] = Patience(timeout_seconds, _time_out)

    async def close(self) -> None:
        """End the connection."""
        self._patience.close()
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
        begun = asyncio.get_running_loop().time()
        try:
            return codec.decode_with(into, await self._ask(operation, arguments))
        except _LostError:
            return codec.decode_with(into, await self._ask_again(begun, operation, arguments))

    async def _ask_again(self, begun: float, operation: str, arguments: tuple[object, ...]) -> bytes:
        """Ask until a connection lasts as long as the answer takes."""
        try:
            async with asyncio.timeout_at(begun + self._timeout_seconds):
                while True:
                    await asyncio.sleep(RETRY_SECONDS)
                    with contextlib.suppress(_LostError):
                        return await self._ask(operation, arguments)
        except TimeoutError:
            self._refuse("no answer")

    async def _ask(self, operation: str, arguments: tuple[object, ...]) -> bytes:
        link = self._link if self._link is not None and self._link.open else await self._connected_in_time()
        if link.unsent_bytes > MAX_UNSENT_BYTES:
            self._refuse("it reads nothing")
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request_id = link.ask(operation, arguments, asked)
        self._patience.begin(asked)
        try:
            answer = await asked
        except _TimedOutError:
            self._refuse("no answer")
        finally:
            self._patience.end(asked)
            link.forget(request_id)
        self._require_ok(answer)
        return bytes(answer.value)

    async def _connected_in_time(self) -> _Link:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._connected()
        except TimeoutError:
            self._refuse("no connection")

    def _refuse(self, why: str) -> NoReturn:
        self.unreachable.refuse(f"{self._path}: {why} within {self._timeout_seconds:g} s")

    async def _stream(self, operation: str, *arguments: object) -> AsyncGenerator[Answer, None]:
        """Yield answers until the stream ends or the connection is lost."""
        link = await self._connected()
        request_id, answers = link.stream(operation, arguments)
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


def _time_out(asked: asyncio.Future[Answer]) -> None:
    if not asked.done():
        asked.set_exception(_TimedOutError())
