"""The fingerprint notices a changed rule, and nothing in the ledger hangs on the order of a hash table."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from payport.ledger import genesis, machine, protocol
from payport.ledger.machine import Machine
from payport.ledger.registry import Verb, verbs
from payport.ledger.state import parameters
from payport.ledger.state.state import Family, State, families
from payport.ledger.transaction import Power, Role
from payport.proof.commitment import decode_commitment
from payport.values import limits
from payport.values.refusals import Refusal
from tests.ledger.network import example_genesis

ROOT = Path(__file__).resolve().parents[2]


def of_verb(**changes: Any) -> dict[str, Verb]:
    return {**verbs(), "transfer/1": verbs()["transfer/1"]._replace(**changes)}


CHANGES: dict[str, tuple[object, str, object]] = {
    "a limit": (limits, "MAX_GROUP_MEMBERS", 17),
    "a new limit": (limits, "MAX_NOTHING", 1),
    "roles": (protocol, "verbs", lambda: of_verb(roles=frozenset({Role.OWNER}))),
    "powers": (protocol, "verbs", lambda: of_verb(powers=frozenset({Power.ISSUE}))),
    "refusals": (protocol, "verbs", lambda: of_verb(refusals=verbs()["transfer/1"].refusals[::-1])),
    "since": (protocol, "verbs", lambda: of_verb(since=2)),
    "fields": (protocol, "verbs", lambda: of_verb(record=verbs()["issue/1"].record)),
    "a verb less": (protocol, "verbs", lambda: {kind: verb for kind, verb in verbs().items() if kind != "void/1"}),
    "a family less": (protocol, "families", lambda: families()[1:]),
    "a family in buckets": (
        protocol,
        "families",
        lambda: [Family(each.name, each.record, bucketed=True) for each in families()],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_rule_counts(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make: Callable[[int], bytes] = protocol.fingerprint.__wrapped__
    before = make(1)
    assert before == protocol.fingerprint(1)
    place, name, value = CHANGES[change]
    monkeypatch.setattr(place, name, value, raising=False)
    assert make(1) != before


def test_what_a_version_brings_changes_no_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    make: Callable[[int], bytes] = protocol.fingerprint.__wrapped__
    before = make(1)
    new_verb = {**verbs(), "transfer/2": verbs()["transfer/1"]._replace(kind="transfer/2", since=2)}
    new_families = [*families(), Family("zz_new", families()[0].record, since=2)]
    monkeypatch.setattr(protocol, "verbs", lambda: new_verb)
    monkeypatch.setattr(protocol, "families", lambda: new_families)
    monkeypatch.setattr(limits, "MAX_NOTHING", 1, raising=False)
    monkeypatch.setitem(protocol.LIMITS_SINCE, "MAX_NOTHING", 2)
    assert make(1) == before
    versions = {make(2)}
    monkeypatch.setattr(protocol, "verbs", verbs)
    versions.add(make(2))
    monkeypatch.setattr(protocol, "families", families)
    versions.add(make(2))
    monkeypatch.setitem(protocol.LIMITS_SINCE, "MAX_NOTHING", 3)
    versions |= {make(2), before}
    assert len(versions) == 5


def test_a_network_may_begin_with_any_version_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = genesis.Setting("protocol_version", parameters.encode_value("protocol_version", 2))
    first = example_genesis()
    settings = tuple(sorted((*first.parameters, setting), key=lambda each: each.name))
    document = genesis.read_genesis(msgspec.structs.replace(first, parameters=settings).encoded)
    with pytest.raises(Refusal, match="protocol_not_known: genesis asks for version 2, known are 1 to 1"):
        Machine(document, State())
    monkeypatch.setattr(machine, "PROTOCOL_VERSION", 2)
    begun = Machine(document, State())
    assert begun.protocol == 2
    assert decode_commitment(begun.commitment_bytes).protocol == protocol.fingerprint(2)


PROGRAM = """
from tests.ledger.invariants.random_verbs import VERBS, PEOPLE, Player, Step
player = Player()
for number in range(6):
    names = [(PEOPLE[(number + at) % 4], PEOPLE[(number + at + 1) % 4]) for at in range(len(VERBS))]
    player.block(1_000, [Step(verb, *pair, 100 + number, number) for verb, pair in zip(VERBS, names)])
print(player.network.machine.commitment_bytes.hex())
"""


def test_the_order_of_hashes_changes_nothing() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1
