"""`payport key`: keys of nodes and institutions, in files and in hardware modules."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from payport.cli.output import print_json, result_console

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

app = typer.Typer(help="Keys of nodes and institutions, in files and in hardware modules.", no_args_is_help=True)

MESSAGE_BYTES: Final = 200
"""What is signed to measure: about the length of an institution's transaction."""

Signer = Annotated[
    str,
    typer.Argument(
        help="A key file, or pkcs11:token=...;object=...?module-path=...&pin-source=file:... (or env:VARIABLE)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def key() -> None:
    """Keys of nodes and institutions, in files and in hardware modules."""


@app.command("make")
def make(signer: Signer, *, as_json: AsJson = False) -> None:
    """Draw a new key, in a file of its own or inside the token, and print its public key; nothing is replaced."""
    from payport.signers.opening import make_key

    _print_key(_opened(lambda: make_key(signer)), as_json=as_json)


@app.command("show")
def show(signer: Signer, *, as_json: AsJson = False) -> None:
    """Open a key, see that it signs, and print its public key."""
    from payport.signers.opening import open_signer

    _print_key(_opened(lambda: open_signer(signer).public_key), as_json=as_json)


@app.command("measure")
def measure(
    signer: Signer,
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="How long to sign.")] = 2.0,
    *,
    as_json: AsJson = False,
) -> None:
    """Count how many signatures a second a key makes, one after the other, as a desk or a node asks for them."""
    from payport.signers.opening import open_signer

    opened = _opened(lambda: open_signer(signer))
    made, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        opened.sign(made.to_bytes(MESSAGE_BYTES, "big"))
        made += 1
    if as_json:
        print_json({"signatures": made, "seconds": round(elapsed, 3), "per_second": round(made / elapsed)})
        return
    result_console.print(f"{made / elapsed:,.0f} signatures a second", highlight=False)


@app.command("rotate")
def rotate(
    institution: Annotated[str, typer.Option(help="Institution id, as on the ledger.")],
    node: Annotated[Path, typer.Option(help="Unix socket of the institution's node.", exists=True)],
    trust: Annotated[Path, typer.Option(help="Trust file of the network.", exists=True, dir_okay=False)],
    old: Annotated[list[str], typer.Option(help="Key that signs for it now; as many as its policy asks for.")],
    new: Annotated[list[str], typer.Option(help="Key that signs from now on: all of them, those that stay too.")],
    threshold: Annotated[int, typer.Option(min=1, help="How many of the new keys sign where one is not enough.")] = 1,
    *,
    as_json: AsJson = False,
) -> None:
    """Replace all keys of an institution on the ledger; those left out are revoked for ever."""
    from payport.institutions import rotation
    from payport.institutions.ledger_view import LedgerView
    from payport.institutions.own_institution import OwnInstitution
    from payport.node.client import NodeClient
    from payport.proof.trust import decode_trust
    from payport.signers.opening import open_signer

    trusted = decode_trust(trust.read_bytes())
    own = OwnInstitution(institution, trusted, _opened(lambda: tuple(open_signer(each) for each in old)))
    keys = _opened(lambda: tuple(open_signer(each) for each in new))

    async def run() -> bool:
        client = NodeClient(node)
        try:
            now_ms = time.time_ns() // 1_000_000
            return await rotation.rotate(own, LedgerView(client, trusted), keys, threshold, now_ms)
        finally:
            await client.close()

    changed, public = asyncio.run(run()), sorted(each.public_key.hex() for each in keys)
    if as_json:
        print_json({"institution": institution, "changed": changed, "keys": public, "threshold": threshold})
        return
    said = "signs from now on with" if changed else "signs already with"
    result_console.print(f"{institution} {said}: {', '.join(public)}", soft_wrap=True, highlight=False)


def _opened(call: Callable[[], T]) -> T:
    """Return what a call does; a file that cannot be read is wrong usage."""
    try:
        return call()
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}") from error


def _print_key(public_key: bytes, *, as_json: bool) -> None:
    if as_json:
        print_json({"public_key": public_key.hex()})
        return
    result_console.print(public_key.hex(), highlight=False)
