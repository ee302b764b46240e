"""Each hostile case the network promises to survive is really drawn, at every bank, and ends as it must."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from payport.ledger.block import COMMITTED
from payport.simulator import parties, simulation
from payport.simulator.attempt import Attempt
from payport.simulator.kinds import workload_kinds
from payport.simulator.node import Fault, Proposed
from payport.simulator.settlers import settle_in
from payport.simulator.world import World
from payport.values import codec, envelopes
from payport.values.refusals import Refusal

EVERY_BANK = {*parties.BANK_NAMES, parties.WARD_BANK}
ROUNDS = 120
USUAL = ("authorise", "offer", "freeze", "net_debit_cap", "net_debit_cap")
"""What the hostile kinds build on, and what happens too seldom in so few rounds."""

HOSTILE = {
    "a code charged at two tills": ("charge", "charge/1", "authority_used"),
    "a charge above the cap": ("charge", "charge/1", "charge_exceeds_cap"),
    "a code charged too late": ("charge", "charge/1", "authority_out_of_time"),
    "more is captured than held": ("capture", "capture/1", "capture_exceeds_hold"),
    "a capture after expiry": ("capture_after_expiry", "capture/1", "no_live_hold"),
    "a capture that loses to a release": ("raced_capture_and_release", "capture/1", "no_live_hold"),
    "a release that loses to a capture": ("raced_capture_and_release", "release/1", "no_live_hold"),
    "a transfer that loses the race for a cap": ("net_debit_cap", "transfer/1", "net_debit_cap_exceeded"),
    "a charge that loses the race for a cap": ("net_debit_cap", "charge/1", "net_debit_cap_exceeded"),
    "a thief recovers": ("recover", "recover/1", "unbound_key"),
    "a lone clerk recovers": ("recover", "recover/1", "too_few_signatures"),
    "another bank recovers": ("recover", "recover/1", "not_your_customer"),
    "a recovery before its time": ("recover", "finish_recovery/1", "recovery_waits"),
    "the lost key pays once more": ("recover", "transfer/1", "revoked_key"),
    "more is taken than offered": ("take", "take/1", "take_exceeds_offer"),
    "a freeze in the middle of a group": ("freeze_in_a_group", "transfer/1", "account_frozen"),
    "a day's limit and a fen": ("limit_at_midnight", "transfer/1", "daily_limit"),
    "a suspended bank's customer pays": ("suspend_any_bank", "transfer/1", "institution_suspended"),
    "a suspended bank's customer reserves": ("suspend_any_bank", "authorise/1", "institution_suspended"),
    "a policy nobody can meet": ("set_parameter", "set_parameter/1", "policy_out_of_reach"),
}
"""By what it is: kind of traffic, verb, and the code it must end with."""


class Seen:
    """A network that has settled in, and what comes of the traffic it is given."""

    def __init__(self) -> None:
        self.world = World(4)
        self.outcomes: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        """Banks concerned, by kind of traffic, verb and code."""
        self.ground: list[list[int]] = []
        """Prices of takes drawn together."""
        for attempts in settle_in(self.world):
            self.settle("", attempts)

    def draw(self, rounds: int, *names: str) -> None:
        """Settle so many rounds of these kinds."""
        kinds = {kind.name: kind for kind in workload_kinds()}
        for _ in range(rounds):
            for name in names:
                self.settle(name, kinds[name].draw(self.world))
            self.world.now_ms += 20_000

    def settle(self, name: str, attempts: list[Attempt]) -> None:
        (answers,) = self.world.node.execute([Proposed(self.world.now_ms, attempts)], Fault.NEVER)
        self.world.now_ms = max(self.world.now_ms, self.world.node.application.machine.time_ms) + 1_000
        takes = []
        for attempt, answer in zip(attempts, answers, strict=True):
            codes = (answer.code,) if isinstance(answer, Refusal) else tuple(each.code for each in answer)
            assert codes == attempt.expected
            if not isinstance(answer, Refusal) and attempt.then is not None:
                attempt.then(answer)
            for encoded, code in zip(attempt.encoded, codes, strict=True):
                body = codec.decode(envelopes.read_envelope(encoded).body, list[Any])
                self.outcomes[name, body[1], code] |= self.banks_of(body)
                if (body[1], code) == ("take/1", COMMITTED):
                    takes.append(body[10])
        if len(takes) > 1:
            self.ground.append(takes)

    def banks_of(self, body: list[Any]) -> set[str]:
        """Return the banks a body's sender and fields name, or whose customers they are."""
        named = {each for each in (body[2], *body[8:]) if isinstance(each, bytes | str)}
        found = {self.world.model.bank_of.get(each, "") if isinstance(each, bytes) else each for each in named}
        return found & EVERY_BANK


@pytest.fixture(scope="module")
def seen() -> Seen:
    found = Seen()
    found.draw(ROUNDS, *USUAL, *sorted({kind for kind, _, _ in HOSTILE.values()}))
    return found


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_tried_and_ends_as_it_must(seen: Seen, case: str) -> None:
    assert HOSTILE[case] in seen.outcomes


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("freeze", "freeze/1"),
        ("freeze_in_a_group", "freeze/1"),
        ("recover", "recover/1"),
        ("recover", "finish_recovery/1"),
        ("net_debit_cap", "set_net_debit_cap/1"),
    ],
)
def test_customers_of_every_bank_are_concerned(seen: Seen, name: str, verb: str) -> None:
    code = "group_refused" if name == "freeze_in_a_group" else COMMITTED
    assert seen.outcomes[name, verb, code] == EVERY_BANK


def test_customers_of_every_bank_close_their_accounts() -> None:
    found = Seen()
    found.draw(150, "close")
    assert found.outcomes["close", "close/1", COMMITTED] == EVERY_BANK


def test_every_bank_is_suspended_and_reinstated(seen: Seen) -> None:
    for verb in ("suspend/1", "reinstate/1"):
        assert seen.outcomes["suspend_any_bank", verb, COMMITTED] == set(parties.BANK_NAMES)
    assert seen.outcomes["suspend_any_bank", "transfer/1", "institution_suspended"] >= set(parties.BANK_NAMES)
    assert ("suspend_any_bank", "capture/1", COMMITTED) in seen.outcomes


def test_caps_are_raced_by_customers_of_several_banks(seen: Seen) -> None:
    """Those who lose, and those at whose tills they lose, are of every bank."""
    for verb in ("transfer/1", "charge/1"):
        assert len(seen.outcomes["net_debit_cap", verb, "net_debit_cap_exceeded"]) > 2


def test_offers_are_ground_by_takes_of_one_unit(seen: Seen) -> None:
    """Several in one block; ``take`` has each price rounded against the taker, or the model would differ."""
    assert max(map(len, seen.ground)) > 2


def test_limits_are_spent_on_both_sides_of_midnight() -> None:
    """A phone that has spent its day is refused in its last millisecond, and pays in the first of the next."""
    found = Seen()
    world = found.world
    kind = next(each for each in workload_kinds() if each.name == "limit_at_midnight")
    midnight_ms = simulation._next_midnight(world.now_ms)
    world.now_ms = midnight_ms - 1
    attempts: list[Attempt] = []
    while not world.spent_out:
        attempts += kind.draw(world)
    assert attempts[-1].expected == ("daily_limit",)
    found.settle("", attempts)
    assert world.node.application.machine.time_ms == midnight_ms - 1
    (spender,) = world.spent_out.values()
    world.now_ms = midnight_ms
    again = kind.draw(world)
    assert envelopes.read_envelope(again[0].encoded[0]).signatures[0].public_key == spender.session.public_key  # type: ignore[union-attr]
    assert again[0].expected == (COMMITTED,)
    found.settle("", again)
    assert world.node.application.machine.time_ms == midnight_ms


def test_a_run_has_blocks_on_both_sides_of_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "_LONG_PAUSE_SHARE", 0.2)
    run = simulation.Simulation(6, 1_500, None)
    run.run()
    application = run._world.node.application
    times = [application.read_block(height).block.time_ms for height in range(1, application.log.height + 1)]
    offset_ms = parties.UTC_OFFSET_SECONDS * 1_000
    assert {(each + offset_ms) % parties.DAY_MS for each in times} >= {0, parties.DAY_MS - 1}
