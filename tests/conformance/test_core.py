"""What every core must do. An implementation joins by a file in ``cores/`` with ``open_core`` and ``KNOWS_CUSTOMERS``.

``open_core(databases, account, deposits)`` gives a core in which the customer of ``account`` has these deposits and the
card ``CARD`` of ``tests/conformance/cards.py``, and somebody else has ``OTHER_CARD``.
"""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from payport.institutions.card_numbers import CardNumber
from payport.institutions.contract import Deposit, Line, Movement, MovementState, Statement
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal
from tests.conformance.cards import CARD, OTHER_CARD, PHONE, UNISSUED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from payport.institutions.contract import Core
    from tests.databases import Databases

CORES = {
    path.stem: importlib.import_module(f"tests.conformance.cores.{path.stem}")
    for path in sorted((Path(__file__).parent / "cores").glob("*.py"))
}
LIN = b"lin_____________"
NOBODY = b"nobody__________"
DEPOSIT = 100_000


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture(params=CORES.values(), ids=CORES)
async def any_core(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Core]:
    async with request.param.open_core(databases, LIN, {"CNY": DEPOSIT, "HKD": 5}) as opened:
        yield opened


@pytest.fixture(params=[place for place in CORES.values() if place.KNOWS_CUSTOMERS], ids=lambda place: place.__name__)
async def core(request: pytest.FixtureRequest, databases: Databases) -> AsyncIterator[Core]:
    async with request.param.open_core(databases, LIN, {"CNY": DEPOSIT, "HKD": 5}) as opened:
        yield opened


async def refused(code: str, call: Awaitable[object]) -> None:
    with pytest.raises(Refusal) as caught:
        await call
    assert caught.value.code == code


async def balance(core: Core, account: bytes | None) -> int:
    lines, after, more = [], 0, True
    while more:
        page = await core.statement(account, "CNY", after, 2)
        lines += page.lines
        more = page.more
        after = lines[-1].cursor if lines else 0
    assert [line.cursor for line in lines] == sorted({line.cursor for line in lines})
    running = 0
    for line in lines:
        running += line.amount_minor
        assert line.balance_minor == running
    return running


async def test_who_is_unknown_is_unknown_to_every_call(any_core: Core) -> None:
    await refused("unknown_customer", any_core.verify_customer(NOBODY))
    await refused("unknown_customer", any_core.reserve(key(1), NOBODY, "CNY", 1))
    await refused("unknown_customer", any_core.credit(key(1), NOBODY, "CNY", 1))
    await refused("unknown_customer", any_core.statement(NOBODY, "CNY"))
    await refused("unknown_movement", any_core.confirm(key(1)))
    await refused("unknown_movement", any_core.status(key(1)))
    assert await any_core.statement(None, "CNY") == Statement((), more=False)


async def test_who_has_no_card_is_unknown_by_it(any_core: Core) -> None:
    await refused("unknown_card", any_core.find_card(CardNumber(UNISSUED)))
    await refused("unknown_holder", any_core.link(bytes(16), NOBODY))
    await refused("unknown_customer", any_core.deposits(NOBODY))
    with pytest.raises(AssertionError):
        await any_core.link(b"short", NOBODY)


async def test_a_key_released_before_it_was_reserved_can_never_be_reserved(any_core: Core) -> None:
    released = Movement(key(1), None, None, 0, MovementState.RELEASED)
    assert await any_core.release(key(1)) == released
    assert await any_core.release(key(1)) == released
    with pytest.raises(Refusal):
        await any_core.reserve(key(1), LIN, "CNY", 1)
    with pytest.raises(Refusal):
        await any_core.confirm(key(1))
    assert await any_core.statement(None, "CNY") == Statement((), more=False)


@pytest.mark.parametrize("amount_minor", [0, -1, MAX_AMOUNT_MINOR + 1])
async def test_amounts_and_keys_out_of_range_are_errors_of_the_program(any_core: Core, amount_minor: int) -> None:
    with pytest.raises(AssertionError):
        await any_core.reserve(key(1), LIN, "CNY", amount_minor)
    with pytest.raises(AssertionError):
        await any_core.credit(key(1), LIN, "CNY", amount_minor)
    for call in (any_core.confirm, any_core.release, any_core.status):
        with pytest.raises(AssertionError):
            await call(b"short")
    for after, limit in ((-1, 1), (0, 0), (0, 501)):
        with pytest.raises(AssertionError):
            await any_core.statement(None, "CNY", after, limit)


async def test_verifies_a_customer_and_shows_no_name(core: Core) -> None:
    customer = await core.verify_customer(LIN)
    assert (customer.account, customer.assets, customer.blocked) == (LIN, ("CNY", "HKD"), False)
    assert "Mei" not in customer.masked_name
    assert "Lin" not in customer.masked_name


async def test_a_card_is_found_and_shown_masked(core: Core) -> None:
    card = await core.find_card(CardNumber(CARD))
    assert (card.masked_number, card.phone, card.blocked) == ("**** 0002", PHONE, False)
    assert card.customer == (await core.verify_customer(LIN)).reference
    assert card.masked_name == (await core.verify_customer(LIN)).masked_name


async def test_a_customer_has_several_accounts_and_an_account_one_customer(core: Core) -> None:
    holder, other = [(await core.find_card(CardNumber(each))).customer for each in (CARD, OTHER_CARD)]
    for _ in range(2):
        linked = await core.link(holder, NOBODY)
        assert (linked.account, linked.reference, linked.assets) == (NOBODY, holder, ("CNY", "HKD"))
    await refused("account_linked", core.link(other, NOBODY))
    assert len(set(await asyncio.gather(*(core.link(holder, b"third___________") for _ in range(5))))) == 1
    assert await core.deposits(NOBODY) == await core.deposits(LIN)


async def test_deposits_tell_what_is_held(core: Core) -> None:
    await core.reserve(key(1), LIN, "CNY", 30_000)
    assert await core.deposits(LIN) == (Deposit("CNY", DEPOSIT - 30_000, 30_000), Deposit("HKD", 5, 0))
    await core.confirm(key(1))
    assert await core.deposits(LIN) == (Deposit("CNY", DEPOSIT - 30_000, 0), Deposit("HKD", 5, 0))


async def test_reserve_and_confirm_move_once(core: Core) -> None:
    reserved = await core.reserve(key(1), LIN, "CNY", 30_000)
    assert reserved == Movement(key(1), LIN, "CNY", 30_000, MovementState.RESERVED)
    assert await core.reserve(key(1), LIN, "CNY", 30_000) == reserved == await core.status(key(1))
    assert await balance(core, LIN) == DEPOSIT
    confirmed = reserved._replace(state=MovementState.CONFIRMED)
    for _ in range(3):
        assert await core.confirm(key(1)) == confirmed
        assert await core.reserve(key(1), LIN, "CNY", 30_000) == confirmed == await core.status(key(1))
    assert (await balance(core, LIN), await balance(core, None)) == (DEPOSIT - 30_000, 30_000)
    (line,) = (await core.statement(None, "CNY")).lines
    assert line == Line(line.cursor, key(1), 30_000, 30_000)
    await refused("reservation_confirmed", core.release(key(1)))


async def test_release_frees_and_is_for_ever(core: Core) -> None:
    await core.reserve(key(1), LIN, "CNY", DEPOSIT)
    await refused("insufficient_deposit", core.reserve(key(2), LIN, "CNY", 1))
    await refused("unknown_movement", core.status(key(2)))
    assert (await core.release(key(1))).state is MovementState.RELEASED
    assert (await core.release(key(1))).state is MovementState.RELEASED
    await refused("reservation_released", core.reserve(key(1), LIN, "CNY", DEPOSIT))
    await refused("reservation_released", core.confirm(key(1)))
    assert (await core.reserve(key(2), LIN, "CNY", DEPOSIT)).state is MovementState.RESERVED
    assert await balance(core, None) == 0


async def test_credit_comes_back_once(core: Core) -> None:
    credited = Movement(key(1), LIN, "CNY", 700, MovementState.CREDITED)
    for _ in range(3):
        assert await core.credit(key(1), LIN, "CNY", 700) == credited == await core.status(key(1))
    assert (await balance(core, LIN), await balance(core, None)) == (DEPOSIT + 700, -700)
    await core.reserve(key(2), LIN, "CNY", DEPOSIT + 700)


async def test_a_key_means_one_thing(core: Core) -> None:
    await core.reserve(key(1), LIN, "CNY", 5)
    await refused("movement_conflict", core.reserve(key(1), LIN, "CNY", 6))
    await refused("movement_conflict", core.reserve(key(1), LIN, "HKD", 5))
    await refused("movement_conflict", core.credit(key(1), LIN, "CNY", 5))
    await core.credit(key(2), LIN, "CNY", 5)
    await refused("movement_conflict", core.credit(key(2), LIN, "CNY", 6))
    await refused("movement_conflict", core.reserve(key(2), LIN, "CNY", 5))
    await refused("movement_conflict", core.confirm(key(2)))
    await refused("movement_conflict", core.release(key(2)))


async def test_deposits_are_kept_per_asset_and_bounded(core: Core) -> None:
    await refused("no_deposit", core.reserve(key(1), LIN, "USD", 1))
    await refused("no_deposit", core.credit(key(1), LIN, "USD", 1))
    await refused("no_deposit", core.statement(LIN, "USD"))
    await refused("insufficient_deposit", core.reserve(key(1), LIN, "HKD", 6))
    await refused("deposit_full", core.credit(key(1), LIN, "CNY", MAX_AMOUNT_MINOR))
    await refused("unknown_movement", core.status(key(1)))
    assert await balance(core, LIN) == DEPOSIT


async def test_many_reservations_at_once_never_take_more_than_there_is(core: Core) -> None:
    calls = [core.reserve(key(number), LIN, "CNY", 7_000) for number in range(1, 31)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    taken = [each for each in answers if isinstance(each, Movement)]
    assert len(taken) == DEPOSIT // 7_000
    assert {each.code for each in answers if isinstance(each, Refusal)} == {"insufficient_deposit"}
    ends = [core.confirm(each.key) if each.key[-1] % 2 else core.release(each.key) for each in taken]
    ended = await asyncio.gather(*ends)
    moved = sum(each.amount_minor for each in ended if each.state is MovementState.CONFIRMED)
    assert (await balance(core, LIN), await balance(core, None)) == (DEPOSIT - moved, moved)


async def test_the_same_call_many_times_at_once_has_one_effect(core: Core) -> None:
    assert len(set(await asyncio.gather(*(core.reserve(key(1), LIN, "CNY", 60_000) for _ in range(10))))) == 1
    assert len(set(await asyncio.gather(*(core.confirm(key(1)) for _ in range(10))))) == 1
    assert len(set(await asyncio.gather(*(core.credit(key(2), LIN, "CNY", 10) for _ in range(10))))) == 1
    assert (await balance(core, LIN), await balance(core, None)) == (DEPOSIT - 59_990, 59_990)


async def test_many_credits_and_confirmations_at_once_wait_for_each_other(core: Core) -> None:
    """Each locks the deposit and the network account; none locks out another."""
    await asyncio.gather(*(core.reserve(key(number), LIN, "CNY", 100) for number in range(1, 21)))
    ends = [core.confirm(key(number)) for number in range(1, 21)]
    credited = [core.credit(key(number), LIN, "CNY", 7) for number in range(101, 121)]
    ended = await asyncio.gather(*(call for pair in zip(ends, credited, strict=True) for call in pair))
    assert len(ended) == 40
    assert (await balance(core, LIN), await balance(core, None)) == (DEPOSIT - 20 * 93, 20 * 93)


async def test_amounts_up_to_the_largest(core: Core) -> None:
    rest = MAX_AMOUNT_MINOR - DEPOSIT
    await core.credit(key(1), LIN, "CNY", rest)
    assert (await balance(core, LIN), await balance(core, None)) == (MAX_AMOUNT_MINOR, -rest)
    await core.reserve(key(2), LIN, "CNY", MAX_AMOUNT_MINOR)
    await core.confirm(key(2))
    assert (await balance(core, LIN), await balance(core, None)) == (0, DEPOSIT)
