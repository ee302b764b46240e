"""Tags keep two kinds of bytes apart, whatever the data."""

from __future__ import annotations

import hashlib
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.values.hashing import HASH_BYTES, SUITES, Tag, tagged_hash

tags = st.sampled_from(list(Tag))


@pytest.mark.parametrize("tag", Tag)
def test_form_of_a_tag(tag: Tag) -> None:
    name, version, end = tag.value.removeprefix(b"payport/").partition(b"/1\x00")
    assert (name.decode().replace("-", "_").upper(), version, end) == (tag.name, b"/1\x00", b"")


def test_no_tag_begins_another() -> None:
    assert not any(left.value.startswith(right.value) for left, right in permutations(Tag, 2))


@given(tags, tags, st.binary(max_size=80), st.binary(max_size=80))
def test_two_inputs_never_hash_the_same_bytes(left: Tag, right: Tag, one: bytes, other: bytes) -> None:
    same = (left, one) == (right, other)
    assert (left.value + one == right.value + other) == same
    assert (tagged_hash(left, one) == tagged_hash(right, other)) == same


def test_every_suite_gives_digests_of_one_length() -> None:
    assert {len(tagged_hash(Tag.STATE, b"", suite)) for suite in SUITES} == {HASH_BYTES}
    assert tagged_hash(Tag.STATE, b"data") == hashlib.sha256(b"payport/state/1\x00data").digest()
