"""Addresses and messengers."""

from __future__ import annotations

import asyncio

import pytest

from payport.services import database as institution_database
from payport.services.database import Database
from payport.services.limits import MAX_INBOX, MAX_INBOX_PAGE
from payport.services.messenger.address import mask_address, read_address, read_phone
from payport.services.messenger.contract import Message
from payport.services.messenger.inbox import Received, SandboxInbox
from payport.services.messenger.null import NullMessenger
from payport.services.tables import INBOX
from payport.values.refusals import Refusal


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("+86 138-0013-8000", "+8613800138000"),
        (" Lin.Mei+pay@Example.ORG ", "lin.mei+pay@example.org"),
        ("a@b.cd", "a@b.cd"),
    ],
)
def test_an_address_has_one_spelling(typed: str, read: str) -> None:
    assert read_address(typed) == read == read_address(read)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "13800138000",
            "+0123456789",
            "+123",
            "+1234567890123456",
            "+8613800138\uff10\uff10",
            "lin",
            "@b.cd",
            "a@b",
        ),
        *("a@-b.cd", "a@b..cd", "a b@c.de", "林@example.org", "a@b.cd\nx@y.zz", "a" * 65 + "@b.cd", "a" * 300),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_address(typed)
    assert (caught.value.code, caught.value.detail) == ("malformed_address", "")


def test_a_phone_is_no_mailbox() -> None:
    assert read_phone("+8613800138000") == "+8613800138000"
    with pytest.raises(Refusal, match="malformed_address"):
        read_phone("a@b.cd")


def test_masked_addresses() -> None:
    assert mask_address("+8613800138000") == "**** 8000"
    assert mask_address("lin@example.org") == "l***@example.org"


async def test_the_null_messenger_pretends_nothing() -> None:
    with pytest.raises(Refusal, match="messenger_unavailable"):
        await NullMessenger().send(Message("a@b.cd", "hello"))


async def test_the_inbox_keeps_the_newest(database_url: str) -> None:
    await asyncio.to_thread(institution_database.prepare, database_url)
    database = Database(database_url)
    inbox = SandboxInbox(database, lambda: 7)
    rows = [{"address": "old@b.cd", "text": "old", "sent_at_ms": 1} for _ in range(MAX_INBOX)]
    async with database.writer.begin() as connection:
        await connection.execute(INBOX.insert(), rows)
    for number in range(MAX_INBOX_PAGE + 5):
        await inbox.send(Message("a@b.cd", f"number {number}"))
    shown = await inbox.read("a@b.cd")
    assert (len(shown), shown[0]) == (MAX_INBOX_PAGE, Received(f"number {MAX_INBOX_PAGE + 4}", 7))
    async with database.reader.connect() as connection:
        assert len((await connection.execute(INBOX.select())).all()) == MAX_INBOX
    await database.close()
