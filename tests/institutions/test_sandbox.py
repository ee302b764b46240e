"""The sandbox core beyond the contract: laws of its books under any history, its tables, its customers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from payport.database.migrations import downgrade, migrate
from payport.institutions.contract import Deposit, MovementState
from payport.institutions.sandbox.core import PACKAGE, SandboxCore
from payport.institutions.sandbox.masking import mask_name
from payport.institutions.sandbox.seed import make_customers, phone_number, seed
from payport.institutions.sandbox.tables import ACCOUNTS, MAX_NAME, MOVEMENTS, POSTINGS
from payport.values.refusals import Refusal
from tests.databases import plain_engine

if TYPE_CHECKING:
    from payport.institutions.contract import Movement
    from tests.databases import Databases

HOLDERS = [bytes([number]) * 16 for number in (1, 2)]
KEYS = [bytes([number]) * 32 for number in range(1, 6)]
DEPOSIT = 100
NUMBERS = itertools.count()

steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "confirm", "release", "credit"]),
        st.sampled_from(KEYS),
        st.sampled_from(HOLDERS),
        st.integers(1, 60),
    ),
    max_size=25,
)


async def take(core: SandboxCore, step: tuple[str, bytes, bytes, int]) -> Movement | None:
    name, key, holder, amount = step
    with contextlib.suppress(Refusal):
        if name in ("reserve", "credit"):
            moved: Movement = await getattr(core, name)(key, holder, "CNY", amount)
        else:
            moved = await getattr(core, name)(key)
        return moved
    return None


async def require_laws(core: SandboxCore) -> None:
    async with core._reader.connect() as connection:
        accounts = (await connection.execute(select(ACCOUNTS))).all()
        postings = (await connection.execute(select(POSTINGS).order_by(POSTINGS.c.id))).all()
        movements = (await connection.execute(select(MOVEMENTS))).all()
        held = (await connection.execute(select(func.sum(ACCOUNTS.c.held_minor)))).scalar_one()
    assert sum(account.balance_minor for account in accounts) == 0, "double entry"
    running = dict.fromkeys((account.id for account in accounts), 0)
    for posting in postings:
        running[posting.payer] -= posting.amount_minor
        running[posting.payee] += posting.amount_minor
        assert running[posting.payer] == posting.payer_balance_minor
        assert running[posting.payee] == posting.payee_balance_minor
    assert running == {account.id: account.balance_minor for account in accounts}, "balances are their postings"
    assert held == sum(each.amount_minor for each in movements if each.state == "reserved"), "held is reserved"
    posted = {posting.key for posting in postings} - {None}
    assert posted == {each.key for each in movements if each.state in ("confirmed", "credited")}
    for account in accounts:
        assert account.kind != "deposit" or 0 <= account.held_minor <= account.balance_minor


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, side_by_side=st.booleans())
def test_the_laws_hold_after_any_history(
    databases: Databases, steps: list[tuple[str, bytes, bytes, int]], side_by_side: bool
) -> None:
    url = databases.url(f"laws-{next(NUMBERS)}")
    SandboxCore.prepare(url)

    async def work() -> None:
        core = SandboxCore(url)
        for holder in HOLDERS:
            await core.open_customer(holder, "Lin Mei", {"CNY": DEPOSIT})
        if side_by_side:
            await asyncio.gather(*(take(core, step) for step in steps))
        else:
            for step in steps:
                first = await take(core, step)
                assert first is None or await take(core, step) == first, "a repeat changes nothing"
        await require_laws(core)
        await core.close()

    asyncio.run(work())


@pytest.fixture
async def core(databases: Databases) -> SandboxCore:
    url = databases.url("core")
    await asyncio.to_thread(SandboxCore.prepare, url)
    return SandboxCore(url)


async def test_a_customer_is_opened_once_and_can_be_blocked(core: SandboxCore) -> None:
    opened = await core.open_customer(HOLDERS[0], "林梅", {"CNY": DEPOSIT})
    assert (opened.masked_name, opened.blocked) == ("*梅", False)
    with pytest.raises(Refusal) as caught:
        await core.open_customer(HOLDERS[0], "Chen Bo", {"CNY": DEPOSIT})
    assert caught.value.code == "customer_exists"
    await core.reserve(KEYS[0], HOLDERS[0], "CNY", 10)
    await core.set_blocked(HOLDERS[0], blocked=True)
    assert (await core.verify_customer(HOLDERS[0])).blocked
    with pytest.raises(Refusal) as caught:
        await core.reserve(KEYS[1], HOLDERS[0], "CNY", 10)
    assert caught.value.code == "customer_blocked"
    # What was begun is ended, and what has left the ledger arrives.
    assert (await core.reserve(KEYS[0], HOLDERS[0], "CNY", 10)).state is MovementState.RESERVED
    await core.confirm(KEYS[0])
    await core.credit(KEYS[2], HOLDERS[0], "CNY", 10)
    with pytest.raises(Refusal) as caught:
        await core.set_blocked(HOLDERS[1], blocked=True)
    assert caught.value.code == "unknown_customer"
    await require_laws(core)
    await core.close()


async def test_cards_are_one_customers_and_accounts_too(core: SandboxCore) -> None:
    first, second = make_customers("east", 1, 2)
    await seed(core, [first, second])
    for again in (first, second._replace(cards=(*second.cards, *first.cards))):
        with pytest.raises(Refusal) as caught:
            await core.add_customer(again)
        assert caught.value.code == "card_exists"
    (number,) = first.cards
    card = await core.find_card(number)
    assert (card.masked_number, card.masked_name, card.phone) == (number.masked, "L** N**", phone_number(1))
    for holder in HOLDERS:
        assert (await core.link(card.customer, holder)).reference == card.customer
    assert await core.deposits(HOLDERS[0]) == await core.deposits(HOLDERS[1]) == (Deposit("CNY", 1_000_000, 0),)
    await core.reserve(KEYS[0], HOLDERS[0], "CNY", 600_000)
    with pytest.raises(Refusal) as caught:
        await core.reserve(KEYS[1], HOLDERS[1], "CNY", 600_000)
    assert caught.value.code == "insufficient_deposit", "both accounts spend one deposit"
    await core.close()


async def test_customers_of_before_keep_their_account(database_url: str) -> None:
    await asyncio.to_thread(migrate, database_url, PACKAGE, "0001")
    engine = plain_engine(database_url)
    values = {"id": 1, "account": HOLDERS[0], "name": "林梅", "masked_name": "*梅", "blocked": False}
    before = sqlalchemy.table("core_customers", *(sqlalchemy.column(name) for name in values))
    with engine.begin() as connection:
        connection.execute(before.insert().values(**values))
    await asyncio.to_thread(SandboxCore.prepare, database_url)
    core = SandboxCore(database_url)
    found = await core.verify_customer(HOLDERS[0])
    assert (found.masked_name, found.reference) == ("*梅", HOLDERS[0])
    await core.link(found.reference, HOLDERS[1])
    await core.close()
    await asyncio.to_thread(downgrade, database_url, PACKAGE, "0001")
    with engine.connect() as connection:
        rows = connection.execute(select(before.c.account, before.c.name)).all()
    assert rows == [(HOLDERS[0], "林梅")]


async def test_customers_of_one_asset_opened_at_once(core: SandboxCore) -> None:
    holders = [bytes([number]) * 16 for number in range(1, 11)]
    await asyncio.gather(*(core.open_customer(holder, "Lin", {"CNY": 5, "HKD": 0}) for holder in holders))
    await require_laws(core)
    await core.close()


async def test_the_longest_name_has_room_masked(core: SandboxCore) -> None:
    longest = " ".join("ab" if at % 2 else "c" for at in range(64))[:MAX_NAME].strip()
    for holder, name in zip(HOLDERS, (longest, "d " * (MAX_NAME // 2)), strict=True):
        opened = await core.open_customer(holder, name, {"CNY": 0})
        assert opened.masked_name == mask_name(name)
    await core.close()


async def test_a_database_that_does_not_answer_is_said_so(databases: Databases) -> None:
    core = SandboxCore(databases.url("never-made"))
    for call in (core.verify_customer(HOLDERS[0]), core.release(KEYS[0])):
        with pytest.raises(Refusal) as caught:
            await call
        assert caught.value.code == "core_unavailable"
    await core.close()


@pytest.mark.parametrize(
    ("name", "masked"),
    [("林梅", "*梅"), ("欧阳修", "**修"), ("林", "*"), ("Lin Mei", "L** M**"), ("  Bo  ", "B**"), ("Øre Å", "Ø** Å**")],
)
def test_masked_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked
