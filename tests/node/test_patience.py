"""One timer for many: who waits too long is told, who is ended is not."""

from __future__ import annotations

import asyncio

from payport.node.patience import Patience


async def test_those_who_are_not_ended_expire_in_their_order() -> None:
    expired: list[str] = []
    waits = {name: asyncio.Event() for name in ("first", "ended", "second", "later")}

    def expire(name: str) -> None:
        expired.append(name)
        waits[name].set()

    patience = Patience[str](0.01, expire)
    for name in ("first", "ended", "second"):
        patience.begin(name)
    patience.end("ended")
    patience.end("never begun")
    await waits["second"].wait()
    patience.begin("later")  # the timer starts anew
    await waits["later"].wait()
    assert expired == ["first", "second", "later"]


async def test_nobody_expires_after_the_end() -> None:
    expired: list[str] = []
    ending, witness = Patience[str](0.001, expired.append), asyncio.Event()
    ending.begin("a")
    ending.close()
    Patience[str](0.005, lambda _: witness.set()).begin("b")
    await witness.wait()
    assert expired == []
