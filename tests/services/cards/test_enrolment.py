"""Binding cards: who gets an account, who does not, and what he is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from payport.institutions.contract import CORE_UNAVAILABLE
from payport.institutions.null import NullCore
from payport.institutions.sandbox.seed import card_number
from payport.node.client import NODE_UNREACHABLE
from payport.services.cards.records import CardBound, EnrolmentState
from payport.services.limits import CODE_VALID_MS, MAX_CODE_TRIES, MAX_STARTS_PER_CARD
from payport.services.messenger.null import NullMessenger
from payport.services.tables import METADATA
from payport.values.refusals import Refusal
from payport.wallet.keys import SigningKey
from tests.institutions.rig import CHAIN, LIN, Faults
from tests.ledger.network import seed
from tests.services.rig import CARD, PHONE, SECOND_CARD, SECOND_PHONE, Services, Town, owner, town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from payport.services.cards.records import EnrolmentStarted
    from tests.databases import Databases

KEY, OTHER_KEY = SigningKey(seed("phone")), SigningKey(seed("other phone"))
UNKNOWN_ID = bytes(16)
CARD_OF_NOBODY = card_number("east", 999)


@pytest.fixture
async def place(tmp_path: Path, databases: Databases) -> AsyncIterator[Town]:
    async with town(tmp_path, databases) as opened:
        yield opened


@pytest.fixture
async def bank(place: Town) -> Services:
    return await place.services()


async def refused(code: str, call: Awaitable[object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await call
    assert caught.value.code == code
    return caught.value


async def begin(place: Town, bank: Services) -> EnrolmentStarted:
    return await bank.enrolment.start(place.request(), CARD, PHONE)


async def finish(
    place: Town, bank: Services, started: EnrolmentStarted, key: SigningKey = KEY, code: str | None = None
) -> CardBound:
    typed = await place.code() if code is None else code
    return await bank.enrolment.finish(place.request(), started.enrolment, typed, owner(key, started))


async def test_a_card_is_bound_to_a_key_and_pays_from_the_deposit(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    assert (started.masked_card, started.masked_phone) == (CARD.masked, "**** 0001")
    bound = await finish(place, bank, started)
    assert (bound.institution, bound.account, bound.masked_card) == ("east", started.account, CARD.masked)
    assert bound.masked_name == "L** N**"
    account = await bank.branch.bridge.view.account(bound.account)
    assert account is not None
    assert (account.institution, account.category, account.view_key) == ("east", "0000", bound.view_key)
    key = await bank.branch.bridge.view.key(KEY.public_key)
    assert key is not None
    assert key.holder == bound.account
    assert (await place.rig.east.core.deposits(bound.account))[0].available_minor == 1_000_000


async def test_the_same_requests_again_have_the_same_answers(place: Town, bank: Services) -> None:
    start, end = place.request(), place.request()
    started = await bank.enrolment.start(start, CARD, PHONE)
    code = await place.code()
    assert await bank.enrolment.start(start, CARD, PHONE) == started
    assert len(await place.inbox.read(PHONE)) == 1, "one message"
    bound = await bank.enrolment.finish(end, started.enrolment, code, owner(KEY, started))
    for request in (end, place.request()):
        assert await bank.enrolment.finish(request, started.enrolment, code, owner(KEY, started)) == bound
    await refused("idempotency_conflict", bank.enrolment.start(start, SECOND_CARD, PHONE))
    await refused("idempotency_conflict", bank.enrolment.finish(end, started.enrolment, "000000", owner(KEY, started)))


async def test_wrong_card_and_wrong_phone_look_the_same(place: Town, bank: Services) -> None:
    found = [
        await refused("card_not_recognised", bank.enrolment.start(place.request(), SECOND_CARD, PHONE)),
        await refused("card_not_recognised", bank.enrolment.start(place.request(), CARD, SECOND_PHONE)),
        await refused("card_not_recognised", bank.enrolment.start(place.request(), CARD_OF_NOBODY, PHONE)),
    ]
    assert len({(each.code, each.detail) for each in found}) == 1
    assert await place.inbox.read(PHONE) == await place.inbox.read(SECOND_PHONE) == ()
    await refused("malformed_address", bank.enrolment.start(place.request(), CARD, "12345"))


async def test_a_card_is_tried_so_often_an_hour_found_or_not(place: Town, bank: Services) -> None:
    for phone in [SECOND_PHONE] * (MAX_STARTS_PER_CARD - 1):
        await refused("card_not_recognised", bank.enrolment.start(place.request(), CARD, phone))
    await begin(place, bank)
    await refused("too_many_attempts", begin(place, bank))
    await bank.enrolment.start(place.request(), SECOND_CARD, SECOND_PHONE)
    place.clock.now_ms += 3_600_000
    await begin(place, bank)


async def test_a_code_is_guessed_five_times_at_most(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    code = await place.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for typed in [wrong, "", "12345", "abcdef", f"{code} "]:
        await refused("wrong_code", finish(place, bank, started, code=typed))
    assert MAX_CODE_TRIES == 5
    await refused("too_many_code_tries", finish(place, bank, started, code=code))


async def test_tries_at_once_are_all_counted(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    wrong = f"{(int(await place.code()) + 1) % 1_000_000:06d}"
    calls = [finish(place, bank, started, code=wrong) for _ in range(9)]
    found = await asyncio.gather(*calls, return_exceptions=True)
    codes = [each.code for each in found if isinstance(each, Refusal)]
    assert sorted(codes) == ["too_many_code_tries"] * 4 + ["wrong_code"] * 5


async def test_a_code_counts_for_five_minutes(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    place.clock.now_ms += CODE_VALID_MS
    await refused("code_expired", finish(place, bank, started))
    await refused("unknown_enrolment", bank.enrolment.finish(place.request(), UNKNOWN_ID, "1", owner(KEY, started)))


async def test_a_right_code_stays_right_for_who_asks_again_late(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    bound = await finish(place, bank, started)
    place.clock.now_ms += 10 * CODE_VALID_MS
    assert await finish(place, bank, started) == bound
    assert await finish(place, bank, started) == bound


async def test_a_bound_card_answers_its_own_key_alone(place: Town, bank: Services) -> None:
    bound = await finish(place, bank, await begin(place, bank))
    again = await begin(place, bank)
    await refused("card_already_bound", finish(place, bank, again, OTHER_KEY))
    assert await finish(place, bank, again) == bound
    third = await begin(place, bank)
    assert await finish(place, bank, third) == bound
    assert (await bank.enrolment.settle(third.enrolment)).state is EnrolmentState.BOUND


async def test_of_two_phones_at_once_one_gets_the_card(place: Town, bank: Services) -> None:
    first = await begin(place, bank)
    first_code = await place.code()
    second = await begin(place, bank)
    calls = (
        finish(place, bank, first, KEY, first_code),
        finish(place, bank, second, OTHER_KEY, await place.code()),
    )
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["CardBound", "Refusal"]


async def test_a_key_that_is_bound_elsewhere_is_refused_and_the_card_stays_free(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    lin = SigningKey(seed("lin"))
    await refused("key_already_bound", finish(place, bank, started, lin))
    await refused("key_already_bound", finish(place, bank, started, lin))
    assert (await finish(place, bank, await begin(place, bank))).masked_card == CARD.masked


async def test_a_key_without_its_proof_costs_no_try(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    stolen = OTHER_KEY.prove_possession(CHAIN, LIN)
    call = bank.enrolment.finish(place.request(), started.enrolment, await place.code(), stolen)
    await refused("invalid_signature", call)
    for _ in range(MAX_CODE_TRIES):
        await refused("wrong_code", finish(place, bank, started, code=""))


async def test_a_blocked_customer_is_told_so(place: Town, bank: Services) -> None:
    bound = await finish(place, bank, await begin(place, bank))
    await place.rig.east.core.set_blocked(bound.account, blocked=True)
    await refused("customer_blocked", begin(place, bank))


async def test_who_does_not_answer_leaves_the_enrolment_open_and_it_is_finished_later(place: Town) -> None:
    def away() -> BaseException:
        return Refusal(NODE_UNREACHABLE)

    started = await begin(place, await place.services())
    code = await place.code()
    for at, error in (
        ("before node.submit", away),
        ("after node.submit", away),
        ("before core.link", lambda: Refusal(CORE_UNAVAILABLE)),
    ):
        faults = Faults(at, error)
        bank = await place.services(faults)
        await refused("opening_pending", finish(place, bank, started, code=code))
    bank = await place.services()
    (waiting,) = await bank.enrolment.open_ones()
    assert (await bank.enrolment.settle(waiting.id)).state is EnrolmentState.BOUND
    assert (await finish(place, bank, started, code=code)).account == started.account


async def test_a_customer_who_left_in_between_stays_open_with_the_reason(place: Town) -> None:
    started = await begin(place, await place.services())
    bank = await place.services(core=NullCore())
    told = await refused("opening_pending", finish(place, bank, started))
    assert told.detail == "unknown_holder"


async def test_a_message_that_was_not_sent_is_sent_when_asked_again(place: Town) -> None:
    request = place.request()
    silent = await place.services(messenger=NullMessenger())
    await refused("messenger_unavailable", silent.enrolment.start(request, CARD, PHONE))
    bank = await place.services()
    started = await bank.enrolment.start(request, CARD, PHONE)
    assert (await finish(place, bank, started)).account == started.account


async def test_expired_bytes_are_replaced_and_open_the_same_account(place: Town) -> None:
    started = await begin(place, await place.services())
    bank = await place.services(Faults("before node.submit", lambda: Refusal(NODE_UNREACHABLE)))
    await refused("opening_pending", finish(place, bank, started))
    place.clock.now_ms += 600_000
    bank = await place.services()
    assert (await finish(place, bank, started, code=await place.code())).account == started.account


async def test_no_card_number_and_no_code_is_kept(place: Town, bank: Services) -> None:
    started = await begin(place, bank)
    code = await place.code()
    await finish(place, bank, started)
    async with place.database.reader.connect() as connection:
        for table in METADATA.sorted_tables:
            if table.name == "services_inbox":
                continue
            rows = str((await connection.execute(select(table))).all())
            for secret in (CARD.reveal(), code, PHONE):
                assert secret not in rows, table.name
