"""The validator process: ``python -m payport.node.process --data DIR [--genesis FILE]``.

It prints one JSON line once it takes transactions, drains on SIGTERM and SIGINT, and ends with status 0; with status 1
after a refusal to start or a failure of the engine, whose reason is on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop

from payport.consensus import interpreter
from payport.consensus.application import Application, CheckpointPolicy, ReplayError
from payport.consensus.cometbft.connections import handlers_of
from payport.consensus.cometbft.engine import INTAKE, CometBftEngine, HeightNote
from payport.consensus.cometbft.engine import NAME as COMETBFT
from payport.consensus.cometbft.rpc import EngineRpc
from payport.consensus.cometbft.server import AbciServer
from payport.consensus.cometbft.state_sync import StateSync
from payport.consensus.embedded import NAME as EMBEDDED
from payport.consensus.embedded import ClockBehindError, EmbeddedEngine
from payport.consensus.intake import MAX_WAITING_TRANSACTIONS, IntakeLimits
from payport.consensus.snapshots import EVERY_BLOCKS
from payport.ledger.protocol import ProtocolUnknownError
from payport.ledger.store.block_log import LogDamagedError
from payport.node import logs
from payport.node.data_directory import DataDirectory
from payport.node.metrics import NodeMetrics
from payport.node.metrics_server import Address, MetricsServer
from payport.node.server import NodeServer
from payport.signers.opening import open_signer
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.consensus.contract import Signer
    from payport.ledger.genesis import Genesis

ASSERTIONS_OFF: Final = RefusalCode(
    "assertions_off",
    RefusalClass.MALFORMED,
    "The node does not run without its assertions; start Python without -O.",
    "节点不能在关闭断言的情况下运行；请勿使用 -O 启动 Python。",
)
"""Python was started with ``-O`` or ``PYTHONOPTIMIZE``."""

REFUSALS: Final = (ASSERTIONS_OFF,)
"""Refusals of this module."""


def clock_ms() -> int:
    """Return the clock of the machine, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Consortium:
    """How a node takes part in a network whose institutions order blocks together, through CometBFT."""

    institution: str
    """Institution that runs the node, and signs its batches."""
    rpc: Path
    """Socket of the RPC of the CometBFT beside it."""
    abci: Path | None = None
    """Socket on which the node serves that CometBFT; ``abci.sock`` in the data directory unless told otherwise."""
    others: tuple[str, ...] = ()
    """RPCs of other members' CometBFTs: asked for proofs of blocks that the own one does not have."""
    snapshot_blocks: int = EVERY_BLOCKS
    """After how many blocks of CometBFT a snapshot is made; 0 for never."""


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """How to run one node."""

    data: Path
    """The data directory."""
    genesis: bytes | None = None
    """Genesis document: needed the first time, compared after it."""
    seed: bytes | None = None
    """The node's Ed25519 seed the first time; drawn where there is none."""
    socket: Path | None = None
    """Path of the local interface; ``node.sock`` in the data directory unless told otherwise."""
    signer: Signer | None = None
    """Signs commitments; the key file in the data directory unless told otherwise."""
    intake: IntakeLimits | None = None
    """How much may wait, and how batches are closed; as is best for the engine unless told otherwise."""
    consortium: Consortium | None = None
    """How it takes part in a consortium; it orders blocks alone otherwise."""
    checkpoints: CheckpointPolicy = field(default_factory=CheckpointPolicy)
    """When checkpoints are written."""
    clock: Callable[[], int] = clock_ms
    """Milliseconds since the Unix epoch."""
    metrics: Address | None = None
    """Where metrics are served; nowhere unless told."""


def require_assertions() -> None:
    """Refuse ``assertions_off`` where Python leaves assertions out."""
    if sys.flags.optimize:
        ASSERTIONS_OFF.refuse()


def open_application(directory: DataDirectory, genesis: Genesis, checkpoints: CheckpointPolicy) -> Application:
    """Open the store of an initialised, locked directory and replay the tail of the log."""
    log, base = directory.ledger.open()
    try:
        return Application(genesis, log, base, checkpoints)
    except BaseException:
        base.close()
        log.close()
        raise


async def run_node(
    config: NodeConfig,
    ready: Callable[[dict[str, object]], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run a node until ``stop`` is set; raises what stopped it otherwise.

    ``ready`` is called once it takes transactions, with what the ready line says.
    """
    require_assertions()
    directory = DataDirectory(config.data)
    lock = directory.lock()
    try:
        genesis = directory.initialise(config.genesis, config.seed, keeps_key=config.signer is None)
        signer = config.signer or directory.read_signer()
        application = open_application(directory, genesis, config.checkpoints)
        interpreter.tune()
        engine, abci = _engine_of(config, directory, application, signer)
        metrics = _metrics_of(config, directory, application, engine)
        await _serve(engine, abci, metrics, config.socket or directory.socket_path, ready, stop or asyncio.Event())
    finally:
        os.close(lock)


def _engine_of(
    config: NodeConfig, directory: DataDirectory, application: Application, signer: Signer
) -> tuple[EmbeddedEngine | CometBftEngine, AbciServer | None]:
    """Return the engine, and what serves CometBFT where that is one."""
    if config.consortium is None:
        return EmbeddedEngine(application, signer, config.clock, config.intake), None
    consortium = config.consortium
    engine = CometBftEngine(
        application,
        signer,
        config.clock,
        consortium.institution,
        EngineRpc(consortium.rpc),
        HeightNote(directory.path / "engine-height"),
        config.intake,
        StateSync(application, directory.ledger, consortium.snapshot_blocks),
        [EngineRpc(each) for each in consortium.others],
    )
    return engine, AbciServer(handlers_of(engine), consortium.abci or directory.path / "abci.sock")


def _metrics_of(
    config: NodeConfig, directory: DataDirectory, application: Application, engine: EmbeddedEngine | CometBftEngine
) -> MetricsServer | None:
    """Return what serves metrics, where they are wanted."""
    if config.metrics is None:
        return None
    rpc = None if config.consortium is None else EngineRpc(config.consortium.rpc)
    return MetricsServer(NodeMetrics(engine, application, directory, rpc), config.metrics)


async def _serve(
    engine: EmbeddedEngine | CometBftEngine,
    abci: AbciServer | None,
    metrics: MetricsServer | None,
    socket: Path,
    ready: Callable[[dict[str, object]], None] | None,
    stop: asyncio.Event,
) -> None:
    server = NodeServer(engine, socket)
    try:
        await engine.start()
        if abci is not None:
            await abci.start()
        await server.start()
        if metrics is not None:
            await metrics.start()
        if ready is not None:
            status = engine.status()
            told = {
                "ready": True,
                "socket": str(socket),
                "height": status.height,
                "chain_id": status.chain_id,
                "public_key": status.public_key.hex(),
            }
            ready(told if metrics is None else {**told, "metrics": metrics.url})
        stopping = asyncio.create_task(stop.wait())
        failing = asyncio.create_task(engine.wait_stopped())
        await asyncio.wait((stopping, failing), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        failure = await failing if failing.done() else None
        failing.cancel()
        if failure is not None:
            raise failure
    finally:
        if metrics is not None:
            await metrics.close()
        await engine.close()
        await server.close()
        if abci is not None:
            await abci.close()


def _print_ready(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def _run(config: NodeConfig) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_node(config, _print_ready, stop)


def main(arguments: list[str] | None = None) -> int:
    """Run the process; returns its exit status."""
    parser = argparse.ArgumentParser(prog="payport.node.process", description="Run one Payport node.")
    parser.add_argument("--data", type=Path, required=True, help="data directory; made where it does not exist")
    parser.add_argument("--genesis", type=Path, help="genesis document; needed the first time")
    parser.add_argument("--socket", type=Path, help="unix socket of the local interface (default: DATA/node.sock)")
    parser.add_argument(
        "--waiting",
        type=int,
        default=MAX_WAITING_TRANSACTIONS,
        help="transactions that may wait for their block; more are refused as busy (default: %(default)s)",
    )
    parser.add_argument(
        "--engine", choices=(EMBEDDED, COMETBFT), default=EMBEDDED, help="who orders blocks (default: %(default)s)"
    )
    parser.add_argument(
        "--signer", help="key of the node: a key file, or pkcs11:... of a hardware module (default: DATA/operator.key)"
    )
    parser.add_argument("--institution", help="institution that runs the node; needed with CometBFT")
    parser.add_argument("--engine-rpc", type=Path, help="unix socket of CometBFT's RPC; needed with CometBFT")
    parser.add_argument(
        "--other-rpc", action="append", default=[], help="RPC of another member's CometBFT: http://... or unix:///..."
    )
    parser.add_argument(
        "--snapshot-blocks",
        type=int,
        default=EVERY_BLOCKS,
        help="blocks of CometBFT from one snapshot to the next; 0 for none (default: %(default)s)",
    )
    parser.add_argument("--metrics", type=Address.read, help="HOST:PORT to serve metrics on (default: nowhere)")
    options = parser.parse_args(arguments)
    consortium = None
    if options.engine == COMETBFT:
        if options.institution is None or options.engine_rpc is None:
            parser.error("--engine cometbft needs --institution and --engine-rpc")
        consortium = Consortium(
            options.institution,
            options.engine_rpc,
            others=tuple(options.other_rpc),
            snapshot_blocks=options.snapshot_blocks,
        )
    try:
        logs.begin("node")
        genesis = None if options.genesis is None else options.genesis.read_bytes()
        intake = replace(IntakeLimits() if consortium is None else INTAKE, waiting_transactions=options.waiting)
        signer = None if options.signer is None else open_signer(options.signer)
        config = NodeConfig(
            options.data,
            genesis,
            socket=options.socket,
            signer=signer,
            intake=intake,
            consortium=consortium,
            metrics=options.metrics,
        )
        uvloop.run(_run(config))
    except (Refusal, LogDamagedError, ReplayError, ProtocolUnknownError, ClockBehindError, OSError) as error:
        sys.stderr.write(f"payport node: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
