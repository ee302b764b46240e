"""Server and client over a real socket: every operation, pipelined, refused, streamed and reconnected."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.consensus.embedded import EmbeddedEngine
from payport.ledger.store.faulty_files import FaultyFiles
from payport.node.client import NodeClient
from payport.node.frames import MAX_FRAME_BYTES
from payport.node.server import NodeServer
from payport.proof import merkle
from payport.proof.commitment import decode_commitment
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.consensus.small_network import (
    BANK,
    BANK_ACCOUNT,
    NODE_SIGNER,
    START_MS,
    Clock,
    forged,
    issue,
    open_application,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@contextlib.asynccontextmanager
async def serving(path: Path, files: FaultyFiles | None = None) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(open_application(files or FaultyFiles(Random(1))), NODE_SIGNER, Clock())
    server = NodeServer(engine, path)
    await engine.start()
    await server.start()
    try:
        yield engine
    finally:
        await engine.close()
        await server.close()


@contextlib.asynccontextmanager
async def connected(path: Path, timeout_seconds: float = 5) -> AsyncIterator[NodeClient]:
    client = NodeClient(path, timeout_seconds)
    try:
        yield client
    finally:
        await client.close()


async def test_every_operation(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with serving(path) as engine, connected(path) as client:
        item = issue(5)
        transaction_id = envelopes.transaction_id(codec.decode(item[0], envelopes.Envelope).body)
        (outcome,) = await client.submit(item)
        assert outcome == (transaction_id, "committed", True, 1, 0, False, "")
        committed, refused = await client.submit_many([issue(6), forged()])
        assert not isinstance(committed, Refusal)
        assert isinstance(refused, Refusal)
        assert (refused.code, refused.reason.zh != "") == ("invalid_signature", True)
        found = await client.lookup(transaction_id, START_MS + 300_000)
        assert found is not None
        assert found.repeated
        assert await client.lookup(bytes(32), START_MS) is None
        assert await client.status() == engine.status()
        assert await client.block(1) == await engine.read_block(1)
        assert await client.wait_block(1) == 2
        assert await client.read("institutions", BANK.encode()) is not None
        assert await client.read("institutions", b"none") is None
        assert [key for key, _ in await client.scan("balances", BANK_ACCOUNT, 10)] == [BANK_ACCOUNT + b"CNY"]
        assert len(await client.scan("accounts", b"", 1)) == 1


async def test_receipt_parts_prove_their_leaves(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with serving(path) as engine, connected(path) as client:
        items = [issue(amount) for amount in range(1, 6)]
        answers = await client.submit_many(items)
        for item, answer in zip(items, answers, strict=True):
            assert not isinstance(answer, Refusal)
            parts = await client.receipt_parts(answer[0].height, answer[0].leaf_index)
            assert parts.envelope == item[0]
            assert len(parts.leaves) == 2
            root = decode_commitment(parts.commitment_bytes).receipts_root
            for offset, (leaf, leaf_path) in enumerate(zip(parts.leaves, parts.paths, strict=True)):
                index = parts.leaf_index + offset
                assert merkle.root_from_path(merkle.leaf_hash(leaf), index, parts.leaf_count, leaf_path) == root
        for height, index, code in ((1, 1, "unknown_leaf"), (1, 99, "unknown_leaf"), (9, 0, "unknown_block")):
            with pytest.raises(Refusal) as refused:
                await client.receipt_parts(height, index)
            assert refused.value.code == code
        assert engine.status().height == 1


async def test_requests_are_pipelined_on_one_connection(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with serving(path) as engine, connected(path) as client:
        await asyncio.gather(*(client.submit(issue()) for _ in range(200)))
        assert engine.status().committed == 200
        assert engine.status().blocks < 200


async def test_wrong_requests_are_refused_and_the_connection_lives_on(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with serving(path), connected(path) as client:
        wrong: list[tuple[str, tuple[object, ...], str]] = [
            ("nothing", (), "unknown_operation"),
            ("block", (), "malformed_bytes"),
            ("block", (-1,), "malformed_bytes"),
            ("block", ("1",), "malformed_bytes"),
            ("submit", ((),), "malformed_bytes"),
            ("scan", ("accounts", b"", 10**9), "malformed_bytes"),
            ("block", (77,), "unknown_block"),
        ]
        for operation, arguments, code in wrong:
            with pytest.raises(Refusal) as refused:
                await client._ask(operation, arguments)
            assert refused.value.code == code
        assert (await client.status()).height == 0


@pytest.mark.parametrize("sent", [struct.pack(">I", MAX_FRAME_BYTES + 1), struct.pack(">I", 3) + b"\xc1\xc1\xc1"])
async def test_what_is_not_a_request_ends_the_connection_only(tmp_path: Path, sent: bytes) -> None:
    path = tmp_path / "s"
    async with serving(path), connected(path) as client:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(sent)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        await writer.wait_closed()
        assert (await client.status()).running


async def test_a_failing_operation_is_reported_as_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s"
    async with serving(path) as engine, connected(path) as client:

        def broken() -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(engine, "status", broken)
        with pytest.raises(Refusal) as refused:
            await client.status()
        assert refused.value.code == "node_failed"


async def test_blocks_stream_across_a_restart(tmp_path: Path) -> None:
    path, files = tmp_path / "s", FaultyFiles(Random(1))
    heights: list[int] = []
    both = asyncio.Event()

    async def follow(client: NodeClient) -> None:
        async for block in client.blocks(1):
            heights.append(block.height)
            if block.height == 3:
                both.set()

    async with connected(path) as client:
        following = asyncio.create_task(follow(client))
        async with serving(path, files) as engine:
            await engine.submit(issue())
            await engine.submit(issue())
        waiting = asyncio.create_task(client.wait_block(2))
        async with serving(path, files) as engine:
            await engine.submit(issue())
            await asyncio.wait_for(both.wait(), 5)
            assert await asyncio.wait_for(waiting, 5) == 3
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert heights == [1, 2, 3]


async def test_a_call_survives_a_restart_and_times_out_without_a_node(tmp_path: Path) -> None:
    path, files = tmp_path / "s", FaultyFiles(Random(1))
    async with connected(path) as client:
        early = asyncio.create_task(client.submit(issue()))
        async with serving(path, files):
            assert (await early)[0].height == 1
        late = asyncio.create_task(client.submit(issue()))
        async with serving(path, files):
            assert (await late)[0].height == 2
    async with connected(path, timeout_seconds=0.2) as client:
        with pytest.raises(Refusal) as refused:
            await client.status()
        assert refused.value.code == "node_unreachable"
