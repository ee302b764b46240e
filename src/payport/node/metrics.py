"""What a node tells Prometheus: how far it is, what it did, what waits, and what room its disk has.

Everything is read from the engine's status when somebody asks, so that payments cost nothing more.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import prometheus_client
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from prometheus_client.metrics_core import Metric

    from payport.consensus.contract import EngineStatus

_GAUGES: Final = {
    "height": "Last block that is durable and can be proven.",
    "executed_height": "Last executed block.",
    "checkpoint_height": "Block of the checkpoint on the medium; -1 before the first.",
    "waiting_items": "Items that wait for a block.",
}
_COUNTERS: Final = {
    "blocks": "Blocks made durable.",
    "syncs": "Syncs of the block log.",
    "committed": "Transactions committed.",
    "refused_final": "Transactions refused in a block.",
    "refused_at_door": "Items refused before a block, as busy not counted.",
    "repeated": "Transactions answered with an earlier outcome.",
    "busy": "Items refused as busy.",
}


class Address(NamedTuple):
    """Where metrics are served."""

    host: str
    """Address to listen on."""
    port: int
    """Port; 0 takes a free one."""

    @classmethod
    def read(cls, text: str) -> Address:
        """Read ``HOST:PORT``; raises ``ValueError``."""
        host, colon, port = text.rpartition(":")
        if not colon or not host or not 0 <= int(port) <= 65_535:  # noqa: PLR2004 - the highest port
            raise ValueError(f"not HOST:PORT: {text}")
        return cls(host, int(port))


class NodeMetrics(Collector):
    """Tells how an engine is doing, under ``payport_node_...``."""

    def __init__(self, status: Callable[[], EngineStatus], directory: Path) -> None:
        """Ask ``status``, from any thread; ``directory`` is on the disk whose room is told."""
        self._status = status
        self._directory = directory

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it is now."""
        status = self._status()
        yield GaugeMetricFamily("payport_node_running", "Whether it takes transactions.", float(status.running))
        since = max(time.time() - status.time_ms / 1_000, 0.0)
        yield GaugeMetricFamily("payport_node_last_block_age_seconds", "Time since the last executed block.", since)
        free = shutil.disk_usage(self._directory).free
        yield GaugeMetricFamily("payport_node_disk_free_bytes", "Room on the disk of its data directory.", free)
        for name, told in _GAUGES.items():
            yield GaugeMetricFamily(f"payport_node_{name}", told, getattr(status, name))
        for name, told in _COUNTERS.items():
            yield CounterMetricFamily(f"payport_node_{name}", told, getattr(status, name))


class MetricsServer:
    """Serves metrics over HTTP, in a thread of its own."""

    def __init__(self, metrics: NodeMetrics, address: Address) -> None:
        """Listen; raises ``OSError``."""
        registry = prometheus_client.CollectorRegistry()
        registry.register(metrics)
        self._server, self._thread = prometheus_client.start_http_server(address.port, address.host, registry)
        self.port: int = self._server.server_port
        """Where it listens."""

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
