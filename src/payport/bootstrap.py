"""The only place that chooses implementations: which processes make up a network, and how they are started."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payport.proof.trust import Trust
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payport.ledger.genesis import Genesis

NODE_DID_NOT_START = RefusalCode(
    "node_did_not_start", RefusalClass.UNAVAILABLE, "The node process did not start.", "节点进程未能启动。"
)
"""Its own message, on standard error, says why."""

STOP_SECONDS = 20
"""How long a child may take to drain."""


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node process that takes transactions."""

    process: subprocess.Popen[str]
    """The process."""
    socket: str
    """Path of its local interface."""
    public_key: bytes
    """Key under which its commitments are signed."""


@contextlib.contextmanager
def running_node(genesis: Genesis, data: Path) -> Iterator[RunningNode]:
    """Start a node process on ``data`` and stop it at the end; raises ``node_did_not_start``."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    genesis_file = data / "genesis.new"
    genesis_file.write_bytes(genesis.encoded)
    command = [sys.executable, "-m", "payport.node.process", "--data", str(data), "--genesis", str(genesis_file)]
    # A session of its own: Ctrl-C reaches the parent alone, which then stops its children in order.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603 - own program
    try:
        assert process.stdout is not None
        (data.parent / "node.pid").write_text(f"{process.pid}\n", encoding="ascii")
        line = process.stdout.readline()
        if not line:
            NODE_DID_NOT_START.refuse()
        ready: dict[str, Any] = json.loads(line)
        yield RunningNode(process, str(ready["socket"]), bytes.fromhex(ready["public_key"]))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def trust_in(genesis: Genesis, node_key: bytes) -> Trust:
    """Return the trust file's content for a network with one embedded node."""
    return Trust(genesis.chain_id, genesis.digest, (node_key,), WebAuthnPolicy(genesis.rp_ids, genesis.origins))
