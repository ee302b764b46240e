"""The state digest: kept up to date it is what a whole state gives, however that state came about."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from payport.ledger.digest import META, StateDigest, digest_of_whole_state
from payport.ledger.state import ids
from payport.ledger.state.state import BUCKET_BYTES, State
from payport.values import codec
from tests.ledger.state.test_state import Checkpoint, items, write

blocks = st.lists(st.tuples(st.booleans(), st.lists(items, max_size=3), st.none() | st.integers(0, 1)), max_size=5)
"""Whether the state is opened anew before the block, its items, and a bucket of ids that is dropped first."""


def keep(base: Checkpoint, state: State) -> None:
    """Write the noted changes, as a checkpoint does."""
    for family, pairs in state.take_changes().items():
        for key, data in pairs.items():
            base.records.pop((family, key), None)
            if data is not None:
                base.records[family, key] = data


@settings(deadline=None)
@given(blocks)
def test_the_running_digest_is_that_of_the_whole_state(drawn: list[tuple[bool, Any, int | None]]) -> None:
    base = Checkpoint()
    state = State(base)
    digest = StateDigest(state)
    for reopen, block, bucket in drawn:
        if reopen:
            keep(base, state)
            state = State(base)
            digest = StateDigest(state)
        if bucket is not None:
            for key in ids.table(state).drop_bucket(bucket):
                state.note_pending(ids.FAMILY.name, key, None)
            digest.drop_bucket(ids.FAMILY.name, bucket)
        for undone, written in block:
            state.begin_item()
            write(state, {}, written)
            if undone:
                state.undo_item()
        digest.update(state.close_block())
        assert digest.value() == digest_of_whole_state(state)
    keep(base, state)
    assert StateDigest(State(base)).value() == digest.value()


@given(st.permutations([(b"a", 1), (b"b", 2), (b"c", 3)]), st.integers(0, 3))
def test_neither_order_nor_blocks_matter(drawn: list[tuple[bytes, int]], cut: int) -> None:
    digest = StateDigest(State())
    for part in (drawn[:cut], drawn[cut:]):
        digest.update({"refunds": {key: (None, codec.Record()) for key, _ in part}})
    straight = StateDigest(State())
    straight.update({"refunds": {key: (None, codec.Record()) for key in (b"a", b"b", b"c")}})
    assert digest.value() == straight.value()


def test_family_key_and_record_all_count() -> None:
    record = ids.Remembered(1, 0, "committed")
    place = bytes(BUCKET_BYTES) + b"k"
    made = set()
    for family, key, kept in (
        ("refunds", place, record),
        ("keys", place, record),
        ("ids", place, record),
        ("refunds", place + b"k", record),
        ("refunds", place, ids.Remembered(2, 0, "committed")),
    ):
        digest = StateDigest(State())
        digest.update({family: {key: (None, kept)}})
        made.add(digest.value())
    assert len(made) == 5
    assert StateDigest(State()).value() not in made


def test_what_is_gone_leaves_no_trace() -> None:
    state = State()
    digest = StateDigest(state)
    empty, record = digest.value(), ids.Remembered(1, 0, "committed")
    digest.update({"keys": {b"k": (None, record)}})
    assert (META in state.take_changes(), digest.value() != empty) == (True, True)
    digest.update({"keys": {b"k": (record, None)}})
    assert digest.value() == empty
