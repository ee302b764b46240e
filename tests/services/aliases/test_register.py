"""Aliases at the bank: shown by a code, answered signed, changed and erased by their holder alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport.institutions.sandbox.seed import card_number, phone_number
from payport.services.limits import MAX_ALIASES_PER_CUSTOMER, MAX_STARTS_PER_ADDRESS
from payport.values.aliases import read_signed
from payport.values.refusals import Refusal
from payport.wallet import aliases
from payport.wallet.keys import SigningKey
from tests.institutions.rig import CHAIN, LIN
from tests.ledger.network import account, seed
from tests.services.rig import Services, Town, town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from payport.services.aliases.register import Alias
    from tests.databases import Databases

PHONE, MAIL = "+99912345678", "lin@example.org"
SAVINGS, STRANGER = account("lin savings"), account("bo")


@pytest.fixture
async def place(tmp_path: Path, databases: Databases) -> AsyncIterator[Town]:
    async with town(tmp_path, databases) as opened:
        yield opened


@pytest.fixture
async def bank(place: Town) -> Services:
    core = place.rig.east.core
    await core.link((await core.verify_customer(LIN)).reference, SAVINGS)
    await core.link((await core.find_card(card_number("east", 1))).customer, STRANGER)
    return await place.services()


async def refused(code: str, call: Awaitable[object]) -> None:
    with pytest.raises(Refusal) as caught:
        await call
    assert caught.value.code == code


async def register(place: Town, bank: Services, alias: str = PHONE, holder: bytes = LIN) -> Alias:
    started = await bank.aliases.start(place.request(), holder, alias)
    return await bank.aliases.finish(place.request(), holder, started.request, await place.code(alias))


def keys(place: Town) -> aliases.InstitutionKeys:
    signers = place.rig.east.own.signers
    return aliases.InstitutionKeys("east", frozenset(each.public_key for each in signers))


async def test_an_alias_stands_for_an_account_once_its_holder_has_shown_it(place: Town, bank: Services) -> None:
    typed = " +999 1234-5678 "
    started = await bank.aliases.start(place.request(), LIN, typed)
    assert started.masked_alias == "**** 5678"
    assert await bank.aliases.of(LIN) == ()
    code = await place.code(PHONE)
    finishing = place.request()
    for _ in range(2):
        alias = await bank.aliases.finish(finishing, LIN, started.request, code)
        assert (alias.alias, alias.account) == (PHONE, LIN)
    answer = aliases.verify(await bank.aliases.answer(typed), PHONE, CHAIN, keys(place), place.clock())
    assert (answer.account, answer.institution, answer.masked_name) == (LIN, "east", "*梅")
    assert await bank.aliases.of(SAVINGS) == (alias,), "aliases are the customer's"


async def test_a_miss_looks_like_a_hit(place: Town, bank: Services) -> None:
    await register(place, bank)
    hit = await bank.aliases.answer(PHONE)
    misses = [await bank.aliases.answer(each) for each in (phone_number(7), phone_number(8), phone_number(7))]
    for data, alias in zip(misses, (phone_number(7), phone_number(8), phone_number(7)), strict=True):
        answer = aliases.verify(data, alias, CHAIN, keys(place), place.clock())
        assert await bank.branch.bridge.view.account(answer.account) is None
        assert len(answer.masked_name) == len(read_signed(hit)[1].masked_name)
        assert len(data) == len(hit)
    assert misses[0] == misses[2] != misses[1], "the same each time"


async def test_another_account_of_the_same_customer_and_nobody_elses(place: Town, bank: Services) -> None:
    await register(place, bank)
    moving = place.request()
    for _ in range(2):
        moved = await bank.aliases.point_to(moving, LIN, PHONE, SAVINGS)
        assert moved.account == SAVINGS
    assert read_signed(await bank.aliases.answer(PHONE))[1].account == SAVINGS
    await refused("not_your_customer", bank.aliases.point_to(place.request(), LIN, PHONE, STRANGER))
    await refused("unknown_alias", bank.aliases.point_to(place.request(), STRANGER, PHONE, STRANGER))
    await refused("unknown_alias", bank.aliases.point_to(place.request(), LIN, MAIL, SAVINGS))


async def test_erasing_removes_it(place: Town, bank: Services) -> None:
    await register(place, bank, MAIL)
    await refused("unknown_alias", bank.aliases.erase(place.request(), STRANGER, MAIL))
    erasing = place.request()
    times = [await bank.aliases.erase(erasing, LIN, "Lin@Example.org") for _ in range(2)]
    assert times == [place.clock()] * 2
    assert await bank.aliases.of(LIN) == ()
    assert read_signed(await bank.aliases.answer(MAIL))[1].account != LIN
    await refused("unknown_alias", bank.aliases.erase(place.request(), LIN, MAIL))


async def test_a_number_that_was_given_to_somebody_else_is_his_once_he_shows_it(place: Town, bank: Services) -> None:
    await register(place, bank)
    await register(place, bank, holder=STRANGER)
    assert await bank.aliases.of(LIN) == ()
    assert read_signed(await bank.aliases.answer(PHONE))[1].account == STRANGER


async def test_codes_are_for_the_account_that_asked(place: Town, bank: Services) -> None:
    started = await bank.aliases.start(place.request(), LIN, PHONE)
    code = await place.code(PHONE)
    finish = bank.aliases.finish
    await refused("unknown_alias_request", finish(place.request(), STRANGER, started.request, code))
    await refused("unknown_alias_request", finish(place.request(), LIN, bytes(16), code))
    await refused("wrong_code", finish(place.request(), LIN, started.request, "x"))
    await finish(place.request(), LIN, started.request, code)


async def test_limits(place: Town, bank: Services) -> None:
    for _ in range(MAX_STARTS_PER_ADDRESS):
        await bank.aliases.start(place.request(), LIN, MAIL)
    await refused("too_many_attempts", bank.aliases.start(place.request(), STRANGER, MAIL))
    for number in range(MAX_ALIASES_PER_CUSTOMER):
        await register(place, bank, phone_number(100 + number))
    await refused("too_many_aliases", register(place, bank, phone_number(200)))
    assert len(await bank.aliases.of(LIN)) == MAX_ALIASES_PER_CUSTOMER
    await refused("unknown_customer", bank.aliases.start(place.request(), bytes(16), MAIL))
    await refused("malformed_address", bank.aliases.start(place.request(), LIN, "nobody"))


async def test_an_answer_of_another_key_does_not_hold(place: Town, bank: Services) -> None:
    data = await bank.aliases.answer(PHONE)
    others = aliases.InstitutionKeys("east", frozenset({SigningKey(seed("west")).public_key}))
    with pytest.raises(Refusal) as caught:
        aliases.verify(data, PHONE, CHAIN, others, place.clock())
    assert caught.value.code == "invalid_signature"
