"""Payments that arrive together share a message, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from payport.ledger.block import COMMITTED, Outcome
from payport.node import gathering
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.node.gathering import Gathering
from payport.values.codec import MALFORMED_BYTES
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence


def outcome(item: tuple[bytes, ...]) -> tuple[Outcome, ...]:
    return tuple(Outcome(each, COMMITTED, True, 1, 0, False, "") for each in item)


class Node:
    """Answers as told, and remembers what each message held."""

    def __init__(self, refused: dict[bytes, Refusal] | None = None) -> None:
        self.messages: list[list[tuple[bytes, ...]]] = []
        self.refused = refused or {}

    async def submit_many(self, items: Sequence[tuple[bytes, ...]]) -> list[Any]:
        self.messages.append(list(items))
        await asyncio.sleep(0)
        if len(items) > 1 and any(item[0] == b"breaks" for item in items):
            raise Refusal(NODE_FAILED)
        if items[0][0] == b"breaks":
            raise Refusal(NODE_FAILED, "alone")
        return [self.refused.get(item[0]) or outcome(item) for item in items]


def gathered(node: Node) -> Gathering[tuple[bytes, ...], tuple[Outcome, ...]]:
    return Gathering(node)


async def test_one_turn_is_one_message_and_each_gets_its_own_answer() -> None:
    node = Node({b"b": Refusal(MALFORMED_BYTES, "b")})
    together = gathered(node)
    answers = await asyncio.gather(*(together.submit((each,)) for each in (b"a", b"b", b"c")), return_exceptions=True)
    assert node.messages == [[(b"a",), (b"b",), (b"c",)]]
    assert answers[0] == outcome((b"a",))
    assert isinstance(answers[1], Refusal)
    assert answers[1].detail == "b"
    assert answers[2] == outcome((b"c",))
    await together.submit((b"d", b"e"))
    assert node.messages[-1] == [(b"d", b"e")]


async def test_while_a_message_is_under_way_the_next_takes_more_along() -> None:
    node = Node()
    together = gathered(node)
    submitting = [asyncio.create_task(together.submit((b"a",)))]
    for _ in range(3):
        await asyncio.sleep(0)
    assert node.messages == [[(b"a",)]]
    for each in (b"b", b"c"):
        submitting.append(asyncio.create_task(together.submit((each,))))
        await asyncio.sleep(0)
    await asyncio.gather(*submitting)
    assert node.messages == [[(b"a",)], [(b"b",), (b"c",)]]


async def test_one_item_the_node_fails_on_does_not_fail_the_others() -> None:
    node = Node()
    together = gathered(node)
    answers = await asyncio.gather(*(together.submit((each,)) for each in (b"a", b"breaks")), return_exceptions=True)
    assert answers[0] == outcome((b"a",))
    assert isinstance(answers[1], Refusal)
    assert answers[1].code == NODE_FAILED.code


async def test_a_caller_that_leaves_takes_nobody_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MAX_GATHERED", 2)
    node = Node()
    together = gathered(node)
    calls = [asyncio.create_task(together.submit((each,))) for each in (b"a", b"b", b"c")]
    await asyncio.sleep(0)
    calls[0].cancel()
    assert await calls[1] == outcome((b"b",))
    assert await calls[2] == outcome((b"c",))
    assert [len(each) for each in node.messages] == [2, 1]


@pytest.mark.parametrize("error", [Refusal(NODE_UNREACHABLE), ZeroDivisionError()])
async def test_what_fails_as_a_whole_fails_each(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node()

    async def broken(_items: object) -> list[Any]:
        raise error

    monkeypatch.setattr(node, "submit_many", broken)
    together = gathered(node)
    answers = await asyncio.gather(together.submit((b"a",)), together.submit((b"b",)), return_exceptions=True)
    assert [type(each) for each in answers] == [type(error)] * 2
