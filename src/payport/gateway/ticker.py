"""One look at the index for all who wait on it: the newest block is awaited at the node, then in the index."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from payport.history.index import HistoryIndex
    from payport.node.client import NodeClient

WAIT_SECONDS: Final = 5.0
"""How long one look waits for the index; then it looks again."""

PAUSE_SECONDS: Final = 0.5
"""Pause after a look that failed."""

_log = structlog.get_logger(__name__)


class Ticker:
    """Tells those who follow events that the index has grown. It looks only while somebody waits."""

    def __init__(self, node: NodeClient, index: HistoryIndex) -> None:
        """Watch ``node`` and ``index``."""
        self._node = node
        self._index = index
        self._task: asyncio.Task[None] | None = None
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._grown = asyncio.Event()
        self.height = 0
        self.stopping = False

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Tell whoever waits, now and later, that the end has come."""
        self.stopping = True
        self._grown.set()

    async def close(self) -> None:
        """Stop, and end the watch."""
        self.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self, height: int, timeout_seconds: float) -> None:
        """Return once the index is above ``height``, after the time-out, or at the end."""
        self._waiting += 1
        self._wanted.set()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    while self.height <= height and not self.stopping:
                        await self._grown.wait()
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._wanted.clear()

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of the next block
                _log.warning("a look at the index failed", exc_info=error)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self) -> None:
        newest = await self._node.wait_block(self.height)
        await self._index.wait(newest, WAIT_SECONDS)
        reached = (await self._index.progress()).height
        if reached > self.height:
            self.height = reached
            grown, self._grown = self._grown, asyncio.Event()
            grown.set()
