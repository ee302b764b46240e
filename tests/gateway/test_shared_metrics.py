"""What a worker that is gone had under way is left out; what it counted stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from payport.gateway import settings, shared_metrics

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOBODY = 2**22 + 1
"""No process has this number: it is above the largest the system gives."""


def test_forget_ended_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.METRICS_DIRECTORY, str(tmp_path))
    kept = [f"gauge_livesum_{os.getpid()}.db", f"counter_{NOBODY}.db", f"gauge_mostrecent_{NOBODY}.db"]
    for name in (*kept, f"gauge_livesum_{NOBODY}.db"):
        (tmp_path / name).touch()
    shared_metrics.forget_ended_workers()
    assert {file.name for file in tmp_path.iterdir()} == set(kept)


def test_one_worker_shares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.METRICS_DIRECTORY, raising=False)
    shared_metrics.forget_ended_workers()
    assert b"python_info" in shared_metrics.exposition()
