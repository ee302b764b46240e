"""`payport audit` on a real node's directory, and on one that runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from payport.node.client import NodeClient
from payport.node.data_directory import DataDirectory
from payport.proof.trust import Trust, encode_trust
from payport.values.signatures.contract import WebAuthnPolicy
from tests.consensus.small_network import GENESIS, NODE_SIGNER, issue
from tests.node.node_process import NodeProcess

if TYPE_CHECKING:
    from pathlib import Path


def audit(*arguments: str, status: int = 0) -> str:
    command = [sys.executable, "-m", "payport.cli.main", "audit", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


@pytest.mark.slow
async def test_a_node_that_runs_and_its_directory(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    data.initialise(GENESIS.encoded, NODE_SIGNER._seed)
    node = NodeProcess(data.path)
    public_key = bytes.fromhex(node.ready()["public_key"])
    trust = tmp_path / "trust.json"
    trust.write_bytes(encode_trust(Trust(GENESIS.chain_id, GENESIS.digest, (public_key,), WebAuthnPolicy((), ()))))
    client = NodeClient(data.socket_path)
    for _ in range(5):
        await client.submit_many([issue(at_ms=time.time_ns() // 1_000_000) for _ in range(20)])
    await client.close()
    told = json.loads(audit(str(data.socket_path), "--trust", str(trust), "--json"))
    assert (told["committed"], told["proven"]) == (100, told["height"])
    assert "data_in_use" in audit(str(data.path), status=1)
    node.stop()
    told = json.loads(audit(str(data.path), "--json"))
    assert told["committed"] == 100
    assert told["records_compared"] > 100
    assert "is right" in audit(str(data.path))
    segment = next(data.log_path.iterdir())
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    assert "audit_failed" in audit(str(data.path), status=1)
