"""One of four lies: about a result, or in what it proposes. The others go on, and nothing wrong happens anywhere."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from payport.network import processes
from tests.network.faulty_consortium import MEMBERS, FaultyConsortium, consortium

LIAR = 2


class WithLiar(FaultyConsortium):
    """A consortium one of whose nodes is another program."""

    kind = ""

    def command(self, place: int, process: str) -> list[str]:
        honest = super().command(place, process)
        if place != LIAR or process != processes.NODE:
            return honest
        return [sys.executable, str(Path(__file__).with_name("liar.py")), self.kind, *honest[3:]]


class WrongResult(WithLiar):
    kind = "result"


class WrongProposals(WithLiar):
    kind = "proposal"


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_who_lies_about_a_result_is_left_behind(tmp_path: Path) -> None:
    async with consortium(tmp_path, made_as=WrongResult) as made:
        made.leave_out(LIAR)
        await made.progress(200)
        stuck = await made.engine_height(LIAR)
        await made.progress(200)
        assert await made.engine_height(LIAR) == stuck, "its CometBFT does not go on where two thirds say another thing"
        assert await made.engine_height(0) > stuck + 5
        await made.settle()
        made.check()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_forged_payments_are_voted_down_and_repeated_ones_happen_once(tmp_path: Path) -> None:
    async with consortium(tmp_path, made_as=WrongProposals) as made:
        await made.progress(300)
        proposers = set()
        for _ in range(20):
            proposers.add(await made.proposer())
            await asyncio.sleep(0.1)
        assert proposers <= set(range(len(MEMBERS)))
        await made.settle()
        made.check()
