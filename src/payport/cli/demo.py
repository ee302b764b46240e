"""`payport demo`: a whole network on this machine, its first payments, and then it is yours to play with."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from payport.cli.output import print_json, progress_console, result_console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payport.cli.lan.wallet import LocalNetwork
    from payport.simulator.scenarios.city import Party
    from payport.simulator.scenarios.demo import Story

TEST_BANK: Final = "bank-east"
"""Bank of the test card that is shown."""

OWN_MACHINE: Final = ("127.0.0.0/8", "::1/128")
"""Where webhooks of the demo may go beside public addresses: to a receiver on this machine."""

RECEIVER: Final = "http://localhost:8090/hook"
"""Where `examples/receive_webhooks.py` listens."""

KEY_MS: Final = 7 * 86_400_000
"""How long the demo's API key counts."""

LAN_PORT: Final = 8_443
"""Port of the wallet over HTTPS; the page about its certificate is on the next one. Both stay the same from run to run,
since a firewall may have to let them through, and since a phone keeps what it keeps by address and port."""

PASSPHRASE: Final = "demo passphrase"  # noqa: S105 - printed for the user to paste
"""Of the key file the demo leaves for its user; it guards nothing but play money."""


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
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port of the API (default: a free one).")] = 0,
    data: Annotated[
        Path | None, typer.Option("--data", help="New directory for the network (default: temporary).")
    ] = None,
    lan: Annotated[
        bool,
        typer.Option("--lan", help="Also serve the local network over HTTPS, so that a phone can open the wallet."),
    ] = False,
    lan_address: Annotated[
        str | None,
        typer.Option("--lan-address", help="Address of this machine there (default: that of its default route)."),
    ] = None,
    lan_port: Annotated[
        int,
        typer.Option(
            "--lan-port", min=0, max=65_534, help="Port there, and the next for a page of help; 0: free ones."
        ),
    ] = LAN_PORT,
) -> None:
    """Start an operator, four banks, shops and cardholders; pay by code, transfer, refund, verify the receipts."""
    from payport.cli.lan.wallet import LocalNetwork, free_port

    found = LocalNetwork.prepare(lan_address, lan_port) if lan and not once else None
    with _directory(data) as directory:
        asyncio.run(_run(directory, port or free_port(), found, once=once, as_json=as_json))


async def _run(directory: Path, port: int, lan: LocalNetwork | None, *, once: bool, as_json: bool) -> None:
    from payport import bootstrap
    from payport.cli.lan.wallet import showing
    from payport.simulator.scenarios.banks import Banks
    from payport.simulator.scenarios.city import build_city
    from payport.simulator.scenarios.demo import Story, report, tell_story
    from payport.wallet import key_file
    from payport.wallet.client import AsyncClient

    started = time.perf_counter()

    def tell(text: str) -> None:
        progress_console.print(
            f"[dim]{time.perf_counter() - started:6.2f} s[/dim]  {text}", highlight=False, soft_wrap=True
        )

    own_name = () if lan is None or lan.place.name is None else (lan.place.name,)
    lan_origins = () if lan is None else lan.origins
    city = build_city(("localhost", *own_name), (f"http://localhost:{port}", *lan_origins))
    https = None if lan is None else lan.listener(directory)
    tell("starting node, history, gateway and the banks' desks")
    reachable = [part for each in OWN_MACHINE for part in ("--webhook-network", each)]
    with bootstrap.running_network(
        city.genesis, directory, port, city.hosted, gateway_options=reachable, https=https
    ) as network:
        ready_seconds = time.perf_counter() - started
        tell(f"network {city.genesis.chain_id} is up at {network.url}")
        async with (
            AsyncClient(network.url, network.trust) as client,
            contextlib.aclosing(Banks(city, network)) as banks,
        ):
            story = Story(city, client, banks, directory, tell)
            kept = await tell_story(story)
            tell(f"{len(story.verdicts)} receipts verified without the network")
            if as_json:
                print_json(report(story, ready_seconds))
            else:
                await _show(story)
        if not once:
            key = directory / "lin.key"
            key_file.save(key, city.parties["lin"].own(city.genesis.chain_id), PASSPHRASE)
            shop = city.parties["canteen"].own(city.genesis.chain_id)
            key_file.save(directory / "canteen.key", shop, PASSPHRASE)
            _show_what_next(network.url, kept[0], network.trust_file, key)
            _show_webhooks(network.url, await _partner_key(directory, city.parties["canteen"]))
            with showing(progress_console, port, lan):
                await _until_interrupted(tell)


async def _show(story: Story) -> None:
    """Print the tables."""
    table = Table(title="What happened", title_justify="left")
    for name, right in (("", False), ("yuan", True), ("outcome", False), ("ms", True)):
        table.add_column(name, justify="right" if right else "left")
    for step in (*story.payments, *story.refusals):
        colour = "green" if step.outcome == "committed" else "yellow"
        outcome = f"[{colour}]{step.en or step.outcome}[/{colour}]"
        table.add_row(step.story, f"{step.amount_minor / 100:,.2f}", outcome, f"{step.milliseconds:.1f}")
    result_console.print(table)
    balances = Table(title="Who holds what now", title_justify="left")
    for name, right in (("account", False), ("bank", False), ("on the ledger", True), ("deposit", True)):
        balances.add_column(name, justify="right" if right else "left")
    for party in story.city.parties.values():
        held = await story.balance_minor(party)
        deposit = await story.banks.deposit_minor(party)
        kept = "" if deposit is None else f"{deposit / 100:,.2f}"
        balances.add_row(f"{party.name} {party.local_name}", party.bank, f"{held / 100:,.2f}", kept)
    result_console.print(balances)


def _show_what_next(url: str, receipt: Path, trust_file: Path, key: Path) -> None:
    """Print three commands that work while the network is up, where its reference is, and a card to bind."""
    from payport.institutions.sandbox.seed import card_number, phone_number
    from payport.simulator.scenarios.banks import FIRST_TEST_CARD

    progress_console.print(f"\nThe API's reference is at {url}/docs. Try next:", highlight=False)
    code = receipt.parent / "code-university-canteen.png"
    pay = f"{sys.executable} examples/pay_by_code.py {url} {trust_file} {key} {code} 12.50"
    for line in (
        f"payport receipt verify {receipt} --trust {trust_file}",
        f"curl -s {url}/v1/network",
        f"PAYPORT_PASSPHRASE='{PASSPHRASE}' {pay}",
    ):
        progress_console.print(f"  {line}", soft_wrap=True, highlight=False)
    card, phone = card_number(TEST_BANK, FIRST_TEST_CARD).reveal(), phone_number(FIRST_TEST_CARD)
    progress_console.print(f"A test card of {TEST_BANK} to bind: {card}, phone {phone}", highlight=False)


async def _partner_key(directory: Path, shop: Party) -> str:
    """Return an API key of the shop's program, which may register webhooks for the shop's account alone."""
    from payport import bootstrap
    from payport.gateway.access.api_keys import NewApiKey
    from payport.gateway.access.callers import Scope
    from payport.gateway.partner_keys import make_key

    now_ms = time.time_ns() // 1_000_000
    scopes = (Scope.WEBHOOKS_WRITE, Scope.ACCOUNTS_READ)
    new = NewApiKey(shop.bank, "the canteen's program", scopes, (shop.account,), now_ms + KEY_MS)
    return await make_key(bootstrap.DatabaseUrls.in_folder(directory).port, new, now_ms)


def _show_webhooks(url: str, key: str) -> None:
    """Print how to be told of what the canteen is paid."""
    body = f'{{"url": "{RECEIVER}", "label": "canteen", "types": ["transaction.committed"]}}'
    headers = f"-H 'Authorization: Bearer {key}' -H 'Idempotency-Key: demo-webhook' -H 'Content-Type: application/json'"
    progress_console.print("To be told what the canteen is paid: register, then receive with the secret it answers.")
    for line in (
        f"curl -s {headers} -d '{body}' {url}/v1/webhooks",
        f"{sys.executable} examples/receive_webhooks.py whsec_...",
    ):
        progress_console.print(f"  {line}", soft_wrap=True, highlight=False, markup=False)


async def _until_interrupted(tell: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tell("the network stays up; Ctrl-C stops it")
    await stop.wait()
