"""The client of the local interface: pipelined, with time-outs, and connected again after the node was restarted."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import msgspec

from payport.consensus.contract import STOPPING, EngineStatus
from payport.ledger.block import Outcome
from payport.ledger.store.stored_block import StoredBlock
from payport.node.frames import Answer, AnswerKind, RefusalRecord, Request, frame, read_frame
from payport.node.operations import ReceiptParts
from payport.node.patience import Patience
from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
    from pathlib import Path

T = TypeVar("T")

NODE_UNREACHABLE: Final = RefusalCode(
    "node_unreachable",
    RefusalClass.UNAVAILABLE,
    "The node does not answer; the same bytes may be sent again.",
    "节点无响应；可用相同内容重新提交。",
)
"""No answer within the time-out. Whether the bytes were executed is not known; sending them again has one effect."""

NODE_FAILED: Final = RefusalCode(
    "node_failed",
    RefusalClass.UNAVAILABLE,
    "The node failed; the same bytes may be sent again once it is back.",
    "节点发生故障；待其恢复后可用相同内容重新提交。",
)
"""The node said that it failed. Whether the bytes were executed is not known; sending them again has one effect."""

REFUSALS: Final = (NODE_UNREACHABLE, NODE_FAILED)
"""Refusals of this module."""

TIMEOUT_SECONDS: Final = 10.0
"""How long a call may take, reconnecting included."""

RETRY_SECONDS: Final = 0.05
"""Pause before a connection is tried again."""

MAX_UNSENT_BYTES: Final = 32 * 1024 * 1024
"""Bytes that wait for a node which does not read; with more, nothing is sent and nobody waits in vain."""

SubmitAnswer = tuple[tuple[Outcome, ...] | None, RefusalRecord | None]
"""One element of ``submit_many``'s answer."""

_OUTCOMES: Final[msgspec.msgpack.Decoder[tuple[Outcome, ...]]] = msgspec.msgpack.Decoder(tuple[Outcome, ...])
_ANSWERS: Final[msgspec.msgpack.Decoder[tuple[SubmitAnswer, ...]]] = msgspec.msgpack.Decoder(tuple[SubmitAnswer, ...])
_OUTCOME: Final[msgspec.msgpack.Decoder[Outcome | None]] = msgspec.msgpack.Decoder(Outcome | None)
_STATUS: Final[msgspec.msgpack.Decoder[EngineStatus]] = msgspec.msgpack.Decoder(EngineStatus)
_BLOCK: Final[msgspec.msgpack.Decoder[StoredBlock]] = msgspec.msgpack.Decoder(StoredBlock)
_RECORD: Final[msgspec.msgpack.Decoder[bytes | None]] = msgspec.msgpack.Decoder(bytes | None)
_RECORDS: Final[msgspec.msgpack.Decoder[list[tuple[bytes, bytes]]]] = msgspec.msgpack.Decoder(list[tuple[bytes, bytes]])
_PARTS: Final[msgspec.msgpack.Decoder[ReceiptParts]] = msgspec.msgpack.Decoder(ReceiptParts)


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
        """Bytes the node has not read."""
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


class NodeClient:
    """Speaks to a node. Every call may be repeated safely, so after a lost connection it is sent again on a new one."""

    def __init__(self, path: Path, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Speak to the node at the socket ``path``."""
        self._path = path
        self._timeout_seconds = timeout_seconds
        self._link: _Link | None = None
        self._connecting = asyncio.Lock()
        self._patience: Patience[asyncio.Future[Answer]] = Patience(timeout_seconds, _time_out)

    async def submit(self, envelopes: Sequence[bytes]) -> tuple[Outcome, ...]:
        """Execute a transaction or group; returns once it is durable. Raises refusals at the door."""
        return await self._call(_OUTCOMES, "submit", tuple(envelopes))

    async def submit_many(self, items: Sequence[Sequence[bytes]]) -> list[tuple[Outcome, ...] | Refusal]:
        """Execute many items, each for itself."""
        answers = await self._call(_ANSWERS, "submit_many", tuple(tuple(item) for item in items))
        found: list[tuple[Outcome, ...] | Refusal] = []
        for outcomes, refused in answers:
            if refused is not None:
                found.append(refused.refusal())
            else:
                assert outcomes is not None, "an item is answered with outcomes or with a refusal"
                found.append(outcomes)
        return found

    async def lookup(self, transaction_id: bytes, valid_until_ms: int) -> Outcome | None:
        """Return how a transaction ended, as long as it is remembered."""
        return await self._call(_OUTCOME, "lookup", transaction_id, valid_until_ms)

    async def status(self) -> EngineStatus:
        """Return the engine's status."""
        return await self._call(_STATUS, "status")

    async def block(self, height: int) -> StoredBlock:
        """Return a stored block; raises ``unknown_block``."""
        return await self._call(_BLOCK, "block", height)

    async def read(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record of the state."""
        return await self._call(_RECORD, "read", family, key)

    async def scan(self, family: str, prefix: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Return keys that begin with ``prefix`` and their encoded records, in key order."""
        return await self._call(_RECORDS, "scan", family, prefix, limit)

    async def receipt_parts(self, height: int, leaf_index: int) -> ReceiptParts:
        """Return what a receipt needs of a block; raises ``unknown_block`` or ``unknown_leaf``."""
        return await self._call(_PARTS, "receipt_parts", height, leaf_index)

    async def wait_block(self, after_height: int) -> int:
        """Return the last durable height as soon as it is above ``after_height``; no time-out but the node's life."""
        async with contextlib.aclosing(self._follow("wait_block", lambda: after_height)) as answers:
            return codec.decode(bytes((await anext(answers)).value), int)

    async def blocks(self, from_height: int) -> AsyncIterator[StoredBlock]:
        """Yield every stored block from ``from_height`` on, across restarts of the node, without end."""
        height = from_height
        async with contextlib.aclosing(self._follow("blocks", lambda: height)) as answers:
            async for answer in answers:
                block = codec.decode(bytes(answer.value), StoredBlock)
                assert block.height == height, "the node streams blocks in order"
                yield block
                height += 1

    async def close(self) -> None:
        """End the connection."""
        self._patience.close()
        if self._link is not None:
            await self._link.close()
            self._link = None

    async def _follow(self, operation: str, argument: Callable[[], int]) -> AsyncGenerator[Answer, None]:
        """Yield a stream's answers across restarts of the node; ``argument`` says where each attempt begins."""
        while True:
            with contextlib.suppress(_LostError):
                async with contextlib.aclosing(self._stream(operation, argument())) as answers:
                    async for answer in answers:
                        yield answer
            await asyncio.sleep(RETRY_SECONDS)

    async def _call(self, into: msgspec.msgpack.Decoder[T], operation: str, *arguments: object) -> T:
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
            self._unreachable("no answer")

    async def _ask(self, operation: str, arguments: tuple[object, ...]) -> bytes:
        link = self._link if self._link is not None and self._link.open else await self._connected_in_time()
        if link.unsent_bytes > MAX_UNSENT_BYTES:
            self._unreachable("it reads nothing")
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request_id = link.ask(operation, arguments, asked)
        self._patience.begin(asked)
        try:
            answer = await asked
        except _TimedOutError:
            self._unreachable("no answer")
        finally:
            self._patience.end(asked)
            link.forget(request_id)
        _require_ok(answer)
        return bytes(answer.value)

    async def _connected_in_time(self) -> _Link:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._connected()
        except TimeoutError:
            self._unreachable("no connection")

    def _unreachable(self, why: str) -> NoReturn:
        NODE_UNREACHABLE.refuse(f"{self._path}: {why} within {self._timeout_seconds:g} s")

    async def _stream(self, operation: str, *arguments: object) -> AsyncGenerator[Answer, None]:
        """Yield answers until the stream ends or the connection is lost."""
        link = await self._connected()
        request_id, answers = link.stream(operation, arguments)
        try:
            while (answer := await answers.get()) is not None and answer.kind is not AnswerKind.END:
                _require_ok(answer)
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


def _time_out(asked: asyncio.Future[Answer]) -> None:
    if not asked.done():
        asked.set_exception(_TimedOutError())


def _require_ok(answer: Answer) -> None:
    """Raise what the answer refuses."""
    if answer.kind is AnswerKind.REFUSED:
        refused = codec.decode(bytes(answer.value), RefusalRecord)
        if refused.code == STOPPING.code:
            raise _LostError
        raise refused.refusal()
    if answer.kind is AnswerKind.FAILED:
        NODE_FAILED.refuse(codec.decode(bytes(answer.value), str))
