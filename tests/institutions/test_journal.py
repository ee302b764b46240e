"""The journal where two write the same row at once: one of them makes it, the other finds it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.institutions.journal.journal import Journal
from payport.institutions.journal.records import LedgerLine, LineKind, Progress, Redemption, RedemptionState
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ACCOUNT = bytes([1]) * 16
CHAIN = "test-0011223344556677"


@pytest.fixture
async def journals(database_url: str) -> AsyncIterator[list[Journal]]:
    """Three programs on one database."""
    await asyncio.to_thread(Journal.prepare, database_url)
    opened = [Journal(database_url) for _ in range(3)]
    yield opened
    for journal in opened:
        await journal.close()


def redemption(number: int) -> Redemption:
    return Redemption(
        redeem_id=number.to_bytes(32, "big"),
        account=ACCOUNT,
        asset="CNY",
        amount_minor=5,
        envelope=b"envelope",
        valid_until_ms=9,
        state=RedemptionState.INTENDED,
        code="",
        trouble="",
        begun_ms=1,
    )


def line(number: int) -> LedgerLine:
    return LedgerLine(number.to_bytes(32, "big"), LineKind.REDEEMED, ACCOUNT, "CNY", 5, number)


async def test_the_first_claim_stands(journals: list[Journal]) -> None:
    assert set(await asyncio.gather(*(journal.claim("east", CHAIN) for journal in journals))) == {Progress(0, 0)}
    answers = await asyncio.gather(
        *(journal.claim(name, CHAIN) for journal, name in zip(journals, ("east", "west", "east"), strict=True)),
        return_exceptions=True,
    )
    assert [each.code if isinstance(each, Refusal) else each for each in answers] == [
        Progress(0, 0),
        "journal_of_another",
        Progress(0, 0),
    ]


async def test_a_redemption_begun_while_its_block_is_read_is_there_once_and_committed(journals: list[Journal]) -> None:
    reading, *beginning = journals
    read = await reading.claim("east", CHAIN)
    for number in range(1, 16):
        reached = Progress(number, number)
        absorbed, *begun = await asyncio.gather(
            reading.absorb(read, reached, [line(number)], 2),
            *(journal.begin_redemption(redemption(number)) for journal in beginning),
        )
        assert absorbed is True
        assert len(begun) == 2
        found = await reading.redemption(number.to_bytes(32, "big"))
        assert found is not None
        assert found.state is RedemptionState.COMMITTED
        read = reached
    assert len(await reading.open_redemptions(100)) == 15


async def test_one_of_many_readers_writes_a_block(journals: list[Journal]) -> None:
    start = await journals[0].claim("east", CHAIN)
    written = await asyncio.gather(*(each.absorb(start, Progress(1, 1), [line(1)], 2) for each in journals))
    assert sorted(written) == [False, False, True]
