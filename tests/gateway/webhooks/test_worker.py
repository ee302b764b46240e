"""Sending: in order, once kept, until it is taken; slow and failing receivers harm nobody but themselves."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from payport.gateway import accounts
from payport.gateway.access import api_keys
from payport.gateway.access.callers import Partner, Scope
from payport.gateway.webhooks import deliveries, dispatcher, lease, schedule
from payport.gateway.webhooks import worker as module
from payport.gateway.webhooks.deliveries import KEPT_MS
from payport.gateway.webhooks.event_types import EventType, trial_event
from tests.gateway.webhooks.receiver import Answer, Received
from tests.gateway.webhooks.scene import BOSS, START_MS

if TYPE_CHECKING:
    from tests.gateway.webhooks.scene import Scene

SECONDS = 1_000
HOURS = 3_600 * SECONDS


async def test_what_happens_to_covered_accounts_is_told_in_order(scene: Scene) -> None:
    await scene.pay(amount_minor=9)
    await scene.endpoint("/all")
    await scene.endpoint("/bo", covered=[scene.bo])
    await scene.endpoint("/refused", types=[EventType.TRANSACTION_REFUSED])
    for payer, payee, amount in (("lin", scene.bo, 1), ("chen", scene.lin, 2), ("bo", scene.chen, 10**9)):
        await scene.pay(payer, payee, amount)
    await scene.turns()
    found = {
        path: [(each.event["type"], each.event["data"]["account"], each.event["data"]["amount_minor"]) for each in told]
        for path, told in scene.receiver.by_path().items()
    }
    lin, bo = scene.lin.hex(), scene.bo.hex()
    assert sorted(found["/hook/all"]) == sorted(
        [
            ("transaction.committed", lin, 1),
            ("transaction.committed", bo, 1),
            ("transaction.committed", lin, 2),
            ("transaction.refused", bo, 10**9),
        ]
    )
    assert sorted(found["/hook/bo"]) == [("transaction.committed", bo, 1), ("transaction.refused", bo, 10**9)]
    assert found["/hook/refused"] == [("transaction.refused", bo, 10**9)]
    kept = [msgspec.json.decode(row.payload)["data"]["sequence"] for row in await scene.deliveries()]
    assert kept == sorted(kept)
    assert len(set(scene.ids())) == 7
    assert {row.state for row in await scene.deliveries()} == {"delivered"}


async def test_an_event_is_the_row_of_the_list_and_the_account(scene: Scene) -> None:
    await scene.endpoint(covered=[scene.lin])
    await scene.pay()
    await scene.turns()
    (listed,) = await scene.index.transactions(scene.lin, 1)
    (received,) = scene.receiver.received
    view = msgspec.to_builtins(accounts.told(listed, scene.lin))
    assert received.event["data"] == {"account": scene.lin.hex(), **view}
    assert received.event["timestamp"].endswith("Z")
    assert received.headers["content-type"] == "application/json"


async def test_it_is_tried_again_until_it_is_taken_under_one_id(scene: Scene) -> None:
    answers = iter([Answer(500), Answer(404), Answer(204)])
    scene.receiver.answer = lambda _: next(answers)
    await scene.endpoint()
    await scene.pay()
    await scene.turns()
    assert await scene.attempts() == [500]
    await scene.later(4_999)
    assert await scene.attempts() == [500]
    await scene.later(1)
    assert (await scene.only()).failing_since_ms == START_MS
    await scene.later(299_999)
    assert await scene.attempts() == [500, 404]
    await scene.later(1)
    assert await scene.attempts() == [500, 404, 204]
    assert len(set(scene.ids())) == 1
    (row,) = await scene.deliveries()
    assert (row.state, row.tries, (await scene.only()).failing_since_ms) == ("delivered", 3, None)
    stamps = [int(each.headers["webhook-timestamp"]) for each in scene.receiver.received]
    assert stamps == [START_MS // 1_000 + each for each in (0, 5, 305)]


async def test_it_is_given_up_after_the_schedule_and_the_endpoint_after_days(scene: Scene) -> None:
    scene.receiver.answer = lambda _: Answer(500)
    await scene.endpoint()
    await scene.pay()
    await scene.turns()
    for delay_ms in schedule.DELAYS_MS:
        await scene.later(delay_ms)
    (row,) = await scene.deliveries()
    assert (row.state, len(await scene.attempts())) == ("failed", 10)
    assert (await scene.only()).disabled_reason is None
    scene.now_ms = START_MS + schedule.DISABLE_MS
    await scene.pay()
    await scene.turns()
    assert (await scene.only()).disabled_reason == "failing"
    await scene.pay()
    await scene.turns()
    assert len(await scene.attempts()) == 11
    scene.receiver.answer = lambda _: Answer()
    await scene.enable((await scene.only()).id)
    await scene.later(5 * SECONDS)
    assert [row.state for row in await scene.deliveries()] == ["failed", "delivered", "delivered"], "it goes on"


async def test_gone_is_final_until_somebody_enables_it(scene: Scene) -> None:
    scene.receiver.answer = lambda _: Answer(410)
    await scene.endpoint()
    await scene.pay()
    await scene.turns()
    row = await scene.only()
    assert (row.disabled_reason, row.disabled_at_ms) == ("gone", START_MS)


@pytest.mark.parametrize(("status", "waits"), [(429, True), (503, True), (500, False)])
async def test_retry_after_is_honoured(scene: Scene, status: int, waits: bool) -> None:
    scene.receiver.answer = lambda _: Answer(status, {"Retry-After": "3600"})
    await scene.endpoint()
    await scene.pay()
    await scene.turns()
    scene.receiver.answer = lambda _: Answer()
    await scene.pay()
    await scene.later(3_599 * SECONDS)
    assert len(scene.receiver.received) == (1 if waits else 3)
    await scene.later(1 * SECONDS)
    assert len(scene.receiver.received) == 3


async def test_no_redirect_is_followed_and_a_long_answer_is_not_read(scene: Scene) -> None:
    answers = iter([Answer(302, {"Location": scene.receiver.url + "/elsewhere"}), Answer(200, body=bytes(10**7))])
    scene.receiver.answer = lambda _: next(answers)
    await scene.endpoint()
    await scene.pay()
    await scene.turns()
    await scene.later(5 * SECONDS)
    assert await scene.attempts() == [302, 200]
    assert {each.path for each in scene.receiver.received} == {"/hook"}


async def test_one_that_could_not_be_reached_is_left_alone_for_a_while(scene: Scene) -> None:
    await scene.endpoint(url="http://127.0.0.1:9/")
    for _ in range(5):
        await scene.pay()
    await scene.turns()
    assert await scene.attempts() == ["not_connected"] * 5
    await scene.pay()
    await scene.turns()
    assert len(await scene.attempts()) == 5
    paused = (await scene.only()).paused_until_ms
    scene.now_ms = paused
    await scene.turns(turns=1)
    assert len(await scene.attempts()) == 5
    await scene.turns(turns=1)
    assert len(await scene.attempts()) == 6, "one attempt finds out whether it is back"


async def test_a_slow_receiver_holds_up_nobody_else(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AT_ONCE", 4)
    ends = threading.Event()

    def answer(received: Received) -> Answer:
        if received.path == "/hook/slow":
            ends.wait(30)
        return Answer()

    scene.receiver.answer = answer
    await scene.endpoint("/slow", covered=[scene.lin])
    await scene.endpoint("/quick", covered=[scene.bo])
    for _ in range(6):
        await scene.pay("lin", scene.bo)
    for _ in range(200):
        await scene.worker.turn()
        await asyncio.sleep(0.001)
        if len(scene.receiver.by_path()["/hook/quick"]) == 6:
            break
    assert len(scene.receiver.by_path()["/hook/quick"]) == 6
    assert len(scene.receiver.by_path()["/hook/slow"]) <= 4
    ends.set()
    await scene.turns(turns=5)
    assert len(scene.receiver.by_path()["/hook/slow"]) == 6


async def test_the_index_is_the_queue_of_who_is_away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MAX_PENDING", 3)
    scene.receiver.answer = lambda _: Answer(500)
    await scene.endpoint(covered=[scene.lin])
    for _ in range(10):
        await scene.pay()
        await scene.turns(turns=1)
    assert len(await scene.deliveries()) == 3
    scene.receiver.answer = lambda _: Answer()
    await scene.later(300 * SECONDS, turns=12)
    rows = await scene.deliveries()
    assert (len(rows), {row.state for row in rows}) == (10, {"delivered"})


async def test_many_events_are_kept_in_parts(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "MAX_EVENTS", 2)
    monkeypatch.setattr(dispatcher, "MAX_RANGE", 5)
    await scene.endpoint()
    for _ in range(9):
        await scene.pay("lin", scene.bo)
    await scene.turns(turns=12)
    assert len(await scene.deliveries()) == 18
    assert len(set(scene.ids())) == 18


async def test_what_does_not_concern_it_moves_its_place_now_and_then(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "MAX_SKIPPED", 3)
    await scene.endpoint(covered=[scene.bo])
    first = (await scene.only()).cursor
    await scene.pay()
    await scene.turns()
    assert (await scene.only()).cursor == first
    for _ in range(2):
        await scene.pay()
    await scene.turns()
    assert (await scene.only()).cursor == first + 3


async def test_a_key_that_ended_ends_what_lives_on_it(scene: Scene) -> None:
    async with scene.database.writing() as connection:
        new = api_keys.NewApiKey("east", "till", [Scope.WEBHOOKS_WRITE], [], scene.now_ms + 10 * HOURS)
        key, _ = await api_keys.make(connection, new, bytes(16), scene.now_ms)
    partner = Partner(key, "east", frozenset({Scope.WEBHOOKS_WRITE}), frozenset(), scene.now_ms + 10 * HOURS)
    webhook = await scene.endpoint(caller=partner)
    await scene.pay()
    await scene.turns()
    assert len(scene.receiver.received) == 1
    async with scene.database.writing() as connection:
        await api_keys.revoke(connection, "east", key, scene.now_ms)
    await scene.pay()
    await scene.turns()
    assert len(scene.receiver.received) == 1
    assert (await scene.only()).disabled_reason == "key_ended"
    await scene.enable(webhook)
    await scene.turns()
    assert (len(scene.receiver.received), (await scene.only()).api_key) == (2, None)


async def test_while_the_node_is_away_what_is_kept_is_sent(scene: Scene) -> None:
    scene.receiver.answer = lambda _: Answer(500)
    await scene.endpoint()
    await scene.pay("lin", scene.chen)
    await scene.turns()
    scene.receiver.answer = lambda _: Answer()
    scene.node.unreachable = True
    await scene.pay("bo", scene.chen)
    await scene.later(5 * SECONDS)
    assert await scene.attempts() == [500, 200]
    scene.node.unreachable = False
    await scene.turns()
    assert await scene.attempts() == [500, 200, 200]


async def test_one_worker_sends_and_another_takes_over(scene: Scene) -> None:
    await scene.endpoint()
    other = scene.new_worker()
    await scene.pay()
    await scene.turns()
    await scene.pay()
    await scene.turns(other)
    assert len(scene.receiver.received) == 1, "another worker holds the lease"
    scene.now_ms += lease.LEASE_MS + 1
    await scene.turns(other)
    assert len(scene.receiver.received) == 2
    await scene.pay()
    await scene.turns()
    assert len(scene.receiver.received) == 2, "who lost the lease does nothing"
    await other.drain()
    await scene.turns()
    assert len(scene.receiver.received) == 3, "a lease that was given back is taken at once"


async def test_two_that_believe_to_hold_the_lease_keep_an_event_once(scene: Scene) -> None:
    await scene.endpoint()
    other = scene.new_worker()
    live = await scene.worker._live()
    for _ in range(3):
        await scene.pay()
    assert len((await scene.worker._dispatcher.dispatch(live))[0]) == 1
    assert await other._dispatcher.dispatch(live) == (set(), False)
    assert len(await scene.deliveries()) == 3


async def test_what_is_under_way_at_the_end_is_given_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.05)
    ends = threading.Event()
    scene.receiver.answer = lambda _: (ends.wait(30), Answer())[1]
    await scene.endpoint(covered=[scene.lin])
    await scene.pay()
    await scene.worker.turn()
    await asyncio.to_thread(scene.receiver.wait, 1)
    await scene.worker.drain()
    ends.set()
    await scene.turns(scene.new_worker())
    assert (len(set(scene.ids())), len(scene.receiver.received)) == (1, 2)
    (row,) = await scene.deliveries()
    assert (row.state, row.tries) == ("delivered", 1)


async def test_old_deliveries_are_removed(scene: Scene) -> None:
    await scene.endpoint()
    await scene.pay()
    await scene.turns()
    await scene.later(KEPT_MS)
    assert len(await scene.deliveries()) == 1
    await scene.later(module.CLEAN_MS)
    assert len(await scene.deliveries()) == 0
    assert await scene.attempts() == []


async def test_a_secret_that_cannot_be_read_is_told(scene: Scene) -> None:
    await scene.endpoint()
    scene.secret._secret = bytes([1]) * 32  # type: ignore[misc]
    await scene.pay()
    await scene.turns()
    assert await scene.attempts() == ["secret_lost"]


async def test_without_endpoints_nothing_is_asked_of_the_index(scene: Scene) -> None:
    def fail() -> None:
        raise AssertionError

    scene.index.reach = fail  # type: ignore[method-assign,assignment]
    assert await scene.worker.turn() == (module.IDLE_SECONDS, False)


async def test_a_deleted_endpoint_is_forgotten_while_it_is_sent_to(scene: Scene) -> None:
    from payport.gateway.webhooks import endpoints

    ends = threading.Event()
    scene.receiver.answer = lambda _: (ends.wait(30), Answer())[1]
    webhook = await scene.endpoint()
    async with scene.database.writing() as connection:
        await deliveries.keep(connection, [(webhook, trial_event(bytes(16), webhook, START_MS))], START_MS)
    await scene.worker.turn()
    async with scene.database.writing() as connection:
        await endpoints.remove(connection, BOSS, webhook)
    ends.set()
    await scene.turns()
    assert (await scene.deliveries(), await scene.attempts()) == ([], [])


async def test_the_loop_wakes_for_the_index_and_goes_on_after_failures(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ROUND_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(module, name, 0)
    failures = [RuntimeError("broken")]
    honest = scene.worker._lease.hold

    async def hold() -> bool:
        if failures:
            raise failures.pop()
        return await honest()

    monkeypatch.setattr(scene.worker._lease, "hold", hold)
    await scene.endpoint()
    scene.worker._ticker.start()
    scene.worker.start()
    await scene.pay()
    await asyncio.to_thread(scene.receiver.wait, 1)
    await scene.pay()
    await asyncio.to_thread(scene.receiver.wait, 2)
    await scene.worker._ticker.close()
