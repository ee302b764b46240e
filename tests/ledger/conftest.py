"""Fixtures of the ledger's tests, and the comparison of every case with its recorded effects."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache

import pytest

from payport.ledger import machine
from tests.ledger import effects
from tests.ledger.network import Network

_recorded = pytest.StashKey[dict[str, str]]()
_read_golden = cache(effects.read_golden)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-effects", action="store_true", help="record the effects of the ledger's tests anew")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Hold what the test did to the ledger against the recorded line of its name."""
    result = yield
    name = effects.name_of(pyfuncitem.nodeid)
    network = pyfuncitem.funcargs.get("network")
    if name is None or not isinstance(network, Network):
        return result
    config = pyfuncitem.config
    lines = {effects.SETUP: network.setup, name: effects.describe(network, network.families_before)}
    if config.getoption("--record-effects", default=False):
        config.stash.setdefault(_recorded, {}).update(lines)
        return result
    golden = _read_golden()
    for case, line in lines.items():
        assert case in golden, f"no effects are recorded for {case}; `make regenerate` records them"
        assert line == golden[case], f"effects of {case} changed; if that is intended, `make regenerate`"
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    recorded = session.config.stash.get(_recorded, None)
    if recorded is not None and not session.testsfailed:
        effects.write_golden(recorded)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """A cardholder with 1,000.00 at each bank, and a supermarket and a metro at the west bank."""
    monkeypatch.setattr(machine, "fingerprint", lambda _: effects.PROTOCOL)
    made = Network()
    made.open("alice", "east", money=100_000)
    made.open("bob", "west", money=100_000)
    made.open("market", "west", "5411")
    made.open("metro", "west", "4111")
    made.setup = effects.describe(made, {})
    made.families_before = effects.family_hashes(made.state)
    made.seen.clear()
    return made
