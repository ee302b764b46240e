"""`payport simulate`: seeded traffic, partly wrong and hostile, through the real ledger over a store that crashes."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from payport.cli.output import REFUSED, print_json, progress_bar, progress_console, result_console


def simulate(
    *,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed; the same seed gives the same state hash.")] = 1,
    payments: Annotated[int, typer.Option("--payments", min=1, max=10_000_000, help="Attempts to make.")] = 20_000,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=1_000_000, help="Seeds to simulate, from --seed on.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Seeds at a time, where there are several.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate a network from one seed or many: hostile traffic, crashes, every law after every block."""
    if seeds > 1:
        _many(seed, seeds, payments, jobs, as_json=as_json)
    else:
        _one(seed, payments, as_json=as_json)


def _one(seed: int, payments: int, *, as_json: bool) -> None:
    from payport.simulator.simulation import SimulationFailedError, report_json, run

    with progress_bar() as bar:
        task = bar.add_task(f"seed {seed}", total=payments)
        try:
            report = run(seed, payments, lambda done, total: bar.update(task, completed=done, total=total))
        except SimulationFailedError as error:
            progress_console.print(f"[red]failed[/red]: {error}")
            raise typer.Exit(REFUSED) from error
    if as_json:
        print_json(report_json(report))
        return
    _tell_outcomes(f"Seed {seed}: {report.blocks} blocks, {report.crashes} crashes", report.outcomes)
    result_console.print(f"state_hash {report.state_hash}", highlight=False, soft_wrap=True)


def _many(seed: int, seeds: int, payments: int, jobs: int, *, as_json: bool) -> None:
    from payport.simulator.soak import soak, soak_json

    with progress_bar() as bar:
        task = bar.add_task(f"{seeds} seeds", total=seeds)
        report = soak(seed, seeds, payments, jobs, lambda done: bar.update(task, completed=done))
    if as_json:
        print_json(soak_json(report))
    else:
        title = f"{report.seeds} seeds: {report.payments:,} attempts, {report.crashes:,} crashes"
        _tell_outcomes(title, report.outcomes)
    for failure in report.failures.values():
        progress_console.print(f"[red]failed[/red]: {failure}")
    if report.failures:
        progress_console.print(f"repeat one with: payport simulate --seed N --payments {payments}")
        raise typer.Exit(REFUSED)


def _tell_outcomes(title: str, outcomes: dict[str, int]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("first answer")
    table.add_column("how often", justify="right")
    for code, number in outcomes.items():
        table.add_row(code, f"{number:,}")
    result_console.print(table)
