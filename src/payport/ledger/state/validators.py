"""Validators: who orders blocks, and whose node's batches are executed.

They are parameters, ``validators/<institution>``; a network that one process orders has none. Everything here is a
view of the parameters; their writer is :func:`payport.ledger.state.parameters.set_value`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state import parameters
from payport.ledger.state.parameters import Validator

if TYPE_CHECKING:
    from payport.ledger.state.state import State

PREFIX: Final = "validators/"
"""What the names of these parameters begin with; the institution's id follows."""


def find(state: State, institution: str, height: int) -> Validator | None:
    """Return an institution's validator in force at ``height``, if it has one that votes."""
    found = parameters.find(state, PREFIX + institution, height, Validator)
    return None if found is None or not found.power else found


def in_force(state: State, height: int) -> dict[str, Validator]:
    """Return everybody who votes on blocks from ``height`` on, by institution, ascending."""
    names = sorted(key for key, _ in parameters.table(state).items() if key.startswith(PREFIX.encode()))
    found = {}
    for name in names:
        institution = name.decode().removeprefix(PREFIX)
        validator = find(state, institution, height)
        if validator is not None:
            found[institution] = validator
    return found


def decided_heights(state: State, height: int) -> list[int]:
    """Return ``height``, and every later one from which a validator's decided value is in force; ascending."""
    found = {height}
    for key, record in parameters.table(state).items():
        if key.startswith(PREFIX.encode()):
            found.update(each.from_height for each in record.versions if each.from_height > height)
    return sorted(found)


def changes(before: dict[str, Validator], after: dict[str, Validator]) -> dict[bytes, int]:
    """Return the new voting power of every engine key whose power differs; 0 for keys that vote no more."""
    powers = {each.engine_key: 0 for each in before.values()}
    old = {each.engine_key: each.power for each in before.values()}
    powers.update((each.engine_key, each.power) for each in after.values())
    return {key: power for key, power in sorted(powers.items()) if power != old.get(key, 0)}


def problem(after: dict[str, Validator]) -> str:
    """Return what is wrong with those who would vote; empty where nothing is."""
    if not after:
        return "nobody would be left to order blocks"
    for keys in ([each.engine_key for each in after.values()], [each.node_key for each in after.values()]):
        if len(set(keys)) < len(keys):
            return "two validators would have the same key"
    return ""
