"""Validators: what changes from one set to the next."""

from __future__ import annotations

from payport.ledger.state.parameters import Validator
from payport.ledger.state.validators import changes, problem


def validator(number: int, power: int = 1) -> Validator:
    return Validator(bytes([number]) * 32, bytes([number + 100]) * 32, power)


def test_changes_name_new_gone_and_reweighted_keys_alone() -> None:
    before = {"east": validator(1), "north": validator(2), "west": validator(3)}
    after = {"east": validator(1), "north": validator(9), "west": validator(3, power=4)}
    assert changes(before, after) == {bytes([2]) * 32: 0, bytes([3]) * 32: 4, bytes([9]) * 32: 1}
    assert changes(after, after) == {}


def test_a_key_that_changes_hands_keeps_its_power() -> None:
    assert changes({"east": validator(1)}, {"west": validator(1)}) == {}


def test_what_is_wrong_with_a_set() -> None:
    assert problem({"east": validator(1)}) == ""
    assert "nobody" in problem({})
    assert "same key" in problem({"east": validator(1), "west": validator(1)})
    assert "same key" in problem({"east": validator(1), "west": Validator(bytes(32), validator(1).node_key, 1)})
