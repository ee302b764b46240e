"""What a law is: a promise in two forms, found by its place and checked by nodes, tests, audits and the simulator."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.ledger.leaf_drafts import EntryDraft
    from payport.ledger.state.state import Changes, State

_THIS: Final = "law"


class BlockView(NamedTuple):
    """What the block form of a law may look at."""

    state: State
    """The state after the block."""
    changes: Changes
    """Every record the block changed, before and after."""
    entries: Sequence[EntryDraft]
    """Every balance entry of the block, in order."""

    def of(self, family: str) -> dict[bytes, tuple[Any, Any]]:
        """Return the changes of one family."""
        return self.changes.get(family, {})


class Law(NamedTuple):
    """One promise."""

    name: str
    """Its file's name."""
    check_block: Callable[[BlockView], str | None]
    """Form over a block's changes: what is broken, or ``None``."""
    check_state: Callable[[State], str | None]
    """Form over a whole state: what is broken, or ``None``."""


@cache
def laws() -> tuple[Law, ...]:
    """Return every law, in order of name."""
    package = importlib.import_module("payport.ledger.invariants")
    found = []
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        if name != _THIS:
            module = importlib.import_module(f"{package.__name__}.{name}")
            found.append(Law(name, module.check_block, module.check_state))
    return tuple(found)


def assert_block(view: BlockView) -> None:
    """Assert every law over a block; a broken one is an error of the program and stops the node."""
    for law in laws():
        broken = law.check_block(view)
        assert broken is None, f"law {law.name} is broken: {broken}"


def broken_laws(state: State) -> dict[str, str]:
    """Check every law over the whole state; return what is broken, by law."""
    found = {law.name: law.check_state(state) for law in laws()}
    return {name: broken for name, broken in found.items() if broken is not None}
