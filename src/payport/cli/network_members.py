"""`payport network join`, `leave`, `restore`, `upgrade`, `approve`: who is a member, and what members decide."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from payport.cli.network import (
    READY_SECONDS,
    SNAPSHOT_BLOCKS,
    Directory,
    Only,
    SnapshotBlocks,
    chosen_members,
    title_of,
)
from payport.cli.output import progress_console, result_console

if TYPE_CHECKING:
    from pathlib import Path

    from payport.ledger.state.parameters import Decided
    from payport.network.plan import Card, NetworkFolder

Snapshot = Annotated[
    bool | None,
    typer.Option(
        "--snapshot/--replay",
        help="Begin from a snapshot, or execute every block again (default: a snapshot where a member has one).",
    ),
]


def join(
    directory: Directory,
    institution: Annotated[str, typer.Option(help="Id of the new member.")],
    name: Annotated[str, typer.Option(help="Its name for people (default: made of the id).")] = "",
    address: Annotated[str, typer.Option(help="HOST:PORT of its CometBFT (default: a free port here).")] = "",
    gateway_port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of its gateway; 0 takes a free one.")] = 0,
    peer_rpc: Annotated[
        list[str] | None, typer.Option(help="RPC of a member on another machine, http://HOST:PORT (may be repeated).")
    ] = None,
    snapshot_blocks: SnapshotBlocks = SNAPSHOT_BLOCKS,
    *,
    snapshot: Snapshot = None,
) -> None:
    """Add a member while the others pay: they admit it, it catches up, and then they give it a vote.

    Run again after an interruption, it goes on where it was.
    """
    from payport.network import founding, membership, processes, state_sync
    from payport.network.plan import LocalSettings, free_port

    folder, plan, _ = chosen_members(directory, None)
    cometbft = processes.find_cometbft()
    card = _card(folder, institution)
    if card is None:
        where = address or f"127.0.0.1:{free_port()}"
        settings = LocalSettings(
            where,
            gateway_port=gateway_port or free_port(),
            peer_rpcs=tuple(peer_rpc or ()),
            snapshot_blocks=snapshot_blocks,
        )
        card = founding.make_member(folder, institution, name or title_of(institution), "bank", where, settings)

    async def run(new: Card) -> None:
        with progress_console.status("") as spinner:
            spinner.update(f"the members admit {new.institution}")
            grown = await membership.admit(folder, plan, new, spinner.update)
            wanted = bool(peer_rpc) or state_sync.snapshots_here(folder, plan, new) if snapshot is None else snapshot
            if wanted and not folder.member(new.institution).engine.exists():
                await state_sync.begin_from_snapshot(folder, new)
            await membership.start_member(folder, grown, new, cometbft, READY_SECONDS, spinner.update)
            await membership.catch_up(folder, grown, new, spinner.update)
            spinner.update(f"the members give {new.institution} a vote")
            await membership.set_power(folder, grown, new, founding.POWER, spinner.update)
            await membership.renew_trust(folder, grown)

    asyncio.run(run(card))
    result_console.print(f"{institution} is a member and votes.")


def leave(
    directory: Directory, institution: Annotated[str, typer.Option(help="Id of the member that leaves.")]
) -> None:
    """Take a member's vote away by a decision of all, then stop its processes; its accounts stay on the ledger."""
    from payport.network import membership, processes

    folder, plan, _ = chosen_members(directory, None)
    card = plan.card(institution)

    async def run() -> None:
        with progress_console.status(f"the members take {institution}'s vote away") as spinner:
            await membership.set_power(folder, plan, card, 0, spinner.update)
            await membership.renew_trust(folder, plan)

    asyncio.run(run())
    for process in reversed(processes.IN_ORDER):
        processes.stop(folder.member(institution), process)
    folder.write_plan(msgspec.structs.replace(plan, members=tuple(each for each in plan.members if each != card)))
    result_console.print(f"{institution} votes no more; its processes are stopped and its files are left.")


def restore(
    directory: Directory,
    institution: Annotated[str, typer.Option(help="Id of the member; its folder must be here.")],
    *,
    snapshot: Snapshot = None,
) -> None:
    """Set aside what a member has of the chain, keys excepted, and let it begin again from the others."""
    from payport.network import membership, processes, state_sync

    folder, plan, (card,) = chosen_members(directory, [institution])
    cometbft = processes.find_cometbft()

    async def run() -> Path:
        with progress_console.status(f"{institution} stops") as spinner:
            for process in reversed(processes.IN_ORDER):
                processes.stop(folder.member(institution), process)
            aside = state_sync.set_aside(folder.member(institution))
            if state_sync.snapshots_here(folder, plan, card) if snapshot is None else snapshot:
                await state_sync.begin_from_snapshot(folder, card)
            await membership.start_member(folder, plan, card, cometbft, READY_SECONDS, spinner.update)
            await membership.catch_up(folder, plan, card, spinner.update)
        return aside

    aside = asyncio.run(run())
    result_console.print(
        f"{institution} is where the others are. Once you have looked, remove {aside}.", soft_wrap=True
    )


def upgrade(
    directory: Directory,
    version: Annotated[int, typer.Argument(min=2, help="Version of the rules, the one after the version in force.")],
    blocks: Annotated[
        int, typer.Option("--in-blocks", min=20, max=10_000_000, help="Blocks of the ledger from now until it counts.")
    ] = 10_000,
    at: Annotated[
        int,
        typer.Option("--at", min=0, help="That block itself; run again with it, the command goes on with its vote."),
    ] = 0,
) -> None:
    """Have the members decide on new rules of the ledger, in force from a block on.

    Exchange the program of every member before that block; one that does not know the rules stops there.
    """
    from payport.network import upgrading

    folder, plan, _ = chosen_members(directory, None)

    async def run() -> Decided:
        with progress_console.status(f"the members decide on version {version}") as spinner:
            return await upgrading.upgrade(folder, plan, version, spinner.update, blocks=blocks, at=at)

    decided = asyncio.run(run())
    result_console.print(f"Version {decided.version} is in force from block {decided.from_height} on.")


def approve(
    directory: Directory,
    digest: Annotated[str, typer.Argument(help="Digest of the proposal, 64 hexadecimal digits.")],
    institution: Only = None,
) -> None:
    """Approve what another member proposed, for every member whose key is here."""
    from payport.network import deciding

    try:
        proposed = bytes.fromhex(digest)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    folder, _, chosen = chosen_members(directory, institution)

    async def run(members: list[Card]) -> None:
        for each in members:
            await deciding.approve(folder, each, proposed)

    asyncio.run(run(chosen))
    result_console.print(f"approved by {', '.join(each.institution for each in chosen)}")


def _card(folder: NetworkFolder, institution: str) -> Card | None:
    """Return the card of a member whose keys are here already."""
    from payport.network.plan import Card

    file = folder.member(institution).path / "card.json"
    return msgspec.json.decode(file.read_bytes(), type=Card) if file.exists() else None
