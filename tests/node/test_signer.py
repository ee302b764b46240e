"""The real node with its key in a token: it signs there, keeps no key of its own, and says what it lacks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from payport import _native
from payport.ledger.block import COMMITTED
from payport.node.client import NodeClient
from payport.proof.finality import embedded
from payport.signers.opening import make_key
from tests.cli.test_key import address_of, told
from tests.consensus.small_network import GENESIS, issue
from tests.node.node_process import NodeProcess
from tests.signers.tokens import PIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.signers.tokens import Tokens


async def test_commitments_are_signed_in_the_token(tokens: Tokens, tmp_path: Path) -> None:
    address = address_of(tokens, tokens.make(), "node")
    public_key = bytes.fromhex(told("make", address)["public_key"])
    (tmp_path / "genesis").write_bytes(GENESIS.encoded)
    data = tmp_path / "data"
    node = NodeProcess(data, "--genesis", str(tmp_path / "genesis"), "--signer", address)
    assert node.ready()["public_key"] == public_key.hex()
    assert not (data / "operator.key").exists()
    client = NodeClient(data / "node.sock")
    (outcome,) = await client.submit(issue(at_ms=time.time_ns() // 1_000_000))
    assert outcome.code == COMMITTED
    block = await client.block(outcome.height)
    signature = block.finality_payload[-64:]
    assert block.finality_payload == embedded.encode_payload(public_key, signature)
    assert _native.verify_ed25519_one(public_key, embedded.signing_bytes(block.commitment_bytes), signature)
    await client.close()
    assert node.stop() == (0, "")
    tokens.write_pin("wrong", "wrong")
    for changed, code in (
        (address.replace("object=node", "object=other"), "signing_key_not_found: other"),
        (address.replace("token=", "token=no-"), "token_not_found"),
        (address.replace(str(tokens.pin_file), str(tokens.folder / "wrong")), "pin_wrong"),
        (address.replace(str(tokens.softhsm), "/nowhere.so"), "signer_module_missing: /nowhere.so"),
    ):
        status, errors = NodeProcess(data, "--signer", changed).finish()
        assert (status, errors.startswith(f"payport node: {code}"), PIN in errors) == (1, True, False), errors


def test_a_key_file_elsewhere(tmp_path: Path) -> None:
    public_key = make_key("elsewhere.key", tmp_path)
    (tmp_path / "genesis").write_bytes(GENESIS.encoded)
    key = str(tmp_path / "elsewhere.key")
    node = NodeProcess(tmp_path / "data", "--genesis", str(tmp_path / "genesis"), "--signer", key)
    assert node.ready()["public_key"] == public_key.hex()
    assert node.stop() == (0, "")
    assert not (tmp_path / "data" / "operator.key").exists()
