"""An open-loop HTTP generator: requests leave at fixed times, whether or not earlier ones were answered.

The wait of a request counts from the time it was due, so a server that stalls is charged with everything it delayed.
Written on bare protocols, because it runs on the same cores as what it measures.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_OK: Final = b"HTTP/1.1 200"
_TICK_SECONDS: Final = 0.001
"""How finely requests leave; what one leaves late is part of its wait."""


class Due(NamedTuple):
    """One request."""

    at_seconds: float
    """When it is due, from the start."""
    data: bytes
    """Its bytes."""
    kind: int
    """Which series its wait belongs to."""


class Result(NamedTuple):
    """What the server did."""

    seconds: float
    """From the start to the last answer."""
    waits_seconds: dict[int, list[float]]
    """Wait of each request by kind, in the order of the answers."""
    errors: list[bytes]
    """Answers that were not 200, and connections that broke."""


class _Connection(asyncio.Protocol):
    """One kept-alive connection: sends a request, waits for its answer, takes the next that is due."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._expected = -1
        self._transport: asyncio.Transport | None = None
        self._due: Due | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Become one of the free connections."""
        self._transport = cast("asyncio.Transport", transport)  # those of uvloop are none by class
        self._run.free(self)

    def send(self, due: Due) -> None:
        """Send one request."""
        assert self._transport is not None
        self._due = due
        self._transport.write(due.data)

    def data_received(self, data: bytes) -> None:
        """Take what came; once the answer is whole, note its wait and become free."""
        self._buffer = self._buffer + data if self._buffer else data
        if self._expected < 0:
            end = self._buffer.find(_HEAD_END)
            if end < 0:
                return
            head = self._buffer[:end].lower()
            at = head.index(_LENGTH) + len(_LENGTH)
            self._expected = end + len(_HEAD_END) + int(head[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) < self._expected:
            return
        answer, self._buffer, self._expected = self._buffer, b"", -1
        due, self._due = self._due, None
        assert due is not None, "an answer nobody asked for"
        self._run.answered(due, answer)
        self._run.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a request whose answer will not come, and have another connection opened in the place of this one."""
        if self._due is not None:
            due, self._due = self._due, None
            self._run.answered(due, f"connection lost: {exc}".encode())
        self._run.lost(self)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class _Run:
    """One run: which requests are left, which connections are free, what was answered."""

    def __init__(
        self, requests: Sequence[Due], connect: Callable[[_Run], Awaitable[object]], progress: Callable[[int], None]
    ) -> None:
        self._requests = requests
        self._connect = connect
        self._opening: set[asyncio.Future[object]] = set()
        self._progress = progress
        self._loop = asyncio.get_running_loop()
        self._next = 0
        self._answered = 0
        self._free: list[_Connection] = []
        self._begun = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.done: asyncio.Future[None] = self._loop.create_future()
        self.waits: dict[int, list[float]] = {each.kind: [] for each in requests}
        self.errors: list[bytes] = []

    def begin(self) -> None:
        """Start the clock."""
        self._begun = self._loop.time()
        self._dispatch()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._loop.time() - self._begun

    def free(self, connection: _Connection) -> None:
        """Take a connection that waits for work."""
        self._free.append(connection)
        if self._begun:
            self._dispatch()

    def lost(self, connection: _Connection) -> None:
        """Open another connection for one that the server closed, unless all is done."""
        if connection in self._free:
            self._free.remove(connection)
        if not self.done.done():
            opening = asyncio.ensure_future(self._connect(self))
            self._opening.add(opening)
            opening.add_done_callback(self._opened)

    def _opened(self, opening: asyncio.Future[object]) -> None:
        self._opening.discard(opening)
        if not opening.cancelled() and opening.exception() is not None and not self.done.done():
            self.done.set_exception(opening.exception() or ConnectionError())

    def answered(self, due: Due, answer: bytes) -> None:
        """Note an answer."""
        self.waits[due.kind].append(self.elapsed - due.at_seconds)
        if not answer.startswith(_OK):
            self.errors.append(answer)
        self._answered += 1
        if self._answered % 1_000 == 0:
            self._progress(self._answered)
        if self._answered == len(self._requests) and not self.done.done():
            self.done.set_result(None)

    def _dispatch(self) -> None:
        """Send what is due on free connections, and wake up for the next."""
        now = self.elapsed
        while self._free and self._next < len(self._requests) and self._requests[self._next].at_seconds <= now:
            due = self._requests[self._next]
            self._next += 1
            self._free.pop().send(due)
        if self._free and self._next < len(self._requests) and self._timer is None:
            # Whole ticks: a loop whose timers are coarser than the wait would spin on the processor it measures.
            wait = self._requests[self._next].at_seconds - now
            self._timer = self._loop.call_later(max(math.ceil(wait / _TICK_SECONDS), 1) * _TICK_SECONDS, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._dispatch()


async def drive(
    host: str, port: int, requests: Sequence[Due], connections: int, progress: Callable[[int], None]
) -> Result:
    """Send ``requests``, in order of their times, over ``connections`` connections; returns once all are answered."""
    loop = asyncio.get_running_loop()
    opened: list[_Connection] = []

    async def connect(run: _Run) -> None:
        opened.append((await loop.create_connection(lambda: _Connection(run), host, port))[1])

    run = _Run(requests, connect, progress)
    for _ in range(connections):
        await connect(run)
    run.begin()
    await run.done
    seconds = run.elapsed
    for each in opened:
        each.close()
    return Result(seconds, run.waits, run.errors)


def post(path: str, body: bytes) -> bytes:
    """Return the bytes of a POST with a JSON body."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, token: str) -> bytes:
    """Return the bytes of a GET with an access token."""
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n".encode()
