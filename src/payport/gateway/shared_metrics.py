"""Metrics of a port with several workers: each writes its own into one directory, and whoever is asked adds them up."""

from __future__ import annotations

import os
from pathlib import Path

import prometheus_client
from prometheus_client import multiprocess

from payport.gateway.settings import METRICS_DIRECTORY


def exposition() -> bytes:
    """Return the metrics in Prometheus' text format, those of all workers where there are several."""
    if METRICS_DIRECTORY not in os.environ:
        return prometheus_client.generate_latest()
    registry = prometheus_client.CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library has no types for it
    return prometheus_client.generate_latest(registry)


def forget_ended_workers() -> None:
    """Leave out what workers that are gone had under way; their counters still count."""
    if METRICS_DIRECTORY not in os.environ:
        return
    for file in Path(os.environ[METRICS_DIRECTORY]).glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists():
            file.unlink(missing_ok=True)
