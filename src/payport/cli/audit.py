"""`payport audit`: a chain replayed from genesis, every signature, block, law and balance confirmed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from payport.cli.output import print_json, progress_bar, result_console

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.history.audit import Auditor, Report
    from payport.ledger.genesis import Genesis
    from payport.proof.trust import Trust


API_KEY_VARIABLE: Final = "PAYPORT_API_KEY"
"""Environment variable with the API key for a port; on a command line everybody on the machine would read it."""


def audit(
    source: Annotated[
        str,
        typer.Argument(help="Data directory of a stopped node, the socket of one that runs, or the URL of a port."),
    ],
    genesis: Annotated[
        Path | None,
        typer.Option(help="Genesis document (default: the one in the data directory).", dir_okay=False, exists=True),
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Trust file, to verify finality proofs too.", dir_okay=False, exists=True)
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Execute a chain again from genesis: exit status 0 where all of it is right, 1 with the first that is not.

    A node's socket gives the blocks with their proofs; of a consortium, a directory alone has none. With a directory,
    every stored balance and record is compared too. A port asks for an API key of the scope `blocks:read`, taken from
    the environment variable PAYPORT_API_KEY; genesis document and trust file must be had another way.
    """
    from payport.history.audit import Auditor
    from payport.ledger.genesis import read_genesis
    from payport.proof.trust import decode_trust

    is_port = source.startswith(("http://", "https://"))
    key = os.environ.get(API_KEY_VARIABLE, "")
    if not is_port and not Path(source).exists():
        raise typer.BadParameter(f"there is no {source}", param_hint="SOURCE")
    if is_port and (genesis is None or trust is None or not (key and key.isascii() and key.isprintable())):
        message = f"the blocks of a port are compared with --genesis and --trust, and asked with {API_KEY_VARIABLE}"
        raise typer.BadParameter(message, param_hint="SOURCE")
    is_socket = not is_port and Path(source).is_socket()
    document = genesis or (Path(source).parent if is_socket else Path(source)) / "genesis"
    found = read_genesis(document.read_bytes())
    trusted = None if trust is None else decode_trust(trust.read_bytes())
    auditor = Auditor(found, trusted)
    with progress_bar() as bar:
        task = bar.add_task("blocks", total=None)

        def follow(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if is_port:
            assert trusted is not None, "asked for above"
            records = _from_port(auditor, source, key, trusted, follow)
        elif is_socket:
            records = asyncio.run(_from_node(auditor, Path(source), follow))
        else:
            records = _from_disk(auditor, Path(source), follow)
        report = auditor.finish()
    _tell(found, trusted, report, records, as_json=as_json)


def _from_disk(auditor: Auditor, directory: Path, follow: Callable[[int, int], None]) -> int:
    """Take every block of a directory, and compare its state; return the number of records compared."""
    from payport.history.audit import AUDIT_FAILED
    from payport.ledger.store.block_log import BlockLog, LogDamagedError
    from payport.ledger.store.checkpoint import LmdbCheckpoint
    from payport.ledger.store.files import DirectoryFiles
    from payport.ledger.store.stored_block import read_stored_block
    from payport.node.data_directory import DataDirectory

    data = DataDirectory(directory)
    lock = data.lock()
    records = 0
    try:
        log, state = BlockLog(DirectoryFiles(data.log_path)), LmdbCheckpoint(data.state_path)
        if state.height > log.height:
            AUDIT_FAILED.refuse(f"the stored state is of block {state.height}, the last block is {log.height}")
        for height in range(log.height + 1):
            if height:
                auditor.take(read_stored_block(log.read(height)))
            if height == state.height:
                records = auditor.compare(state)
            follow(height, log.height)
        state.close()
        log.close()
    except LogDamagedError as error:
        AUDIT_FAILED.refuse(str(error))
    finally:
        os.close(lock)
    return records


async def _from_node(auditor: Auditor, socket: Path, follow: Callable[[int, int], None]) -> int:
    """Take every block that a running node has proven by now."""
    from payport.node.client import NodeClient

    node = NodeClient(socket)
    try:
        last = (await node.status()).height
        for height in range(1, last + 1):
            auditor.take(await node.block(height))
            follow(height, last)
    finally:
        await node.close()
    return 0


def _from_port(auditor: Auditor, url: str, key: str, trust: Trust, follow: Callable[[int, int], None]) -> int:
    """Take every block that a port has proven by now; raises what it refuses."""
    from payport.history.audit import AUDIT_FAILED
    from payport.ledger.store.stored_block import NOT_PROVEN, read_stored_block
    from payport.values.refusals import Refusal
    from payport.wallet.client import Client

    with Client(url, trust) as port:
        last = port.network().height
        while auditor.height < last:
            page = port.blocks(key, auditor.height)
            if not page.blocks:
                AUDIT_FAILED.refuse(f"the port says it has {last} blocks, and gives none after {auditor.height}")
            for encoded in page.blocks:
                try:
                    block = read_stored_block(encoded)
                except Refusal as refusal:
                    AUDIT_FAILED.refuse(f"after block {auditor.height}: {refusal}")
                if block.finality_tag == NOT_PROVEN:
                    AUDIT_FAILED.refuse(f"the port gives no proof of block {block.height}")
                auditor.take(block)
            follow(auditor.height, max(last, auditor.height))
    return 0


def _tell(genesis: Genesis, trust: Trust | None, report: Report, records: int, *, as_json: bool) -> None:
    figures = {"chain_id": genesis.chain_id, **report._asdict(), "records_compared": records}
    if as_json:
        print_json(figures)
        return
    table = Table(title=f"{genesis.chain_id} is right", title_justify="left")
    table.add_column("what was confirmed")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else value)
    result_console.print(table)
    if trust is None:
        result_console.print("Finality proofs were not looked at: name a trust file with --trust.")
