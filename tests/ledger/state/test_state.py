"""Tables against a plain dictionary: reading, writing, undoing, closing blocks, and starting from a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payport.ledger.state import ids, positions, refunds
from payport.ledger.state.state import BUCKET_BYTES, State, families
from payport.values import codec

Model = dict[tuple[str, bytes], codec.Record]

MAKE: dict[str, Any] = {
    "positions": positions.Position,
    "refunds": lambda value: refunds.Refunded(9, value, 0),
    "ids": lambda value: ids.Remembered(value, 0, "committed"),
}
"""A family wholly in memory, one read from the checkpoint as needed, and one in buckets."""

keys = st.integers(0, 5).map(lambda number: (number % 2).to_bytes(BUCKET_BYTES, "big") + bytes([number]))
writes = st.tuples(st.sampled_from(sorted(MAKE)), keys, st.none() | st.integers(0, 3))
items = st.tuples(st.booleans(), st.lists(writes, max_size=5))
"""Whether the item is undone, and what it writes; ``None`` deletes."""

blocks = st.lists(st.tuples(st.booleans(), st.lists(items, max_size=4)), max_size=5)
"""Whether the state is opened anew from its checkpoint after the block, and the block's items."""


class Checkpoint:
    """A base in memory."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, bytes], bytes] = {}

    def get(self, family: str, key: bytes) -> bytes | None:
        return self.records.get((family, key))

    def scan(self, family: str) -> Iterator[tuple[bytes, bytes]]:
        yield from sorted((key, data) for (name, key), data in self.records.items() if name == family)

    def take(self, changes: Any) -> None:
        for family, pairs in changes.items():
            for key, (_, new) in pairs.items():
                self.records.pop((family, key), None)
                if new is not None:
                    self.records[family, key] = codec.encode(new)


def contents(state: State) -> Model:
    found: Model = {}
    for table in state.tables():
        listed = list(table.items())
        assert [key for key, _ in listed] == sorted(key for key, _ in listed)
        for key, record in listed:
            assert table.get(key) == record
            found[table.family.name, key] = record
    return found


def write(state: State, model: Model, drawn: list[tuple[str, bytes, int | None]]) -> None:
    for family, key, value in drawn:
        record = None if value is None else MAKE[family](value)
        state.by_name[family].put(key, record)
        model.pop((family, key), None)
        if record is not None:
            model[family, key] = record


@settings(deadline=None)
@given(blocks)
def test_tables_are_dictionaries_with_an_undo(drawn: list[tuple[bool, list[tuple[bool, Any]]]]) -> None:
    base, model = Checkpoint(), Model()
    state = State(base)
    for reopen, block in drawn:
        before = dict(model)
        for undone, written in block:
            state.begin_item()
            trial = dict(model)
            write(state, trial, written)
            assert contents(state) == trial
            if undone:
                state.undo_item()
                assert contents(state) == model
            else:
                model = trial
        changes = state.close_block()
        expected = {place for place in before.keys() | model.keys() if before.get(place) != model.get(place)}
        assert {(family, key) for family, pairs in changes.items() for key in pairs} == expected
        for family, pairs in changes.items():
            for key, pair in pairs.items():
                assert pair == (before.get((family, key)), model.get((family, key)))
        assert contents(state) == model
        base.take(changes)
        if reopen:
            state = State(base)
            assert contents(state) == model


@given(st.lists(st.tuples(keys, st.integers(0, 3)), max_size=8), st.integers(0, 2), st.booleans())
def test_a_bucket_is_dropped_whole(drawn: list[tuple[bytes, int]], bucket: int, reopen: bool) -> None:
    base, model = Checkpoint(), Model()
    state = State(base)
    write(state, model, [("ids", key, value) for key, value in drawn])
    base.take(state.close_block())
    state = State(base) if reopen else state
    gone = {key for _, key in model if int.from_bytes(key[:BUCKET_BYTES], "big") == bucket}
    dropped = ids.table(state).drop_bucket(bucket)
    assert (sorted(dropped), len(dropped)) == (sorted(gone), len(set(dropped)))
    assert [ids.table(state).get(key) for key in gone] == [None] * len(gone)
    assert ids.table(state).drop_bucket(bucket) == []


def test_what_is_noted_for_the_checkpoint_is_taken_once() -> None:
    state = State()
    state.note_pending("refunds", b"k", b"1")
    state.note_pending("refunds", b"k", None)
    assert state.take_changes() == {"refunds": {b"k": None}}
    assert state.take_changes() == {}


def test_every_family_has_its_own_name_and_file() -> None:
    names = [family.name for family in families()]
    assert names == sorted(set(names))
    assert [table.family.name for table in State().tables()] == names


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_records_are_stored_as_arrays(family: Any) -> None:
    assert issubclass(family.record, codec.Record)
    assert family.record.__struct_config__.array_like
    assert family.record.__struct_config__.forbid_unknown_fields
