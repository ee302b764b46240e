"""How a worker ends: streams at once, requests under way when they are answered, and never later than its parent."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

DRAIN_SECONDS: Final = 10
"""How long requests under way may take after the signal."""

WATCH_SECONDS: Final = 0.5
"""How often a worker looks whether its parent is there."""


def on_signal(call: Callable[[], None]) -> None:
    """Call ``call`` on the event loop at SIGTERM or SIGINT, beside what the server does then.

    The loop is told of a signal by number, whichever handler the interpreter runs, so the server's own stays in place.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(call))


async def end_with_parent() -> None:
    """Stop this worker once its parent is gone: it would keep the port, and nobody could tell it to stop."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(WATCH_SECONDS)
    asyncio.get_running_loop().call_later(DRAIN_SECONDS, os._exit, 1)
    os.kill(os.getpid(), signal.SIGTERM)
