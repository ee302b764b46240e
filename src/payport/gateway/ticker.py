"""One look at the index for all who wait on it: the newest block is awaited at the node, then in the index."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from payport.history.index import HistoryIndex
    from payport.node.client import NodeClient

WAIT_SECONDS: Final = 5.0
"""How long one look waits for the index; then it looks again."""


class Ticker:
    """Tells those who follow events that the index has grown."""

    def __init__(self, node: NodeClient, index: HistoryIndex) -> None:
        """Watch ``node`` and ``index``."""
        self._node = node
        self._index = index
        self._grown = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.height = 0

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop; whoever waits is told at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        async with self._grown:
            self._grown.notify_all()

    async def wait(self, height: int, timeout_seconds: float) -> None:
        """Return once the index is above ``height``, or after the time-out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._grown:
                await self._grown.wait_for(lambda: self.height > height)

    async def _watch(self) -> None:
        self.height = (await self._index.progress()).height
        while True:
            await self._node.wait_block(self.height)
            await self._index.wait(self.height + 1, WAIT_SECONDS)
            reached = (await self._index.progress()).height
            if reached > self.height:
                async with self._grown:
                    self.height = reached
                    self._grown.notify_all()
