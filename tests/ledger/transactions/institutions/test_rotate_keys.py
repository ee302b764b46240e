"""rotate_keys: all at once, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import institutions
from payport.ledger.state.parameters import AuthorityPolicy
from payport.values import bindings, codec
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account, public_key


def new_keys(network: Network, *names: str) -> tuple[bindings.NewKey, ...]:
    return tuple(sorted((network.new_key(b"east", each) for each in names), key=lambda each: each.public_key))


def rotate(network: Network, keys: tuple[bindings.NewKey, ...], threshold: int = 1, signer: str = "east") -> str:
    return network.do("rotate_keys/1", "east", signer, keys=keys, threshold=threshold).code


def issue(network: Network, *signers: str) -> str:
    fields = {"account": account("alice"), "asset": "CNY", "amount_minor": 1}
    return network.do("issue/1", "east", signers, **fields).code


def test_only_the_new_keys_sign(network: Network) -> None:
    assert rotate(network, new_keys(network, "one", "two", "three"), 2) == "committed"
    record = institutions.require(network.state, "east")
    assert {key.public_key for key in record.keys} == {public_key(each) for each in ("one", "two", "three")}
    assert (issue(network, "east"), issue(network, "two")) == ("unbound_key", "committed")
    keys = new_keys(network, "one", "four")
    assert rotate(network, keys, 1, "one") == "too_few_signatures"
    assert network.do("rotate_keys/1", "east", ("one", "three"), keys=keys, threshold=1).code == "committed"
    assert [issue(network, each) for each in ("one", "two")] == ["committed", "unbound_key"]


def test_revoked_keys_never_come_back(network: Network) -> None:
    rotate(network, new_keys(network, "one"))
    assert rotate(network, new_keys(network, "east"), signer="one") == "key_already_bound"
    assert rotate(network, (network.new_key(b"east", "bob"),), signer="one") == "key_already_bound"


def test_threshold_above_keys(network: Network) -> None:
    with pytest.raises(Refusal, match="threshold_above_keys"):
        rotate(network, new_keys(network, "one"), 2)


def ask_for_two(network: Network, name: str, form: str, later: int = 1_000) -> str:
    value = codec.encode(AuthorityPolicy(form, 2))
    fields = {"name": name, "value": value, "from_height": network.machine.height + later}
    return network.do("set_parameter/1", "operator", "operator", **fields).code


def rotate_all(network: Network, keys: int) -> None:
    """Give every member so many keys of its own."""
    for bank in ("east", "operator", "west"):
        own = [
            network.new_key(bank.encode(), bank),
            *(network.new_key(bank.encode(), f"{bank}{n}") for n in range(keys - 1)),
        ]
        fields = {"keys": tuple(sorted(own, key=lambda each: each.public_key)), "threshold": 1}
        network.must("rotate_keys/1", bank, bank, **fields)


def test_fewer_keys_than_policy(network: Network) -> None:
    """A policy that is decided counts before it is in force: whoever fell below it could never rotate again."""
    rotate_all(network, 2)
    assert ask_for_two(network, "authority/rotate_keys", "sender") == "committed"
    assert rotate(network, new_keys(network, "east")) == "fewer_keys_than_policy"
    assert rotate(network, new_keys(network, "east", "one")) == "committed"


def test_the_operator_keeps_as_many_keys_as_it_is_asked_for(network: Network) -> None:
    rotate_all(network, 2)
    assert ask_for_two(network, "authority/suspend", "operator") == "committed"
    fields = {"keys": (network.new_key(b"operator", "operator"),), "threshold": 1}
    assert network.do("rotate_keys/1", "operator", "operator", **fields).code == "fewer_keys_than_policy"
    assert rotate(network, new_keys(network, "east")) == "committed"


def test_a_policy_gone_by_asks_for_nothing(network: Network) -> None:
    rotate_all(network, 2)
    assert ask_for_two(network, "authority/rotate_keys", "sender", 2) == "committed"
    value = codec.encode(AuthorityPolicy("sender", 1))
    fields = {"name": "authority/rotate_keys", "value": value, "from_height": network.machine.height + 3}
    network.must("set_parameter/1", "operator", "operator", **fields)
    fields = {"keys": new_keys(network, "east"), "threshold": 1}
    codes = [network.do("rotate_keys/1", "east", ("east", "east0"), **fields).code for _ in range(2)]
    assert codes == ["fewer_keys_than_policy", "committed"]


def test_keys_by_themselves(network: Network) -> None:
    one = network.new_key(b"east", "one")
    for keys, code in (
        ((one, one), "duplicate_key"),
        ((bindings.NewKey("rot13", b"k" * 32, bytes(64)),), "unknown_scheme"),
        ((bindings.NewKey("ed25519", bytes(32), bytes(64)),), "unbindable_key"),
    ):
        with pytest.raises(Refusal, match=code):
            rotate(network, keys)


def test_possession_is_proven(network: Network) -> None:
    stolen = network.new_key(b"west", "one")
    with pytest.raises(Refusal, match="invalid_signature"):
        rotate(network, (stolen,))
