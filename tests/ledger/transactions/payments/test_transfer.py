"""transfer: accepted cases, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import positions
from payport.values import codec
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal
from tests.ledger import gates
from tests.ledger.network import Network, account


def transfer(network: Network, **overrides: object) -> str:
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 500, **overrides}
    return network.do("transfer/1", account("alice"), "alice", **given).code


def test_within_one_bank_no_position_changes(network: Network) -> None:
    network.open("carol", "east")
    assert transfer(network, payee=account("carol")) == "committed"
    assert positions.of(network.state, "east", "west", "CNY") == 0


def test_whole_balance_across_banks(network: Network) -> None:
    assert transfer(network, amount_minor=100_000) == "committed"
    assert (network.balance("alice"), positions.of(network.state, "east", "west", "CNY")) == (0, 100_000)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"asset": "USD"}, "unknown_asset"),
        ({"payee": account("nobody")}, "unknown_account"),
        ({"amount_minor": 100_001}, "insufficient_balance"),
    ],
)
def test_refused(network: Network, overrides: dict[str, object], code: str) -> None:
    assert transfer(network, **overrides) == code


@pytest.mark.parametrize(("prepare", "code"), gates.ACROSS)
def test_gates_of_the_payer(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert transfer(network) == code


@pytest.mark.parametrize(("prepare", "code"), gates.payee("bob", "west"))
def test_gates_of_the_payee(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert transfer(network) == code


def test_a_payment_within_the_bank_needs_no_headroom(network: Network) -> None:
    network.cap("east", 0)
    network.open("carol", "east")
    assert transfer(network, payee=account("carol")) == "committed"


def test_a_cap_is_reached_and_settlement_frees_it(network: Network) -> None:
    network.cap("east", 700)
    assert [transfer(network), transfer(network)] == ["committed", "net_debit_cap_exceeded"]
    network.must("settle_position/1", "west", "west", debtor="east", asset="CNY", amount_minor=500)
    assert transfer(network) == "committed"


def test_a_payment_that_leaves_the_frozen_amount_passes(network: Network) -> None:
    network.freeze("alice", "east", "amount", asset="CNY", amount_minor=99_500)
    assert [transfer(network), transfer(network, amount_minor=1)] == ["committed", "amount_frozen"]


def test_an_expired_freeze_stops_nothing(network: Network) -> None:
    network.freeze("alice", "east", expires_at_ms=network.now_ms + 1_000)
    network.later(2_500)
    assert transfer(network) == "committed"


def test_amount_overflow(network: Network) -> None:
    network.do("issue/1", "west", "west", account=account("bob"), asset="CNY", amount_minor=MAX_AMOUNT_MINOR - 100_000)
    assert transfer(network, amount_minor=1) == "amount_overflow"


def test_same_account(network: Network) -> None:
    with pytest.raises(Refusal, match="same_account"):
        transfer(network, payee=account("alice"))


@pytest.mark.parametrize("amount", [0, -1, 2**53, 1.5, "1", None])
def test_amount_outside_its_range(network: Network, amount: object) -> None:
    body = list(
        codec.decode(
            codec.encode(
                network.build("transfer/1", account("alice"), payee=account("bob"), asset="CNY", amount_minor=1)
            ),
            list[object],
        )
    )
    body[-1] = amount
    with pytest.raises(Refusal, match="malformed_bytes"):
        network.read(network.sign_body(codec.encode(body), "alice"))


@pytest.mark.parametrize(
    ("amounts", "overrides", "code"),
    [
        ([1], {"asset": "HKD"}, "wrong_asset_for_key"),
        ([10_001], {}, "payment_limit"),
        ([10_000, 5_001], {}, "daily_limit"),
    ],
)
def test_limits_of_a_session_key(network: Network, amounts: list[int], overrides: dict[str, object], code: str) -> None:
    network.session_key("alice", "phone")
    given = {"payee": account("bob"), "asset": "CNY", **overrides}
    codes = [network.do("transfer/1", account("alice"), "phone", amount_minor=each, **given).code for each in amounts]
    assert codes == ["committed"] * (len(amounts) - 1) + [code]
