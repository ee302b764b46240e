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
    protocol: int | None = None
    """Version of the rules it was executed by; ``None`` asks for the laws of all versions."""

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
    since: int = 1
    """Protocol version it is promised from: the ``SINCE`` of its file, if it has one."""


@cache
def laws() -> tuple[Law, ...]:
    """Return every law, in order of name."""
    package = importlib.import_module("payport.ledger.invariants")
    found = []
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        if name != _THIS:
            module = importlib.import_module(f"{package.__name__}.{name}")
            found.append(Law(name, module.check_block, module.check_state, getattr(module, "SINCE", 1)))
    return tuple(found)


@cache
def laws_of(protocol: int | None) -> tuple[Law, ...]:
    """Return the laws of a version, or of all versions, in order of name."""
    return tuple(law for law in laws() if protocol is None or law.since <= protocol)


def assert_block(view: BlockView) -> None:
    """Assert every law over a block; a broken one is an error of the program and stops the node."""
    for law in laws_of(view.protocol):
        broken = law.check_block(view)
        assert broken is None, f"law {law.name} is broken: {broken}"


def broken_laws(state: State, protocol: int | None = None) -> dict[str, str]:
    """Check every law of a version, or of all versions, over the whole state; return what is broken, by law."""
    found = {law.name: law.check_state(state) for law in laws_of(protocol)}
    return {name: broken for name, broken in found.items() if broken is not None}
