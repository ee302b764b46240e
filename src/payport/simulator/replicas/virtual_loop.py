"""An event loop in simulated time: nothing waits, nothing runs beside it, and a seed decides how long everything takes.

The node's own code runs on it unchanged. What it gives to a pool of threads runs on this thread instead, in the pool's
order and after a drawn time; so whatever happens between two steps of a real node can happen between two steps here.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from concurrent.futures import Executor
    from contextvars import Context
    from random import Random

T = TypeVar("T")

STALL_SHARE: Final = 0.01
"""Share of the calls given to a pool that take as long as on a disk or processor that stands still for a while."""

_process: ContextVar[Process | None] = ContextVar("process", default=None)


class NothingLeftError(Exception):
    """Everybody waits for somebody else; in a simulation that is a failure, not a pause."""


class Process:
    """What ends as one: tasks, and calls given to pools. What runs in it belongs to it, and whatever that begins."""

    def __init__(self, loop: VirtualLoop) -> None:
        """Begin with nothing under way."""
        self.alive = True
        self._loop = loop
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def run(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a task of this process."""
        assert self.alive, "a process that ended begins nothing"
        context = copy_context()
        context.run(_process.set, self)
        return self._loop.create_task(coroutine, context=context)

    def kill(self) -> None:
        """End it between two steps: no task goes on, and what a pool has not done yet is not done."""
        self.alive = False
        for task in tuple(self._tasks):
            task.cancel()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Note a task that began in this process."""
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)


class VirtualLoop(asyncio.BaseEventLoop):
    """See the module. Time begins at 0 and moves only when nothing is left to do at its present moment."""

    def __init__(self, random: Random) -> None:
        """Draw from ``random`` how long calls take."""
        super().__init__()
        self._selector = self  # asks itself how long to wait, and need not
        self._random = random
        self._now = 0.0
        self._free_at: dict[Executor | None, float] = {}

    def time(self) -> float:
        """Return the simulated time, in seconds."""
        return self._now

    def select(self, timeout: float | None) -> list[NoReturn]:
        """Let time pass up to the next timer."""
        if timeout is None:
            raise NothingLeftError("nothing is left that could happen")
        self._now += timeout
        return []

    def _process_events(self, event_list: list[NoReturn]) -> None:
        """Take what a selector found: never anything."""

    def _write_to_self(self) -> None:
        """Wake the loop from another thread: there is none."""

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """Begin a task, of the process in which it is begun."""
        task = super().create_task(coro, name=name, context=context)
        process = _process.get() if context is None else context.get(_process)
        if process is not None:
            process.adopt(task)
        return task

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: object) -> asyncio.Future[T]:
        """Call ``func`` on this thread, after what this pool was given before; a pool is one thread."""
        process, future = _process.get(), self.create_future()
        done_at = max(self._now, self._free_at.get(executor, 0.0)) + self._draw_seconds()
        self._free_at[executor] = done_at

        def call() -> None:
            if process is not None and not process.alive:
                return
            error: BaseException | None = None
            result: T | None = None
            try:
                result = func(*args)
            except Exception as raised:  # noqa: BLE001 - whoever waits for the call gets it
                error = raised
            # Done, and nobody knows yet: a crash may come in between.
            self.call_later(self._draw_seconds() / 10, _settle, future, result, error)

        self.call_at(done_at, call)
        return future

    def _draw_seconds(self) -> float:
        if self._random.random() < STALL_SHARE:
            return self._random.uniform(0.05, 1.5)
        return self._random.uniform(0.0001, 0.005)


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
