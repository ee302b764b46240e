"""What waits for a block: a bounded queue that closes batches at once when idle, and lets them fill when busy."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from payport.values.limits import MAX_BLOCK_BYTES, MAX_TRANSACTIONS_PER_BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.ledger.admission import Item
    from payport.ledger.block import Outcome

LINGER_SECONDS: Final = 0.025
"""How long the first item of a batch may wait for company while an earlier batch is under way: what a block costs node,
index and ports beside its payments is that of dozens of payments, so a few more milliseconds spare half of the work."""

BATCH_TRANSACTIONS: Final = 250
"""Transactions of a full batch, far below what a block may hold: while several stages take turns, what one batch
touches must still be in the processor's cache when the next stage comes to it. One sync covers several blocks."""

MAX_WAITING_TRANSACTIONS: Final = 4 * MAX_TRANSACTIONS_PER_BLOCK
"""Transactions taken in and not answered: a few blocks, so that who is refused ``busy`` loses less than a second."""

MAX_WAITING_BYTES: Final = 16 * MAX_BLOCK_BYTES
"""Bytes of them."""


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """How much may wait, and how batches are closed."""

    batch_transactions: int = BATCH_TRANSACTIONS
    """A batch is full at this many transactions."""
    batch_bytes: int = MAX_BLOCK_BYTES
    """Or at this many bytes."""
    linger_seconds: float = LINGER_SECONDS
    """Or once its first item has waited this long."""
    waiting_transactions: int = MAX_WAITING_TRANSACTIONS
    """Transactions taken in and not answered, at most."""
    waiting_bytes: int = MAX_WAITING_BYTES
    """Bytes taken in and not answered, at most."""


class Submission:
    """Items handed in together, and one future for all their answers: waking a caller costs as much as a payment."""

    __slots__ = ("answers", "done", "missing")

    def __init__(self, number: int) -> None:
        """Wait for ``number`` answers."""
        self.answers: list[tuple[Outcome, ...] | BaseException | None] = [None] * number
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.missing = number

    def answer(self, place: int, answer: tuple[Outcome, ...] | BaseException) -> None:
        """Note the answer to one item; the last one wakes the caller."""
        assert self.answers[place] is None, "an item is answered once"
        self.answers[place] = answer
        self.missing -= 1
        if not self.missing and not self.done.done():
            self.done.set_result(None)


class Waiting:
    """An item and who waits for it."""

    __slots__ = ("item", "place", "since", "submission")

    def __init__(self, item: Item, submission: Submission, place: int, since: float) -> None:
        """Take in item ``place`` of ``submission`` at loop time ``since``."""
        self.item = item
        self.submission = submission
        self.place = place
        self.since = since

    @property
    def transactions(self) -> int:
        """Number of transactions it holds."""
        return len(self.item.members)

    @property
    def size_bytes(self) -> int:
        """Bytes it takes in a block."""
        return self.item.size_bytes


class Intake:
    """Items from the moment they are taken in until they are answered. Lives on the event loop."""

    def __init__(self, limits: IntakeLimits | None = None) -> None:
        """Start empty."""
        self._limits = limits or IntakeLimits()
        self._queue: deque[Waiting] = deque()
        self._queue_transactions = 0
        self._queue_bytes = 0
        self._under_way: set[Waiting] = set()
        self._all_transactions = 0
        self._all_bytes = 0
        self._nudge = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def __len__(self) -> int:
        """Return the number of items that wait for a batch."""
        return len(self._queue)

    def take_in(self, item: Item, submission: Submission, place: int, since: float) -> bool:
        """Queue an item; tell whether there was room."""
        transactions, size_bytes, limits = len(item.members), item.size_bytes, self._limits
        if (
            self._all_transactions + transactions > limits.waiting_transactions
            or self._all_bytes + size_bytes > limits.waiting_bytes
        ):
            return False
        if not self._all_transactions:
            self._drained.clear()
        self._queue.append(Waiting(item, submission, place, since))
        self._queue_transactions += transactions
        self._queue_bytes += size_bytes
        self._all_transactions += transactions
        self._all_bytes += size_bytes
        if len(self._queue) == 1 or self._is_full():
            self._nudge.set()
        return True

    async def next_batch(self) -> list[Waiting]:
        """Return the next batch, never empty."""
        while not self._queue:
            self._nudge.clear()
            await self._nudge.wait()
        # Everybody who submits in the same turn of the loop joins.
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        while self._under_way and not self._is_full():
            remaining = self._queue[0].since + self._limits.linger_seconds - loop.time()
            if remaining <= 0:
                break
            self._nudge.clear()
            try:
                async with asyncio.timeout(remaining):
                    await self._nudge.wait()
            except TimeoutError:
                break
        return self._close_batch()

    def answer(self, waiting: Waiting, answer: tuple[Outcome, ...] | BaseException) -> None:
        """Give an item its outcomes, or what went wrong."""
        if waiting in self._under_way:
            self._under_way.remove(waiting)
            self._all_transactions -= waiting.transactions
            self._all_bytes -= waiting.size_bytes
            waiting.submission.answer(waiting.place, answer)
            if not self._under_way:
                self._nudge.set()
                if not self._queue:
                    self._drained.set()

    def drop(self, dropped: Iterable[Waiting], error: BaseException) -> None:
        """Give items an error."""
        for waiting in dropped:
            self.answer(waiting, error)

    def fail_all(self, error: BaseException) -> None:
        """Give everything an error, queued or under way."""
        self._under_way.update(self._queue)
        self._queue.clear()
        self._queue_transactions = self._queue_bytes = 0
        self.drop(tuple(self._under_way), error)

    async def wait_drained(self) -> None:
        """Return once everything taken in has been answered."""
        await self._drained.wait()

    def _is_full(self) -> bool:
        return (
            self._queue_transactions >= self._limits.batch_transactions or self._queue_bytes >= self._limits.batch_bytes
        )

    def _close_batch(self) -> list[Waiting]:
        batch: list[Waiting] = []
        transactions = size = 0
        while self._queue:
            first = self._queue[0]
            transactions += first.transactions
            size += first.size_bytes
            full = transactions > self._limits.batch_transactions or size > self._limits.batch_bytes
            if batch and full:
                break
            batch.append(self._queue.popleft())
            self._queue_transactions -= first.transactions
            self._queue_bytes -= first.size_bytes
        self._under_way.update(batch)
        return batch
