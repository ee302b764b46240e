"""`payport simulate`: seeded traffic, partly wrong and hostile, through the real ledger over a store that crashes.

With `--replicas`, through that many real nodes under CometBFT's calls, on cables that delay, lose and are cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Never

import typer
from rich.table import Table

from payport.cli.output import REFUSED, print_json, progress_bar, progress_console, result_console

if TYPE_CHECKING:
    from payport.simulator.simulation import SimulationFailedError

MAX_REPLICAS: Final = 6
"""The operator and every bank of the simulated network."""

PAYMENTS: Final = 20_000
"""Attempts at one replica, unless told otherwise."""

REPLICATED_PAYMENTS: Final = 2_000
"""Attempts at several, which take several times as long."""


def simulate(
    *,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed; the same seed gives the same state hash.")] = 1,
    payments: Annotated[
        int | None,
        typer.Option("--payments", min=1, max=10_000_000, help="Attempts to make. [default: 20000; of replicas 2000]"),
    ] = None,
    replicas: Annotated[
        int, typer.Option("--replicas", min=1, max=MAX_REPLICAS, help="Replicas that order blocks together.")
    ] = 1,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=1_000_000, help="Seeds to simulate, from --seed on.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Seeds at a time, where there are several.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate a network from one seed or many: hostile traffic, crashes, every law after every block.

    Several replicas also meet partitions, lost and late messages, failing disks and a lying proposer; a checker then
    reads all of them.
    """
    if payments is None:
        payments = PAYMENTS if replicas == 1 else REPLICATED_PAYMENTS
    if seeds > 1:
        _many(seed, seeds, payments, replicas, jobs, as_json=as_json)
    elif replicas > 1:
        _several(seed, payments, replicas, as_json=as_json)
    else:
        _one(seed, payments, as_json=as_json)


def _one(seed: int, payments: int, *, as_json: bool) -> None:
    from payport.simulator.simulation import SimulationFailedError, report_json, run

    with progress_bar() as bar:
        task = bar.add_task(f"seed {seed}", total=payments)
        try:
            report = run(seed, payments, lambda done, total: bar.update(task, completed=done, total=total))
        except SimulationFailedError as error:
            _fail(error, payments, 1)
    if as_json:
        print_json(report_json(report))
        return
    _tell_counts(f"Seed {seed}: {report.blocks} blocks, {report.crashes} crashes", "first answer", report.outcomes)
    result_console.print(f"state_hash {report.state_hash}", highlight=False, soft_wrap=True)


def _several(seed: int, payments: int, replicas: int, *, as_json: bool) -> None:
    from payport.simulator.replicas.simulation import report_json, run
    from payport.simulator.simulation import SimulationFailedError

    with progress_bar() as bar:
        task = bar.add_task(f"seed {seed}, {replicas} replicas", total=payments)
        try:
            report = run(seed, payments, replicas, lambda done, total: bar.update(task, completed=done, total=total))
        except SimulationFailedError as error:
            _fail(error, payments, replicas)
    if as_json:
        print_json(report_json(report))
        return
    _tell_counts(f"Seed {seed}: what was answered", "answer", report.outcomes)
    _tell_counts("What happened", "event", report.events)
    for line in (
        f"{report.payments:,} attempts, {report.acknowledged:,} transactions acknowledged, {report.repeated:,} repeats",
        f"{report.blocks:,} blocks, {report.height:,} with payments, in {report.seconds:,.0f} simulated seconds",
        f"{report.messages:,} messages, {report.lost:,} lost; {report.crashes:,} crashes",
        f"all {replicas} histories are equal; what was acknowledged is there once; money is what was issued",
        f"state_hash {report.state_hash}",
        f"trace {report.trace}",
    ):
        result_console.print(line, highlight=False, soft_wrap=True)


def _many(seed: int, seeds: int, payments: int, replicas: int, jobs: int, *, as_json: bool) -> None:
    from payport.simulator.soak import soak, soak_json

    with progress_bar() as bar:
        task = bar.add_task(f"{seeds} seeds", total=seeds)
        report = soak(seed, seeds, payments, jobs, lambda done: bar.update(task, completed=done), replicas)
    if as_json:
        print_json(soak_json(report))
    else:
        title = f"{report.seeds} seeds: {report.payments:,} attempts, {report.crashes:,} crashes"
        _tell_counts(title, "first answer", report.outcomes)
        if report.events:
            _tell_counts("What happened", "event", report.events)
    for failure in report.failures.values():
        progress_console.print(f"[red]failed[/red]: {failure}")
    if report.failures:
        _tell_command("N", payments, replicas)
        raise typer.Exit(REFUSED)


def _fail(error: SimulationFailedError, payments: int, replicas: int) -> Never:
    """Say what did not hold, what came before it, and how to see it again."""
    for line in getattr(error, "__notes__", ()):
        progress_console.print(line, markup=False, highlight=False)
    progress_console.print(f"[red]failed[/red]: {error}")
    _tell_command(str(error.seed), payments, replicas)
    raise typer.Exit(REFUSED) from error


def _tell_command(seed: str, payments: int, replicas: int) -> None:
    several = f"--replicas {replicas} " if replicas > 1 else ""
    command = f"payport simulate {several}--seed {seed} --payments {payments}"
    progress_console.print(f"repeat it with: {command}", highlight=False, soft_wrap=True)


def _tell_counts(title: str, what: str, counts: dict[str, int]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column(what)
    table.add_column("how often", justify="right")
    for name, number in counts.items():
        table.add_row(name, f"{number:,}")
    result_console.print(table)
