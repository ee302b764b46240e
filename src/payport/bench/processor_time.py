"""Processor time of processes and their children, as the system counts it: what a figure means on a shared machine."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM = 1, 11, 12
"""Fields of ``/proc/PID/stat``, counted from the one after the name."""
_STOLEN: Final = 8
"""Field of the first line of ``/proc/stat``, counted from its name."""


def _stat(pid: int) -> list[str]:
    """Return the fields of a process after its name, which may hold anything but ends with the last parenthesis."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(pid: int) -> list[int]:
    """Return a process and all who descend from it."""
    parents: dict[int, int] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parents[int(each.name)] = int(_stat(int(each.name))[_PARENT])
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                continue
    found = [pid]
    for member in found:
        found.extend(child for child, parent in parents.items() if parent == member)
    return found


def seconds_used(pid: int) -> float:
    """Return the processor time that a process and its living children have used, all threads together."""
    ticks = 0
    for member in family(pid):
        fields = _stat(member)
        ticks += int(fields[_USER]) + int(fields[_SYSTEM])
    return ticks / _TICKS


def seconds_stolen() -> float:
    """Return the processor time, over all cores, that the machine's host gave to others while this one had work."""
    of_all = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(of_all[_STOLEN]) / _TICKS


class Meter:
    """Processor time from when it was made."""

    def __init__(self, pids: Mapping[str, Sequence[int]]) -> None:
        """Begin to count, the processes of each name together, and this one as ``generator``."""
        self._pids = pids
        self._before = self._used()

    def read(self) -> dict[str, float]:
        """Return the seconds each has used since."""
        return {name: used - self._before[name] for name, used in self._used().items()}

    def _used(self) -> dict[str, float]:
        used = {name: sum(map(seconds_used, pids)) for name, pids in self._pids.items()}
        # This process alone: the others are its children.
        return {"generator": time.process_time(), **used}
