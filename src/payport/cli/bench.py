"""`payport bench`: figures beside the ceiling of this machine, measured in the same run."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from payport.cli.output import print_json, progress_bar, result_console

app = typer.Typer(help="Measure this machine.", no_args_is_help=True)


class Pattern(enum.StrEnum):
    """Who pays whom."""

    UNIFORM = "uniform"
    ZIPF = "zipf"
    MERCHANT = "merchant"


@app.callback()
def bench() -> None:
    """Measure this machine."""


@app.command("ledger")
def ledger(
    *,
    accounts: Annotated[
        int, typer.Option("--accounts", min=2, max=20_000_000, help="Accounts on the ledger.")
    ] = 10_000,
    payments: Annotated[int, typer.Option("--payments", min=100, max=5_000_000, help="Payments to measure.")] = 50_000,
    remembered: Annotated[
        int,
        typer.Option("--remembered", min=0, max=20_000_000, help="Ids of earlier payments still remembered."),
    ] = 0,
    pattern: Annotated[Pattern, typer.Option("--pattern", help="Who pays whom.")] = Pattern.UNIFORM,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Durable cross-bank transfers through the embedded engine, laws and proofs on."""
    from payport.bench.ledger import Scale, run

    with progress_bar() as bar:
        tasks = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        figures = run(Scale(accounts, remembered, payments), pattern.value, show)
    if as_json:
        print_json(figures)
        return
    table = Table(title="Embedded ledger", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    result_console.print(table)


@app.command("codes")
def codes(
    *,
    file: Annotated[
        Path | None,
        typer.Option("--file", exists=True, dir_okay=False, help="Payloads to read, one a line; else a built-in mix."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Time the reading of codes, in microseconds a payload, beside cutting and checksum alone."""
    from payport.bench.codes import payloads, run

    if file is None:
        texts = list(payloads().items())
    else:
        lines = file.read_text(encoding="utf-8").splitlines()
        texts = [(f"line {number}", line) for number, line in enumerate(lines, 1) if line]
    with progress_bar() as bar:
        task = bar.add_task("reading codes", total=len(texts))
        figures = run(texts, lambda done: bar.update(task, completed=done))
    if as_json:
        print_json(figures)
        return
    table = Table(title="Reading of codes", title_justify="left")
    table.add_column("payload")
    table.add_column("microseconds", justify="right")
    for name, value in figures["microseconds"].items():
        table.add_row(name, f"{value:.2f}")
    table.add_section()
    table.add_row("mean", f"{figures['microseconds_per_payload']:.2f}")
    table.add_row("cutting and checksum alone", f"{figures['cut_and_checksum_microseconds']:.2f}")
    result_console.print(table)
