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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate a network from one seed: hostile traffic, crashes, every law after every block."""
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
    table = Table(title=f"Seed {seed}: {report.blocks} blocks, {report.crashes} crashes", title_justify="left")
    table.add_column("first answer")
    table.add_column("how often", justify="right")
    for code, number in report.outcomes.items():
        table.add_row(code, f"{number:,}")
    result_console.print(table)
    result_console.print(f"state_hash {report.state_hash}", highlight=False, soft_wrap=True)
