"""The simulation: draw traffic, put it into blocks, cut the power now and then, and believe nothing unchecked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport.ledger.block import COMMITTED
from payport.ledger.digest import digest_of_whole_state
from payport.ledger.invariants.law import broken_laws, laws
from payport.ledger.state import balances, positions
from payport.proof.commitment import decode_commitment
from payport.simulator.kinds import workload_kinds
from payport.simulator.node import CrashedError, Fault, Proposed
from payport.simulator.parties import CURRENCY, DAY_MS, UTC_OFFSET_SECONDS
from payport.simulator.settlers import settle_in
from payport.simulator.world import World
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.simulator.attempt import Attempt
    from payport.simulator.node import Answer

MAX_BLOCK_ATTEMPTS: Final = 40
"""Attempts drawn for one block, at most; a kind that makes several may pass it a little."""

MAX_BLOCKS_PER_SYNC: Final = 3
"""Blocks made durable by one sync, at most."""

CRASH_SHARE: Final = 0.15
"""Share of syncs at which the power fails."""

WHOLE_STATE_BLOCKS: Final = 50
"""Laws are checked over the whole state, and the model compared, once in so many blocks and at the end."""

_LONG_PAUSE_SHARE: Final = 0.02


class SimulationFailedError(Exception):
    """Something did not hold; seed and step repeat it."""

    def __init__(self, seed: int, step: int, message: str) -> None:
        """Say which ``seed`` failed after ``step`` attempts, and what was wrong."""
        super().__init__(f"seed {seed}, step {step}: {message}")
        self.seed = seed
        self.step = step


class Report(NamedTuple):
    """What a simulation did; equal for equal arguments."""

    seed: int
    """Seed."""
    payments: int
    """Attempts made."""
    blocks: int
    """Height reached."""
    crashes: int
    """Times the power failed."""
    outcomes: dict[str, int]
    """First answers by code, those at the door included, ascending by code."""
    repeated: int
    """Answers that repeated an earlier outcome."""
    traffic: dict[str, int]
    """Attempts by kind of traffic."""
    laws: tuple[str, ...]
    """Laws checked after every block."""
    state_hash: str
    """Final state digest, hexadecimal."""


def run(seed: int, payments: int, progress: Callable[[int, int], None] | None = None) -> Report:
    """Simulate ``payments`` attempts; ``progress`` is told how many of how many are done.

    Raises :class:`SimulationFailedError` where anything does not hold.
    """
    simulation = Simulation(seed, payments, progress)
    try:
        return simulation.run()
    except Exception as error:
        raise SimulationFailedError(seed, simulation.step, f"{type(error).__name__}: {error}") from error


def report_json(report: Report) -> dict[str, Any]:
    """Return a report as the object the command prints."""
    return report._asdict() | {"laws": list(report.laws)}


class Simulation:
    """One run."""

    def __init__(self, seed: int, payments: int, progress: Callable[[int, int], None] | None) -> None:
        """Found the network."""
        self.step = 0
        self._seed = seed
        self._payments = payments
        self._progress = progress
        self._world = World(seed)
        self._outcomes: Counter[str] = Counter()
        self._traffic: Counter[str] = Counter()
        self._repeated = 0
        self._checked_height = 0

    def run(self) -> Report:
        """Settle the customers in, make all attempts, then check everything once more."""
        for attempts in settle_in(self._world):
            self._settle([self._propose(attempts)])
        self.step = 0
        kinds = workload_kinds()
        weights = [kind.weight for kind in kinds]
        while self.step < self._payments:
            blocks = []
            for _ in range(self._world.random.randint(1, MAX_BLOCKS_PER_SYNC)):
                attempts = []
                size = min(self._world.random.randint(1, MAX_BLOCK_ATTEMPTS), self._payments - self.step)
                while len(attempts) < size:
                    kind = self._world.random.choices(kinds, weights)[0]
                    drawn = kind.draw(self._world)
                    attempts += drawn
                    self.step += len(drawn)
                    self._traffic[kind.name] += len(drawn)
                if attempts:
                    blocks.append(self._propose(attempts))
            self._settle(blocks)
            self._pause()
            if self._progress is not None:
                self._progress(min(self.step, self._payments), self._payments)
        return self._finish()

    def _propose(self, attempts: list[Attempt]) -> Proposed:
        """Close a block at the present time, and let time pass."""
        world = self._world
        block = Proposed(world.now_ms, attempts)
        world.now_ms += world.random.randint(1, 3_000)
        return block

    def _pause(self) -> None:
        """Let hours pass now and then, once everybody has an answer: nobody sends again what is long past."""
        world = self._world
        chance = world.random.random()
        if chance < _LONG_PAUSE_SHARE:
            world.now_ms += world.random.randint(3_600_000, 90_000_000)
        elif chance < 2 * _LONG_PAUSE_SHARE:
            # The last or the first millisecond of a day, so that limits are spent on both sides of midnight.
            midnight_ms = _next_midnight(world.now_ms)
            world.now_ms = max(world.now_ms + 1, midnight_ms - world.random.randint(0, 1))

    def _settle(self, blocks: Sequence[Proposed]) -> None:
        """Send the blocks until they are answered, as clients do whose connection broke, and check every answer."""
        world = self._world
        fault = Fault.NEVER
        if world.random.random() < CRASH_SHARE:
            fault = world.random.choice([each for each in Fault if each is not Fault.NEVER])
        try:
            answers, again = world.node.execute(blocks, fault), False
        except CrashedError:
            answers, again = world.node.execute(blocks, Fault.NEVER), True
        for block, found in zip(blocks, answers, strict=True):
            for attempt, answer in zip(block.attempts, found, strict=True):
                self._check(attempt, answer, again=again)
        world.now_ms = max(world.now_ms, world.node.application.machine.time_ms + 1)
        if world.node.application.height - self._checked_height >= WHOLE_STATE_BLOCKS:
            self._check_whole_state()

    def _check(self, attempt: Attempt, answer: Answer, *, again: bool) -> None:
        if isinstance(answer, Refusal):
            assert attempt.at_door, f"refused at the door as {answer}, expected {attempt.expected}"
            assert answer.code == attempt.expected[0], f"refused as {answer}, expected {attempt.expected}"
            self._outcomes[answer.code] += 1
            return
        codes = [outcome.code for outcome in answer]
        assert not attempt.at_door, f"got {codes}, expected {attempt.expected} at the door"
        for outcome, expected in zip(answer, attempt.expected, strict=True):
            if again and not attempt.final:
                assert outcome.code != COMMITTED, "what nobody may do happened on the second try"
                self._outcomes[outcome.code] += 1
            elif outcome.repeated:
                assert again or attempt.repeats, f"{outcome.transaction_id.hex()} happened before, which is not true"
                assert outcome.code == self._world.final[outcome.transaction_id], "a repeat changed the outcome"
                self._repeated += 1
            else:
                assert not attempt.repeats, f"{outcome.transaction_id.hex()} happened again: {outcome}"
                assert outcome.code == expected, f"got {codes}, expected {attempt.expected}: {outcome.detail}"
                self._outcomes[outcome.code] += 1
        if attempt.then is not None:
            attempt.then(answer)

    def _check_whole_state(self) -> None:
        """Check every law over the whole state, and the model against it."""
        state = self._world.node.application.state
        self._checked_height = self._world.node.application.height
        broken = broken_laws(state)
        assert not broken, f"broken laws: {broken}"
        model = self._world.model
        held = {balances.key(*entry): amount for entry, amount in model.balances.items() if amount}
        found = {key: record.amount_minor for key, record in balances.table(state).items() if record.amount_minor}
        kept = {balances.key(*entry): amount for entry, amount in model.reserved.items() if amount}
        reserved = {key: record.held_minor for key, record in balances.table(state).items() if record.held_minor}
        # What expired since the last block is free in the model already.
        assert not {key for key, amount in kept.items() if reserved.get(key, 0) < amount}, "reserved less than expected"
        differing = sorted(key.hex() for key, _ in held.items() ^ found.items())
        assert not differing, f"ledger and model differ in the balances {differing}"
        for (debtor, creditor), owed in model.owed.items():
            assert positions.of(state, debtor, creditor, CURRENCY) == owed, f"what {debtor} owes {creditor} differs"

    def _finish(self) -> Report:
        node = self._world.node
        self._check_whole_state()
        node.check_log()
        digest = decode_commitment(node.application.machine.commitment_bytes).state_digest
        assert digest_of_whole_state(node.application.state) == digest, "the running state digest is wrong"
        replayed = node.replay_everything().machine.commitment_bytes
        assert replayed == node.application.machine.commitment_bytes, "the log replays to another state"
        return Report(
            self._seed,
            self.step,
            node.application.height,
            node.crashes,
            dict(sorted(self._outcomes.items())),
            self._repeated,
            dict(sorted(self._traffic.items())),
            tuple(law.name for law in laws()),
            digest.hex(),
        )


def _next_midnight(now_ms: int) -> int:
    """Return when the next day of the banks begins."""
    offset_ms = UTC_OFFSET_SECONDS * 1_000
    return ((now_ms + offset_ms) // DAY_MS + 1) * DAY_MS - offset_ms
