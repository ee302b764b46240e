"""The desk process: ``python -m payport.services.process --config FILE``.

It answers for the institutions of its configuration over one unix socket, with their keys, and runs their standing
jobs. It migrates their databases, prints one JSON line once it answers, drains on SIGTERM and SIGINT and ends with
status 0; with status 1 where it cannot start, the reason on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy

from payport.history.process import PRIVATE_UMASK
from payport.institutions.bridge import clock_ms, open_bridge
from payport.institutions.journal.journal import Journal
from payport.institutions.null import NullCore
from payport.institutions.own_institution import OwnInstitution
from payport.institutions.sandbox.core import SandboxCore
from payport.node import logs
from payport.node.client import NodeClient
from payport.proof.trust import decode_trust
from payport.services import database as institution_database
from payport.services.branch import Branch
from payport.services.config import SandboxCoreConfig, read_config
from payport.services.database import Database
from payport.services.desk.desk import Desk
from payport.services.desk.operations import Desks
from payport.services.desk.server import DeskServer
from payport.services.messenger.inbox import SandboxInbox
from payport.services.messenger.null import NullMessenger
from payport.services.secret import DigestKey
from payport.signers.key_files import read_seed
from payport.signers.opening import open_signer
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from payport.institutions.contract import Core
    from payport.proof.trust import Trust
    from payport.services.config import DeskConfig, InstitutionConfig
    from payport.services.messenger.contract import Messenger

DESK_IN_USE: Final = RefusalCode(
    "desk_in_use",
    RefusalClass.CONFLICT,
    "Another process answers for these institutions on this socket.",
    "该套接字上已有其他进程为这些机构提供服务。",
)
"""What a payment will spend is counted in one process of an institution."""

REFUSALS: Final = (DESK_IN_USE,)
"""Refusals of this module."""

NODE_TIMEOUT_SECONDS: Final = 4.0
"""How long a step waits for the node: the port waits longer for the desk, and learns what the desk has learnt."""


def prepare(config: DeskConfig) -> None:
    """Make or migrate the databases of every institution; blocks."""
    for each in config.institutions:
        if isinstance(each.core, SandboxCoreConfig):
            SandboxCore.prepare(each.core.url)
        Journal.prepare(each.database)
        institution_database.prepare(each.database)


def lock(socket: Path) -> int:
    """Become the only process on a socket; returns the descriptor to keep open. Raises ``desk_in_use``."""
    descriptor = os.open(f"{socket}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        DESK_IN_USE.refuse(str(socket))
    return descriptor


@contextlib.asynccontextmanager
async def _core(config: InstitutionConfig) -> AsyncIterator[Core]:
    if not isinstance(config.core, SandboxCoreConfig):
        yield NullCore()
        return
    core = SandboxCore(config.core.url)
    try:
        yield core
    finally:
        await core.close()


@contextlib.asynccontextmanager
async def opened_desk(config: InstitutionConfig, folder: Path, trust: Trust, node: NodeClient) -> AsyncIterator[Desk]:
    """Open the desk of one institution on its prepared databases.

    Raises ``journal_of_another`` and what :func:`payport.signers.opening.open_signer` raises.
    """
    signers = tuple(open_signer(each, folder) for each in config.signers)
    secret = DigestKey(read_seed(folder / config.digest_key))
    own = OwnInstitution(config.id, trust, signers)
    journal, database = Journal(config.database), Database(config.database)
    try:
        async with _core(config) as core:
            bridge = await open_bridge(own, core, journal, node)
            inbox = SandboxInbox(database, clock_ms)
            messenger: Messenger = inbox if config.messenger == "sandbox" else NullMessenger()
            yield Desk(Branch(config.name, bridge, database, secret, messenger))
    finally:
        await journal.close()
        await database.close()


async def run_desks(
    path: Path, ready: Callable[[dict[str, object]], None] | None = None, stop: asyncio.Event | None = None
) -> None:
    """Answer until ``stop`` is set; raises what ended a standing job otherwise.

    ``ready`` is called once the desks answer, with what the ready line says. The node need not be there yet.
    """
    config, folder = read_config(path), path.parent
    socket, ending = folder / config.socket, stop or asyncio.Event()
    held = lock(socket)
    node = NodeClient(folder / config.node, NODE_TIMEOUT_SECONDS)
    try:
        await asyncio.to_thread(prepare, config)
        trust = decode_trust((folder / config.trust).read_bytes())
        async with contextlib.AsyncExitStack() as stack:
            desks = {
                each.id: await stack.enter_async_context(opened_desk(each, folder, trust, node))
                for each in config.institutions
            }
            server = DeskServer(Desks(desks), socket)
            await server.start()
            stack.push_async_callback(server.close)
            if ready is not None:
                ready({"ready": True, "socket": str(socket), "institutions": sorted(desks)})
            await _run_jobs(list(desks.values()), ending)
    finally:
        await node.close()
        os.close(held)


async def _run_jobs(desks: list[Desk], stop: asyncio.Event) -> None:
    """Run standing jobs until ``stop``; the server goes on answering until it is closed after this."""
    stopping = asyncio.create_task(stop.wait())
    jobs = [asyncio.create_task(desk.run()) for desk in desks]
    try:
        await asyncio.wait((stopping, *jobs), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopping, *jobs):
            task.cancel()
        ended = await asyncio.gather(*jobs, return_exceptions=True)
    for failure in ended:
        if isinstance(failure, Exception):
            raise failure


def _print_ready(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def _run(config: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_desks(config, _print_ready, stop)


def main(arguments: list[str] | None = None) -> int:
    """Run the process; returns its exit status."""
    parser = argparse.ArgumentParser(prog="payport.services.process", description="Answer for institutions.")
    parser.add_argument("--config", type=Path, required=True, help="configuration of the desks (JSON)")
    options = parser.parse_args(arguments)
    os.umask(PRIVATE_UMASK)
    try:
        logs.begin("desk")
        asyncio.run(_run(options.config.absolute()))
    except (Refusal, OSError, sqlalchemy.exc.SQLAlchemyError) as error:
        sys.stderr.write(f"payport desk: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
