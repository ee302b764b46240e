"""What waits for a block: a bounded queue that closes batches at once when idle, and lets them fill when busy.

**Fair shares.** What waits is kept by the institution that sends it, or whose customer does. While everything fits into
one batch, a batch is all of it, so alone an institution has whole blocks. When it does not fit, a batch is filled item
by item from the institution that has fewest bytes in it so far: each has an equal share, and what one does not use is
shared by the others. Of equals, the one whose oldest item has waited longest comes first, so nobody waits for ever.
Within a batch, and within an institution, order is the order of arrival.

The room to wait in is shared alike. When it is full, an institution with less waiting than another takes the place of
the newest items of the one with most, which are refused as ``busy``; whoever has most is refused itself. So a flood
costs only the institution it comes from. Bytes are what is shared, of batches and of room, because nearly all of a
node's work is by the byte: signatures, execution, log and network.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from payport.consensus.contract import BUSY
from payport.values.limits import MAX_BLOCK_BYTES, MAX_TRANSACTIONS_PER_BLOCK
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.ledger.admission import Item
    from payport.ledger.block import Outcome

LINGER_SECONDS: Final = 0.025
"""How long the first item of a batch may wait for company while an earlier batch is under way: what a block costs node,
index and ports beside its payments is that of dozens of payments, so a few more milliseconds spare half of the work."""

PACE_SECONDS: Final = 0.02
"""Shortest time from one batch to the next that is not full: what a block costs, a busy node spends on few blocks, and
a payment that comes alone still waits for nothing."""

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
    pace_seconds: float = PACE_SECONDS
    """But not full, not sooner than so long after the batch before it."""
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

    __slots__ = ("arrival", "item", "place", "since", "size_bytes", "submission", "transactions")

    def __init__(self, arrival: int, item: Item, submission: Submission, place: int, since: float) -> None:
        """Take in item ``place`` of ``submission`` at loop time ``since``, as number ``arrival`` of all."""
        self.arrival = arrival
        self.item = item
        self.submission = submission
        self.place = place
        self.since = since
        self.transactions = len(item.members)
        """Number of transactions it holds."""
        self.size_bytes = item.size_bytes
        """Bytes it takes in a block."""


_ARRIVAL: Final = attrgetter("arrival")


class _Queue:
    """What one institution has waiting, in order of arrival."""

    __slots__ = ("items", "size_bytes")

    def __init__(self) -> None:
        """Start empty."""
        self.items: deque[Waiting] = deque()
        self.size_bytes = 0


class Intake:
    """Items from the moment they are taken in until they are answered. Lives on the event loop."""

    def __init__(self, limits: IntakeLimits | None = None) -> None:
        """Start empty."""
        self.busy = 0
        """Items refused as ``busy`` so far."""
        self._limits = limits or IntakeLimits()
        self._arrivals = 0
        self._queues: dict[str, _Queue] = {}
        """What waits, by institution; only those that have something waiting are here."""
        self._queue_transactions = 0
        self._queue_bytes = 0
        self._under_way: dict[Waiting, None] = {}
        """In order, so that all who are failed at once hear of it in the same order in every run."""
        self._all_transactions = 0
        self._all_bytes = 0
        self._closed_at = -math.inf
        """Loop time at which the last batch was closed."""
        self._is_due = False
        """Whether what waits shall not wait for more."""
        self._nudge = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def __len__(self) -> int:
        """Return the number of items that wait for a batch."""
        return sum(len(queue.items) for queue in self._queues.values())

    @property
    def unanswered(self) -> int:
        """Transactions taken in and not answered, in a queue or under way."""
        return self._all_transactions

    def take_in(self, item: Item, institution: str, submission: Submission, place: int, since: float) -> None:
        """Queue an item for its institution; raises ``busy`` where there is no room for it."""
        transactions, size_bytes, limits = len(item.members), item.size_bytes, self._limits
        while (
            self._all_transactions + transactions > limits.waiting_transactions
            or self._all_bytes + size_bytes > limits.waiting_bytes
        ):
            self._make_room(institution, size_bytes)
        if not self._all_transactions:
            self._drained.clear()
        queue = self._queues.get(institution)
        if queue is None:
            queue = self._queues[institution] = _Queue()
        first = not self._queue_transactions
        self._arrivals += 1
        queue.items.append(Waiting(self._arrivals, item, submission, place, since))
        queue.size_bytes += size_bytes
        self._queue_transactions += transactions
        self._queue_bytes += size_bytes
        self._all_transactions += transactions
        self._all_bytes += size_bytes
        if first or self._is_full():
            self._nudge.set()

    async def next_batch(self) -> list[Waiting]:
        """Return the next batch, never empty."""
        while not self._queues:
            self._nudge.clear()
            await self._nudge.wait()
        # Everybody who submits in the same turn of the loop joins.
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        while not self._is_full() and not self._is_due:
            remaining = self._closed_at + self._limits.pace_seconds - loop.time()
            if self._under_way:
                oldest = min(queue.items[0].since for queue in self._queues.values())
                remaining = max(remaining, oldest + self._limits.linger_seconds - loop.time())
            if remaining <= 0:
                break
            self._nudge.clear()
            try:
                async with asyncio.timeout(remaining):
                    await self._nudge.wait()
            except TimeoutError:
                break
        self._closed_at = loop.time()
        self._is_due = False
        return self._close_batch()

    def close_now(self) -> None:
        """Let what waits by now be the next batch, however short it has waited."""
        if self._queues:
            self._is_due = True
            self._nudge.set()

    def answer(self, waiting: Waiting, answer: tuple[Outcome, ...] | BaseException) -> None:
        """Give an item its outcomes, or what went wrong."""
        if waiting in self._under_way:
            del self._under_way[waiting]
            self._let_go(waiting, answer)
            if not self._under_way:
                self._nudge.set()
                if not self._queues:
                    self._drained.set()

    def drop(self, dropped: Iterable[Waiting], error: BaseException) -> None:
        """Give items an error."""
        for waiting in dropped:
            self.answer(waiting, error)

    def fail_all(self, error: BaseException) -> None:
        """Give everything an error, queued or under way."""
        for queue in self._queues.values():
            self._under_way.update(dict.fromkeys(queue.items))
        self._queues.clear()
        self._queue_transactions = self._queue_bytes = 0
        self.drop(tuple(self._under_way), error)

    async def wait_drained(self) -> None:
        """Return once everything taken in has been answered."""
        await self._drained.wait()

    def _is_full(self) -> bool:
        return (
            self._queue_transactions >= self._limits.batch_transactions or self._queue_bytes >= self._limits.batch_bytes
        )

    def _let_go(self, waiting: Waiting, answer: tuple[Outcome, ...] | BaseException) -> None:
        self._all_transactions -= waiting.transactions
        self._all_bytes -= waiting.size_bytes
        waiting.submission.answer(waiting.place, answer)

    def _make_room(self, institution: str, size_bytes: int) -> None:
        """Refuse the newest item of the institution with most waiting, or raise ``busy`` where that is this one."""
        own = self._queues.get(institution)
        own_bytes = size_bytes + (0 if own is None else own.size_bytes)
        most = max(self._queues, key=lambda each: self._queues[each].size_bytes, default=institution)
        self.busy += 1
        if most == institution or self._queues[most].size_bytes <= own_bytes:
            BUSY.refuse()
        queue = self._queues[most]
        newest = queue.items.pop()
        queue.size_bytes -= newest.size_bytes
        self._queue_transactions -= newest.transactions
        self._queue_bytes -= newest.size_bytes
        if not queue.items:
            del self._queues[most]
        self._let_go(newest, Refusal(BUSY))

    def _close_batch(self) -> list[Waiting]:
        """Return the next batch: fair among institutions, in order of arrival."""
        queues, limits = self._queues, self._limits
        batch: list[Waiting] = []
        transactions = size = 0
        # Of each institution: bytes it has in the batch, arrival of its oldest item, name.
        turns = [(0, queue.items[0].arrival, institution) for institution, queue in queues.items()]
        heapq.heapify(turns)
        while turns:
            taken_bytes, _, institution = turns[0]
            queue = queues[institution]
            items = queue.items
            first = items[0]
            more_transactions, more_bytes = transactions + first.transactions, size + first.size_bytes
            if batch and (more_transactions > limits.batch_transactions or more_bytes > limits.batch_bytes):
                break
            transactions, size = more_transactions, more_bytes
            batch.append(items.popleft())
            queue.size_bytes -= first.size_bytes
            if items:
                heapq.heapreplace(turns, (taken_bytes + first.size_bytes, items[0].arrival, institution))
            else:
                heapq.heappop(turns)
                del queues[institution]
        self._queue_transactions -= transactions
        self._queue_bytes -= size
        batch.sort(key=_ARRIVAL)
        self._under_way.update(dict.fromkeys(batch))
        return batch
