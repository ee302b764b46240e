"""The outbox: what was kept is sent until the node answers, once, in order, and never forgotten for a lie."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
import sqlalchemy

from payport.gateway import outbox as module
from payport.gateway.database import migrate, open_database
from payport.gateway.finality import ProvenBlocks
from payport.gateway.outbox import Kept, Outbox
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from payport.wallet.sign import bind_group
from tests.history.ledger_node import LedgerNode
from tests.ledger.network import account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

UNTIL_MS = 4_102_444_800_000


class Scene:
    """A node, a lin with money, and an outbox."""

    def __init__(self, url: str) -> None:
        self.node = LedgerNode()
        self.network = self.node.network
        self.lin, self.chen = self.network.open("lin", "east", money=1_000), self.network.open("chen", "west")
        self.node.settle()
        self.url = url
        migrate(self.url)
        self.open()

    def open(self) -> None:
        self.blocks = ProvenBlocks(self.node, self.node.trust)  # type: ignore[arg-type]
        self.database = open_database(self.url)
        self.outbox = Outbox(self.database, self.node, self.blocks)  # type: ignore[arg-type]

    async def close(self) -> None:
        await self.outbox.close()
        await self.database.close()

    def payment(self, amount_minor: int = 1, signer: str = "lin", **fields: Any) -> bytes:
        sender = fields.pop("sender", self.lin)
        built = self.network.build(
            "transfer/1", sender, payee=self.chen, asset="CNY", amount_minor=amount_minor, **fields
        )
        return self.network.sign(built, signer)

    async def keep(self, *encoded: bytes, until_ms: int = UNTIL_MS) -> list[bytes]:
        ids = [envelopes.transaction_id(codec.decode(each, envelopes.Envelope).body) for each in encoded]
        await self.outbox.keep(encoded, [(each, until_ms) for each in ids])
        return ids

    async def emptied(self) -> None:
        async with asyncio.timeout(20):
            while await self.outbox.count():  # noqa: ASYNC110 - the outbox tells nobody
                await asyncio.sleep(0)


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    scene = Scene(database_url)
    yield scene
    await scene.close()


async def test_kept_sent_and_forgotten(scene: Scene) -> None:
    signed = scene.payment(5)
    (found,) = await scene.keep(signed)
    assert await scene.outbox.find(found) == Kept(UNTIL_MS, None)
    await scene.keep(signed)
    assert await scene.outbox.count() == 1
    assert not await scene.outbox.send_all()
    assert await scene.outbox.find(found) is None
    assert scene.network.balance("chen") == 5
    assert not await scene.outbox.send_all()
    assert scene.network.balance("chen") == 5


async def test_survives_its_process(scene: Scene) -> None:
    await scene.keep(scene.payment(5))
    await scene.close()
    scene.open()
    scene.outbox.start()
    await scene.emptied()
    assert scene.network.balance("chen") == 5


async def test_the_loop_goes_on_after_every_failure(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    scene.node.away = [Refusal(NODE_UNREACHABLE), RuntimeError("broken"), Refusal(NODE_FAILED)]  # type: ignore[list-item]
    await scene.keep(scene.payment(5))
    scene.outbox.start()
    await scene.emptied()
    assert scene.network.balance("chen") == 5


async def test_what_the_node_refused_is_told_and_not_sent_again(scene: Scene) -> None:
    stranger = scene.payment(signer="chen")
    poor = scene.payment(10**9)
    (first,), (second,) = await scene.keep(stranger), await scene.keep(poor)
    assert not await scene.outbox.send_all()
    height = scene.network.machine.height
    assert await scene.outbox.find(first) == Kept(UNTIL_MS, "unbound_key")
    assert await scene.outbox.find(second) is None, "a final refusal is in the history"
    assert not await scene.outbox.send_all()
    assert scene.network.machine.height == height, "a stranger's bytes make no block twice a second"
    await scene.keep(stranger)
    assert await scene.outbox.find(first) == Kept(UNTIL_MS, None), "kept again, so sent again"


async def test_a_strangers_envelope_does_not_push_out_the_owners(scene: Scene) -> None:
    built = scene.network.build("transfer/1", scene.lin, payee=scene.chen, asset="CNY", amount_minor=3)
    (first,) = await scene.keep(scene.network.sign(built, "chen"))
    assert [first] == await scene.keep(scene.network.sign(built, "lin"))
    assert await scene.outbox.count() == 2
    await scene.outbox.send_all()
    assert scene.network.balance("chen") == 3


async def test_alone_and_in_a_group_are_kept_beside_each_other(scene: Scene) -> None:
    alone = scene.network.build("transfer/1", scene.lin, payee=scene.chen, asset="CNY", amount_minor=1)
    other = scene.network.build("transfer/1", scene.lin, payee=scene.chen, asset="CNY", amount_minor=2)
    bound = msgspec.structs.replace(other, group=bind_group([alone, other])[1].group)
    members = [scene.network.sign(each, "lin") for each in (alone, bound)]
    await scene.keep(members[0])
    ids = await scene.keep(*members)
    assert await scene.outbox.count() == 2
    assert all([await scene.outbox.find(each) for each in ids])


async def test_sent_in_the_order_they_were_kept(scene: Scene) -> None:
    """A payment by a key that is bound just before it."""
    key = scene.network.new_key(scene.lin, "lin-new")
    fields = {"role": "owner", "scope": (), "limits": None, "expires_at_ms": None}
    binding = scene.network.build("bind_key/1", scene.lin, key=key, **fields)
    await scene.keep(scene.network.sign(binding, "lin"))
    for amount in range(1, 6):
        await scene.keep(scene.payment(amount, signer="lin-new"))
    assert not await scene.outbox.send_all()
    assert scene.network.balance("chen") == 15


async def test_what_the_node_fails_on_holds_up_nobody(scene: Scene) -> None:
    poison, signed = scene.payment(1), scene.payment(2)
    await scene.keep(poison)
    await scene.keep(signed)
    honest = scene.node.submit_many

    async def fail(items: Any) -> Any:
        if any(poison in item for item in items):
            NODE_FAILED.refuse()
        return await honest(items)

    scene.node.submit_many = fail  # type: ignore[method-assign]
    assert await scene.outbox.send_all()
    assert (scene.network.balance("chen"), await scene.outbox.count()) == (2, 1)


async def test_a_lie_is_not_taken_for_an_answer(scene: Scene) -> None:
    (found,) = await scene.keep(scene.payment(5))
    honest = scene.node.submit_many

    async def lie(items: Any) -> Any:
        (outcomes,) = await honest(items)
        return [tuple(each._replace(leaf_index=each.leaf_index + 1) for each in outcomes)]

    scene.node.submit_many = lie  # type: ignore[method-assign]
    assert await scene.outbox.send_all()
    assert await scene.outbox.find(found) == Kept(UNTIL_MS, None)
    scene.node.submit_many = honest  # type: ignore[method-assign]
    assert not await scene.outbox.send_all()
    assert await scene.outbox.find(found) is None


async def test_what_is_past_is_removed(scene: Scene) -> None:
    (found,) = await scene.keep(scene.payment(signer="chen"), until_ms=1)
    await scene.outbox.send_all()
    assert await scene.outbox.find(found) is None
    assert await scene.outbox.count() == 0


async def test_expired_is_final(scene: Scene) -> None:
    at = scene.network.machine.time_ms
    (found,) = await scene.keep(scene.payment(valid_from_ms=at - 10, valid_until_ms=at - 5))
    await scene.outbox.send_all()
    kept = await scene.outbox.find(found)
    assert kept is not None
    assert (kept.refused, kept.final) == ("expired", True)


async def test_workers_share_one_outbox(scene: Scene) -> None:
    """Three workers send and clear up at once: every payment has one effect, and nobody is locked out."""
    databases = [open_database(scene.url) for _ in range(2)]
    other = [Outbox(each, scene.node, scene.blocks) for each in databases]  # type: ignore[arg-type]
    for amount in range(1, 21):
        await scene.keep(scene.payment(amount), until_ms=1 if amount % 3 == 0 else UNTIL_MS)
    every = [scene.outbox, *other]
    for _ in range(2):
        left = await asyncio.gather(*(each.send_all() for each in every), *(each._forget_past() for each in every))
        assert set(left) == {False, None}
    assert await scene.outbox.count() == 0
    assert scene.network.balance("chen") == sum(range(1, 21))
    for each in databases:
        await each.close()


async def test_outbox_full(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 1)
    await scene.keep(scene.payment(1))
    with pytest.raises(Refusal, match="outbox_full"):
        await scene.keep(scene.payment(2))


def test_an_error_of_the_database_names_no_values(database_url: str) -> None:
    async def fail() -> str:
        database = open_database(database_url)
        statement = sqlalchemy.text("INSERT INTO nothing VALUES (:x)")
        with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
            async with database.writing() as connection:
                await connection.execute(statement, {"x": account("secret")})
        await database.close()
        return str(caught.value)

    assert "secret" not in asyncio.run(fail())
