"""A network of cables between the members' CometBFTs, in network namespaces of this machine, to be cut and mended."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.network.faulty_consortium import MEMBERS, Lan

if TYPE_CHECKING:
    from collections.abc import Sequence

PORT = 26656


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def require_namespaces() -> None:
    """Leave a test out where this user may not make network namespaces."""
    if os.geteuid() or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and `ip`")


class Cables(Lan):
    """Two switches with two members at each, and a cable between the switches."""

    def __init__(self) -> None:
        require_namespaces()
        self.name = f"pp{os.getpid() % 100_000}"
        self.made: list[tuple[str, ...]] = []
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        for switch in (0, 1):
            self._add(("link", "del", self._switch(switch)), "link", "add", self._switch(switch), "type", "bridge")
            _ip("link", "set", self._switch(switch), "up")
        trunk = (f"{self.name}t0", f"{self.name}t1")
        self._add(("link", "del", trunk[0]), "link", "add", trunk[0], "type", "veth", "peer", "name", trunk[1])
        for switch, end in enumerate(trunk):
            _ip("link", "set", end, "master", self._switch(switch), "up")
        for place in range(len(MEMBERS)):
            space, outer, inner = self._space(place), f"{self.name}o{place}", f"{self.name}i{place}"
            self._add(("netns", "del", space), "netns", "add", space)
            _ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", space)
            _ip("link", "set", outer, "master", self._switch(place // 2), "up")
            for command in (("addr", "add", f"10.77.0.{place + 1}/24", "dev", inner), ("link", "set", inner, "up")):
                _ip("-n", space, *command)
            _ip("-n", space, "link", "set", "lo", "up")

    def _add(self, undo: Sequence[str], *command: str) -> None:
        _ip(*command)
        self.made.append(tuple(undo))

    def _switch(self, number: int) -> str:
        return f"{self.name}b{number}"

    def _space(self, place: int) -> str:
        return f"{self.name}n{place}"

    def address(self, place: int) -> str:
        return f"10.77.0.{place + 1}:{PORT}"

    def within(self, place: int) -> list[str]:
        return ["ip", "netns", "exec", self._space(place)]

    def split(self, *, cut: bool) -> None:
        """Cut or mend the cable between the switches: two members on either side."""
        _ip("link", "set", f"{self.name}t0", "down" if cut else "up")

    def isolate(self, place: int, *, cut: bool) -> None:
        """Cut or mend a member's own cable."""
        _ip("link", "set", f"{self.name}o{place}", "down" if cut else "up")

    def close(self) -> None:
        for undo in reversed(self.made):
            subprocess.run(["ip", *undo], check=False, capture_output=True)
        self.made.clear()
