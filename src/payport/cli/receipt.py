"""`payport receipt`: verify receipts without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payport.proof import command

app = typer.Typer(help="Verify receipts; needs no network.", no_args_is_help=True)


@app.callback()
def receipt() -> None:
    """Verify receipts; needs no network."""


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="Receipt file.")],
    trust: Annotated[Path, typer.Option("--trust", help="Trust file of the network.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Verify a receipt: exit status 0, or 1 with what is wrong."""
    arguments = [str(file), "--trust", str(trust), *(["--json"] if as_json else [])]
    raise typer.Exit(command.main(arguments))
