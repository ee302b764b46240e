"""What a test did to the ledger, in one line: recorded in ``tests/golden/effects.txt`` and compared after every run.

A line names the case, the outcomes it saw (``code@door`` where admission refused), a hash over outcomes and receipt
leaves, the last commitment, and one hash for each record family the case changed. ``make regenerate`` records the
lines anew (it runs the tests with ``--record-effects``); the diff shows which case changed what.
"""

from __future__ import annotations

import hashlib
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from payport.values import codec

if TYPE_CHECKING:
    from payport.ledger.state.state import State
    from tests.ledger.network import Network

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/effects.txt"
RECORDED = ("tests/ledger/transactions/", "tests/ledger/test_machine.py")
"""Tests whose effects are recorded."""

SETUP = "(setup)"
"""Name of the line that describes the network every case starts from."""

PROTOCOL = b"protocol of the recorded effects"
"""Stands in for the fingerprint of registry and rules: a new verb must not change the effects of the others."""

_UNLISTED = {"commitments"}
"""Families that every block changes; the last commitment stands for them."""


def short(data: bytes) -> str:
    """Return enough of a hash to notice a change."""
    return hashlib.sha256(data).hexdigest()[:12]


def family_hashes(state: State) -> dict[str, str]:
    """Return a hash over all records of each family, computed without the state digest."""
    return {
        table.family.name: short(codec.encode([(key, codec.encode(record)) for key, record in table.items()]))
        for table in state.tables()
        if table.family.name not in _UNLISTED
    }


def outcomes_seen(network: Network) -> str:
    """Return the outcomes in order; a run of one code is counted."""
    runs = [(code, len(list(run))) for code, run in groupby(network.seen)]
    return ",".join(code if count == 1 else f"{code}*{count}" for code, count in runs)


def describe(network: Network, before: dict[str, str]) -> str:
    """Return the effects of all that the network has seen, beside families as they were ``before``."""
    outcomes = [[tuple(each)[:-1] for item in block.outcomes for each in item] for block in network.blocks]
    leaves = [list(block.leaves) for block in network.blocks]
    parts = {
        "seen": outcomes_seen(network) or "nothing",
        "leaves": short(codec.encode((network.seen, outcomes, leaves))),
        "commitment": short(network.machine.commitment_bytes),
        **{name: made for name, made in family_hashes(network.state).items() if made != before.get(name)},
    }
    return " ".join(f"{name}={value}" for name, value in parts.items())


def name_of(node_id: str) -> str | None:
    """Return a case's name in the golden file, ``None`` where effects are not recorded."""
    return node_id.removeprefix("tests/ledger/") if node_id.startswith(RECORDED) else None


def read_golden() -> dict[str, str]:
    """Return the recorded lines by case."""
    if not GOLDEN.exists():
        return {}
    return dict(line.split("  ", 1) for line in GOLDEN.read_text(encoding="utf-8").splitlines())


def write_golden(lines: dict[str, str]) -> None:
    """Record these lines and no others."""
    GOLDEN.write_text("".join(f"{name}  {line}\n" for name, line in sorted(lines.items())), encoding="utf-8")
