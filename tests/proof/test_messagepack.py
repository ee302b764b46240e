from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.proof import messagepack
from payport.values.refusals import Refusal

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=300)
    | st.text(max_size=300)
    | st.sampled_from([b"x" * 65_536, "x" * 65_536]),
    lambda inner: st.lists(inner, max_size=20),
    max_leaves=40,
)


def as_tuples(value: Any) -> Any:
    return tuple(as_tuples(element) for element in value) if isinstance(value, list) else value


@given(values)
def test_encoding_equals_the_ledger_codec_and_decodes_back(value: Any) -> None:
    encoded = messagepack.encode(value)
    assert encoded == msgspec.msgpack.encode(value)
    assert messagepack.decode(encoded) == as_tuples(value)


@given(st.binary(max_size=60))
def test_whatever_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        value = messagepack.decode(data)
    except Refusal:
        return
    assert messagepack.encode(value) == data


@pytest.mark.parametrize("bound", [2**bits + off for bits in (5, 7, 8, 15, 16, 31, 32, 63) for off in (-1, 0, 1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_integers_at_their_bounds(bound: int, sign: int) -> None:
    value = sign * bound
    if value < -(2**63):
        with pytest.raises(ValueError, match="64 bits"):
            messagepack.encode(value)
        return
    assert messagepack.encode(value) == msgspec.msgpack.encode(value)
    assert messagepack.decode(messagepack.encode(value)) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01\x01",
        b"\xcc\x7f",
        b"\xcd\x00\xff",
        b"\xce\x00\x00\xff\xff",
        b"\xcf\x00\x00\x00\x00\xff\xff\xff\xff",
        b"\xd0\x00",
        b"\xd0\xe0",
        b"\xd1\xff\x80",
        b"\xd2\xff\xff\x80\x00",
        b"\xd3\xff\xff\xff\xff\x80\x00\x00\x00",
        b"\xd9\x01a",
        b"\xda\x00\x20" + b"a" * 32,
        b"\xc5\x00\x01a",
        b"\xc6\x00\x00\x00\x01a",
        b"\xdc\x00\x01\x01",
        b"\xdd\x00\x00\x00\x01\x01",
        b"\x80",
        b"\xc1",
        b"\xc7\x01\x01\x01",
        b"\xca\x00\x00\x00\x00",
        b"\xa1\xff",
        b"\xa2a",
        b"\x92\x01",
        b"\x91" * 14 + b"\x01",
        b"\xdd\x7f\xff\xff\xff",
    ],
)
def test_other_forms_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal, match="malformed_receipt"):
        messagepack.decode(data)


def test_lengths_beyond_the_format_are_a_program_error() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        messagepack.encode(2**64)
