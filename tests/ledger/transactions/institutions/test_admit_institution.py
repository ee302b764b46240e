"""admit_institution: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import institutions, parameters
from payport.values import bindings, codec
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account


def admit(network: Network, signer: str = "operator", sender: str = "operator", **overrides: object) -> str:
    given = {
        "institution": "north",
        "name": "Bank of the North",
        "role": institutions.InstitutionRole.BANK,
        "keys": (network.new_key(b"north", "north"),),
        "threshold": 1,
        "utc_offset_seconds": 0,
        "fees_account": account("north/fees"),
        "unclaimed_account": account("north/uncl"),
        "view_key": b"n" * 32,
    }
    return network.do("admit_institution/1", sender, signer, **{**given, **overrides}).code


def test_member_can_open_and_issue(network: Network) -> None:
    assert admit(network) == "committed"
    network.open("dora", "north", money=500)
    assert network.balance("dora") == 500


def test_only_the_operator(network: Network) -> None:
    assert admit(network, sender="east", signer="east") == "not_the_operator"


def test_institution_exists(network: Network) -> None:
    keys = (network.new_key(b"east", "north"),)
    assert admit(network, institution="east", keys=keys) == "institution_exists"


def test_fewer_keys_than_policy(network: Network) -> None:
    """Every member can rotate its keys, the new one too."""
    for bank in ("east", "operator", "west"):
        own = (network.new_key(bank.encode(), bank), network.new_key(bank.encode(), f"{bank}2"))
        fields = {"keys": tuple(sorted(own, key=lambda each: each.public_key)), "threshold": 1}
        network.must("rotate_keys/1", bank, bank, **fields)
    value = codec.encode(parameters.AuthorityPolicy("sender", 2))
    fields = {"name": "authority/rotate_keys", "value": value, "from_height": 1_000}
    network.must("set_parameter/1", "operator", "operator", **fields)
    assert admit(network) == "fewer_keys_than_policy"


def test_key_already_bound(network: Network) -> None:
    assert admit(network, keys=(network.new_key(b"north", "alice"),)) == "key_already_bound"


def test_account_exists(network: Network) -> None:
    assert admit(network, fees_account=account("alice")) == "account_exists"


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"role": institutions.InstitutionRole.OPERATOR}, "second_operator"),
        ({"threshold": 2}, "invalid_threshold"),
        ({"unclaimed_account": account("north/fees")}, "same_account"),
    ],
)
def test_refused_by_itself(network: Network, overrides: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        admit(network, **overrides)


def test_duplicate_key(network: Network) -> None:
    key = network.new_key(b"north", "north")
    with pytest.raises(Refusal, match="duplicate_key"):
        admit(network, keys=(key, key))


def test_threshold_of_the_new_member_counts(network: Network) -> None:
    pair = tuple(sorted((network.new_key(b"north", name) for name in ("n1", "n2")), key=lambda key: key.public_key))
    assert admit(network, keys=pair, threshold=2) == "committed"
    given = {
        "account": account("dora"),
        "category": "0000",
        "view_key": b"v" * 32,
        "owner": network.new_key(account("dora"), "dora"),
    }
    opening = network.build("open_account/1", "north", **given)
    assert network.run(network.sign(opening, "n1")).code == "too_few_signatures"
    assert network.run(network.sign(opening, "n1", "n2")).code == "committed"


@pytest.mark.parametrize(
    ("scheme", "key", "code"),
    [("rot13", b"k" * 32, "unknown_scheme"), ("ed25519", bytes(32), "unbindable_key")],
)
def test_key_that_cannot_be_bound(network: Network, scheme: str, key: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        admit(network, keys=(bindings.NewKey(scheme, key, bytes(64)),))
