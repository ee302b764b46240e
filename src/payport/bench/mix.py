"""The contract of a mix: what one measurement sends, and what must be on the ledger before.

A file of ``mixes/`` lists its mixes in ``MIXES``. A mix is a generator function whose name is the mix's name and whose
docstring says what is sent. It yields items to be executed beforehand, receives the blocks they were executed in, and
returns the items to measure.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Generator
from functools import cache
from typing import Final, TypeAlias

from payport.bench.author import Author
from payport.ledger.block import Executed

Item: TypeAlias = tuple[bytes, ...]
"""Envelopes that execute together: one, or the members of a group."""

Steps: TypeAlias = Generator[list[Item], list[Executed], list[Item]]
"""A mix under way."""

Mix: TypeAlias = Callable[[Author, int], Steps]
"""Takes who writes, and how many items are to be measured."""

TRANSFER: Final = "transfer"
"""The mix every other is held against."""


@cache
def mixes() -> dict[str, Mix]:
    """Return every mix by name, the transfer first."""
    package = importlib.import_module("payport.bench.mixes")
    found: dict[str, Mix] = {}
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        for mix in importlib.import_module(f"{package.__name__}.{name}").MIXES:
            assert mix.__name__ not in found, f"two mixes are called {mix.__name__}"
            found[mix.__name__] = mix
    return {TRANSFER: found.pop(TRANSFER), **found}
