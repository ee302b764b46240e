from __future__ import annotations

import pytest

from payport.ledger.registry import verbs
from payport.simulator.kinds import WorkloadKind, workload_kinds
from payport.simulator.model import fee_shares, returned_shares
from payport.simulator.node import Fault, Proposed
from payport.simulator.settlers import settle_in
from payport.simulator.world import World
from payport.values import codec, envelopes


def test_kinds_are_found_in_order_of_name() -> None:
    names = [kind.name for kind in workload_kinds()]
    assert names == sorted(names)
    assert {"transfer", "replay", "rewrapped", "group", "two_phones_on_one_order"} <= set(names)
    assert all(kind.weight > 0 for kind in workload_kinds())


@pytest.mark.parametrize("kind", workload_kinds(), ids=lambda kind: kind.name)
def test_each_kind_gets_the_answers_it_expects(kind: WorkloadKind) -> None:
    """Each kind alone, on a network that has just settled in, with some sales to build on."""
    world = World(3)
    blocks = [[*attempts] for attempts in settle_in(world)]
    for attempts in blocks:
        _settle(world, attempts)
    purchases = next(each for each in workload_kinds() if each.name == "purchase_by_order")
    _settle(world, [attempt for _ in range(30) for attempt in purchases.draw(world)])
    for _ in range(30):
        _settle(world, kind.draw(world))


def _settle(world: World, attempts: list) -> None:  # type: ignore[type-arg]
    answers = world.node.execute([Proposed(world.now_ms, attempts)], Fault.NEVER)[0]
    world.now_ms += 1_000
    for attempt, answer in zip(attempts, answers, strict=True):
        if isinstance(answer, tuple):
            assert not attempt.at_door
            assert tuple(outcome.code for outcome in answer) == attempt.expected
            assert all(outcome.repeated == attempt.repeats for outcome in answer)
            if attempt.then is not None:
                attempt.then(answer)
        else:
            assert attempt.at_door
            assert answer.code == attempt.expected[0]


def test_every_verb_is_part_of_the_traffic() -> None:
    world, sent = World(3), set[str]()
    for attempts in settle_in(world):
        _settle(world, attempts)
    for _ in range(40):
        for kind in workload_kinds():
            attempts = kind.draw(world)
            _settle(world, attempts)
            for attempt in attempts:
                if not attempt.at_door:
                    for each in attempt.encoded:
                        body = codec.decode(envelopes.read_envelope(each).body, list[object])
                        sent.add(str(body[1]))
    assert sent == set(verbs())


def test_fees_come_back_whole_in_any_parts() -> None:
    fee = fee_shares("5812", 9_999)
    assert returned_shares(fee, 9_999, 9_999) == fee
    assert returned_shares(fee, 9_999, 0) == (0, 0, 0)


def test_a_purchase_is_refunded_in_parts_so_small_that_a_share_of_the_fee_shrinks() -> None:
    """Shares are floored each for itself, so the acquirer's may take a unit back; no node may stop over that."""
    from payport.simulator.workload import refund

    world = World(3)
    for attempts in settle_in(world):
        _settle(world, attempts)
    payer = world.persons[0]
    merchant = next(each for each in world.merchants if each.category == "5411" and each.bank != payer.bank)
    amount = 30_000
    body = world.author.body(
        "purchase/1", payer.account, merchant=merchant.account, asset="CNY", amount_minor=amount, order=None
    )
    code = world.model.purchase(payer.account, payer.owner, merchant.account, amount, world.now_ms, static=True)
    then = world.sale_once_acknowledged(body, payer, merchant, amount)
    _settle(world, [world.single(body, payer.owner, code, then=then)])
    (sale,) = world.sales
    for _ in range(amount // 150):
        _settle(world, [refund.refund_part(world, sale, 150)])
    assert world.model.held(merchant.account) == 0
    assert not any(world.model.held(account) for account in world.model.fees_account.values())
