"""`payport network rotate`: new keys for one member's CometBFT and node."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from payport.cli.network import READY_SECONDS
from payport.cli.output import progress_console, result_console


def rotate(
    directory: Annotated[Path, typer.Argument(help="Directory of the network.", file_okay=False)],
    institution: Annotated[str, typer.Option(help="Id of the member; its folder must be here.")],
) -> None:
    """Give a member new keys to vote and to sign batches with, by a decision of all, and start it with them.

    Run again after an interruption, it goes on where it was.
    """
    from payport.network import processes
    from payport.network.plan import UNKNOWN_MEMBER, NetworkFolder
    from payport.network.rotation import rotate as renew

    folder = NetworkFolder(directory)
    plan = folder.read_plan()
    if institution not in [card.institution for card in folder.local(plan)]:
        UNKNOWN_MEMBER.refuse(institution)
    cometbft = processes.find_cometbft()

    async def run() -> None:
        with progress_console.status(f"the members decide on new keys of {institution}") as spinner:
            await renew(folder, plan, institution, cometbft, READY_SECONDS, spinner.update)

    asyncio.run(run())
    result_console.print(f"{institution} votes and signs with new keys. Send network.json to the other members.")
