"""Times out many who wait equally long with one timer: a timer for each costs more than most of what is waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")


class Patience(Generic[K]):
    """Calls ``expire`` for whoever has waited ``seconds`` and was not ended before. Lives on one event loop."""

    __slots__ = ("_deadlines", "_expire", "_seconds", "_timer")

    def __init__(self, seconds: float, expire: Callable[[K], None]) -> None:
        """Wait ``seconds`` for each."""
        self._seconds = seconds
        self._expire = expire
        self._deadlines: dict[K, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, waiting: K) -> None:
        """Begin to wait for somebody."""
        loop = asyncio.get_running_loop()
        self._deadlines[waiting] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look)

    def end(self, waiting: K) -> None:
        """Stop waiting for somebody."""
        self._deadlines.pop(waiting, None)

    def close(self) -> None:
        """Stop waiting for everybody, and expire nobody."""
        self._deadlines.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Expire who is due, who began first being due first, and look again when the next one is."""
        self._timer = None
        loop = asyncio.get_running_loop()
        while self._deadlines:
            waiting, deadline = next(iter(self._deadlines.items()))
            left = deadline - loop.time()
            if left > 0:
                self._timer = loop.call_later(left, self._look)
                return
            del self._deadlines[waiting]
            self._expire(waiting)
