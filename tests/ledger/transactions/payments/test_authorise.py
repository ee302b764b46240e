"""authorise: what it reserves, its limits and end, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import balances, exposures, holds
from payport.ledger.transactions.payments import authorise as verb
from payport.proof import leaves
from payport.values.limits import MAX_HOLD_MS
from payport.values.refusals import Refusal
from tests.ledger import gates
from tests.ledger.network import MINUTE_MS, Network, account


def authorise(network: Network, amount_minor: int = 30_000, payer: str = "alice", **overrides: object) -> str:
    return network.hold(payer, str(overrides.pop("merchant", "market")), amount_minor, **overrides).code


def test_money_and_headroom_are_reserved_and_nothing_moves(network: Network) -> None:
    network.cap("east", 40_000)
    assert authorise(network) == "committed"
    balance = balances.of(network.state, account("alice"), "CNY")
    assert (balance.amount_minor, balance.held_minor) == (100_000, 30_000)
    assert exposures.of(network.state, "east", "CNY") == exposures.Exposure(0, 30_000, 40_000)
    assert authorise(network, 10_001) == "net_debit_cap_exceeded"
    network.cap("east", None)
    assert authorise(network, 70_001) == "insufficient_balance"


def test_what_is_held_cannot_be_spent(network: Network) -> None:
    authorise(network)
    given = {"payee": account("bob"), "asset": "CNY"}
    codes = [
        network.do("transfer/1", account("alice"), "alice", amount_minor=each, **given).code
        for each in (70_001, 70_000)
    ]
    assert codes == ["insufficient_balance", "committed"]


def test_expiry_frees_it_and_tells_in_a_leaf(network: Network) -> None:
    expires_at_ms = network.now_ms + MINUTE_MS
    hold = network.hold("alice", "market", 30_000, expires_at_ms=expires_at_ms).transaction_id
    network.block(time_ms=expires_at_ms)
    assert holds.table(network.state).get(hold) is not None
    executed = network.block(time_ms=expires_at_ms + 1)
    told = leaves.decode_expiry(executed.leaves[0])
    assert told[:5] == ("holds", hold, account("alice"), "CNY", 30_000)
    assert told.salt == leaves.salt(b"alice".ljust(32, b"v"), hold)
    assert balances.of(network.state, account("alice"), "CNY").held_minor == 0
    assert exposures.of(network.state, "east", "CNY").reserved_minor == 0


def test_within_one_bank_no_headroom_is_needed(network: Network) -> None:
    network.cap("west", 0)
    assert authorise(network, payer="bob") == "committed"
    assert exposures.of(network.state, "west", "CNY").reserved_minor == 0


def test_an_order_is_used_up(network: Network) -> None:
    order = network.order("market", "A-1", 30_000)
    assert [authorise(network, order=order), authorise(network, order=order)] == ["committed", "order_already_paid"]


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"asset": "USD"}, "unknown_asset"),
        ({"merchant": "nobody"}, "unknown_account"),
        ({"merchant": "bob"}, "not_a_merchant"),
    ],
)
def test_refused(network: Network, overrides: dict[str, object], code: str) -> None:
    assert authorise(network, **overrides) == code


def test_points_are_not_reserved(network: Network) -> None:
    assert authorise(network, 1, asset=network.points()) == "not_a_currency"


@pytest.mark.parametrize("later_ms", [-1, 0, MAX_HOLD_MS + 1])
def test_hold_expiry_invalid(network: Network, later_ms: int) -> None:
    assert authorise(network, expires_at_ms=network.now_ms + later_ms) == "hold_expiry_invalid"


def test_too_many_holds(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MAX_HOLDS_PER_ACCOUNT", 2)
    assert [authorise(network, 1) for _ in range(3)] == ["committed", "committed", "too_many_holds"]


@pytest.mark.parametrize(
    ("overrides", "later_ms", "code"),
    [
        ({"signer": "metro"}, 0, "order_not_by_merchant"),
        ({"expires_at_ms": 0}, -1_500, "order_expired"),
        ({"expires_at_ms": 0}, 31 * 1_440 * MINUTE_MS, "order_too_long_lived"),
    ],
)
def test_order_not_payable(network: Network, overrides: dict[str, object], later_ms: int, code: str) -> None:
    if "expires_at_ms" in overrides:
        overrides = {"expires_at_ms": network.now_ms + later_ms}
    assert authorise(network, order=network.order("market", "A-1", 30_000, **overrides)) == code


def test_order_mismatch(network: Network) -> None:
    with pytest.raises(Refusal, match="order_mismatch"):
        authorise(network, 29_999, order=network.order("market", "A-1", 30_000))


def test_malformed_order(network: Network) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        authorise(network, order=b"\x90")


def test_same_account(network: Network) -> None:
    with pytest.raises(Refusal, match="same_account"):
        authorise(network, payer="market")


@pytest.mark.parametrize(("prepare", "code"), gates.ACROSS)
def test_gates_of_the_payer(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert authorise(network) == code


@pytest.mark.parametrize(("prepare", "code"), gates.payee("market", "west"))
def test_gates_of_the_payee(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert authorise(network) == code


@pytest.mark.parametrize(
    ("amounts", "overrides", "code"),
    [
        ([1], {"asset": "HKD"}, "wrong_asset_for_key"),
        ([10_001], {}, "payment_limit"),
        ([5_000, 1], {}, "static_daily_limit"),
    ],
)
def test_limits_of_a_session_key(network: Network, amounts: list[int], overrides: dict[str, object], code: str) -> None:
    network.session_key("alice", "phone")
    codes = [authorise(network, each, signer="phone", **overrides) for each in amounts]
    assert codes == ["committed"] * (len(amounts) - 1) + [code]


def test_daily_limit_counts_at_authorise(network: Network) -> None:
    network.session_key("alice", "phone")
    orders = [network.order("market", f"A-{each}", 8_000) for each in range(2)]
    codes = [authorise(network, 8_000, signer="phone", order=order) for order in orders]
    assert codes == ["committed", "daily_limit"]
