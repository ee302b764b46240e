"""No more is issued at once than the limit; before version 2 there was none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.values.limits import MAX_ISSUE_MINOR

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State

SINCE: Final = 2


def check_block(view: BlockView) -> str | None:
    """Look at every entry."""
    for entry in view.entries:
        if entry.delta_minor > MAX_ISSUE_MINOR:
            return f"{entry.delta_minor} at once"
    return None


def check_state(state: State) -> str | None:
    """A state does not tell how it came about."""
    del state
    return None
