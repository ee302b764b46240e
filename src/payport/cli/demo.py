"""`payport demo`: a whole network on this machine, its first payments, and then it is yours to play with."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from payport.cli.output import print_json, progress_console, result_console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payport.simulator.scenarios.demo import Story


@contextlib.contextmanager
def _directory(chosen: Path | None) -> Iterator[Path]:
    """Yield the directory to use: the one chosen, or a temporary one."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="payport-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Stop after the payments instead of staying up.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object; progress goes to stderr.")] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="New directory for the network (default: temporary).")
    ] = None,
) -> None:
    """Start an operator, four banks, shops and cardholders; pay by code, transfer, refund, verify the receipts."""
    with _directory(data) as directory:
        asyncio.run(_run(directory, once=once, as_json=as_json))


async def _run(directory: Path, *, once: bool, as_json: bool) -> None:
    from payport import bootstrap
    from payport.node.client import NodeClient
    from payport.proof.trust import encode_trust
    from payport.simulator.scenarios.city import build_city
    from payport.simulator.scenarios.demo import Story, report, tell_story

    started = time.perf_counter()

    def tell(text: str) -> None:
        progress_console.print(f"[dim]{time.perf_counter() - started:6.2f} s[/dim]  {text}", highlight=False)

    city = build_city()
    with bootstrap.running_node(city.genesis, directory / "node") as node:
        trust = bootstrap.trust_in(city.genesis, node.public_key)
        trust_file = directory / "trust.json"
        trust_file.write_bytes(encode_trust(trust))
        ready_seconds = time.perf_counter() - started
        tell(f"network {city.genesis.chain_id} is up")
        client = NodeClient(Path(node.socket))
        try:
            story = Story(city, client, trust, directory, tell)
            kept = await tell_story(story)
            tell(f"{len(story.verdicts)} receipts verified without the network")
            if as_json:
                print_json(report(story, ready_seconds))
            else:
                await _show(story, kept, trust_file)
        finally:
            await client.close()
        if not once:
            await _until_interrupted(tell)


async def _show(story: Story, kept: list[Path], trust_file: Path) -> None:
    """Print the tables and what to paste next."""
    table = Table(title="What happened", title_justify="left")
    for name, right in (("", False), ("yuan", True), ("outcome", False), ("ms", True)):
        table.add_column(name, justify="right" if right else "left")
    for step in (*story.payments, *story.refusals):
        colour = "green" if step.outcome == "committed" else "yellow"
        outcome = f"[{colour}]{step.outcome}[/{colour}]"
        table.add_row(step.story, f"{step.amount_minor / 100:,.2f}", outcome, f"{step.milliseconds:.1f}")
    result_console.print(table)
    balances = Table(title="Who holds what now", title_justify="left")
    for name, right in (("account", False), ("bank", False), ("yuan", True)):
        balances.add_column(name, justify="right" if right else "left")
    for party in story.city.parties.values():
        held = await story.balance_minor(party)
        balances.add_row(f"{party.name} {party.local_name}", party.bank, f"{held / 100:,.2f}")
    result_console.print(balances)
    result_console.print("\nTry next:", highlight=False)
    for line in (
        f"payport receipt verify {kept[0]} --trust {trust_file}",
        "make verifier    # the same as one file that needs nothing but Python",
        "payport demo --once --json",
    ):
        result_console.print(f"  {line}", soft_wrap=True, highlight=False)


async def _until_interrupted(tell: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tell("the network stays up; Ctrl-C stops it")
    await stop.wait()
