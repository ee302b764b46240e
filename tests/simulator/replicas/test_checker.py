"""The checker can fail: mistakes are planted, in one replica or in all, and each is found and named."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from payport.consensus.abci import AbciApplication
from payport.consensus.cometbft.engine import CometBftEngine
from payport.ledger.machine import EXPIRED
from payport.ledger.state import balances, ids
from payport.ledger.state.state import families
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.simulator.replicas import replica as replica_module
from payport.simulator.replicas import simulation
from payport.simulator.simulation import SimulationFailedError
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.consensus.abci import Finalized
    from payport.consensus.application import Application
    from payport.simulator.replicas.replica import Replica

FLAWED = 2
PAYMENTS = 150


def plant(monkeypatch: pytest.MonkeyPatch, flaw: Callable[[CometBftEngine], None]) -> None:
    """Let one replica have a mistake, whenever it starts."""
    build = replica_module.build_engine

    def build_flawed(replica: Replica, application: Application) -> CometBftEngine:
        engine = build(replica, application)
        if replica.number == FLAWED:
            flaw(engine)
        return engine

    monkeypatch.setattr(replica_module, "build_engine", build_flawed)


def plant_in_blocks(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[list[bytes]], list[bytes]]) -> None:
    """Let one replica execute other batches than were decided."""

    def flaw(engine: CometBftEngine) -> None:
        finalize = engine.abci.finalize_block

        def spoilt(block_hash: bytes, height: int, time_ms: int, batches: Sequence[bytes]) -> Finalized:
            return finalize(block_hash, height, time_ms, spoil(list(batches)))

        monkeypatch.setattr(engine.abci, "finalize_block", spoilt)

    plant(monkeypatch, flaw)


def must_fail(match: str, seed: int = 3, payments: int = PAYMENTS) -> None:
    with pytest.raises(SimulationFailedError, match=match):
        simulation.run(seed, payments, 4)


def test_a_replica_that_skips_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_in_blocks(monkeypatch, lambda batches: batches[:-1])
    must_fail(rf"replica {FLAWED}: block \d+ gave application hash")


def test_a_replica_that_skips_what_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application hash is the same; only the result of each batch tells."""
    plant_in_blocks(monkeypatch, lambda batches: list(dict.fromkeys(batches)))
    original = AbciApplication.prepare_proposal
    monkeypatch.setattr(AbciApplication, "prepare_proposal", lambda self, batches, _: original(self, batches) * 2)
    must_fail(rf"replica {FLAWED}: block \d+ gave results")


def test_a_replica_that_applies_a_batch_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ledger has no second effect, but its blocks are others."""
    plant_in_blocks(monkeypatch, lambda batches: [*batches, *batches])
    must_fail(rf"replica {FLAWED}: block \d+ gave results")


def test_a_replica_that_executes_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_in_blocks(monkeypatch, lambda batches: batches[::-1])
    must_fail(rf"replica {FLAWED}: block \d+ gave application hash")


def test_a_replica_that_acknowledges_what_it_has_only_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    def flaw(engine: CometBftEngine) -> None:
        finalize = engine.finalize

        async def eager(*arguments: Any) -> Finalized:
            answer = await finalize(*arguments)
            engine._answer(engine._executed)
            engine._executed = []
            return answer

        monkeypatch.setattr(engine, "finalize", eager)

    plant(monkeypatch, flaw)
    must_fail(rf"replica {FLAWED}: \w+ was acknowledged before block \d+ was durable")


def test_a_replica_that_acknowledges_what_nobody_can_prove_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    def flaw(engine: CometBftEngine) -> None:
        commit = engine.commit

        async def eager() -> None:
            await commit()
            engine._show(engine.abci.info().height + 1)

        monkeypatch.setattr(engine, "commit", eager)

    plant(monkeypatch, flaw)
    must_fail(rf"replica {FLAWED}: \w+ was acknowledged before the block after \d+ was decided")


def test_a_replica_that_acknowledges_what_is_not_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells every customer that his payment is committed."""

    def flaw(engine: CometBftEngine) -> None:
        answer = engine._answer

        def kind(answers: Any) -> None:
            answer([(waiting, tuple(each._replace(code="committed") for each in told)) for waiting, told in answers])

        monkeypatch.setattr(engine, "_answer", kind)

    plant(monkeypatch, flaw)
    must_fail(rf"replica {FLAWED}: \w+ was acknowledged, but is not so")


def test_a_replica_that_says_expired_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    def flaw(engine: CometBftEngine) -> None:
        hand_over = engine._hand_over

        def hasty(taken: Any) -> None:
            hand_over(taken)
            for waiting in taken:
                engine._refuse(waiting, Refusal(EXPIRED, "never mind"))

        monkeypatch.setattr(engine, "_hand_over", hasty)

    plant(monkeypatch, flaw)
    must_fail("was committed after somebody was told that it expired")


def test_a_replica_whose_log_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ledger is right; a single byte of what it keeps beside a block is not."""

    def flaw(engine: CometBftEngine) -> None:
        append = engine._application.log.append
        monkeypatch.setattr(
            engine._application.log, "append", lambda payloads: append([_with_next_height(each) for each in payloads])
        )

    plant(monkeypatch, flaw)
    must_fail(rf"replica {FLAWED}: block \d+ of its history is not that of the others")


def _with_next_height(payload: bytes) -> bytes:
    return payload[:-1] + bytes([payload[-1] ^ 1])


def test_a_checkpoint_that_lost_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    apply = MemoryCheckpoint.apply

    def forgetful(self: MemoryCheckpoint, height: int, changes: Any) -> None:
        apply(self, height, {family: records for family, records in changes.items() if family != "orders"})

    assert "orders" in {family.name for family in families()}
    monkeypatch.setattr(MemoryCheckpoint, "apply", forgetful)
    must_fail("its state is not what it says")


def test_a_ledger_that_forgets_what_it_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """All replicas agree, and a payment that is sent again has a second effect."""
    monkeypatch.setattr(ids, "remember", lambda *_: None)
    must_fail("was committed twice|was acknowledged as .*, then as")


def test_a_ledger_that_makes_money(monkeypatch: pytest.MonkeyPatch) -> None:
    change = balances.change

    def generous(context: Any, account: bytes, asset: str, delta_minor: int, fee_minor: int = 0) -> None:
        change(context, account, asset, delta_minor + (delta_minor > 20_000), fee_minor)

    monkeypatch.setattr(balances, "change", generous)
    must_fail("money_conserved")


def test_a_ledger_that_makes_money_and_whose_laws_are_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    from payport.ledger.invariants import law

    change = balances.change

    def generous(context: Any, account: bytes, asset: str, delta_minor: int, fee_minor: int = 0) -> None:
        change(context, account, asset, delta_minor + (0 < delta_minor < 20_000), fee_minor)

    monkeypatch.setattr(balances, "change", generous)
    monkeypatch.setattr(law, "assert_block", lambda _: None)
    monkeypatch.setattr("payport.simulator.replicas.checker.broken_laws", lambda _: {})
    must_fail("made money")


def test_replicas_that_vote_for_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AbciApplication, "process_proposal", lambda *_: True)
    must_fail("forged payment was decided|invalid_batch|malformed_bytes", payments=600)


def test_replicas_that_vote_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AbciApplication, "process_proposal", lambda *_: False)
    must_fail("no progress: replica 0 has 0 of 0 blocks")


def test_a_machine_that_depends_on_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """One replica's ledger looks at something that is not the same everywhere."""

    def flaw(engine: CometBftEngine) -> None:
        machine = engine._application.machine
        monkeypatch.setattr(machine, "execute", partial(_later, machine.execute))

    plant(monkeypatch, flaw)
    must_fail(rf"replica {FLAWED}: block \d+ gave application hash")


def _later(execute: Callable[..., Any], height: int, time_ms: int, items: Any) -> Any:
    return execute(height, time_ms + 1, items)
