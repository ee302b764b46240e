"""`payport receipt`: verify receipts, and bring trust files forward by them, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payport.cli.output import result_console
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


@app.command("forward")
def forward(
    files: Annotated[list[Path], typer.Argument(help="Newer receipts of the network, in any order.")],
    trust: Annotated[Path, typer.Option("--trust", help="Trust file to bring forward; it is left as it is.")],
    out: Annotated[Path, typer.Option("--out", help="Trust file to write.")],
    name: Annotated[
        list[str] | None, typer.Option(help="KEY=INSTITUTION of a validator that has joined (may be repeated).")
    ] = None,
) -> None:
    """Bring a trust file forward by newer receipts: those trusted so far vouch for the validators of today.

    Give receipts from between where many validators were exchanged since: two thirds of each set must know the next.
    """
    from payport.ledger.store.files import write_file_durably
    from payport.proof.finality.cometbft import TAG, UNKNOWN_VALIDATOR, brought_forward
    from payport.proof.light_block import decode_light_block
    from payport.proof.receipt import MAX_RECEIPT_BYTES, decode_receipt
    from payport.proof.trust import MAX_TRUST_BYTES, decode_trust, encode_trust

    try:
        names = {
            bytes.fromhex(key): institution for key, _, institution in (each.partition("=") for each in name or ())
        }
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--name") from error
    before = known = decode_trust(command.read_file(trust, MAX_TRUST_BYTES))
    if not known.validators:
        UNKNOWN_VALIDATOR.refuse("the trust file names none")
    proofs = [decode_receipt(command.read_file(file, MAX_RECEIPT_BYTES)).finality for file in files]
    payloads = [each.payload for each in proofs if each.tag == TAG]
    for payload in sorted(payloads, key=lambda each: decode_light_block(each).header.height):
        if decode_light_block(payload).header.height >= known.validators[-1].from_height:
            known = brought_forward(known, payload, names)
    write_file_durably(out, encode_trust(known))
    added = len(known.validators) - len(before.validators)
    members = ", ".join(f"{each.institution} ({each.power})" for each in known.validators[-1].members)
    result_console.print(f"{added} validator sets added. From block {known.validators[-1].from_height} on: {members}")
