"""The ABCI call order gives the commitments of the embedded engine, survives crashes, and keeps wrong batches out."""

from __future__ import annotations

from random import Random

import pytest

from payport.consensus.abci import REJECTED, AbciApplication
from payport.consensus.batch import encode_batch
from payport.consensus.embedded import EmbeddedEngine
from payport.consensus.stand_in import ReplayDivergedError, StandIn
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.proof.commitment import commitment_hash
from payport.values.refusals import Refusal
from tests.consensus.small_network import (
    BANK,
    GENESIS,
    NODE_SIGNER,
    START_MS,
    Clock,
    balance_minor,
    forged,
    issue,
    open_application,
)


def new_stand_in() -> tuple[StandIn, FaultyFiles, MemoryCheckpoint]:
    files, checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
    return StandIn(open_application(files, checkpoint), NODE_SIGNER, BANK), files, checkpoint


async def test_same_blocks_same_commitments_as_embedded() -> None:
    clock = Clock()
    application = open_application(FaultyFiles(Random(1)))
    engine = EmbeddedEngine(application, NODE_SIGNER, clock)
    await engine.start()
    repeated = issue()
    for count in (1, 5, 3):
        clock.now_ms += 700
        await engine.submit_many([*(issue(amount + 1) for amount in range(count)), repeated, repeated])
    stored = [await engine.read_block(height) for height in (1, 2, 3)]
    await engine.close()

    stand_in, _, _ = new_stand_in()
    for block in stored:
        for item in block.block.items:
            stand_in.add_batch([item])
        answer = stand_in.decide(block.block.time_ms)
        assert answer is not None
        assert answer.app_hash == commitment_hash(block.commitment_bytes)
        stored_again = stand_in.commit()
        assert stored_again is not None
        assert stored_again.commitment_bytes == block.commitment_bytes


def test_crash_between_finalize_and_commit_replays_the_block() -> None:
    stand_in, files, checkpoint = new_stand_in()
    for height in range(1, 5):
        stand_in.add_batch([issue(height), issue(height)])
        stand_in.decide(START_MS + height * 1_000)
        stand_in.commit()
    stand_in.add_batch([issue(100)])
    answer = stand_in.decide(START_MS + 9_000)
    assert answer is not None
    files.crash()
    again = open_application(files, checkpoint)
    assert (again.height, balance_minor(again)) == (4, 20)
    assert stand_in.restart(again) == 1
    assert (again.height, balance_minor(again)) == (5, 120)
    assert commitment_hash(again.machine.commitment_bytes) == answer.app_hash


def test_a_replay_with_another_result_is_an_error() -> None:
    stand_in, files, checkpoint = new_stand_in()
    stand_in.add_batch([issue()])
    stand_in.decide(START_MS + 1_000)
    stand_in.decided[0] = stand_in.decided[0]._replace(app_hash=bytes(32))
    files.crash()
    with pytest.raises(ReplayDivergedError):
        stand_in.restart(open_application(files, checkpoint))


def test_empty_blocks_and_copies_of_one_payment() -> None:
    stand_in, files, checkpoint = new_stand_in()
    empty = stand_in.decide(START_MS + 1_000)
    assert empty is not None
    assert stand_in.commit() is None
    assert (stand_in._application.height, stand_in._abci.info()) == (0, (1, empty.app_hash)), "nothing to prove anew"
    item = issue(7)
    stand_in.add_batch([item])
    stand_in.add_batch([item, issue(1)])
    answer = stand_in.decide(START_MS + 2_000)
    assert answer is not None
    stored = stand_in.commit()
    assert [outcome.repeated for batch in answer.outcomes for (outcome,) in batch] == [False, True, False]
    assert stored is not None
    assert (stored.height, stand_in._abci.info().height) == (1, 2)
    stand_in.decide(START_MS + 3_000)
    stand_in.commit()
    files.crash()
    assert stand_in.restart(open_application(files, checkpoint)) == 1, "the empty one alone was not in the log"
    assert balance_minor(stand_in._application) == 8


def test_the_same_block_is_executed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    application = open_application(FaultyFiles(Random(1)))
    abci = AbciApplication(application)
    batch = encode_batch(GENESIS.chain_id, BANK, (issue(),), NODE_SIGNER)
    first = abci.finalize_block(b"h", 1, START_MS + 1, [batch])
    assert abci.finalize_block(b"h", 1, START_MS + 1, [batch]) is first
    with pytest.raises(AssertionError):
        abci.finalize_block(b"other", 1, START_MS + 1, [batch])
    committed = abci.commit()
    assert committed is not None
    assert committed.height == 1


def test_wrong_batches_stay_out_of_proposals_and_fail_votes(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in, _, _ = new_stand_in()
    abci = stand_in._abci
    good = encode_batch(GENESIS.chain_id, BANK, (issue(),), NODE_SIGNER)
    forged_payment = encode_batch(GENESIS.chain_id, BANK, (issue(), forged()), NODE_SIGNER)
    foreign = encode_batch("other-0011223344556677", BANK, (issue(),), NODE_SIGNER)
    unsigned = good[:-1] + bytes([good[-1] ^ 1])
    for wrong in (forged_payment, foreign, unsigned, b"", b"\xc1", good + b"\0"):
        assert abci.check_tx(wrong)[0] == REJECTED
        assert abci.prepare_proposal([wrong, good]) == [good]
        assert not abci.process_proposal([good, wrong])
        with pytest.raises(Refusal) as refused:
            stand_in.add_foreign_batch(wrong)
        assert refused.value.code == "invalid_batch"
    assert abci.process_proposal([good])
    assert abci.prepare_proposal([good, good], max_bytes=len(good)) == [good]

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stand_in._application.machine, "verify_items", broken)
    raising = encode_batch(GENESIS.chain_id, BANK, (issue(),), NODE_SIGNER)
    assert abci.prepare_proposal([raising, good]) == [good]
    assert not abci.process_proposal([raising])
