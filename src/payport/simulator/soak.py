"""A soak: many seeds, one after the other on each processor; what failed is named with the seed that repeats it.

One replica and several are simulated by different programs, which are summed up alike.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NamedTuple

from payport.simulator.replicas import simulation as replicated
from payport.simulator.simulation import SimulationFailedError, run

if TYPE_CHECKING:
    from collections.abc import Callable


class Soak(NamedTuple):
    """What the seeds came to."""

    seeds: int
    """Seeds simulated."""
    payments: int
    """Attempts made in all."""
    crashes: int
    """Times the power failed or a process was killed."""
    outcomes: dict[str, int]
    """First answers by code, ascending by code."""
    events: dict[str, int]
    """What happened to several replicas, by kind, ascending; empty for one."""
    failures: dict[int, str]
    """What was wrong, by seed; empty where everything held."""


class _Result(NamedTuple):
    payments: int
    crashes: int
    outcomes: dict[str, int]
    events: dict[str, int]
    failure: str


def _simulate(seed: int, payments: int, replicas: int) -> _Result:
    try:
        if replicas > 1:
            several = replicated.run(seed, payments, replicas)
            return _Result(several.payments, several.crashes, several.outcomes, several.events, "")
        report = run(seed, payments)
    except SimulationFailedError as error:
        return _Result(0, 0, {}, {}, str(error))
    return _Result(report.payments, report.crashes, report.outcomes, {}, "")


def soak(
    first: int,
    seeds: int,
    payments: int,
    jobs: int,
    progress: Callable[[int], None] | None = None,
    replicas: int = 1,
) -> Soak:
    """Simulate ``seeds`` seeds from ``first`` on, ``payments`` attempts each, ``jobs`` at a time.

    ``progress`` is told how many seeds are done.
    """
    outcomes: Counter[str] = Counter()
    events: Counter[str] = Counter()
    failures: dict[int, str] = {}
    made = crashes = 0
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        numbers = range(first, first + seeds)
        results = pool.map(_simulate, numbers, [payments] * seeds, [replicas] * seeds)
        for done, (seed, result) in enumerate(zip(numbers, results, strict=True), 1):
            made += result.payments
            crashes += result.crashes
            outcomes.update(result.outcomes)
            events.update(result.events)
            if result.failure:
                failures[seed] = result.failure
            if progress is not None:
                progress(done)
    return Soak(seeds, made, crashes, dict(sorted(outcomes.items())), dict(sorted(events.items())), failures)


def soak_json(report: Soak) -> dict[str, Any]:
    """Return a soak as the object the command prints."""
    return report._asdict() | {"failures": {str(seed): failure for seed, failure in report.failures.items()}}
