"""Lines between the members' CometBFTs on which packets take their time and get lost, as a seed has it.

Each member is alone in a network namespace with a TUN device; a thread of the test carries every packet from one to the
other, later or not at all. Packets of one pair stay in order.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import select
import struct
import subprocess
import threading
import time
from random import Random
from typing import NamedTuple

import pytest

from tests.network.faulty_consortium import MEMBERS, Lan
from tests.network.namespaces import PORT, require_namespaces

TUN = "/dev/net/tun"
_SET_DEVICE = 0x400454CA
_TUN_NO_HEADER = 0x1001
_LONGEST_PACKET = 65_536
_DESTINATION = slice(16, 20)
_IPV4 = 4


class Weather(NamedTuple):
    """What happens to packets."""

    seconds: float = 0.0
    """How long each is under way."""
    jitter: float = 0.0
    """By how much that differs, at most, either way."""
    loss: float = 0.0
    """Share that gets lost."""


CALM = Weather()


def require_tun() -> None:
    """Leave a test out where there are no namespaces or TUN devices."""
    require_namespaces()
    if not os.access(TUN, os.R_OK | os.W_OK):
        pytest.skip(f"bad lines need {TUN}")


class BadLines(Lan):
    """One switch for all members, run by a thread."""

    def __init__(self, seed: int = 1) -> None:
        require_tun()
        self.weather = CALM
        """Of all lines."""
        self.of_member: dict[int, Weather] = {}
        """Of all lines of a member, in the place of the others'."""
        self.carried = self.lost = 0
        self._random = Random(seed)
        self._name = f"pq{os.getpid() % 100_000}"
        self._devices: list[int] = []
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._last: dict[tuple[int, int], float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lines", daemon=True)
        try:
            for place in range(len(MEMBERS)):
                self._connect(place)
        except BaseException:
            self.close()
            raise
        self._thread.start()

    def address(self, place: int) -> str:
        return f"10.78.0.{place + 1}:{PORT}"

    def within(self, place: int) -> list[str]:
        return ["ip", "netns", "exec", self._space(place)]

    def close(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for place, device in enumerate(self._devices):
            os.close(device)
            subprocess.run(["ip", "netns", "del", self._space(place)], check=False, capture_output=True)
        self._devices.clear()

    def _space(self, place: int) -> str:
        return f"{self._name}n{place}"

    def _connect(self, place: int) -> None:
        """Put a device into a namespace of its own; this process goes on holding its other end."""
        space, name = self._space(place), f"{self._name}d{place}"
        device = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(device, _SET_DEVICE, struct.pack("16sH", name.encode(), _TUN_NO_HEADER))
        self._devices.append(device)
        for command in (
            ("netns", "add", space),
            ("link", "set", name, "netns", space),
            ("-n", space, "addr", "add", f"10.78.0.{place + 1}/24", "dev", name),
            ("-n", space, "link", "set", name, "up"),
            ("-n", space, "link", "set", "lo", "up"),
        ):
            subprocess.run(["ip", *command], check=True, capture_output=True)

    def _run(self) -> None:
        places = {device: place for place, device in enumerate(self._devices)}
        number = 0
        while not self._stopping.is_set():
            wait = min(self._under_way[0][0] - time.monotonic(), 0.1) if self._under_way else 0.1
            readable, _, _ = select.select(self._devices, (), (), max(wait, 0.0))
            for device in readable:
                number += 1
                self._take(places[device], os.read(device, _LONGEST_PACKET), number)
            now = time.monotonic()
            while self._under_way and self._under_way[0][0] <= now:
                _, _, to, packet = heapq.heappop(self._under_way)
                os.write(self._devices[to], packet)
                self.carried += 1

    def _take(self, place: int, packet: bytes, number: int) -> None:
        """Send a packet on its way, or lose it."""
        to = packet[_DESTINATION][-1] - 1
        if packet[0] >> 4 != _IPV4 or not 0 <= to < len(MEMBERS) or to == place:
            return
        weather = self.of_member.get(place) or self.of_member.get(to) or self.weather
        if self._random.random() < weather.loss:
            self.lost += 1
            return
        due = time.monotonic() + max(weather.seconds + self._random.uniform(-weather.jitter, weather.jitter), 0.0)
        due = self._last[place, to] = max(due, self._last.get((place, to), 0.0))
        heapq.heappush(self._under_way, (due, number, to, packet))
