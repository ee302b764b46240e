"""`payport network`: a consortium on this machine, or one member of it: made, started, watched, joined and left."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from rich.table import Table

from payport.cli.output import REFUSED, print_json, progress_bar, progress_console, result_console

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.network.plan import Card, LocalSettings, NetworkFolder, Plan

app = typer.Typer(help="Run a consortium: every institution a validator.", no_args_is_help=True)

PEER_PORT: Final = 26_656
GATEWAY_PORT: Final = 8_440
MAX_FOUNDERS: Final = 20
SNAPSHOT_BLOCKS: Final = 5_000
READY_SECONDS: Final = 90.0
_FOLLOW_SECONDS: Final = 0.3
_NAMES: Final = ("operator", "bank-east", "bank-west", "bank-north", "bank-south")

Directory = Annotated[Path, typer.Argument(help="Directory of the network.", file_okay=False)]
Only = Annotated[
    list[str] | None, typer.Option("--institution", help="Only this member; may be repeated (default: all here).")
]
SnapshotBlocks = Annotated[
    int, typer.Option(min=0, help="Blocks of CometBFT from one snapshot to the next; 0 for none.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.callback()
def network() -> None:
    """Run a consortium: every institution a validator."""


@app.command("init")
def init(
    directory: Directory,
    validators: Annotated[int, typer.Option(min=1, max=MAX_FOUNDERS, help="Members, the operator among them.")] = 4,
    name: Annotated[str, typer.Option(help="Name of the network; becomes part of its chain id.")] = "consortium",
    peer_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="First port of the CometBFTs, one each; 0 takes free ones.")
    ] = PEER_PORT,
    gateway_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="First port of the gateways, one each; 0 takes free ones.")
    ] = GATEWAY_PORT,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="First port of metrics, two a member: CometBFT, node; 0 serves none.")
    ] = 0,
    snapshot_blocks: SnapshotBlocks = SNAPSHOT_BLOCKS,
    pilot: Annotated[
        Path | None,
        typer.Option("--from", help="Go on from a pilot: its directory, with its node and its desks.", file_okay=False),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(help="Directory with ID.key of each member of a pilot (default: its desks).", file_okay=False),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a network whose members are all on this machine: keys, genesis, trust file."""
    from payport.network.carrying import carry
    from payport.network.plan import LocalSettings, NetworkFolder, free_port

    folder = NetworkFolder(directory)
    folder.require_new()

    def settings_of(place: int) -> LocalSettings:
        measured = [f"127.0.0.1:{metrics_port + 2 * place + each}" if metrics_port else "" for each in (0, 1)]
        return LocalSettings(
            f"127.0.0.1:{peer_port + place if peer_port else free_port()}",
            gateway_port=gateway_port + place if gateway_port else free_port(),
            metrics=measured[0],
            node_metrics=measured[1],
            snapshot_blocks=snapshot_blocks,
        )

    with progress_bar() as bar:
        task = bar.add_task("members", total=validators)
        if pilot is None:
            plan = _founded(folder, name, validators, settings_of, lambda: bar.advance(task))
        else:
            plan = carry(folder, pilot / "node", keys or pilot / "desks", validators, settings_of)
    if as_json:
        print_json({"chain_id": plan.chain_id, "members": [each.institution for each in plan.members]})
        return
    result_console.print(f"Network {plan.chain_id} of {len(plan.members)} members in {directory}.")
    if plan.carried is not None:
        result_console.print(f"It goes on from block {plan.carried.height} of {pilot}, which must not run any more.")
    result_console.print(f"Start it: payport network up {directory}")


def _founded(
    folder: NetworkFolder,
    name: str,
    validators: int,
    settings_of: Callable[[int], LocalSettings],
    advance: Callable[[], None],
) -> Plan:
    """Make a new network of so many members."""
    from payport.network import founding

    cards = []
    for place in range(validators):
        institution = _NAMES[place] if place < len(_NAMES) else f"bank-{place}"
        folder.require_short(institution)
        settings, role = settings_of(place), "bank" if place else "operator"
        made = founding.make_member(folder, institution, title_of(institution), role, settings.listen, settings)
        cards.append(made)
        advance()
    return founding.found(folder, name, cards)


@app.command("card")
def card(
    directory: Directory,
    institution: Annotated[str, typer.Option(help="Id of the institution.")],
    address: Annotated[str, typer.Option(help="HOST:PORT at which the others reach its CometBFT.")],
    name: Annotated[str, typer.Option(help="Its name for people (default: made of the id).")] = "",
    listen: Annotated[str, typer.Option(help="HOST:PORT its CometBFT listens on (default: the address).")] = "",
    gateway_port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of its gateway.")] = GATEWAY_PORT,
    *,
    operator: Annotated[bool, typer.Option("--operator", help="It is the scheme's operator.")] = False,
) -> None:
    """Draw the keys of one member on its own machine; prints the file to send to whoever founds the network."""
    from payport.network import founding
    from payport.network.plan import LocalSettings, NetworkFolder, free_port

    settings = LocalSettings(listen or address, gateway_port=gateway_port or free_port())
    role = "operator" if operator else "bank"
    folder = NetworkFolder(directory)
    founding.make_member(folder, institution, name or title_of(institution), role, address, settings)
    result_console.print(str(folder.member(institution).path / "card.json"), soft_wrap=True)


@app.command("found")
def found(
    directory: Directory,
    cards: Annotated[list[Path], typer.Argument(help="Card of every founding member.", dir_okay=False, exists=True)],
    name: Annotated[str, typer.Option(help="Name of the network; becomes part of its chain id.")] = "consortium",
) -> None:
    """Make genesis, plan and trust file of the members whose cards are given; send these three to every member."""
    from payport.network import founding
    from payport.network.plan import Card, NetworkFolder

    read = [msgspec.json.decode(each.read_bytes(), type=Card) for each in cards]
    plan = founding.found(NetworkFolder(directory), name, read)
    result_console.print(f"Network {plan.chain_id}: send genesis, network.json and trust.json to every member.")


@app.command("up")
def up(directory: Directory, institution: Only = None, *, as_json: AsJson = False) -> None:
    """Start what is not running: CometBFT, node, index and gateway of every member here."""
    from payport.network import processes
    from payport.network.founding import prepare
    from payport.network.watching import wait_ready

    folder, plan, chosen = chosen_members(directory, institution)
    cometbft = processes.find_cometbft()
    whole = len(folder.local(plan)) == len(plan.members) and len(chosen) == len(plan.members)

    async def start() -> None:
        with progress_bar() as bar:
            task = bar.add_task("starting", total=len(chosen) * len(processes.IN_ORDER))
            for card in chosen:
                prepare(folder, plan, card.institution)
            # Each kind at all members: a CometBFT waits for its node, and a block for most of the CometBFTs.
            for process in processes.IN_ORDER:
                for card in chosen:
                    member = folder.member(card.institution)
                    processes.start(processes.Commands(folder, member, card.institution, cometbft), process)
                for card in chosen:
                    bar.update(task, description=f"{process} of {card.institution}")
                    await wait_ready(folder.member(card.institution), process, READY_SECONDS, quorum=whole)
                    bar.advance(task)

    asyncio.run(start())
    _show(folder, plan, chosen, as_json=as_json)


@app.command("status")
def status(directory: Directory, institution: Only = None, *, as_json: AsJson = False) -> None:
    """Tell how every member here does; ends with status 1 where one is not well, or histories differ."""
    folder, plan, chosen = chosen_members(directory, institution)
    if not _show(folder, plan, chosen, as_json=as_json):
        raise typer.Exit(REFUSED)


@app.command("logs")
def logs(
    directory: Directory,
    institution: Only = None,
    process: Annotated[
        list[str] | None, typer.Option(help="node, engine, history or gateway; may be repeated (default: all).")
    ] = None,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, max=10_000, help="Last lines of each.")] = 20,
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as they grow.")] = False,
) -> None:
    """Print the last that the processes said."""
    from payport.network.processes import IN_ORDER

    folder, _, chosen = chosen_members(directory, institution)
    files = [
        (f"{card.institution} {each}", folder.member(card.institution).log(each))
        for card in chosen
        for each in process or IN_ORDER
    ]
    positions = {}
    for label, file in files:
        if file.exists():
            with file.open("rb") as opened:
                for line in deque(opened, lines):
                    _print_line(label, line)
                positions[label, file] = opened.tell()
    try:
        while follow:
            time.sleep(_FOLLOW_SECONDS)
            for (label, file), position in positions.items():
                with file.open("rb") as opened:
                    opened.seek(position)
                    for line in opened:
                        _print_line(label, line)
                    positions[label, file] = opened.tell()
    except KeyboardInterrupt:
        return


@app.command("down")
def down(directory: Directory, institution: Only = None) -> None:
    """Stop the processes of every member here, each once it has finished what it took."""
    from payport.network import processes

    folder, _, chosen = chosen_members(directory, institution)
    killed = []
    with progress_bar() as bar:
        task = bar.add_task("stopping", total=len(chosen) * len(processes.IN_ORDER))
        for process in reversed(processes.IN_ORDER):
            for card in chosen:
                bar.update(task, description=f"{process} of {card.institution}")
                if not processes.stop(folder.member(card.institution), process):
                    killed.append(f"{process} of {card.institution}")
                bar.advance(task)
    if killed:
        progress_console.print(f"did not end by themselves and were killed: {', '.join(killed)}")


@app.command("units")
def units(
    directory: Directory,
    institution: Annotated[str, typer.Option(help="The member.")],
    into: Annotated[
        Path, typer.Option(help="Directory to write them to, such as /etc/systemd/system.", file_okay=False)
    ],
    user: Annotated[str, typer.Option(help="User the processes run as; the network's directory must be its own.")],
    *,
    token: Annotated[bool, typer.Option("--token", help="A hardware token signs: let the node see devices.")] = False,
) -> None:
    """Write units by which systemd runs a member, in place of `up` and `down`."""
    from payport.network import processes
    from payport.network.founding import prepare
    from payport.network.units import units as made

    folder, plan, (card,) = chosen_members(directory, [institution])
    prepare(folder, plan, institution)
    commands = processes.Commands(folder, folder.member(card.institution), institution, processes.find_cometbft())
    into.mkdir(parents=True, exist_ok=True)
    for name, text in made(commands, user, token=token).items():
        (into / name).write_text(text, encoding="utf-8")
        result_console.print(str(into / name), soft_wrap=True)


def chosen_members(directory: Path, institutions: list[str] | None) -> tuple[NetworkFolder, Plan, list[Card]]:
    """Return a network and those of its members that are asked for and are here; raises what there is not."""
    from payport.network.plan import UNKNOWN_MEMBER, NetworkFolder

    folder = NetworkFolder(directory)
    plan = folder.read_plan()
    local = folder.local(plan)
    for each in institutions or ():
        if each not in [card.institution for card in local]:
            UNKNOWN_MEMBER.refuse(each)
    return folder, plan, [card for card in local if not institutions or card.institution in institutions]


def _show(folder: NetworkFolder, plan: Plan, chosen: list[Card], *, as_json: bool) -> bool:
    """Print how members do; return whether all are well and agree."""
    from payport.network.upgrading import newest_decided, too_old
    from payport.network.watching import MemberState, look

    async def ask() -> list[MemberState]:
        return list(await asyncio.gather(*(look(folder, card) for card in chosen)))

    states = asyncio.run(ask())
    decided = newest_decided(states)
    hashes: dict[int | None, set[str | None]] = {}
    for each in states:
        hashes.setdefault(each.executed_height, set()).add(each.app_hash)
    agree = all(len(found) == 1 for found in hashes.values())
    well = agree and all(each.well for each in states)
    if as_json:
        told = {"chain_id": plan.chain_id, "well": well, "agree": agree, "members": msgspec.to_builtins(states)}
        print_json({**told, "protocol": None if decided is None else decided._asdict()})
        return well
    table = Table("member", "processes", "block", "engine", "peers", "gateway", title=plan.chain_id)
    for each in states:
        mark = "[green]well[/green]" if each.well else "[red]not well[/red]"
        running = f"{mark} ({', '.join(each.running) or 'none'})"
        numbers = ("-" if number is None else f"{number:,}" for number in (each.height, each.engine_height, each.peers))
        table.add_row(each.institution, running, *numbers, each.url)
    result_console.print(table)
    if decided is not None:
        result_console.print(f"Protocol version {decided.version} is in force from block {decided.from_height:,} on.")
        for institution in too_old(states, decided):
            warning = f"{institution} runs a program that does not know it, and stops before that block: exchange it"
            progress_console.print(f"[red]{warning}[/red]")
    if not agree:
        progress_console.print("[red]members at the same height hold different ledgers[/red]")
    return well


def _print_line(label: str, line: bytes) -> None:
    result_console.print(f"[dim]{label}[/dim]", line.decode("utf-8", "replace").rstrip(), markup=True, soft_wrap=True)


def title_of(institution: str) -> str:
    """Return a name for people, made of an id."""
    return " ".join(part.capitalize() for part in institution.split("-"))
