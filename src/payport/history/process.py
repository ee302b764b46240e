"""The history process: ``python -m payport.history.process --node SOCKET --trust FILE --database URL``.

It prints one JSON line once it follows, stops on SIGTERM and SIGINT with status 0, and ends with status 1 where it must
not believe the node or cannot use the database; the reason is on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy
import uvloop

from payport.consensus import interpreter
from payport.database.engines import reason
from payport.history.database import open_writer
from payport.history.follower import Follower, forget
from payport.node import logs
from payport.node.client import NodeClient
from payport.proof.trust import decode_trust
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from payport.proof.trust import Trust

PRIVATE_UMASK: Final = 0o077
"""The index says who paid whom: what is written is for this user alone."""

BEHIND_PAYMENTS: Final = 10
"""How much this process gives way to the others of its machine: the index is written in bursts, and a payment must not
wait for one."""


async def follow(socket: Path, trust: Trust, database: str, *, rebuild: bool = False) -> None:
    """Follow until a signal asks to stop; raises refusals of the layer."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = open_writer(database)
    if rebuild:
        forget(engine)
    node = NodeClient(socket)
    try:
        follower = Follower(node, engine, trust)
        sys.stdout.write(json.dumps({"ready": True, "height": follower.height}) + "\n")
        sys.stdout.flush()
        interpreter.tune()
        following = asyncio.create_task(follower.run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((following, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if following.done():
            following.result()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    finally:
        await node.close()
        engine.dispose()


def main(arguments: list[str] | None = None) -> int:
    """Run the process; returns its exit status."""
    parser = argparse.ArgumentParser(prog="payport.history.process", description="Index the blocks of one network.")
    parser.add_argument("--node", type=Path, required=True, help="unix socket of the node")
    parser.add_argument("--trust", type=Path, required=True, help="trust file of the network")
    parser.add_argument("--database", required=True, help="sqlite:///FILE or postgresql://...")
    parser.add_argument("--rebuild", action="store_true", help="empty the index first and build it again")
    options = parser.parse_args(arguments)
    os.umask(PRIVATE_UMASK)
    os.nice(BEHIND_PAYMENTS)
    try:
        logs.begin("history")
        uvloop.run(
            follow(options.node, decode_trust(options.trust.read_bytes()), options.database, rebuild=options.rebuild)
        )
    except (Refusal, OSError, sqlalchemy.exc.SQLAlchemyError) as error:
        sys.stderr.write(f"payport history: {reason(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
