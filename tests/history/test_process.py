"""The real process beside a real node: killed while it catches up, left alone by its node, refused another's index."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from payport.history.tables import PROGRESS
from payport.ledger.state.balances import Balance
from payport.node.client import NodeClient
from payport.proof.trust import Trust, encode_trust
from payport.values import codec
from payport.values.signatures.contract import WebAuthnPolicy
from tests.consensus.small_network import BANK_ACCOUNT, GENESIS, genesis, issue
from tests.databases import plain_engine
from tests.history.ledger_node import dump
from tests.node.node_process import NodeProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.databases import Databases

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 30


class Scene:
    """A node with a chain of small blocks, and as many history processes as a test likes."""

    def __init__(self, folder: Path, databases: Databases) -> None:
        self.folder, self.databases = folder, databases
        self.data = folder / "node"
        (folder / "genesis").write_bytes(GENESIS.encoded)
        self.start_node()

    def start_node(self) -> None:
        self.node = NodeProcess(self.data, "--genesis", str(self.folder / "genesis"))
        self.ready = self.node.ready()
        key = bytes.fromhex(self.ready["public_key"])
        trust = Trust(GENESIS.chain_id, GENESIS.digest, (key,), WebAuthnPolicy((), ()))
        (self.folder / "trust").write_bytes(encode_trust(trust))

    def history(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "payport.history.process", "--node", self.ready["socket"]]
        command += ["--trust", str(self.folder / "trust"), "--database", self.databases.url(name), *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def height(self, name: str) -> int:
        try:
            with plain_engine(self.databases.url(name)).connect() as connection:
                found = connection.execute(sqlalchemy.select(PROGRESS.c.height)).scalar_one_or_none()
        except sqlalchemy.exc.DBAPIError:
            return 0  # there are no tables yet
        return 0 if found is None else int(found)

    def wait(self, name: str, enough: Callable[[int], bool]) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not enough(height := self.height(name)):
            assert time.monotonic() < deadline, f"{name} stays at {height}"
        return height

    def rows(self, name: str) -> dict[str, list[tuple[object, ...]]]:
        return dump(plain_engine(self.databases.url(name)))

    async def commit(self, blocks: int) -> int:
        """Commit transactions one after another; return the node's height and check the last balance."""
        client = NodeClient(self.data / "node.sock")
        for _ in range(blocks):
            (outcome,) = await client.submit(issue(at_ms=time.time_ns() // 1_000_000))
            assert outcome.code == "committed"
        height = (await client.status()).height
        record = await client.read("balances", BANK_ACCOUNT + b"CNY")
        self.balance = codec.decode(record or b"", Balance)
        await client.close()
        return height


@pytest.fixture
def scene(tmp_path: Path, databases: Databases) -> Iterator[Scene]:
    scene = Scene(tmp_path, databases)
    yield scene
    scene.node.kill()


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask a process to end; return its status and standard error."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, errors


def test_killed_while_catching_up_and_with_its_node_killed_loses_and_doubles_nothing(scene: Scene) -> None:
    last = asyncio.run(scene.commit(150))
    for kill in range(1, 4):
        process = scene.history("index")
        line = json.loads(process.stdout.readline())  # type: ignore[union-attr]
        assert line["ready"] is True
        scene.wait("index", lambda height, enough=20 * kill: height >= enough)  # type: ignore[misc]
        process.kill()
        process.communicate()
    process = scene.history("index")
    scene.node.kill()
    scene.start_node()
    last = asyncio.run(scene.commit(20))
    scene.wait("index", lambda height: height >= last)
    assert finish(process) == (0, "")
    whole = scene.history("whole", "--rebuild")
    scene.wait("whole", lambda height: height >= last)
    assert finish(whole) == (0, "")
    rows = scene.rows("index")
    assert rows == scene.rows("whole")
    assert len(rows["blocks"]) == last + 1
    assert [row[0] for row in rows["transactions"]] == list(range(1, 171))
    assert rows["entries"][-1][6] == scene.balance.amount_minor == 170
    if scene.databases.kind == "sqlite":
        file = sqlalchemy.make_url(scene.databases.url("index")).database
        assert file is not None
        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600, "the index says who paid whom"


def test_refuses_what_is_not_its_own(scene: Scene) -> None:
    assert asyncio.run(scene.commit(1)) == 1
    process = scene.history("index")
    scene.wait("index", lambda height: height == 1)
    assert finish(process)[0] == 0
    other = genesis("another")
    trust = Trust(other.chain_id, other.digest, (bytes(32),), WebAuthnPolicy((), ()))
    (scene.folder / "trust").write_bytes(encode_trust(trust))
    for name, code in (("index", "other_index"), ("new", "unproven_block")):
        process = scene.history(name)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, errors.startswith(f"payport history: {code}")) == (1, True), errors
    assert scene.rows("new")["blocks"] == []
    (scene.folder / "trust").unlink()
    process = scene.history("index")
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, "Traceback" in errors) == (1, False)
