"""The codec: one encoding per value, and nothing but a documented refusal for anything else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.proof import messagepack
from payport.values import codec
from payport.values.refusals import Refusal

integers = st.integers(-(2**63), 2**64 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | integers | texts | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=12,
)


class Pair(codec.Record, frozen=True):
    name: str
    amount: int | None


class Holder(codec.Record, frozen=True):
    pairs: tuple[Pair, ...]
    data: bytes


holders = st.builds(
    Holder,
    pairs=st.lists(st.builds(Pair, name=texts, amount=st.none() | integers), max_size=4).map(tuple),
    data=st.binary(max_size=40),
)


@given(holders)
def test_a_record_is_the_array_of_its_fields(record: Holder) -> None:
    encoded = codec.encode(record)
    assert codec.decode_canonical(encoded, Holder) == record
    assert encoded == messagepack.encode([[[each.name, each.amount] for each in record.pairs], record.data])


@given(values)
def test_ledger_and_verifier_write_the_same_bytes(value: Any) -> None:
    encoded = codec.encode(value)
    assert messagepack.encode(value) == encoded
    assert messagepack.encode(messagepack.decode(encoded)) == encoded


@given(st.binary(max_size=60) | holders.map(codec.encode), st.integers(0, 59), st.integers(1, 255))
def test_changed_bytes_are_refused_or_mean_something_else(data: bytes, at: int, flip: int) -> None:
    changed = bytearray(data or b"\x00")
    changed[at % len(changed)] ^= flip
    try:
        record = codec.decode_canonical(bytes(changed), Holder)
    except Refusal as refusal:
        assert refusal.code == "malformed_bytes"  # noqa: PT017 - most changes are refused, a few make another record
    else:
        assert codec.encode(record) == bytes(changed) != data


@pytest.mark.parametrize(
    "data",
    [
        codec.encode([[]]),
        codec.encode([[], b"", None]),
        codec.encode([[["a"]], b""]),
        codec.encode([[["a", 1, 2]], b""]),
        codec.encode([[["a", 1.5]], b""]),
        codec.encode([[["a", "1"]], b""]),
        codec.encode([[[b"a", 1]], b""]),
        codec.encode([[], "text"]),
        codec.encode({"pairs": [], "data": b""}),
        codec.encode([[], b""]) + b"\xc0",
        b"\x91" * 100_000,
        b"\x92\x90\xc4\x01",
        b"\x92\x91\x92\xa1\xff\x01\xc4\x00",
        b"",
    ],
)
def test_what_is_no_record(data: bytes) -> None:
    for read in (codec.decode, codec.decode_canonical):
        with pytest.raises(Refusal, match="malformed_bytes"):
            read(data, Holder)


@pytest.mark.parametrize("data", ["92 90 c5 0000", "92 dc0000 c400", "dc0002 90 c400", "92 91 92 d90161 01 c400"])
def test_a_second_spelling_is_read_and_not_canonical(data: str) -> None:
    codec.decode(bytes.fromhex(data), Holder)
    with pytest.raises(Refusal, match="not the canonical encoding"):
        codec.decode_canonical(bytes.fromhex(data), Holder)
