"""A member's disk fills up, and the end of its log is damaged: it stops or catches up, and the others go on."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from payport.network import processes
from payport.node.data_directory import DataDirectory
from tests.network.faulty_consortium import FaultyConsortium, Lan, consortium

if TYPE_CHECKING:
    from pathlib import Path

PLACE = 2


class SmallDisk(FaultyConsortium):
    """A consortium in which one node's data are on a small disk of their own."""

    def __init__(self, folder: Path, lan: Lan) -> None:
        if os.geteuid():
            pytest.skip("mounting needs root")
        super().__init__(folder, lan)
        self.disk = self.member(PLACE).node
        kept = folder / "kept"
        shutil.copytree(self.disk, kept)
        command = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", str(self.disk)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting is not allowed here")
        shutil.copytree(kept, self.disk, dirs_exist_ok=True)

    def make_room(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=500m", str(self.disk)], check=True)

    async def __aexit__(self, *told: object) -> None:
        await super().__aexit__(*told)
        await asyncio.to_thread(subprocess.run, ["umount", str(self.disk)], check=False, capture_output=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_full_disk_stops_one_member_until_there_is_room(tmp_path: Path) -> None:
    async with consortium(tmp_path, made_as=SmallDisk) as made:
        assert isinstance(made, SmallDisk)
        node = made.running[PLACE, processes.NODE]
        filler = made.disk / "filler"
        free = shutil.disk_usage(made.disk).free
        filler.write_bytes(bytes(max(free - 64 * 1024, 0)))
        begun = len(made.acknowledged)
        status = await asyncio.wait_for(asyncio.to_thread(node.wait), 90)
        assert status == 1, "it says why and ends, and has acknowledged nothing that is not on the disk"
        told = made.member(PLACE).log(processes.NODE).read_text(encoding="utf-8")
        assert "No space left" in told or "LMDB: Input/output error" in told, "whichever store was first"
        await made.progress(40)
        assert len(made.acknowledged) > begun
        filler.unlink()
        made.make_room()
        made.kill(PLACE, processes.ENGINE)
        await made.start_member(PLACE)
        await made.caught_up(PLACE)
        await made.settle()
        made.check()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("damage", ["cut off", "written over"])
async def test_a_damaged_end_of_the_log_is_fetched_again(tmp_path: Path, damage: str) -> None:
    async with consortium(tmp_path) as made:
        await made.progress(60)
        made.kill(PLACE, processes.NODE)
        made.kill(PLACE, processes.ENGINE)
        segment = max(DataDirectory(made.member(PLACE).node).log_path.iterdir())
        content = segment.read_bytes()
        keep = len(content) - 100
        segment.write_bytes(content[:keep] + (b"" if damage == "cut off" else bytes(50)))
        await made.start_member(PLACE)
        begun = time.monotonic()
        await made.caught_up(PLACE)
        sys.stderr.write(f"faults: log {damage}, caught up after {time.monotonic() - begun:.1f} s\n")
        await made.settle()
        made.check()
