"""Genesis: what a network may start from."""

from __future__ import annotations

import msgspec
import pytest

from payport.ledger.genesis import read_genesis
from payport.ledger.receipt import assemble
from payport.ledger.store.stored_block import store_executed
from payport.values.identifiers import parse_hex
from payport.values.refusals import Refusal
from tests.ledger.network import Network, example_genesis


def test_chain_id_names_the_document() -> None:
    genesis = example_genesis()
    assert read_genesis(genesis.encoded) == genesis
    assert genesis.chain_id == f"test-{genesis.digest[:8].hex()}"


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "payport-genesis/2"},
        {"suite": "md5"},
        {"parameters": ()},
        {"parameters": example_genesis().parameters[::-1]},
        {"members": example_genesis().members[::-1]},
        {"members": example_genesis().members[:1]},
    ],
)
def test_invalid_genesis(changes: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="invalid_genesis"):
        read_genesis(msgspec.structs.replace(example_genesis(), **changes).encoded)


def test_no_receipt_of_what_is_not_in_the_block(network: Network) -> None:
    with pytest.raises(Refusal, match="no_receipt"):
        assemble(store_executed(network.blocks[0], "", b""), bytes(32), bytes(16))


@pytest.mark.parametrize("text", ["", "zz", "AB", "abc", "ab cd"])
def test_malformed_identifier(text: str) -> None:
    with pytest.raises(Refusal, match="malformed_identifier"):
        parse_hex(text, 1)
    assert parse_hex("ab", 1) == b"\xab"
