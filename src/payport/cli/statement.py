"""`payport statement`: verify statements without a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from payport.cli.output import REFUSED, print_json
from payport.proof.command import UNREADABLE_FILE
from payport.proof.statement import MAX_STATEMENT_BYTES, verify_statement
from payport.proof.trust import MAX_TRUST_BYTES, decode_trust
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from payport.proof.statement import StatementVerdict

app = typer.Typer(help="Verify statements; needs no network.", no_args_is_help=True)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@app.callback()
def statement() -> None:
    """Verify statements; needs no network."""


@app.command("verify")
def verify(
    files: Annotated[list[Path], typer.Argument(help="Statement file, or several that continue each other, in order.")],
    trust: Annotated[Path, typer.Option("--trust", help="Trust file of the network.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Verify that every line is proven and none is missing: exit status 0, or 1 with what is wrong."""
    try:
        believed = decode_trust(_read(trust, MAX_TRUST_BYTES))
        verdict = verify_statement([_read(file, MAX_STATEMENT_BYTES) for file in files], believed)
    except Refusal as refusal:
        if as_json:
            reason = {"code": refusal.code, "en": refusal.reason.en, "zh": refusal.reason.zh}
            print_json({"verified": False, **reason, "detail": refusal.detail})
        else:
            typer.echo(f"The statement is NOT proven.\n  {refusal.code}: {refusal.reason.en}\n  {refusal.detail}")
        raise typer.Exit(REFUSED) from None
    told = _told(verdict)
    if as_json:
        print_json(told)
        return
    typer.echo("The statement is proven, and no line is missing.")
    for name, value in told.items():
        if name != "verified":
            typer.echo(f"  {name.replace('_', ' ')}: {value}")


def _read(file: Path, limit_bytes: int) -> bytes:
    """Read at most one byte more than the format allows, so that a huge file is refused and not loaded."""
    try:
        with file.open("rb") as stream:
            return stream.read(limit_bytes + 1)
    except OSError as error:
        UNREADABLE_FILE.refuse(f"{file}: {error.strerror}")


def _told(verdict: StatementVerdict) -> dict[str, Any]:
    """Return what a statement proves, in minor units."""
    changes = [line.change for line in verdict.lines]
    first, last = verdict.lines[0], verdict.lines[-1]
    return {
        "verified": True,
        "chain_id": first.verdict.chain_id,
        "account": verdict.account.hex(),
        "asset": verdict.asset,
        "lines": len(changes),
        "first_entry": changes[0].entry,
        "last_entry": changes[-1].entry,
        "from": _instant(first.verdict.time_ms),
        "to": _instant(last.verdict.time_ms),
        "opening_minor": verdict.opening_minor,
        "credited_minor": sum(each.delta_minor for each in changes if each.delta_minor > 0),
        "debited_minor": -sum(each.delta_minor for each in changes if each.delta_minor < 0),
        "fees_minor": sum(each.fee_minor for each in changes),
        "closing_minor": verdict.closing_minor,
        "finality": sorted({line.verdict.finality_tag for line in verdict.lines}),
        "binds": sorted({line.verdict.binds_en for line in verdict.lines}),
    }


def _instant(time_ms: int) -> str:
    """Return a block time as text; a time beyond the calendar stays a number."""
    try:
        return (_EPOCH + timedelta(milliseconds=time_ms)).isoformat(timespec="milliseconds")
    except OverflowError:
        return f"{time_ms} ms"
