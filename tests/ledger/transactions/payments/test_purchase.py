"""purchase: static and by order, the fee's shares, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import positions
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal
from tests.ledger import gates
from tests.ledger.network import MINUTE_MS, Network, account, public_key


def build(network: Network, sender: str = "alice", **overrides: object) -> object:
    given = {"merchant": account("market"), "asset": "CNY", "amount_minor": 12_850, "order": None, **overrides}
    return network.build("purchase/1", account(sender), **given)


def purchase(network: Network, sender: str = "alice", time_ms: int | None = None, **overrides: object) -> str:
    return network.run(network.sign(build(network, sender, **overrides), sender), time_ms=time_ms).code


def test_fee_is_split_and_positions_follow(network: Network) -> None:
    assert purchase(network) == "committed"
    # 0.6 % of 128.50 is 0.771, rounded half up: 0.77; issuer 30 %, network 10 % floored, acquirer the rest.
    assert network.balance("market") == 12_773
    assert [network.balance(name) for name in ("east/fees", "operator/fees", "west/fees")] == [23, 7, 47]
    assert positions.of(network.state, "east", "west", "CNY") == 12_850 - 23
    assert positions.of(network.state, "west", "operator", "CNY") == 7


def test_least_fee_never_exceeds_the_amount(network: Network) -> None:
    assert purchase(network, amount_minor=1) == "committed"
    assert (network.balance("market"), network.balance("west/fees")) == (0, 1)


def test_category_without_fee(network: Network) -> None:
    assert purchase(network, merchant=account("metro"), amount_minor=400) == "committed"
    assert network.balance("metro") == 400


def test_order_is_paid_once_even_by_two_phones_in_one_block(network: Network) -> None:
    order = network.order("market", "A-1", 12_850)
    items = [network.read(network.sign(build(network, name, order=order), name)) for name in ("alice", "bob")]
    outcomes = network.block(*items).outcomes
    assert [each[0].code for each in outcomes] == ["committed", "order_already_paid"]
    assert purchase(network, order=order) == "order_already_paid"


def test_order_expired(network: Network) -> None:
    order = network.order("market", "A-1", 12_850, expires_at_ms=network.now_ms)
    assert purchase(network, order=order, time_ms=network.now_ms + 1) == "order_expired"


def test_order_too_long_lived(network: Network) -> None:
    order = network.order("market", "A-1", 12_850, expires_at_ms=network.now_ms + 31 * 1_440 * MINUTE_MS)
    assert purchase(network, order=order) == "order_too_long_lived"


def test_order_not_by_merchant(network: Network) -> None:
    assert purchase(network, order=network.order("market", "A-1", 12_850, signer="metro")) == "order_not_by_merchant"


def test_order_by_a_revoked_key(network: Network) -> None:
    network.session_key("market", "till")
    order = network.order("market", "A-1", 12_850, signer="till")
    network.do("revoke_key/1", account("market"), "market", public_key=public_key("till"))
    assert purchase(network, order=order) == "order_not_by_merchant"


@pytest.mark.parametrize("changes", [{"amount_minor": 12_849}, {"asset": "HKD"}, {"merchant": account("metro")}])
def test_order_mismatch(network: Network, changes: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="order_mismatch"):
        purchase(network, order=network.order("market", "A-1", 12_850), **changes)


def test_forged_order(network: Network) -> None:
    order = bytearray(network.order("market", "A-1", 12_850))
    order[-1] ^= 1
    with pytest.raises(Refusal, match="invalid_signature"):
        purchase(network, order=bytes(order))


def test_malformed_order(network: Network) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        purchase(network, order=b"\x90")


def test_same_account(network: Network) -> None:
    with pytest.raises(Refusal, match="same_account"):
        purchase(network, "market")


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"asset": "USD"}, "unknown_asset"),
        ({"merchant": account("nobody")}, "unknown_account"),
        ({"merchant": account("bob")}, "not_a_merchant"),
        ({"amount_minor": 100_001}, "insufficient_balance"),
    ],
)
def test_refused(network: Network, overrides: dict[str, object], code: str) -> None:
    assert purchase(network, **overrides) == code


@pytest.mark.parametrize(("prepare", "code"), gates.ACROSS)
def test_gates_of_the_payer(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert purchase(network) == code


@pytest.mark.parametrize(("prepare", "code"), gates.payee("market", "west"))
def test_gates_of_the_payee(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert purchase(network) == code


def test_points_pay_no_purchase(network: Network) -> None:
    assert purchase(network, asset=network.points()) == "not_a_currency"


def test_amount_overflow(network: Network) -> None:
    network.do("issue/1", "west", "west", account=account("market"), asset="CNY", amount_minor=MAX_AMOUNT_MINOR)
    assert purchase(network) == "amount_overflow"


@pytest.mark.parametrize(
    ("amounts", "changes", "code"),
    [
        ([1], {"asset": "HKD"}, "wrong_asset_for_key"),
        ([10_001], {}, "payment_limit"),
        ([5_000, 1], {}, "static_daily_limit"),
    ],
)
def test_limits_of_a_session_key(network: Network, amounts: list[int], changes: dict[str, object], code: str) -> None:
    network.session_key("alice", "phone")
    made = [build(network, amount_minor=each, **changes) for each in amounts]
    codes = [network.run(network.sign(each, "phone")).code for each in made]
    assert codes == ["committed"] * (len(amounts) - 1) + [code]


def test_daily_limit_of_a_session_key_counts_orders_too(network: Network) -> None:
    network.session_key("alice", "phone")
    for number, (amount, code) in enumerate([(10_000, "committed"), (5_001, "daily_limit"), (5_000, "committed")]):
        order = network.order("market", f"A-{number}", amount)
        made = build(network, amount_minor=amount, order=order)
        assert network.run(network.sign(made, "phone")).code == code
