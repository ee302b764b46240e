"""Snapshots over a real ABCI socket: made alike, restored whole, and never believed where they do not fit the chain."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any, Self

import pytest

from payport.consensus.application import Application, CheckpointPolicy
from payport.consensus.cometbft.connections import handlers_of
from payport.consensus.cometbft.engine import CometBftEngine, HeightNote
from payport.consensus.cometbft.rpc import EngineRpc
from payport.consensus.cometbft.server import AbciServer
from payport.consensus.cometbft.state_sync import Applied, Offered, StateSync
from payport.ledger.digest import META
from payport.ledger.state.state import families
from payport.ledger.store import snapshot
from payport.ledger.store.directories import COMPLETE, LedgerDirectories
from payport.ledger.store.snapshot import LogChunk, Manifest
from payport.values import codec
from tests.consensus.cometbft.test_connections import Engine, batch
from tests.consensus.small_network import BANK, GENESIS, NODE_SIGNER, START_MS, balance_minor, issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

EVERY = 4
"""Blocks of the engine from one snapshot to the next."""


class Node:
    """One node on directories of its own, and a connection to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directories = LedgerDirectories(*(folder / name for name in ("log", "state", "snapshots", "restoring")))

    async def start(self) -> Self:
        for each in (self.directories.log, self.directories.state):
            each.mkdir(exist_ok=True, parents=True)
        self.application = Application(GENESIS, *self.directories.open(), CheckpointPolicy(blocks=3))
        self.sync = StateSync(self.application, self.directories, EVERY)
        self.node = CometBftEngine(
            self.application,
            NODE_SIGNER,
            lambda: START_MS,
            BANK,
            EngineRpc(self.folder / "nobody.sock"),
            HeightNote(self.folder / "note"),
            sync=self.sync,
        )
        self.server = AbciServer(handlers_of(self.node), self.folder / "abci.sock")
        await self.node.start()
        await self.server.start()
        self.engine = Engine(*await asyncio.open_unix_connection(self.folder / "abci.sock"))
        return self

    async def stop(self) -> None:
        self.engine.writer.close()
        await self.engine.writer.wait_closed()
        await self.server.close()
        await self.node.close()

    async def pay(self, first: int, last: int) -> bytes:
        """Decide blocks; every third is empty. Returns the application hash."""
        answer = None
        for height in range(first, last + 1):
            payments = [] if height % 3 == 0 else [batch(issue(height, nonce=height.to_bytes(16, "big")))]
            answer = await self.engine.decide(height, *payments)
            await self.engine.ask(commit={})
        assert answer is not None
        return bytes(answer.app_hash)

    async def snapshots(self, *heights: int) -> list[Any]:
        """Return the snapshots, the newest first, once they are those of these heights."""
        for _ in range(200):
            found = list((await self.engine.ask(list_snapshots={})).snapshots)
            if [each.height for each in found] == list(heights):
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"snapshots of {[each.height for each in found]}")

    async def chunk(self, offered: Any, index: int) -> bytes:
        wanted = {"height": offered.height, "format": offered.format, "chunk": index}
        return bytes((await self.engine.ask(load_snapshot_chunk=wanted)).chunk)

    async def offer(self, offered: Any, app_hash: bytes) -> int:
        return int((await self.engine.ask(offer_snapshot={"snapshot": offered, "app_hash": app_hash})).result)

    async def apply(self, index: int, chunk: bytes, sender: str = "peer") -> Any:
        return await self.engine.ask(apply_snapshot_chunk={"index": index, "chunk": chunk, "sender": sender})

    def records(self) -> dict[str, list[tuple[bytes, bytes]]]:
        return {name: list(self.application.base.scan(name)) for name in (META, *(each.name for each in families()))}

    def blocks(self) -> list[bytes]:
        return [self.application.log.read(height) for height in range(1, self.application.log.height + 1)]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[[str], Any]]:
    """Starts nodes by name."""
    nodes: list[Node] = []

    async def one(name: str) -> Node:
        (tmp_path / name).mkdir(exist_ok=True)
        nodes.append(await Node(tmp_path / name).start())
        return nodes[-1]

    yield one
    for each in nodes:
        await each.stop()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "CHUNK_BYTES", 2_000)


async def test_every_node_makes_the_same_snapshots_and_keeps_the_newest(start: Callable[[str], Any]) -> None:
    one, two = await start("one"), await start("two")
    await one.pay(1, 14)
    await two.pay(1, 9)
    await two.snapshots(8, 4)
    await two.stop()
    two = await start("two")  # what it makes after a restart is no other
    await two.pay(10, 14)
    newest, older = await one.snapshots(12, 8)
    assert await two.snapshots(12, 8) == [newest, older]
    assert newest.chunks > 10
    for index in range(newest.chunks):
        assert await one.chunk(newest, index) == await two.chunk(newest, index) != b""
    assert await one.chunk(newest, newest.chunks) == b""
    newest.height = 4
    assert await one.chunk(newest, 0) == b"", "the oldest one is gone"


@pytest.mark.parametrize("blocks", [8, 9, 11])
async def test_an_empty_node_goes_on_from_a_snapshot_as_the_others(start: Callable[[str], Any], blocks: int) -> None:
    one, two = await start("one"), await start("two")
    app_hash = await one.pay(1, blocks)
    offered = (await one.snapshots(8, 4))[0]
    if offered.height != blocks:
        app_hash = await (await start("three")).pay(1, offered.height)
    assert await two.offer(offered, app_hash) == Offered.ACCEPT
    for index in range(offered.chunks):
        assert (await two.apply(index, await one.chunk(offered, index))).result == Applied.ACCEPT
    info = await two.engine.ask(info={})
    assert (info.last_block_height, info.last_block_app_hash) == (offered.height, app_hash)
    assert await two.pay(offered.height + 1, 29) == await one.pay(blocks + 1, 29)
    assert two.records() == one.records()
    assert two.blocks() == one.blocks()
    assert balance_minor(two.application) == balance_minor(one.application) > 0
    assert await two.snapshots(28, 24) == await one.snapshots(28, 24)


async def test_a_restart_right_after_knows_where_the_engine_is(start: Callable[[str], Any]) -> None:
    one, two = await start("one"), await start("two")
    app_hash = await one.pay(1, 12)  # the twelfth is empty
    offered = (await one.snapshots(12, 8))[0]
    await two.offer(offered, app_hash)
    for index in range(offered.chunks):
        await two.apply(index, await one.chunk(offered, index))
    shutil.copytree(two.folder, two.folder.with_name("crashed"), ignore=shutil.ignore_patterns("*.sock"))
    for name in ("two", "crashed"):
        again = await start(name) if name == "crashed" else two
        info = await again.engine.ask(info={})
        assert (info.last_block_height, info.last_block_app_hash) == (12, app_hash)
        assert again.records() == one.records()


async def test_a_chunk_that_is_another_is_asked_of_somebody_else(start: Callable[[str], Any]) -> None:
    one, two = await start("one"), await start("two")
    app_hash = await one.pay(1, 8)
    offered = (await one.snapshots(8, 4))[0]
    await two.offer(offered, app_hash)
    for index in range(offered.chunks):
        chunk = await one.chunk(offered, index)
        for wrong in (b"", chunk[:-1], chunk[:-1] + bytes([chunk[-1] ^ 1])):
            answer = await two.apply(index, wrong, "liar")
            assert (answer.result, list(answer.refetch_chunks)) == (Applied.RETRY, [index])
            assert list(answer.reject_senders) == ["liar"]
        assert (await two.apply(index, chunk)).result == Applied.ACCEPT
    assert two.records() == one.records()


async def test_what_is_not_to_be_restored_is_declined(start: Callable[[str], Any]) -> None:
    one, two = await start("one"), await start("two")
    app_hash = await one.pay(1, 8)
    newer, older = await one.snapshots(8, 4)
    assert (await two.apply(0, b"")).result == Applied.ABORT
    for change, answer in (
        ({"format": 2}, Offered.REJECT_FORMAT),
        ({"hash": bytes(32)}, Offered.REJECT),
        ({"metadata": b"\xc1"}, Offered.REJECT),
        ({"chunks": 1}, Offered.REJECT),
        ({"height": 12}, Offered.REJECT),
    ):
        wrong = type(newer)()
        wrong.CopyFrom(newer)
        for name, value in change.items():
            setattr(wrong, name, value)
        assert await two.offer(wrong, app_hash) == answer, change
    assert await one.offer(older, app_hash) == Offered.REJECT, "it is further itself"


def forged(offered: Any, chunks: list[bytes], states: int, **changes: Any) -> Any:
    """Return an offer whose manifest fits the chunks it names."""
    manifest = codec.decode(offered.metadata, Manifest)
    digests = [snapshot.hash_bytes(each) for each in chunks]
    fields = {
        "chain_id": manifest.chain_id,
        "height": manifest.height,
        "engine_height": manifest.engine_height,
        "state": tuple(digests[:states]),
        "log": tuple(
            LogChunk(each.last_height, digest) for each, digest in zip(manifest.log, digests[states:], strict=True)
        ),
        **changes,
    }
    found = type(offered)()
    found.CopyFrom(offered)
    found.metadata = codec.encode(Manifest(**fields))
    found.hash, found.chunks = snapshot.hash_bytes(found.metadata), len(chunks)
    return found


async def test_a_snapshot_that_fits_its_manifest_but_not_the_chain_is_rejected(start: Callable[[str], Any]) -> None:
    one, two = await start("one"), await start("two")
    app_hash = await one.pay(1, 8)
    offered = (await one.snapshots(8, 4))[0]
    states = len(codec.decode(offered.metadata, Manifest).state)
    right = [await one.chunk(offered, index) for index in range(offered.chunks)]
    rich = next(place for place, each in enumerate(right) if snapshot.read_state_chunk(each)[0] == "balances")
    family, rows = snapshot.read_state_chunk(right[rich])
    (key, record), *others = rows

    def with_rows(family: str, rows: list[tuple[bytes, bytes]]) -> list[bytes]:
        return [*right[:rich], codec.encode((family, rows)), *right[rich + 1 :]]

    def with_blocks(change: Callable[[list[bytes]], list[bytes]]) -> list[bytes]:
        return [*right[:states], codec.encode(change(snapshot.read_blocks(right[states]))), *right[states + 1 :]]

    def spoilt(blocks: list[bytes]) -> list[bytes]:
        return [blocks[0].replace(codec.encode(START_MS + 1_000), codec.encode(START_MS + 1_001), 1), *blocks[1:]]

    cases = {
        "more money": with_rows(family, [(key, record[:-1] + bytes([record[-1] ^ 1])), *others]),
        "a record too few": with_rows(family, others),
        "a record too many": with_rows(family, [*rows, (rows[-1][0] + b"\0", record)]),
        "out of order": with_rows(family, [(key, record), (key, record), *others]),
        "an unknown family": with_rows("gold", rows),
        "digests of their own": with_rows(META, rows),
        "no record at all": [*right[:rich], b"\xc1", *right[rich + 1 :]],
        "a block too few": with_blocks(lambda blocks: blocks[1:]),
        "blocks in another order": with_blocks(lambda blocks: blocks[::-1]),
        "another time": with_blocks(spoilt),
        "no block": with_blocks(lambda blocks: [b"\xc1", *blocks[1:]]),
    }
    for what, chunks in cases.items():
        assert chunks != right, what
        assert await two.offer(forged(offered, chunks, states), app_hash) == Offered.ACCEPT, what
        answers = [(await two.apply(index, chunk)).result for index, chunk in enumerate(chunks)]
        assert Applied.REJECT_SNAPSHOT in answers, what
        assert two.application.height == 0
    for wrong, hash_there in (
        (offered, bytes(32)),
        (forged(offered, right, states, engine_height=7), app_hash),
    ):
        wrong.height = codec.decode(wrong.metadata, Manifest).engine_height
        assert await two.offer(wrong, hash_there) == Offered.ACCEPT
        answers = [(await two.apply(index, chunk)).result for index, chunk in enumerate(right)]
        assert answers[-1] == Applied.REJECT_SNAPSHOT
    assert await two.offer(forged(offered, right, states), app_hash) == Offered.ACCEPT
    assert {(await two.apply(index, chunk)).result for index, chunk in enumerate(right)} == {Applied.ACCEPT}
    assert two.records() == one.records()


async def test_a_restored_ledger_takes_its_place_whatever_instant_a_crash_comes_at(start: Callable[[str], Any]) -> None:
    one, two = await start("one"), await start("two")
    app_hash = await one.pay(1, 8)
    offered = (await one.snapshots(8, 4))[0]
    await two.offer(offered, app_hash)
    for index in range(offered.chunks):
        two.sync.apply(index, await one.chunk(offered, index))  # finished, and not yet taken
    crashed = two.folder.with_name("crashed")
    for step in range(4):
        shutil.rmtree(crashed, ignore_errors=True)
        shutil.copytree(two.folder, crashed, ignore=shutil.ignore_patterns("*.sock"))
        assert (crashed / "restoring" / COMPLETE).exists()
        if step > 0:
            shutil.rmtree(crashed / "log")
        if step > 1:
            (crashed / "restoring" / "log").rename(crashed / "log")
        if step > 2:
            shutil.rmtree(crashed / "state")
        again = await start("crashed")
        assert again.records() == one.records()
        assert again.blocks() == one.blocks()
        assert not again.directories.restoring.exists()
        await again.stop()


async def test_a_snapshot_that_cannot_be_written_is_left_out(
    start: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await start("one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("payport.consensus.snapshots.write_file_durably", full)
        await one.pay(1, 4)
        await asyncio.sleep(0.1)
    assert (await one.engine.ask(list_snapshots={})).snapshots == []
    assert list(one.directories.snapshots.iterdir()) == []
    await one.pay(5, 8)
    assert len(await one.snapshots(8)) == 1
