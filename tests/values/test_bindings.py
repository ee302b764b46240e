"""Proofs of possession: for one network, one holder, one key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payport.values import bindings
from payport.values.hashing import Tag

chains = st.from_regex("[a-z][a-z0-9-]{0,5}-[0-9a-f]{16}", fullmatch=True)
asked = st.tuples(chains, st.binary(min_size=2, max_size=16), st.binary(min_size=32, max_size=65))


@given(asked, asked)
def test_what_is_signed_says_exactly_who_to_whom(
    left: tuple[str, bytes, bytes], right: tuple[str, bytes, bytes]
) -> None:
    assert (bindings.signing_bytes(*left) == bindings.signing_bytes(*right)) == (left == right)
    assert bindings.signing_bytes(*left).startswith(Tag.BINDING.value)


@given(chains, st.binary(min_size=4, max_size=16), st.binary(min_size=33, max_size=64), st.integers(1, 2))
def test_a_byte_cannot_move_between_holder_and_key(chain: str, holder: bytes, key: bytes, count: int) -> None:
    moved = (holder + key[:count], key[count:])
    assert bindings.signing_bytes(chain, holder, key) != bindings.signing_bytes(chain, *moved)
