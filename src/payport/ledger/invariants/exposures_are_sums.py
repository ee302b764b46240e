"""An institution's exposure is the sum of its positions, and its reservation that of its customers' live holds."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from payport.ledger.state import accounts, exposures, holds, positions

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State

_Sums = dict[bytes, int]


def check_block(view: BlockView) -> str | None:
    """Compare the growth of exposures with the growth of positions and holds between institutions."""
    net: _Sums = defaultdict(int)
    reserved: _Sums = defaultdict(int)
    for key, (old, new) in view.of(exposures.FAMILY.name).items():
        net[key] += _net(new) - _net(old)
        reserved[key] += _reserved(new) - _reserved(old)
    for key, (old, new) in view.of(positions.FAMILY.name).items():
        _take_position(net, key, (0 if new is None else new.owed_minor) - (0 if old is None else old.owed_minor))
    for old, new in view.of(holds.FAMILY.name).values():
        _take_hold(view.state, reserved, old, 1)
        _take_hold(view.state, reserved, new, -1)
    return _first_difference(net, "owed") or _first_difference(reserved, "reserved")


def check_state(state: State) -> str | None:
    """Compare all exposures with all positions and holds between institutions."""
    net: _Sums = defaultdict(int)
    reserved: _Sums = defaultdict(int)
    for key, exposure in exposures.table(state).items():
        net[key] += exposure.net_owed_minor
        reserved[key] += exposure.reserved_minor
    for key, position in positions.table(state).items():
        _take_position(net, key, position.owed_minor)
    for hold in holds.table(state).values():
        _take_hold(state, reserved, hold, -1)
    return _first_difference(net, "owed") or _first_difference(reserved, "reserved")


def _net(record: exposures.Exposure | None) -> int:
    return 0 if record is None else record.net_owed_minor


def _reserved(record: exposures.Exposure | None) -> int:
    return 0 if record is None else record.reserved_minor


def _take_position(net: _Sums, key: bytes, delta_minor: int) -> None:
    debtor, _, asset = positions.parts(key)
    net[exposures.key(debtor, asset)] -= delta_minor


def _take_hold(state: State, reserved: _Sums, hold: holds.Hold | None, sign: int) -> None:
    if hold is None:
        return
    payer = accounts.require(state, hold.payer).institution
    if payer != accounts.require(state, hold.merchant).institution:
        reserved[exposures.key(payer, hold.asset)] += sign * hold.remaining_minor


def _first_difference(sums: _Sums, what: str) -> str | None:
    for key, difference in sorted(sums.items()):
        if difference:
            return f"{' '.join(exposures.parts(key))}: {difference} minor units {what} without a cause"
    return None
