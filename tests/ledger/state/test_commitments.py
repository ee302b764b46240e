"""The log the ledger keeps: every commitment stays provable for ever, with one path or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import commitments
from payport.ledger.state.state import State
from payport.proof import merkle
from payport.values.refusals import Refusal

SUBTREE = 4
OTHER = b"\xff" * 32


def digest(height: int) -> bytes:
    return height.to_bytes(32, "big")


def grown(size: int) -> State:
    state = State()
    for height in range(size):
        commitments.append(state, height, digest(height))
    return state


def path_of(height: int) -> tuple[bytes, ...]:
    first = height // SUBTREE * SUBTREE
    return merkle.path([digest(each) for each in range(first, first + SUBTREE)], height - first)


@given(st.integers(1, 8 * SUBTREE), st.data())
def test_any_commitment_can_be_proven_at_any_time(size: int, data: st.DataObject) -> None:
    height = data.draw(st.integers(0, size - 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commitments, "LOG_SUBTREE", SUBTREE)
        state = grown(size)
        alone = commitments.contains(state, height, digest(height), ())
        complete = height // SUBTREE < size // SUBTREE
        assert commitments.contains(state, height, digest(height), path_of(height)) == complete
        assert alone or complete
        # Kept singly: the newest complete subtree and what is not complete yet.
        assert alone == (height // SUBTREE >= size // SUBTREE - 1)
        assert not commitments.contains(state, height, OTHER, ())
        assert not commitments.contains(state, height, OTHER, path_of(height))
        assert not commitments.contains(state, size, digest(height), ())
    assert len(list(commitments.table(state).items())) <= 2 * SUBTREE + size // SUBTREE


def test_a_path_of_another_form_is_refused() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commitments, "LOG_SUBTREE", SUBTREE)
        state = grown(2 * SUBTREE)
        assert not commitments.contains(state, 1, digest(1), path_of(2))
        for path in (path_of(1)[:-1], (*path_of(1), OTHER), (b"short", *path_of(1)[1:])):
            with pytest.raises(Refusal, match="wrong_path"):
                commitments.contains(state, 1, digest(1), path)
