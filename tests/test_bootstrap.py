"""Starting processes: what fails is said."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from payport import bootstrap
from payport.node import frames
from payport.node.data_directory import DataDirectory
from payport.services.process import lock
from payport.simulator.scenarios.city import build_city
from payport.values.refusals import Refusal
from tests.ledger.network import example_genesis


def test_node_did_not_start(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "node")
    directory.path.mkdir()
    directory.initialise(example_genesis().encoded)
    directory.key_path.write_text("not a key")
    directory.key_path.chmod(0o600)
    with pytest.raises(Refusal, match="key_unreadable"):
        directory.read_signer()
    with (
        pytest.raises(Refusal, match="node_did_not_start"),
        bootstrap.running_node(example_genesis(), tmp_path / "node"),
    ):
        pass


@pytest.mark.slow
def test_port_did_not_start(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Refusal, match="port_did_not_start"),
        bootstrap.running_network(example_genesis(), tmp_path, taken.getsockname()[1]),
    ):
        pass


def test_frame_too_large() -> None:
    with pytest.raises(Refusal, match="frame_too_large"):
        frames.frame(bytes(frames.MAX_FRAME_BYTES + 1))


@pytest.mark.slow
def test_desk_did_not_start(tmp_path: Path) -> None:
    """Another process answers for the institutions already."""
    city = build_city()
    (tmp_path / "desks").mkdir()
    held = lock(tmp_path / "desks" / "desk.sock")
    with (
        pytest.raises(Refusal, match="desk_did_not_start"),
        bootstrap.running_network(city.genesis, tmp_path, hosted=city.hosted),
    ):
        pass
    os.close(held)
