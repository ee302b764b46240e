"""Payments that arrive together go to the node together: one message for all of a turn of the event loop.

Each waits for its own answer and is refused for itself, as if it had been sent alone; only the cost of a message is
shared. What comes while nothing is under way goes at once; else it is held a moment for company.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from payport.node.client import NODE_FAILED
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

Item_contra = TypeVar("Item_contra", contravariant=True)
Answer_co = TypeVar("Answer_co", covariant=True)
Item = TypeVar("Item")
Answer = TypeVar("Answer")

MAX_GATHERED: Final = 500
"""Items of one message; more go in several."""


HOLD_SECONDS: Final = 0.004
"""How long the first of a message waits for company while another message is under way: far less than a block takes,
and a message costs both sides as much as a payment."""


class Submitter(Protocol[Item_contra, Answer_co]):
    """Takes many items at once, as :class:`NodeClient` does."""

    async def submit_many(self, items: Sequence[Item_contra]) -> Sequence[Answer_co | Refusal]:
        """Answer each item, in their order; raises what stands in the way of all of them."""


class Gathering(Generic[Item, Answer]):
    """Submits for many callers at once."""

    def __init__(self, submitter: Submitter[Item, Answer]) -> None:
        """Send through ``submitter``."""
        self._submitter = submitter
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._sending: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Answer:
        """Submit an item and return its answer; raises how it was refused."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        if not self._waiting:
            if self._sending:
                loop.call_later(HOLD_SECONDS, self._send)
            else:
                loop.call_soon(self._send)
        self._waiting.append((item, answer))
        return await answer

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), MAX_GATHERED):
            task = asyncio.create_task(self._deliver(waiting[start : start + MAX_GATHERED]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _deliver(self, waiting: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        """Send some items and tell each caller; where the node fails on one of them, send each for itself."""
        try:
            answers = await self._submitter.submit_many([item for item, _ in waiting])
            assert len(answers) == len(waiting), "each item has an answer"
        except Refusal as refusal:
            if refusal.code == NODE_FAILED.code and len(waiting) > 1:
                await asyncio.gather(*(self._deliver([each]) for each in waiting))
                return
            answers = [refusal] * len(waiting)
        except Exception as error:  # noqa: BLE001 - an error of the program is every caller's to report
            for _, answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), found in zip(waiting, answers, strict=True):
            if answer.done():  # whoever asked has gone
                continue
            if isinstance(found, Refusal):
                answer.set_exception(Refusal(found.reason, found.detail))
            else:
                answer.set_result(found)
