"""What a node tells Prometheus: how far it is, what it did, what waits, and what room its disk has.

Whatever happens is counted in plain integers where it happens; everything else is read when somebody asks, so that
payments cost next to nothing more. Nothing told is secret or of one payment: heights, numbers and times.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections import Counter
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import prometheus_client
from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from payport.consensus.contract import EngineStatus
from payport.consensus.tally import Distribution
from payport.values.limits import MAX_TRANSACTIONS_PER_BLOCK
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from payport.consensus.application import Application
    from payport.consensus.cometbft.rpc import EngineRpc
    from payport.consensus.serving import ServingEngine
    from payport.ledger.store.stored_block import StoredBlock
    from payport.node.data_directory import DataDirectory

ASK_SECONDS: Final = 1.0
"""How long CometBFT may take to say how it is before it counts as unreachable: less than a scrape may take."""

MAX_OUTCOMES: Final = 256
"""Outcomes of blocks that are told apart; further ones are counted together. There are fewer refusals of
blocks than this, and whoever asks must keep a series of each."""

REPEATED: Final = "repeated"
"""Outcome of a transaction that a block holds again."""

OTHER: Final = "other"
"""Outcomes that are not told apart."""

_SIZES: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, MAX_TRANSACTIONS_PER_BLOCK)

Value = float | dict[str, int] | Distribution
"""Of a metric: its value; its values by label; how they are distributed."""


class Told(NamedTuple):
    """What is said of one metric."""

    kind: str
    """``gauge``, ``counter`` or ``histogram``."""
    text: str
    """What it is."""
    label: str = ""
    """The one label it has, if it has one."""


METRICS: Final = {
    "running": Told("gauge", "Whether it takes transactions."),
    "height": Told("gauge", "Last block that is durable and can be proven."),
    "durable_height": Told("gauge", "Last block on the medium; ahead of height until its proof is there."),
    "executed_height": Told("gauge", "Last executed block."),
    "checkpoint_height": Told("gauge", "Block of the checkpoint on the medium; -1 before the first."),
    "last_block_age_seconds": Told("gauge", "Time since the last executed block; rises where nobody pays."),
    "engine_reachable": Told("gauge", "Whether the CometBFT beside it answers; absent where it orders blocks alone."),
    "engine_height": Told("gauge", "Last block of that CometBFT, empty ones among them."),
    "engine_block_age_seconds": Told("gauge", "Time since that block; an idle chain has one a second."),
    "engine_catching_up": Told("gauge", "Whether that CometBFT still fetches blocks from others."),
    "protocol": Told("gauge", "Version of the rules by which the next block is executed."),
    "protocol_decided": Told("gauge", "Newest version of the rules that the members decided on."),
    "protocol_from_height": Told("gauge", "First block that version is in force."),
    "protocol_known": Told("gauge", "Newest version this program knows; it stops before a block by a newer one."),
    "waiting_items": Told("gauge", "Items that wait for a batch."),
    "unanswered_transactions": Told("gauge", "Transactions taken in and not answered yet, waiting or under way."),
    "blocks": Told("counter", "Blocks made durable."),
    "syncs": Told("counter", "Syncs of the block log."),
    "transactions": Told("counter", "Transactions in blocks, of all institutions: committed, or why not.", "outcome"),
    "committed": Told("counter", "Transactions committed, of those sent through this node."),
    "refused_final": Told("counter", "Transactions refused in a block, of those sent through this node."),
    "repeated": Told("counter", "Transactions sent through this node and answered with an earlier outcome."),
    "refused_at_door": Told("counter", "Items refused before a block, as busy not counted."),
    "door_refusals": Told("counter", "Items refused before a block, as busy not counted, by reason.", "code"),
    "busy": Told("counter", "Items refused as busy."),
    "signatures": Told("counter", "Signatures checked."),
    "block_transactions": Told("histogram", "Transactions of a block."),
    "block_execution_seconds": Told("histogram", "Time to execute a block, those replayed at the start among them."),
    "state_records": Told("gauge", "Records of the state, as of the checkpoint.", "family"),
    "data_bytes": Told("gauge", "Bytes of its files: log, state.", "part"),
    "disk_free_bytes": Told("gauge", "Room on the disk of its data directory."),
    "disk_bytes": Told("gauge", "Size of that disk."),
}
"""Every metric of a node; on the wire each begins with ``payport_node_``, and counters end in ``_total``."""

_STATUS: Final = frozenset(METRICS) & frozenset(EngineStatus.__struct_fields__)
"""Metrics that are in the engine's status under the same name."""


class NodeMetrics(Collector):
    """Tells how a node is doing."""

    def __init__(
        self, engine: ServingEngine, application: Application, directory: DataDirectory, rpc: EngineRpc | None
    ) -> None:
        """Count the blocks of ``engine`` from now on; ``rpc`` speaks to the CometBFT beside it, if it has one."""
        self._engine = engine
        self._application = application
        self._directory = directory
        self._rpc = rpc
        self._outcomes: dict[str, int] = {}
        self._sizes = Distribution(_SIZES)
        self._read: Mapping[str, Value] = {}
        self._registry = prometheus_client.CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        engine.add_listener(self._count)

    async def page(self) -> bytes:
        """Return everything as it is now, in Prometheus' text format."""
        engine, files = await asyncio.gather(self._ask_engine(), asyncio.to_thread(self._read_files))
        self._read = {**self._read_node(), **engine, **files}
        return prometheus_client.generate_latest(self._registry)

    async def close(self) -> None:
        """Ask CometBFT no more."""
        if self._rpc is not None:
            await self._rpc.close()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it was last read; what is not known has no value."""
        for name, told in METRICS.items():
            yield _metric(name, told, self._read.get(name))

    def _count(self, block: StoredBlock) -> None:
        """Count what a block holds."""
        height, outcomes = block.height, block.outcomes
        self._sizes.count(len(outcomes))
        counted = Counter([each.code if each.leaf_height == height else REPEATED for each in outcomes])
        for code, number in counted.items():
            name = code if code in self._outcomes or len(self._outcomes) < MAX_OUTCOMES else OTHER
            self._outcomes[name] = self._outcomes.get(name, 0) + number

    def _read_node(self) -> dict[str, Value]:
        engine, application = self._engine, self._application
        status = engine.status()
        return {
            **{name: float(getattr(status, name)) for name in _STATUS},
            "durable_height": application.durable_height,
            "last_block_age_seconds": max(time.time() - status.time_ms / 1_000, 0.0),
            "unanswered_transactions": engine.unanswered,
            "transactions": self._outcomes,
            "door_refusals": engine.tally.door,
            "signatures": application.machine.signatures_checked,
            "block_transactions": self._sizes,
            "block_execution_seconds": application.execution_seconds,
        }

    def _read_files(self) -> dict[str, Value]:
        """Look at files and checkpoint; in a thread of its own, because a disk may keep whoever asks waiting."""
        parts = {"log": self._directory.log_path, "state": self._directory.state_path}
        disk = shutil.disk_usage(self._directory.path)
        return {
            "state_records": self._application.base.counts,
            # Blocks and not lengths: the state's file has holes.
            "data_bytes": {
                part: sum(each.stat().st_blocks * 512 for each in os.scandir(path)) for part, path in parts.items()
            },
            "disk_free_bytes": disk.free,
            "disk_bytes": disk.total,
        }

    async def _ask_engine(self) -> dict[str, Value]:
        if self._rpc is None:
            return {}
        try:
            async with asyncio.timeout(ASK_SECONDS):
                told = (await self._rpc.ask("status"))["sync_info"]
        except (Refusal, TimeoutError):
            return {"engine_reachable": 0}
        decided = datetime.fromisoformat(told["latest_block_time"]).timestamp()
        return {
            "engine_reachable": 1,
            "engine_height": int(told["latest_block_height"]),
            "engine_block_age_seconds": max(time.time() - decided, 0.0),
            "engine_catching_up": float(told["catching_up"]),
        }


def _metric(name: str, told: Told, value: Value | None) -> Metric:
    """Return one metric as Prometheus' library wants it."""
    full = f"payport_node_{name}"
    if told.kind == "histogram":
        histogram = HistogramMetricFamily(full, told.text)
        if isinstance(value, Distribution):
            bounds = [*map(str, map(float, value.bounds)), "+Inf"]
            histogram.add_metric([], list(zip(bounds, accumulate(value.numbers), strict=True)), value.total)
        return histogram
    labels = (told.label,) if told.label else ()
    kind = CounterMetricFamily if told.kind == "counter" else GaugeMetricFamily
    found: CounterMetricFamily | GaugeMetricFamily = kind(full, told.text, labels=labels)
    if isinstance(value, dict):
        for label, number in sorted(value.items()):
            found.add_metric([label], number)
    elif isinstance(value, int | float):
        found.add_metric([], value)
    return found
