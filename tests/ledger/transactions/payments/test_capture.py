"""capture: whole and in parts, whatever happened meanwhile, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import balances, exposures, holds, positions
from tests.ledger import gates
from tests.ledger.network import MINUTE_MS, Network, account


def capture(network: Network, hold: bytes, amount_minor: int, merchant: str = "market", **overrides: object) -> str:
    given = {"payer": account("alice"), "asset": "CNY", "amount_minor": amount_minor, "hold": hold, "final": False}
    return network.do("capture/1", account(merchant), merchant, **{**given, **overrides}).code


@pytest.fixture
def hold(network: Network) -> bytes:
    return network.hold("alice", "market", 30_000).transaction_id


def held(network: Network) -> int:
    return balances.of(network.state, account("alice"), "CNY").held_minor


def test_whole(network: Network, hold: bytes) -> None:
    assert capture(network, hold, 30_000) == "committed"
    assert (network.balance("alice"), held(network), holds.table(network.state).get(hold)) == (70_000, 0, None)
    # 0.6 % of 300.00, of which the payer's bank has 30 %.
    assert network.balance("market") == 30_000 - 180
    assert positions.of(network.state, "east", "west", "CNY") == 30_000 - 54
    assert exposures.of(network.state, "east", "CNY").reserved_minor == 0
    assert capture(network, hold, 1) == "no_live_hold"


def test_parts_and_a_final_one_that_frees_the_rest(network: Network, hold: bytes) -> None:
    assert [capture(network, hold, 10_000), held(network)] == ["committed", 20_000]
    assert capture(network, hold, 20_001) == "capture_exceeds_hold"
    assert [capture(network, hold, 5_000, final=True), held(network)] == ["committed", 0]
    assert network.balance("alice") == 85_000


@pytest.mark.parametrize(("prepare", "code"), [each for each in gates.ACROSS if "closed" not in str(each.id)])
def test_whatever_happened_to_the_payer(network: Network, hold: bytes, prepare: gates.Prepare, code: str) -> None:
    if code == "insufficient_balance":
        network.must("redeem/1", account("alice"), "alice", asset="CNY", amount_minor=70_000)
    else:
        prepare(network)
    assert capture(network, hold, 30_000) == "committed"


def test_merchants_freeze_does_not_stop_it(network: Network, hold: bytes) -> None:
    network.freeze("market", "west", "all")
    assert capture(network, hold, 30_000) == "committed"


def test_expired_hold_is_gone_whether_swept_or_not(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = network.hold("alice", "market", 500, expires_at_ms=network.now_ms + MINUTE_MS).transaction_id
    monkeypatch.setattr("payport.ledger.state.dues.MAX_SWEEP_PER_BLOCK", 0)
    network.later(2 * MINUTE_MS)
    assert holds.table(network.state).get(hold) is not None
    assert capture(network, hold, 500) == "no_live_hold"


@pytest.mark.parametrize("changes", [{"merchant": "metro"}, {"payer": account("bob")}, {"asset": "HKD"}])
def test_hold_mismatch(network: Network, hold: bytes, changes: dict[str, object]) -> None:
    assert capture(network, hold, 1, **changes) == "hold_mismatch"


def test_amount_overflow(network: Network, hold: bytes) -> None:
    gates.fill(network, "market", "west")
    assert capture(network, hold, 30_000) == "amount_overflow"
