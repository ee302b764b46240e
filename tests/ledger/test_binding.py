"""Keys to be bound: strictly ascending, of a known scheme, points that may be bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger import binding
from payport.values.bindings import NewKey
from payport.values.refusals import Refusal
from payport.values.signatures import pure
from payport.values.signatures.contract import Primitive
from tests.ledger.network import Network, account, public_key

KEYS = [NewKey("ed25519", key, bytes(64)) for key in sorted(public_key(f"k{number}") for number in range(6))]


@given(st.lists(st.sampled_from(KEYS), max_size=6))
def test_only_strictly_ascending_keys(drawn: list[NewKey]) -> None:
    listed = [each.public_key for each in drawn]
    if listed == sorted(set(listed)):
        binding.check_new_keys(drawn)
    else:
        with pytest.raises(Refusal, match="duplicate_key"):
            binding.check_new_keys(drawn)


def test_the_first_fault_is_named() -> None:
    low, high = bytes([0, *range(31)]), b"\xff" * 32
    for listed, code in (
        ([NewKey("rot13", high, bytes(64)), NewKey("ed25519", low, bytes(64))], "unknown_scheme"),
        ([KEYS[0], NewKey("rot13", KEYS[0].public_key, bytes(64))], "duplicate_key"),
        ([KEYS[0], NewKey("ed25519", high, bytes(64))], "unbindable_key"),
        ([NewKey("webauthn", KEYS[0].public_key, bytes(64))], "unbindable_key"),
    ):
        with pytest.raises(Refusal) as refused:
            binding.check_new_keys(listed)
        assert refused.value.code == code


def test_possession_is_of_this_holder_on_this_network() -> None:
    network = Network()
    key = network.new_key(account("alice"), "alice")
    for chain_id, holder, valid in (
        (network.machine.chain_id, account("alice"), True),
        (network.machine.chain_id, account("bob"), False),
        ("other-0011223344556677", account("alice"), False),
    ):
        proof = binding.possession(chain_id, holder, key)
        assert pure.verify(Primitive("ed25519", proof.public_key, proof.message, proof.signature)) == valid
