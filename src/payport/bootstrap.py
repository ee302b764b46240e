"""The only place that chooses implementations: which processes make up a network, and how they are started."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from payport.proof.trust import Trust, encode_trust
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from payport.ledger.genesis import Genesis

NODE_DID_NOT_START: Final = RefusalCode(
    "node_did_not_start", RefusalClass.UNAVAILABLE, "The node process did not start.", "节点进程未能启动。"
)
"""Its own message, on standard error, says why."""

PORT_DID_NOT_START: Final = RefusalCode(
    "port_did_not_start",
    RefusalClass.UNAVAILABLE,
    "The history or gateway process did not start.",
    "历史或网关进程未能启动。",
)
"""Its own message, on standard error, says why."""

REFUSALS: Final = (NODE_DID_NOT_START, PORT_DID_NOT_START)
"""Refusals of this module."""

STOP_SECONDS: Final = 20
"""How long a child may take to drain."""

READY_SECONDS: Final = 60
"""How long the port may take until it is healthy."""


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node process that takes transactions."""

    process: subprocess.Popen[str]
    """The process."""
    socket: str
    """Path of its local interface."""
    public_key: bytes
    """Key under which its commitments are signed."""


@dataclass(frozen=True, slots=True)
class RunningNetwork:
    """A node, its index and the unified port."""

    node: RunningNode
    """The node."""
    url: str
    """Address of the port."""
    trust: Trust
    """What receipts are verified against."""
    trust_file: Path
    """The same as a file."""
    processes: tuple[subprocess.Popen[str], ...]
    """Every child, in the order they were started."""


@contextlib.contextmanager
def _child(module: str, arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a child process; stop it at the end."""
    # A session of its own: Ctrl-C reaches the parent alone, which then stops its children in order.
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603 - own program
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _ready(process: subprocess.Popen[str], did_not_start: RefusalCode) -> dict[str, Any]:
    """Return a child's ready line; raises ``did_not_start``."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        did_not_start.refuse()
    found: dict[str, Any] = json.loads(line)
    return found


@contextlib.contextmanager
def running_node(genesis: Genesis, data: Path, options: Sequence[str] = ()) -> Iterator[RunningNode]:
    """Start a node process on ``data`` and stop it at the end; raises ``node_did_not_start``.

    ``options`` are further arguments of the process.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    genesis_file = data / "genesis.new"
    genesis_file.write_bytes(genesis.encoded)
    arguments = ["--data", str(data), "--genesis", str(genesis_file), *options]
    with _child("payport.node.process", arguments) as process:
        ready = _ready(process, NODE_DID_NOT_START)
        yield RunningNode(process, str(ready["socket"]), bytes.fromhex(ready["public_key"]))


@contextlib.contextmanager
def running_network(
    genesis: Genesis,
    data: Path,
    port: int = 0,
    node_options: Sequence[str] = (),
    gateway_options: Sequence[str] = (),
) -> Iterator[RunningNetwork]:
    """Start node, history and gateway on ``data`` and stop them at the end; ``port`` 0 takes a free one.

    ``node_options`` and ``gateway_options`` are further arguments of these processes.

    Raises ``node_did_not_start`` or ``port_did_not_start``.
    """
    with running_node(genesis, data / "node", node_options) as node:
        trust = trust_in(genesis, node.public_key)
        trust_file = data / "trust.json"
        trust_file.write_bytes(encode_trust(trust))
        index = f"sqlite:///{data.absolute() / 'history.sqlite'}"
        common = ["--node", node.socket, "--trust", str(trust_file)]
        own = ["--history", index, "--database", f"sqlite:///{data.absolute() / 'port.sqlite'}", "--port", str(port)]
        with (
            _child("payport.history.process", [*common, "--database", index]) as history,
            _child("payport.gateway.process", [*common, *own, *gateway_options]) as gateway,
        ):
            _ready(history, PORT_DID_NOT_START)
            url = str(_ready(gateway, PORT_DID_NOT_START)["url"])
            _await_health(url, gateway)
            pids = {"node": node.process.pid, "history": history.pid, "gateway": gateway.pid}
            (data / "processes.json").write_text(json.dumps({"url": url, **pids}) + "\n", encoding="ascii")
            yield RunningNetwork(node, url, trust, trust_file, (node.process, history, gateway))


def _await_health(url: str, gateway: subprocess.Popen[str]) -> None:
    """Return once the port is healthy; raises ``port_did_not_start``."""
    deadline = time.monotonic() + READY_SECONDS
    while gateway.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/v1/health").is_success:
                return
        time.sleep(0.02)
    PORT_DID_NOT_START.refuse(url)


def trust_in(genesis: Genesis, node_key: bytes) -> Trust:
    """Return the trust file's content for a network with one embedded node."""
    return Trust(genesis.chain_id, genesis.digest, (node_key,), WebAuthnPolicy(genesis.rp_ids, genesis.origins))
