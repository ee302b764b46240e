"""set_parameter: from a height to come, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import parameters, validators
from payport.values import codec
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account

FREE = parameters.FeeSchedule(0, 0, 0, 0, 0)


def set_parameter(network: Network, name: str, value: object, later: int = 2) -> str:
    fields = {"name": name, "value": codec.encode(value), "from_height": network.machine.height + later}
    return network.do("set_parameter/1", "operator", "operator", **fields).code


def test_a_fee_changes_at_its_height(network: Network) -> None:
    assert set_parameter(network, "fees/5411", FREE, 3) == "committed"
    pay = {"merchant": account("market"), "asset": "CNY", "amount_minor": 10_000, "order": None}
    network.must("purchase/1", account("alice"), "alice", **pay)
    network.must("purchase/1", account("alice"), "alice", **pay)
    assert network.balance("market") == 9_940 + 10_000


def test_a_policy_asks_for_a_vote_from_then_on(network: Network) -> None:
    assert set_parameter(network, "authority/suspend", parameters.AuthorityPolicy("vote", 2)) == "committed"
    assert network.do("suspend/1", "operator", "operator", institution="east").code == "no_live_proposal"


def test_currencies_are_added(network: Network) -> None:
    assert set_parameter(network, "currencies", ("CNY", "HKD", "SGD")) == "committed"
    network.must("issue/1", "east", "east", account=account("alice"), asset="SGD", amount_minor=1)


@pytest.mark.parametrize("name", ["operator", "fees_account_floor_minor", "weather", "fees", "currencies/cny"])
def test_unknown_parameter(network: Network, name: str) -> None:
    with pytest.raises(Refusal, match="unknown_parameter"):
        set_parameter(network, name, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fees/5411", 1),
        ("fees/5411", parameters.FeeSchedule(6_000, 1, 10_000, 900_000, 100_001)),
        ("fees/5411", parameters.FeeSchedule(6_000, 11, 10, 0, 0)),
        ("refund_period_ms", -1),
        ("recovery_delay_ms", 400 * 86_400_000),
    ],
)
def test_parameter_invalid(network: Network, name: str, value: object) -> None:
    with pytest.raises(Refusal, match="parameter_invalid"):
        set_parameter(network, name, value)


def test_no_currency_is_taken_away(network: Network) -> None:
    assert set_parameter(network, "currencies", ("CNY",)) == "parameter_invalid"


def validator(number: int, power: int = 1) -> parameters.Validator:
    return parameters.Validator(bytes([number]) * 32, bytes([number + 100]) * 32, power)


def test_validators_are_members_and_each_has_keys_of_its_own(network: Network) -> None:
    assert set_parameter(network, "validators/nobody", validator(1)) == "unknown_institution"
    assert set_parameter(network, "validators/east", validator(1, power=0)) == "parameter_invalid"
    assert set_parameter(network, "validators/east", validator(1)) == "committed"
    assert set_parameter(network, "validators/west", validator(1)) == "parameter_invalid"
    assert set_parameter(network, "validators/west", validator(2, power=3)) == "committed"
    height = network.machine.height + 2
    found = validators.in_force(network.state, height)
    assert {name: each.power for name, each in found.items()} == {"east": 1, "west": 3}
    assert validators.find(network.state, "west", network.machine.height) is None, "it is decided for later"


def test_somebody_is_left_to_order_blocks_at_every_height(network: Network) -> None:
    for name, number in (("east", 1), ("west", 2)):
        assert set_parameter(network, f"validators/{name}", validator(number)) == "committed"
    network.must("issue/1", "east", "east", account=account("alice"), asset="CNY", amount_minor=1)
    assert set_parameter(network, "validators/east", validator(1, power=0), 50) == "committed"
    assert set_parameter(network, "validators/west", validator(2, power=0)) == "parameter_invalid", "then east leaves"


def test_effective_height_past(network: Network) -> None:
    assert set_parameter(network, "fees/5411", FREE, 1) == "effective_height_past"
    assert set_parameter(network, "fees/5411", FREE, 50) == "committed"
    assert set_parameter(network, "fees/5411", FREE, 10) == "effective_height_past"


def test_too_many_versions(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "MAX_VERSIONS", 1)
    assert [set_parameter(network, "fees/0742", FREE) for _ in range(2)] == ["committed", "too_many_versions"]


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("authority/set_parameter", parameters.AuthorityPolicy("operator", 2)),
        ("authority/set_parameter", parameters.AuthorityPolicy("vote", 4)),
        ("authority/rotate_keys", parameters.AuthorityPolicy("sender", 2)),
        ("authority/approve", parameters.AuthorityPolicy("vote", 2)),
    ],
)
def test_policy_out_of_reach(network: Network, name: str, policy: parameters.AuthorityPolicy) -> None:
    """Every member has one key, and there are three members."""
    assert set_parameter(network, name, policy) == "policy_out_of_reach"


def test_a_vote_asks_for_no_more_than_the_members_not_suspended(network: Network) -> None:
    network.must("suspend/1", "operator", "operator", institution="west")
    unanimous = parameters.AuthorityPolicy("vote", 3)
    assert set_parameter(network, "authority/set_parameter", unanimous) == "policy_out_of_reach"
    network.must("reinstate/1", "operator", "operator", institution="west")
    assert set_parameter(network, "authority/set_parameter", unanimous) == "committed"
