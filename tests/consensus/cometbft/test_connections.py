"""The application side of ABCI over a real socket, by the numbered requirements of its specification.

Requirement 1, that a proposal is prepared in time, is of the settings (``timeout_propose``) and not of the calls.
"""

from __future__ import annotations

import asyncio
import threading
from random import Random
from typing import TYPE_CHECKING, Any, Self

import pytest

from payport.consensus.batch import encode_batch
from payport.consensus.cometbft.connections import handlers_of
from payport.consensus.cometbft.consensus_connection import ACCEPT, REJECT
from payport.consensus.cometbft.engine import CometBftEngine, HeightNote
from payport.consensus.cometbft.framing import MAX_MESSAGE_BYTES, encode_length, read_message, write_message
from payport.consensus.cometbft.messages_pb2 import Request, Response
from payport.consensus.cometbft.rpc import EngineRpc
from payport.consensus.cometbft.server import AbciServer
from payport.ledger.state.parameters import Validator, encode_value
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.transactions.institutions.set_parameter import SetParameter
from payport.proof.commitment import commitment_hash
from payport.signers.key_files import FileSigner
from payport.values import codec
from payport.values.refusals import Refusal
from tests.consensus.small_network import (
    BANK,
    ENGINE_KEY,
    GENESIS,
    NODE_SIGNER,
    START_MS,
    balance_minor,
    forged,
    issue,
    open_application,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from payport.consensus.application import Application
    from payport.ledger.store.stored_block import StoredBlock

SECOND_MS = 1_000


class Engine:
    """What CometBFT does with one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, **call: Any) -> None:
        write_message(self.writer, Request(**call).SerializeToString())
        await self.writer.drain()

    async def receive(self) -> Response:
        return Response.FromString(await read_message(self.reader))

    async def ask(self, **call: Any) -> Any:
        await self.send(**call)
        response = await self.receive()
        kind = response.WhichOneof("value")
        assert kind == next(iter(call)), response
        return getattr(response, kind)

    async def decide(self, height: int, *batches: bytes, time_ms: int | None = None) -> Any:
        now_ms = START_MS + height * SECOND_MS if time_ms is None else time_ms
        time = {"seconds": now_ms // 1_000, "nanos": now_ms % 1_000 * 1_000_000}
        return await self.ask(finalize_block={"hash": b"%d" % height, "height": height, "txs": batches, "time": time})


class Served:
    """One node, and connections to it."""

    def __init__(self, folder: Path) -> None:
        self.files, self.checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
        self.note, self.socket = HeightNote(folder / "note"), folder / "abci.sock"
        self.rpc = folder / "nobody.sock"
        self.opened: list[Engine] = []

    async def start(self) -> Self:
        self.application: Application = open_application(self.files, self.checkpoint)
        self.node = CometBftEngine(
            self.application, NODE_SIGNER, lambda: START_MS, BANK, EngineRpc(self.rpc), self.note
        )
        self.server = AbciServer(handlers_of(self.node), self.socket)
        await self.node.start()
        await self.server.start()
        return self

    async def connect(self) -> Engine:
        self.opened.append(Engine(*await asyncio.open_unix_connection(self.socket)))
        return self.opened[-1]

    async def crash(self) -> None:
        self.files.crash()
        await self.end()

    async def end(self) -> None:
        """End everything but what a crash leaves on the medium."""
        for engine in self.opened:
            engine.writer.close()
        self.opened.clear()
        await self.server.close()
        for task in self.node._tasks:
            task.cancel()
        await asyncio.gather(*self.node._tasks, return_exceptions=True)
        await self.node._release()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[list[Served]]:
    """Two nodes of one network."""
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        found.append(await Served(tmp_path / name).start())
    yield found
    for each in found:
        await each.end()


def batch(*items: tuple[bytes, ...]) -> bytes:
    return encode_batch(GENESIS.chain_id, BANK, items, NODE_SIGNER)


def voting(*keys: bytes) -> list[dict[str, Any]]:
    return [{"pub_key": {"ed25519": key}, "power": 1} for key in keys]


async def test_a_chain_begins_with_the_genesis_of_the_node(served: list[Served]) -> None:
    engine = await served[0].connect()
    info = await engine.ask(info={"version": "0.40.0"})
    assert (info.last_block_height, info.last_block_app_hash) == (0, b"")
    right = {"chain_id": GENESIS.chain_id, "initial_height": 1, "validators": voting(ENGINE_KEY)}
    begun = await engine.ask(init_chain=right)
    assert begun.app_hash == commitment_hash(served[0].application.machine.commitment_bytes)
    for wrong in ({"chain_id": "another"}, {"initial_height": 2}, {"validators": voting(bytes(32))}):
        await engine.send(init_chain=right | wrong)
        assert "OtherNetworkError" in (await engine.receive()).exception.error


async def test_replies_come_in_the_order_of_the_requests(served: list[Served]) -> None:
    engine = await served[0].connect()
    for number in range(50):
        await engine.send(echo={"message": str(number)})
        await engine.send(check_tx={"tx": batch(issue(number + 1))})
        await engine.send(flush={})
    for number in range(50):
        assert (await engine.receive()).echo.message == str(number)
        assert (await engine.receive()).check_tx.code == 0
        assert (await engine.receive()).WhichOneof("value") == "flush"


async def test_requirement_2_a_proposal_fits(served: list[Served]) -> None:
    engine = await served[0].connect()
    batches = [batch(*(issue(number + 1) for number in range(20))) for _ in range(10)]
    for room in (0, len(batches[0]) - 1, len(batches[0]), 3 * len(batches[0]) + 1, 100 * len(batches[0])):
        chosen = (await engine.ask(prepare_proposal={"max_tx_bytes": room, "txs": batches})).txs
        assert sum(map(len, chosen)) <= room
        assert len(chosen) == min(room // len(batches[0]), 10)


async def test_requirements_3_to_5_every_node_votes_alike_for_what_one_proposes(served: list[Served]) -> None:
    one, two = [await each.connect() for each in served]
    waiting = [batch(issue(1)), b"\xc1", batch(issue(2), forged()), batch(issue(3))]
    proposed = list((await one.ask(prepare_proposal={"max_tx_bytes": 10**6, "txs": waiting})).txs)
    assert proposed == [waiting[0], waiting[3]]
    for engine in (one, two, one, two):
        assert (await engine.ask(process_proposal={"txs": proposed})).status == ACCEPT
        for wrong in (waiting[1], waiting[2]):
            assert (await engine.ask(process_proposal={"txs": [*proposed, wrong]})).status == REJECT


async def test_requirements_6_to_8_and_10_votes_carry_nothing_more(served: list[Served]) -> None:
    one, two = [await each.connect() for each in served]
    extension = (await one.ask(extend_vote={})).vote_extension
    for engine in (two, one, two):
        assert (await engine.ask(verify_vote_extension={"vote_extension": extension})).status == ACCEPT
        assert (await engine.ask(verify_vote_extension={"vote_extension": b"more"})).status == REJECT


async def test_requirement_9_only_what_is_decided_changes_anything(served: list[Served]) -> None:
    one, two = [await each.connect() for each in served]
    kept, dropped = batch(issue(1)), batch(issue(2))
    await one.ask(prepare_proposal={"max_tx_bytes": 10**6, "txs": [dropped]})
    await one.ask(process_proposal={"txs": [dropped]})
    await one.ask(check_tx={"tx": dropped})
    await one.ask(extend_vote={})
    assert served[0].application.height == 0
    assert (await one.decide(1, kept)).app_hash == (await two.decide(1, kept)).app_hash


async def test_requirements_11_and_12_every_node_executes_alike(served: list[Served]) -> None:
    one, two = [await each.connect() for each in served]
    poison = batch(issue(7), forged())
    for height, batches in enumerate(([batch(issue(1))], [], [poison, batch(issue(2))], [poison]), start=1):
        answers = [await engine.decide(height, *batches) for engine in (one, two)]
        assert answers[0] == answers[1]
        assert [each.code for each in answers[0].tx_results] == [int(each == poison) for each in batches]
        for engine in (one, two):
            assert (await engine.ask(commit={})).retain_height == 0
    assert [each.application.height for each in served] == [2, 2], "two of the blocks left the ledger as it was"


async def test_requirement_13_a_batch_is_not_now_refused_and_now_accepted(served: list[Served]) -> None:
    engine = await served[0].connect()
    good, wrong = batch(issue(1)), batch(forged())
    for height in range(1, 4):
        assert (await engine.ask(check_tx={"tx": good})).code == 0
        assert (await engine.ask(check_tx={"tx": wrong})).code == 1
        await engine.decide(height, good)
        await engine.ask(commit={})


async def test_a_restarted_cometbft_is_told_of_what_is_committed(
    served: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of a block that is only executed; and of one whose commit another connection began, once that is done."""
    application, before = served[0].application, await served[0].connect()
    first = await before.decide(1, batch(issue(1)))
    await before.ask(commit={})
    second = await before.decide(2, batch(issue(2)))
    assert second.app_hash != first.app_hash
    restarted = await served[0].connect()
    info = await restarted.ask(info={})
    assert (info.last_block_height, info.last_block_app_hash) == (1, first.app_hash)

    begun, release, make_durable = threading.Event(), threading.Event(), application.make_durable

    def slow(blocks: Sequence[StoredBlock]) -> None:
        begun.set()
        assert release.wait(10)
        make_durable(blocks)

    monkeypatch.setattr(application, "make_durable", slow)
    await before.send(commit={})
    await asyncio.to_thread(begun.wait, 10)
    await restarted.send(info={})
    asyncio.get_running_loop().call_later(0.05, release.set)
    info = (await restarted.receive()).info
    assert (info.last_block_height, info.last_block_app_hash) == (2, second.app_hash)


def set_validator(validator: Validator) -> tuple[bytes, ...]:
    """Return the bank's order that its validator is another from block 3 on."""
    value = encode_value(f"validators/{BANK}", validator)
    named = {"name": f"validators/{BANK}", "value": value, "from_height": 3}
    window = {"valid_from_ms": START_MS, "valid_until_ms": START_MS + 60_000, "group": None, "attachment": None}
    common = {"chain_id": GENESIS.chain_id, "kind": "set_parameter/1", "sender": BANK, "nonce": bytes(16)}
    return (sign(codec.encode(SetParameter(**common, **window, **named))),)


async def test_validators_follow_the_ledger_and_only_their_nodes_are_heard(served: list[Served]) -> None:
    stranger = FileSigner(bytes([77]) * 32)
    unknown = encode_batch(GENESIS.chain_id, BANK, (issue(1),), stranger)
    later = Validator(bytes([5]) * 32, stranger.public_key, 4)
    for each in served:
        engine = await each.connect()
        assert (await engine.ask(check_tx={"tx": unknown})).code == 1
        assert not (await engine.ask(prepare_proposal={"txs": [unknown], "max_tx_bytes": 2**20})).txs
        decided = await engine.decide(1, unknown, batch(set_validator(later)))
        assert [result.code for result in decided.tx_results] == [1, 0], "a stranger's batch has no effect"
        assert not decided.validator_updates
        await engine.ask(commit={})
        decided = await engine.decide(2, batch(issue(2)))
        powers = {update.pub_key.ed25519: update.power for update in decided.validator_updates}
        assert powers == {ENGINE_KEY: 0, later.engine_key: 4}, "told in the block before the one it is in force from"
        await engine.ask(commit={})
        decided = await engine.decide(3, batch(issue(3)), unknown)
        assert [result.code for result in decided.tx_results] == [1, 0], "from then on the new node is heard alone"
        await engine.ask(commit={})
        assert balance_minor(each.application) == 3


async def test_block_time_moves_forward_whatever_the_engine_says(served: list[Served]) -> None:
    engine = await served[0].connect()
    times = []
    for height, time_ms in enumerate((START_MS + 500, START_MS + 500, START_MS - 9_000, START_MS + 600), start=1):
        await engine.decide(height, batch(issue(height)), time_ms=time_ms)
        await engine.ask(commit={})
        times.append(served[0].application.machine.time_ms - START_MS)
    assert times == [500, 501, 502, 600]


async def test_the_first_payment_after_ten_idle_minutes(served: list[Served]) -> None:
    """Empty blocks keep the time, so a code that is valid for a minute is neither too early nor too late."""
    one = served[0]
    engine = await one.connect()
    for minute in range(1, 11):
        await engine.decide(minute, time_ms=START_MS + minute * 60_000)
        await engine.ask(commit={})
    now_ms = START_MS + 10 * 60_000 + 500
    paying = asyncio.create_task(one.node.submit(issue(at_ms=now_ms, validity_ms=60_000)))
    while not one.node._handed_over:
        await asyncio.sleep(0.01)
        assert not paying.done(), await paying
    await engine.decide(11, *one.node._handed_over, time_ms=now_ms + 1_000)
    await engine.ask(commit={})
    await engine.decide(12, time_ms=now_ms + 2_000)
    (outcome,) = await paying
    assert outcome.code == "committed"
    with pytest.raises(Refusal, match="expired"):
        await one.node.submit(issue(at_ms=now_ms - 61_000, validity_ms=60_000))


async def test_what_was_not_committed_is_sent_again(served: list[Served]) -> None:
    node = served[0]
    engine = await node.connect()
    for height in (1, 2, 3):
        await engine.decide(height, *[batch(issue(height))] * (height != 2))
        await engine.ask(commit={})
    decided = batch(issue(9))
    lost = await engine.decide(4, decided)
    assert lost == await engine.decide(4, decided), "asked again, it is not executed again"
    await node.crash()
    engine = await (await node.start()).connect()
    info = await engine.ask(info={})
    assert (info.last_block_height, node.application.height) == (3, 2)
    assert (await engine.decide(4, decided)).app_hash == lost.app_hash


async def test_blocks_with_nothing_in_them_are_few_to_send_again(served: list[Served]) -> None:
    node = served[0]
    engine = await node.connect()
    await engine.decide(1, batch(issue(1)))
    await engine.ask(commit={})
    for height in range(2, 251):
        await engine.decide(height)
        await engine.ask(commit={})
    await node.crash()
    engine = await (await node.start()).connect()
    assert (await engine.ask(info={})).last_block_height == 200
    node.note.write(node.application.height + 1, 10_000)
    await node.crash()
    engine = await (await node.start()).connect()
    assert (await engine.ask(info={})).last_block_height == 1, "a note on top of another block says nothing"


async def test_an_error_of_the_program_stops_the_node(served: list[Served], monkeypatch: pytest.MonkeyPatch) -> None:
    node = served[0]
    engine = await node.connect()

    def broken(*_: object) -> None:
        raise AssertionError("a planted one")

    good = batch(issue(1))
    with monkeypatch.context() as planted:
        planted.setattr(node.application.machine, "verify_items", broken)
        assert list((await engine.ask(prepare_proposal={"max_tx_bytes": 10**6, "txs": [good]})).txs) == []
        assert (await engine.ask(process_proposal={"txs": [good]})).status == REJECT
    monkeypatch.setattr(node.application.machine, "execute", broken)
    await engine.send(finalize_block={"hash": b"1", "height": 1, "txs": [good], "time": {"seconds": START_MS // 1_000}})
    assert "a planted one" in (await engine.receive()).exception.error
    assert isinstance(await node.node.wait_stopped(), AssertionError)


async def test_without_its_engine_a_node_proves_nothing(served: list[Served]) -> None:
    engine = await served[0].connect()
    await engine.decide(1, batch(issue(1)))
    await engine.ask(commit={})
    with pytest.raises(Refusal, match="engine_unreachable"):
        await served[0].node.read_block(1)
    assert served[0].node.status().height == 0, "what cannot be proven yet is not told"
    assert (await engine.ask(query={"path": "/"})).code == 1


async def test_the_end_does_not_wait_for_the_others(served: list[Served], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CometBftEngine, "drain_seconds", 0.05)
    engine = await served[0].connect()
    time = {"seconds": START_MS // 1_000 + 1}
    await engine.ask(finalize_block={"hash": b"1", "height": 1, "time": time})
    submitting = asyncio.create_task(served[0].node.submit(issue(1)))
    await asyncio.sleep(0)  # it is taken in
    assert served[0].node.status().waiting_items == 1
    await served[0].node.close()
    with pytest.raises(Refusal, match="stopping"):
        await submitting


@pytest.mark.parametrize("wrong", [b"\xff" * 6, encode_length(MAX_MESSAGE_BYTES + 1), b"\x02\xff\xff", b"\x00"])
async def test_what_is_no_request(served: list[Served], wrong: bytes) -> None:
    engine = await served[0].connect()
    engine.writer.write(wrong)
    engine.writer.write_eof()
    left = await engine.reader.read()
    assert not left or b"no known kind" in left
    assert (await (await served[0].connect()).ask(echo={"message": "still there"})).message == "still there"


async def test_a_node_that_keeps_no_snapshots_declines(served: list[Served]) -> None:
    engine = await served[0].connect()
    assert list((await engine.ask(list_snapshots={})).snapshots) == []
    assert (await engine.ask(offer_snapshot={"snapshot": {"height": 1}})).result == 3
    assert (await engine.ask(load_snapshot_chunk={"height": 1})).chunk == b""
    assert (await engine.ask(apply_snapshot_chunk={"index": 0})).result == 2
