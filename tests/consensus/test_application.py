"""Replay gives the stored commitments byte for byte, from any checkpoint, or refuses to start."""

from __future__ import annotations

from random import Random

import pytest

from payport.consensus.application import Application, ReplayError
from payport.ledger.registry import verbs
from payport.ledger.state import accounts
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import NO_HEIGHT, MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.stored_block import StoredBlock, store_executed
from payport.ledger.store.write_behind import WriteBehind
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.consensus.small_network import BANK, BANK_ACCOUNT, GENESIS, START_MS, balance_minor, issue, open_application


def run_block(application: Application, amounts: list[int]) -> StoredBlock:
    height = application.height + 1
    items = [application.machine.read_item(issue(amount)) for amount in amounts]
    executed = application.execute(height, START_MS + height * 10, items)
    stored = store_executed(executed, "", b"")
    application.make_durable([stored])
    return stored


@pytest.mark.parametrize("every", [1, 3, 100])
def test_restart_replays_the_tail(every: int) -> None:
    files, checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
    application = open_application(files, checkpoint, blocks=every)
    for height in range(1, 11):
        run_block(application, [height, 1])
    files.crash()
    again = open_application(files, checkpoint, blocks=every)
    assert again.machine.commitment_bytes == application.machine.commitment_bytes
    assert again.replayed_blocks == {1: 1, 3: 1, 100: 10}[every]
    assert balance_minor(again) == 65
    assert run_block(again, [5]).height == 11


def test_a_block_that_was_not_synced_never_reaches_the_checkpoint() -> None:
    files, checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
    application = open_application(files, checkpoint, blocks=1)
    run_block(application, [5])
    item = application.machine.read_item(issue(7))
    application.execute(2, START_MS + 1_000, [item])
    assert (application.height, application.durable_height, checkpoint.height) == (2, 1, NO_HEIGHT)
    files.crash()
    assert balance_minor(open_application(files, checkpoint)) == 5


def test_clean_close_leaves_nothing_to_replay() -> None:
    files, checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
    application = open_application(files, checkpoint, blocks=100)
    run_block(application, [5])
    application.close()
    assert checkpoint.height == 1
    assert open_application(files, checkpoint).replayed_blocks == 0


def test_a_changed_commitment_stops_the_start() -> None:
    files = FaultyFiles(Random(1))
    application = open_application(files)
    stored = run_block(application, [5])
    changed = stored.commitment_bytes[:-1] + b"\0"
    forged = StoredBlock(stored.block, stored.leaves, stored.outcomes, changed, "", b"")
    other = FaultyFiles(Random(2))
    fresh = open_application(other)
    fresh.log.append([codec.encode(forged)])
    with pytest.raises(ReplayError, match="another commitment"):
        open_application(other)


def test_a_log_whose_last_block_is_lost_still_belongs_to_the_checkpoint() -> None:
    checkpoint = MemoryCheckpoint()
    application = open_application(FaultyFiles(Random(1)), checkpoint, blocks=1)
    stored = [run_block(application, [amount]) for amount in (5, 6, 7)]
    assert checkpoint.height == 2
    shorter = FaultyFiles(Random(2))
    BlockLog(shorter).append([codec.encode(each) for each in stored[:2]])
    assert balance_minor(open_application(shorter, checkpoint, blocks=1)) == 11


def test_a_log_shorter_than_the_checkpoint_stops_the_start() -> None:
    checkpoint = MemoryCheckpoint()
    application = open_application(FaultyFiles(Random(1)), checkpoint, blocks=1)
    run_block(application, [5])
    run_block(application, [6])
    with pytest.raises(ReplayError, match="blocks were lost"):
        Application(GENESIS, BlockLog(FaultyFiles(Random(1))), WriteBehind(checkpoint, threaded=False))


def test_reads_recent_and_old_blocks() -> None:
    application = open_application(FaultyFiles(Random(1)))
    blocks = [run_block(application, [height]) for height in range(1, 40)]
    for block in blocks:
        assert application.read_block(block.height) == block
    for height in (0, 40):
        with pytest.raises(Refusal) as refused:
            application.read_block(height)
        assert refused.value.code == "unknown_block"


def test_whose_traffic_an_item_is() -> None:
    """A member's own, its customers', or nobody's: names that are made up get no share of their own."""
    files, checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
    application = open_application(files, checkpoint)

    def whose(kind: str, sender: bytes | str, **fields: object) -> str:
        common = {"chain_id": GENESIS.chain_id, "nonce": bytes(16), "valid_from_ms": START_MS, "attachment": None}
        window = {"valid_until_ms": START_MS + 1_000, "group": None}
        body = codec.encode(verbs()[kind].record(kind=kind, sender=sender, **{**common, **window, **fields}))
        signature = envelopes.Signature("ed25519", bytes(32), bytes(64))
        item = application.machine.read_item([codec.encode(envelopes.Envelope(body, (signature,)))])
        return application.institution_of(item)

    money = {"asset": "CNY", "amount_minor": 1}
    for _ in range(2):
        assert application.institution_of(application.machine.read_item(issue())) == BANK
        assert whose("transfer/1", BANK_ACCOUNT, payee=bytes(16), **money) == BANK
        assert whose("transfer/1", bytes(15) + b"?", payee=bytes(16), **money) == ""
        assert whose("issue/1", "bank-made-up", account=bytes(16), **money) == ""
        # Once more with everything on the medium alone.
        run_block(application, [1])
        application.close()
        application = open_application(files, checkpoint)
        assert not accounts.table(application.state).knows(BANK_ACCOUNT)
    application.close()
