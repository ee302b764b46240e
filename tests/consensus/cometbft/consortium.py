"""A consortium of real processes on this machine: a CometBFT and a node each."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from payport import _native
from payport.consensus.cometbft.home import Home, Peer, genesis_document, write_home
from payport.consensus.cometbft.home import Validator as EngineValidator
from payport.ledger.machine import Machine
from payport.ledger.state.parameters import Validator
from payport.ledger.state.state import State
from payport.node.client import NodeClient
from payport.node.data_directory import DataDirectory
from payport.proof.trust import Trust, TrustedValidator, ValidatorSet
from payport.values.signatures.contract import WebAuthnPolicy
from tests.consensus.small_network import genesis
from tests.node.node_process import NodeProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
COMETBFT = os.environ.get("PAYPORT_COMETBFT") or str(ROOT / ".tools" / "bin" / "cometbft")


def require_cometbft() -> None:
    """Leave a test out where CometBFT was not built, but never in continuous integration."""
    if shutil.which(COMETBFT) is None:
        if os.environ.get("CI"):
            pytest.fail("CometBFT is not built: make cometbft")
        pytest.skip("CometBFT is not built: make cometbft")


class Paths(NamedTuple):
    """Where one member keeps what."""

    home: Path
    data: Path
    rpc: Path
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Member:
    """One CometBFT and its node."""

    def __init__(self, folder: Path, number: int) -> None:
        self.institution = f"bank-{number}"
        self.seed, self.node_seed = bytes([number + 1]) * 32, bytes([number + 101]) * 32
        self.batch_seed = bytes([number + 201]) * 32
        self.port = free_port()
        self.paths = Paths(folder / "home", folder / "data", folder / "rpc.sock", folder / "engine.log")
        folder.mkdir(parents=True)
        self.node: NodeProcess | None = None
        self.engine: subprocess.Popen[bytes] | None = None

    @property
    def public_key(self) -> bytes:
        return _native.public_key_ed25519(self.seed)

    @property
    def validator(self) -> Validator:
        return Validator(self.public_key, _native.public_key_ed25519(self.batch_seed), 1)

    def peer(self) -> Peer:
        return Peer(_native.public_key_ed25519(self.node_seed), f"127.0.0.1:{self.port}")

    def client(self) -> NodeClient:
        return NodeClient(self.paths.data / "node.sock", timeout_seconds=60)

    def start_node(self) -> None:
        options = ("--engine", "cometbft", "--institution", self.institution, "--engine-rpc", str(self.paths.rpc))
        self.node = NodeProcess(self.paths.data, *options)
        self.node.ready()

    def start_engine(self) -> None:
        self.paths.rpc.unlink(missing_ok=True)  # CometBFT does not take the place of a killed one's
        with self.paths.log.open("ab") as log:
            self.engine = subprocess.Popen([COMETBFT, "start", "--home", str(self.paths.home)], stdout=log, stderr=log)

    def kill_node(self) -> None:
        assert self.node is not None
        self.node.kill()
        self.node = None

    def kill_engine(self) -> None:
        assert self.engine is not None
        self.engine.kill()
        self.engine.wait()
        self.engine = None

    def stop(self) -> None:
        if self.engine is not None:
            self.engine.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.engine.wait(10)
            self.engine.kill()
            self.engine.wait()
        if self.node is not None:
            self.node.stop()


class Consortium:
    """Members that know each other."""

    def __init__(self, folder: Path, number: int) -> None:
        self.members = [Member(folder / str(place), place) for place in range(number)]
        self.genesis = genesis(voting={each.institution: each.validator for each in self.members})
        chain_id = self.genesis.chain_id
        commitment = Machine(self.genesis, State()).commitment_bytes
        validators = [EngineValidator(each.institution, each.public_key, 1) for each in self.members]
        self.trust = Trust(
            chain_id,
            self.genesis.digest,
            (),
            WebAuthnPolicy((), ()),
            (ValidatorSet(1, tuple(TrustedValidator(*each) for each in validators)),),
        )
        document = genesis_document(chain_id, self.genesis.time_ms, commitment, validators)
        for each in self.members:
            DataDirectory(each.paths.data).initialise(self.genesis.encoded, each.batch_seed)
            peers = tuple(other.peer() for other in self.members if other is not each)
            abci = each.paths.data / "abci.sock"
            home = Home(
                each.institution, abci, each.paths.rpc, f"127.0.0.1:{each.port}", peers, each.seed, each.node_seed
            )
            write_home(each.paths.home, home, document)

    def start(self) -> None:
        for each in self.members:
            each.start_node()
        for each in self.members:
            each.start_engine()

    def stop(self) -> None:
        for each in self.members:
            each.stop()


@contextlib.contextmanager
def running(folder: Path, number: int) -> Iterator[Consortium]:
    """Start a consortium, and stop it at the end."""
    require_cometbft()
    made = Consortium(folder, number)
    try:
        made.start()
        yield made
    finally:
        made.stop()
