from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.store.prefixes import Prefixes

keys = st.lists(st.binary(min_size=1, max_size=4), max_size=8)


@given(st.lists(st.tuples(keys, st.binary(max_size=3)), max_size=8))
def test_finds_what_a_walk_over_all_keys_finds(steps: list[tuple[list[bytes], bytes]]) -> None:
    index, known = Prefixes(), set[bytes]()
    for added, prefix in steps:
        index.add(added)
        known.update(added)
        assert set(index.find(prefix)) == {key for key in known if key.startswith(prefix)}
