"""Finds every kind of traffic by its place."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World


class WorkloadKind(NamedTuple):
    """One kind of traffic."""

    name: str
    """Its file's name."""
    weight: int
    """How often it is drawn, relative to the others."""
    draw: Callable[[World], list[Attempt]]
    """Makes its attempts, in order; none where the network has nothing to make them from yet."""


@cache
def workload_kinds() -> tuple[WorkloadKind, ...]:
    """Return every kind, in order of name, so that a seed draws the same ones everywhere."""
    package = importlib.import_module("payport.simulator.workload")
    found = []
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        module = importlib.import_module(f"{package.__name__}.{name}")
        found.append(WorkloadKind(name, module.WEIGHT, module.draw))
    return tuple(found)
