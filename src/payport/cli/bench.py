"""`payport bench`: figures beside the ceiling of this machine, measured in the same run."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from payport.cli.output import print_json, progress_bar, result_console

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress, TaskID

_ALL: Final = "all"

app = typer.Typer(help="Measure this machine.", no_args_is_help=True)


class Pattern(enum.StrEnum):
    """Who pays whom."""

    UNIFORM = "uniform"
    ZIPF = "zipf"
    MERCHANT = "merchant"


@app.callback()
def bench() -> None:
    """Measure this machine."""


def _shown_on(bar: Progress) -> Callable[[str, int, int], None]:
    """Return what shows each step of a measurement on its own line."""
    tasks: dict[str, TaskID] = {}

    def show(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bar.add_task(step, total=total)
        bar.update(tasks[step], completed=done, total=total)

    return show


def _tell(figures: dict[str, Any], title: str, *, as_json: bool) -> None:
    """Print figures as one JSON object or as a table."""
    if as_json:
        print_json(figures)
        return
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    result_console.print(table)


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
    mix: Annotated[
        str, typer.Option("--mix", help="What is sent: transfer, purchase, ...; `all` measures each in turn.")
    ] = "transfer",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Durable transactions, by default cross-bank transfers, through the embedded engine, laws and proofs on."""
    from payport.bench.ledger import Scale, run, run_all
    from payport.bench.mix import mixes

    if mix not in {*mixes(), _ALL}:
        raise typer.BadParameter(f"one of {', '.join(mixes())}, {_ALL}", param_hint="--mix")
    scale = Scale(accounts, remembered, payments)
    with progress_bar() as bar:
        if mix == _ALL:
            figures = run_all(scale, pattern.value, _shown_on(bar))
        else:
            figures = run(scale, pattern.value, mix, _shown_on(bar))
    if mix == _ALL and not as_json:
        _tell_mixes(figures["mixes"])
    else:
        _tell(figures, "Embedded ledger", as_json=as_json)


def _tell_mixes(figures: dict[str, dict[str, Any]]) -> None:
    """Print one row for each mix."""
    table = Table(title="Embedded ledger, by what is sent", title_justify="left")
    table.add_column("mix")
    columns = {
        "per s": "payments_per_second",
        "by transfer": "ratio_to_transfer",
        "signed": "signatures_per_payment",
        "ceiling": "verify_ceiling_per_second",
        "by ceiling": "ratio",
        "p99 ms": "p99_ms",
    }
    for name in (*columns, "execute"):
        table.add_column(name, justify="right")
    for mix, row in figures.items():
        cells = [f"{row[figure]:,}" for figure in columns.values()]
        table.add_row(mix, *cells, str(row["stage_microseconds"]["execute"]))
    result_console.print(table)


@app.command("gateway")
def gateway(
    *,
    rate: Annotated[int, typer.Option("--rate", min=10, max=50_000, help="Payments a second.")] = 1_000,
    seconds: Annotated[int, typer.Option("--seconds", min=1, max=300, help="Seconds to measure.")] = 10,
    accounts: Annotated[int, typer.Option("--accounts", min=2, max=1_000_000, help="Accounts on the ledger.")] = 10_000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Worker processes of the port.")] = 1,
    postgresql: Annotated[
        str, typer.Option("--postgresql", help="URL of a server to keep index and port on (default: SQLite files).")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Signed payments over HTTP at a fixed rate, finality verified, with reads beside them."""
    from payport.bench.gateway import Offer, run

    with progress_bar() as bar:
        figures = run(Offer(rate, seconds, accounts, workers, postgresql), _shown_on(bar))
    _tell(figures, "Unified port", as_json=as_json)


@app.command("network")
def network(
    *,
    validators: Annotated[int, typer.Option("--validators", min=1, max=4, help="Institutions that order blocks.")] = 4,
    seconds: Annotated[int, typer.Option("--seconds", min=3, max=120, help="Seconds of each part with payments.")] = 60,
    accounts: Annotated[
        int, typer.Option("--accounts", min=1_000, max=1_000_000, help="Accounts on the ledger.")
    ] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Payments through a consortium on this machine, every node verifying every one: waits, most, and cost."""
    from payport.bench.network import Load, run

    with progress_bar() as bar:
        figures = run(Load(validators, seconds, accounts), _shown_on(bar))
    _tell(figures, "Consortium", as_json=as_json)


@app.command("join")
def join(
    *,
    validators: Annotated[int, typer.Option("--validators", min=1, max=4, help="Members there are.")] = 4,
    accounts: Annotated[
        int, typer.Option("--accounts", min=1_000, max=1_000_000, help="Accounts on the ledger.")
    ] = 1_000_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Let a new member of a consortium begin from a snapshot, while customers pay."""
    from payport.bench.joining import Joining, run

    with progress_bar() as bar:
        figures = run(Joining(validators, accounts), _shown_on(bar))
    _tell(figures, "New member", as_json=as_json)


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
