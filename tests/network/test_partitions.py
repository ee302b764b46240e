"""Cables are cut: a majority goes on, without one nothing is acknowledged, and mended all go on as one."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.network.faulty_consortium import consortium
from tests.network.namespaces import Cables, require_namespaces

if TYPE_CHECKING:
    from pathlib import Path

CUT_SECONDS = 6.0


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_three_go_on_without_the_fourth_and_two_without_two_wait(tmp_path: Path) -> None:
    require_namespaces()
    cables = Cables()
    async with consortium(tmp_path, cables) as made:
        await made.progress(30)
        # 3 | 1: the three go on, and who was alone catches up.
        cables.isolate(3, cut=True)
        alone = await made.height(3)
        await asyncio.sleep(CUT_SECONDS)
        await made.progress(60)
        assert await made.height(3) <= alone + 2, "nobody decides alone"
        cables.isolate(3, cut=False)
        mended = time.monotonic()
        await made.caught_up(3)
        sys.stderr.write(f"faults: 3|1 mended, caught up after {time.monotonic() - mended:.1f} s\n")
        # 2 | 2: no side decides anything, so nobody is told anything.
        cables.split(cut=True)
        await asyncio.sleep(2)  # what was decided before is still told
        before = len(made.acknowledged)
        heights = [await made.height(place) for place in range(4)]
        await asyncio.sleep(CUT_SECONDS)
        assert len(made.acknowledged) == before, "half of the power decides nothing"
        assert [await made.height(place) for place in range(4)] == heights
        cables.split(cut=False)
        mended = time.monotonic()
        await made.progress(40)
        sys.stderr.write(f"faults: 2|2 mended, payments go on after {time.monotonic() - mended:.1f} s\n")
        with contextlib.suppress(TimeoutError):
            await made.progress(100, seconds=10)
        await made.settle()
        made.check()
