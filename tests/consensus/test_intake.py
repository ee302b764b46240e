"""The intake: fair shares of a batch and of the room to wait in, nobody starved, nothing lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.consensus.intake import Intake, IntakeLimits, Submission, Waiting
from payport.values.refusals import Refusal


class Sized(NamedTuple):
    """As much of an item as the intake looks at."""

    members: tuple[str, ...]
    size_bytes: int


class Bench:
    """An intake, and who sent what."""

    def __init__(self, **limits: int) -> None:
        self.intake = Intake(IntakeLimits(**{"pace_seconds": 0, **limits}))  # type: ignore[arg-type]
        self.sent: dict[int, str] = {}
        self.codes: set[str] = set()
        self.submission = Submission(10_000)

    def send(self, institution: str, size_bytes: int = 100, members: int = 1) -> bool:
        """Send an item; tell whether it was taken in."""
        place = len(self.sent)
        self.sent[place] = institution
        item = Sized((institution,) * members, size_bytes)
        try:
            self.intake.take_in(item, institution, self.submission, place, 0.0)  # type: ignore[arg-type]
        except Refusal as refusal:
            self.codes.add(refusal.code)
            return False
        return True

    async def batch(self) -> list[Waiting]:
        """Return the next batch, answered as soon as it is there."""
        found = await self.intake.next_batch()
        for waiting in found:
            self.intake.answer(waiting, ())
        return found

    def by_institution(self, batch: list[Waiting]) -> Counter[str]:
        """Return the bytes of each institution in a batch."""
        counted: Counter[str] = Counter()
        for waiting in batch:
            counted[self.sent[waiting.place]] += waiting.size_bytes
        return counted

    def refused(self) -> list[str]:
        """Return whose items were refused once they waited, in the order in which they had come."""
        return [self.sent[place] for place, each in enumerate(self.submission.answers) if isinstance(each, Refusal)]


async def test_alone_an_institution_has_whole_batches() -> None:
    bench = Bench(batch_transactions=10)
    for _ in range(25):
        bench.send("east")
    assert [len(await bench.batch()) for _ in range(3)] == [10, 10, 5]


async def test_a_batch_comes_at_once_and_the_next_a_pace_later() -> None:
    bench = Bench(batch_transactions=10, pace_seconds=60)
    bench.send("east")
    assert len(await bench.batch()) == 1, "nothing came before: nobody waits"
    bench.send("east")
    soon = asyncio.create_task(bench.batch())
    await asyncio.sleep(0.01)
    assert not soon.done()
    for _ in range(9):
        bench.send("east")
    assert len(await soon) == 10, "a full batch keeps no pace"


async def test_a_flood_leaves_the_others_their_share() -> None:
    """Whoever comes after a flood is in the next batch, not behind all of it."""
    bench = Bench(batch_transactions=12)
    for _ in range(100):
        bench.send("flood")
    for institution in ("east", "north"):
        for _ in range(6):
            bench.send(institution)
    assert bench.by_institution(await bench.batch()) == {"flood": 400, "east": 400, "north": 400}
    assert bench.by_institution(await bench.batch()) == {"flood": 800, "east": 200, "north": 200}
    assert bench.by_institution(await bench.batch()) == {"flood": 1_200}


async def test_shares_are_of_bytes() -> None:
    bench = Bench(batch_bytes=4_000)
    for _ in range(20):
        bench.send("large", 1_000)
        bench.send("small", 100)
    assert bench.by_institution(await bench.batch()) == {"large": 2_000, "small": 2_000}


async def test_a_group_counts_as_all_its_members() -> None:
    bench = Bench(batch_transactions=10)
    for _ in range(3):
        bench.send("east", members=4)
    assert [len(await bench.batch()) for _ in range(2)] == [2, 1]


async def test_an_item_beyond_every_limit_goes_alone() -> None:
    bench = Bench(batch_bytes=100)
    for size_bytes in (250, 10):
        bench.send("east", size_bytes)
    assert [len(await bench.batch()) for _ in range(2)] == [1, 1]


async def test_more_institutions_than_a_batch_holds_take_turns() -> None:
    bench = Bench(batch_transactions=2)
    for _ in range(2):
        for institution in "abcde":
            bench.send(institution)
    batches = [[bench.sent[each.place] for each in await bench.batch()] for _ in range(5)]
    assert batches == [["a", "b"], ["c", "d"], ["e", "a"], ["b", "c"], ["d", "e"]]


async def test_a_flood_makes_room_for_others_and_is_refused_itself() -> None:
    bench = Bench(waiting_transactions=10)
    assert all(bench.send("flood") for _ in range(10))
    assert not bench.send("flood")
    assert all(bench.send("east") for _ in range(5))
    assert not bench.send("east")
    assert not bench.send("flood")
    assert bench.refused() == ["flood"] * 5
    assert bench.codes == {"busy"}
    assert bench.intake.busy == 8
    kept = bench.by_institution(await bench.batch())
    assert kept == {"flood": 500, "east": 500}
    # The flood's oldest items were kept.
    assert [place for place, each in enumerate(bench.submission.answers[:10]) if each == ()] == [0, 1, 2, 3, 4]


async def test_what_is_under_way_makes_no_room() -> None:
    bench = Bench(waiting_transactions=2, batch_transactions=2)
    assert bench.send("flood")
    assert bench.send("flood")
    under_way = await bench.intake.next_batch()
    assert not bench.send("east")
    bench.intake.answer(under_way[0], ())
    assert bench.send("east")
    bench.intake.answer(under_way[1], ())
    assert bench.by_institution(await bench.batch()) == {"east": 100}
    await bench.intake.wait_drained()


async def test_one_large_item_yields_to_a_small_one() -> None:
    bench = Bench(waiting_bytes=1_000)
    assert bench.send("large", 1_000)
    assert bench.send("small", 10)
    assert bench.refused() == ["large"]
    assert len(bench.intake) == 1


SENT = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 400), st.integers(1, 3)), min_size=1, max_size=80)


@pytest.mark.parametrize("batch_transactions", [1, 5, 50])
@given(sent=SENT, seed=st.integers(0, 9))
async def test_nothing_is_lost_and_every_batch_is_fair(
    batch_transactions: int, sent: list[tuple[str, int, int]], seed: int
) -> None:
    """Every item is answered once; in a batch that leaves some out, nobody left out has an item less than another."""
    bench = Bench(batch_transactions=batch_transactions, batch_bytes=1_000, waiting_transactions=60)
    random = Random(seed)
    last_of: dict[str, int] = {}
    waiting = list(sent)
    while waiting or len(bench.intake):
        for _ in range(random.randint(0, len(waiting))):
            institution, size_bytes, members = waiting.pop()
            if not bench.send(institution, size_bytes, members):
                bench.submission.answer(len(bench.sent) - 1, Refusal.__new__(Refusal))
        if not len(bench.intake):
            continue
        batch = await bench.batch()
        places = [each.place for each in batch]
        assert places == sorted(places)
        for each in batch:
            assert last_of.get(bench.sent[each.place], -1) < each.place
            last_of[bench.sent[each.place]] = each.place
        left = {name: queue.items[0].size_bytes for name, queue in bench.intake._queues.items()}
        taken = bench.by_institution(batch)
        largest = max((each.size_bytes for each in batch), default=0)
        for name in left:
            assert taken[name] + largest >= max(taken.values())
    assert None not in bench.submission.answers[: len(sent)]
    await bench.intake.wait_drained()


async def test_what_waits_is_closed_when_told_and_only_that() -> None:
    bench = Bench(linger_seconds=10**9)
    intake = bench.intake
    intake.close_now()  # nothing waits, so nothing is due
    bench.send("a")
    first = await intake.next_batch()
    bench.send("a")
    closing = asyncio.create_task(intake.next_batch())
    await asyncio.sleep(0.01)
    assert not closing.done(), "an earlier batch is under way, so it waits for company"
    intake.close_now()
    assert len(await closing) == 1
    bench.send("b")
    waits = asyncio.create_task(intake.next_batch())
    await asyncio.sleep(0.01)
    assert not waits.done()
    waits.cancel()
    assert len(first) == 1
