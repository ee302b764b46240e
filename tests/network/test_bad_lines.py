"""Packets between members come late or not at all: payments take longer, and nothing else is different."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.longer import longer
from tests.network.bad_lines import CALM, BadLines, Weather, require_tun
from tests.network.faulty_consortium import consortium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.network.faulty_consortium import FaultyConsortium

SECONDS = max(6.0, float(os.environ.get("PAYPORT_FAULT_SECONDS", "0")) / 6)
"""How long each weather lasts."""

WAN = Weather(0.05, 0.02)
LOSS = Weather(0.005, 0.002, loss=0.03)
BAD = Weather(0.2, 0.05, loss=0.1)
STORM = Weather(0.4, 0.1)


@pytest.fixture
def lines() -> Iterator[BadLines]:
    made = BadLines()
    yield made
    made.close()


ECHO = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
    ours.bind(("10.78.0.2", 9))
    print("listening", flush=True)
    while True:
        ours.sendto(*ours.recvfrom(9))
"""
ASK = """
import socket, sys, time
waits = []
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
    ours.settimeout(1)
    for number in range(int(sys.argv[1])):
        begun = time.monotonic()
        ours.sendto(b"ping", ("10.78.0.2", 9))
        try:
            ours.recv(9)
        except TimeoutError:
            continue
        waits.append(time.monotonic() - begun)
print(len(waits), min(waits, default=0), max(waits, default=0))
"""


def ping(lines: BadLines, number: int = 20) -> tuple[float, ...]:
    """Send packets from the first member to the second; return how many came back, shortest and longest wait."""
    server = subprocess.Popen([*lines.within(1), sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        ask = [*lines.within(0), sys.executable, "-c", ASK, str(number)]
        done = subprocess.run(ask, capture_output=True, text=True, check=True)
        return tuple(map(float, done.stdout.split()))
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def test_lines_are_as_bad_as_they_say(lines: BadLines) -> None:
    came, shortest, longest = ping(lines)
    assert came == 20
    assert longest < 0.1
    lines.weather = Weather(0.03, 0.01)
    came, shortest, longest = ping(lines)
    assert came == 20
    assert shortest >= 0.04
    assert longest < 0.2
    lines.of_member[1] = Weather(loss=1.0)
    assert ping(lines, 2)[0] == 0
    assert lines.lost >= 2


async def last(made: FaultyConsortium, what: str, least: int) -> None:
    """Let customers pay for a while; tell how long they waited, and insist on so many payments."""
    begun, before = time.monotonic(), len(made.acknowledged)
    await asyncio.sleep(SECONDS)
    if len(made.acknowledged) - before < least:
        await made.progress(least)
    paid = len(made.acknowledged) - before
    seconds = time.monotonic() - begun
    mean = len(made.customers) * seconds / paid
    pause = made.longest_pause(begun)
    sys.stderr.write(f"faults: {what}: {mean:.2f} s a payment on average, longest pause {pause:.1f} s\n")


@longer
@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_payments_go_on_over_bad_lines(tmp_path: Path) -> None:
    require_tun()
    lines = BadLines(int(os.environ.get("PAYPORT_FAULT_SEED", "1")))
    async with consortium(tmp_path, lines) as made:
        await last(made, "calm lines", 30)
        lines.weather = WAN
        await last(made, "50 ms more, 20 ms either way", 10)
        lines.weather = LOSS
        await last(made, "3 % of the packets lost", 10)
        lines.weather, lines.of_member[3] = CALM, BAD
        await last(made, "one member behind a line of 200 ms that loses 10 %", 10)
        lines.of_member.clear()
        lines.weather = STORM
        await last(made, "400 ms more", 2)
        lines.weather = CALM
        await last(made, "calm again", 30)
        assert lines.lost > 10
        await made.settle()
        made.check()
