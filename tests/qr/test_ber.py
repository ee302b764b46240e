"""BER-TLV: what is written is read, what is broken is named, nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.qr import ber

primitives = st.tuples(
    st.sampled_from(["4F", "57", "5F20", "9F26", "DF01", "DF8101"]), st.binary(max_size=300), st.none()
).map(ber.Object._make)


def template(objects: list[ber.Object]) -> ber.Object:
    return ber.Object("61", ber.encode(objects), tuple(objects))


@given(st.lists(primitives | st.lists(primitives, max_size=3).map(template), max_size=5))
def test_what_is_written_is_read(objects: list[ber.Object]) -> None:
    assert ber.parse(ber.encode(objects)) == (tuple(objects), None)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_far_as_they_go(data: bytes) -> None:
    objects, problem = ber.parse(data)
    if problem is None:
        again, _ = ber.parse(ber.encode(objects))
        assert again == objects or b"\x81" in data or b"\x82" in data


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ("4F", "code_truncated", "the length is missing"),
        ("4F05AABB", "code_truncated", "5 bytes, only 2 are left"),
        ("9F", "code_truncated", "a tag at byte 0 does not end"),
        ("0001AA", "code_malformed", "00 at byte 0 is no tag"),
        ("9F81818101AA", "code_malformed", "more than 3 bytes"),
        ("4F80AABB0000", "code_malformed", "indefinite"),
        ("5793" + "00" * 0x93, "code_malformed", "a length of 147 is written 81 93"),
        ("4F82FF", "code_truncated", "the length does not end"),
        ("610A" + "6108" + "6106" + "6104" + "61024F00", "code_malformed", "more than 4 templates"),
        ("61044F05AABB", "code_truncated", "only 2 are left"),
    ],
)
def test_what_is_broken_is_named(data: str, code: str, message: str) -> None:
    _, problem = ber.parse(bytes.fromhex(data))
    assert problem is not None
    assert problem.reason.code == code
    assert message in problem.message


def test_the_place_of_a_problem_names_the_templates_around_it() -> None:
    _, problem = ber.parse(bytes.fromhex("610661044F05AABB"))
    assert problem is not None
    assert problem.id == "61-61-4F"


def test_a_length_written_long_is_read() -> None:
    assert ber.parse(bytes.fromhex("4F8102AABB")) == ((ber.Object("4F", b"\xaa\xbb"),), None)
