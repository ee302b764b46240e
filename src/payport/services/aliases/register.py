"""The institution's register of aliases, and the answers it signs.

A customer shows by a one-time code that a phone number or mailbox is his; from then on it stands for one of his
accounts. Whoever shows it later takes it over, because numbers are given to new people. An alias that nobody has gets
an answer all the same, for an account that does not exist: whoever tries numbers cannot tell a hit from a miss.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, update

from payport.database.statements import insert
from payport.institutions.contract import Customer
from payport.ledger.state.accounts import NOT_YOUR_CUSTOMER
from payport.services import one_time_codes
from payport.services.attempts import count_attempt
from payport.services.limits import (
    ALIAS_ANSWER_VALID_MS,
    MAX_ALIASES_PER_CUSTOMER,
    MAX_STARTS_PER_ACCOUNT,
    MAX_STARTS_PER_ADDRESS,
)
from payport.services.messenger.address import mask_address, read_address
from payport.services.one_time_codes import Verdict
from payport.services.openings import ACCOUNT_BYTES
from payport.services.tables import ALIAS_REQUESTS, ALIASES
from payport.values import aliases, codec
from payport.values.aliases import AliasAnswer, SignedAliasAnswer
from payport.values.envelopes import Signature
from payport.values.hashing import Tag
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import ED25519

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.services.branch import Branch, Request

UNKNOWN_ALIAS: Final = RefusalCode(
    "unknown_alias",
    RefusalClass.NOT_FOUND,
    "The customer has no such phone number or e-mail address registered.",
    "该客户未登记此手机号或电子邮箱。",
)
"""Also where it is somebody else's: both look the same."""

UNKNOWN_ALIAS_REQUEST: Final = RefusalCode(
    "unknown_alias_request",
    RefusalClass.NOT_FOUND,
    "This attempt to register a contact is not known or is too old; begin again.",
    "该登记请求不存在或已过期，请重新开始。",
)
"""Unfinished ones are kept for a day, and belong to the account that began them."""

TOO_MANY_ALIASES: Final = RefusalCode(
    "too_many_aliases",
    RefusalClass.LIMIT,
    "The customer has as many phone numbers and e-mail addresses registered as are allowed.",
    "该客户登记的手机号和电子邮箱已达上限。",
)
"""Erase one first."""

REFUSALS: Final = (UNKNOWN_ALIAS_REQUEST, UNKNOWN_ALIAS, TOO_MANY_ALIASES)
"""Refusals of this module."""

REQUEST_BYTES: Final = 16
"""Length of a request's id."""

DECOY_NAMES: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚英华玉萍红玲飞鹏宇梅"
"""Last characters of common given names, one of which an answer for nobody shows."""


class AliasStarted(codec.Record, frozen=True):
    """What an app needs to finish."""

    request: bytes
    """Id of the request, 16 random bytes."""
    masked_alias: str
    """Where the code was sent."""
    expires_at_ms: int
    """Until when the code counts, in milliseconds since the Unix epoch."""


class Alias(codec.Record, frozen=True):
    """An alias as its holder sees it."""

    alias: str
    """Phone number or e-mail address."""
    account: bytes
    """Account it stands for."""
    verified_at_ms: int
    """When its holder showed that it is his, in milliseconds since the Unix epoch."""


class AliasRegister:
    """The aliases of one institution's customers."""

    def __init__(self, branch: Branch) -> None:
        """Work for ``branch``."""
        self._branch = branch

    async def start(self, request: Request, account: bytes, typed: str) -> AliasStarted:
        """Send a one-time code to an alias that is to stand for ``account``.

        Raises ``malformed_address``, ``unknown_customer``, ``too_many_attempts``, ``core_unavailable``,
        ``messenger_unavailable``.
        """
        branch, alias = self._branch, read_address(typed)
        await branch.bridge.core.verify_customer(account)

        async def work(connection: AsyncConnection) -> bytes:
            now_ms = branch.clock()
            limits = ((f"to {alias}", MAX_STARTS_PER_ADDRESS), (f"by {account.hex()}", MAX_STARTS_PER_ACCOUNT))
            for subject, limit in limits:
                await count_attempt(connection, branch.secret.digest(Tag.REQUEST, "alias", subject), limit, now_ms)
            request_id = os.urandom(REQUEST_BYTES)
            expires_at_ms = await one_time_codes.begin_code(connection, request_id, now_ms)
            values = {"id": request_id, "alias": alias, "account": account, "started_at_ms": now_ms}
            await connection.execute(ALIAS_REQUESTS.insert().values(**values))
            return codec.encode(AliasStarted(request_id, mask_address(alias), expires_at_ms))

        answered = await branch.once(request, "start_alias", (account, alias), work)
        started = codec.decode(answered.answer, AliasStarted)
        await one_time_codes.send_code(branch, started.request, alias)
        return started

    async def finish(self, request: Request, account: bytes, request_id: bytes, code: str) -> Alias:
        """Let the alias stand for the account, if the code is right.

        Raises ``unknown_alias_request``, ``too_many_code_tries``, ``code_expired``, ``wrong_code``,
        ``too_many_aliases``, ``unknown_customer``, ``core_unavailable``.
        """
        branch = self._branch
        customer = await branch.bridge.core.verify_customer(account)
        async with branch.database.reader.connect() as connection:
            asked = (ALIAS_REQUESTS.c.id == request_id) & (ALIAS_REQUESTS.c.account == account)
            begun = (await connection.execute(select(ALIAS_REQUESTS).where(asked))).first()
        if begun is None:
            UNKNOWN_ALIAS_REQUEST.refuse()

        async def work(connection: AsyncConnection) -> bytes:
            now_ms = branch.clock()
            verdict = await one_time_codes.try_code(connection, branch.secret, request_id, code, now_ms)
            if verdict is Verdict.RIGHT:
                await self._register(connection, begun.alias, customer, now_ms)
            return verdict.encode()

        answered = await branch.once(request, "finish_alias", (account, request_id, code), work)
        one_time_codes.refuse(answered.answer.decode())
        return await self._require(begun.alias, customer)

    async def point_to(self, request: Request, account: bytes, typed: str, new_account: bytes) -> Alias:
        """Let an alias of the holder of ``account`` stand for another of his accounts.

        Raises ``malformed_address``, ``unknown_alias``, ``unknown_customer``, ``not_your_customer``.
        """
        alias, core = read_address(typed), self._branch.bridge.core
        holder, other = await core.verify_customer(account), await core.verify_customer(new_account)
        if holder.reference != other.reference:
            NOT_YOUR_CUSTOMER.refuse()

        async def work(connection: AsyncConnection) -> bytes:
            mine = _of(alias, holder)
            changed = await connection.execute(update(ALIASES).where(mine).values(account=new_account))
            if changed.rowcount == 0:
                UNKNOWN_ALIAS.refuse()
            return b""

        await self._branch.once(request, "set_alias_account", (account, alias, new_account), work)
        return await self._require(alias, holder)

    async def erase(self, request: Request, account: bytes, typed: str) -> int:
        """Remove an alias of the holder of ``account``; return when that was, also to the same request again.

        Raises ``malformed_address``, ``unknown_alias``.
        """
        alias, holder = read_address(typed), await self._branch.bridge.core.verify_customer(account)

        async def work(connection: AsyncConnection) -> bytes:
            if (await connection.execute(delete(ALIASES).where(_of(alias, holder)))).rowcount == 0:
                UNKNOWN_ALIAS.refuse()
            await connection.execute(delete(ALIAS_REQUESTS).where(ALIAS_REQUESTS.c.alias == alias))
            return codec.encode(self._branch.clock())

        answered = await self._branch.once(request, "erase_alias", (account, alias), work)
        return codec.decode(answered.answer, int)

    async def of(self, account: bytes) -> tuple[Alias, ...]:
        """Return the aliases of the holder of ``account``; raises ``unknown_customer``."""
        holder = await self._branch.bridge.core.verify_customer(account)
        query = select(ALIASES).where(ALIASES.c.customer == holder.reference).order_by(ALIASES.c.alias)
        async with self._branch.database.reader.connect() as connection:
            return tuple(_alias(row) for row in await connection.execute(query))

    async def answer(self, typed: str) -> bytes:
        """Return a signed answer for an alias; for one that nobody has, it names an account that does not exist.

        Raises ``malformed_address``.
        """
        alias, own, now_ms = read_address(typed), self._branch.bridge.own, self._branch.clock()
        async with self._branch.database.reader.connect() as connection:
            row = (await connection.execute(select(ALIASES).where(ALIASES.c.alias == alias))).first()
        account, masked_name = self._decoy(alias) if row is None else (row.account, row.masked_name)
        body = codec.encode(
            AliasAnswer(
                chain_id=own.trust.chain_id,
                alias_digest=aliases.alias_digest(alias),
                account=account,
                institution=own.id,
                masked_name=masked_name,
                issued_at_ms=now_ms,
                expires_at_ms=now_ms + ALIAS_ANSWER_VALID_MS,
            )
        )
        made = sorted((signer.public_key, signer.sign(aliases.signing_bytes(body))) for signer in own.signers)
        signatures = tuple(Signature(ED25519, public_key, signature) for public_key, signature in made)
        return codec.encode(SignedAliasAnswer(body, signatures))

    def _decoy(self, alias: str) -> tuple[bytes, str]:
        """Return account and masked name for an alias that nobody has: the same each time, and no account at all."""
        drawn = self._branch.secret.digest(Tag.DECOY, alias)
        shown = DECOY_NAMES[int.from_bytes(drawn[ACCOUNT_BYTES:], "big") % len(DECOY_NAMES)]
        return drawn[:ACCOUNT_BYTES], f"*{shown}"

    async def _register(self, connection: AsyncConnection, alias: str, customer: Customer, now_ms: int) -> None:
        """Write an alias down, whoever had it before."""
        values = {
            "customer": customer.reference,
            "account": customer.account,
            "masked_name": customer.masked_name,
            "verified_at_ms": now_ms,
        }
        adding = insert(connection, ALIASES).values(alias=alias, **values)
        await connection.execute(adding.on_conflict_do_update(index_elements=[ALIASES.c.alias], set_=values))
        mine = ALIASES.c.customer == customer.reference
        count = select(func.count()).select_from(ALIASES).where(mine)
        if (await connection.execute(count)).scalar_one() > MAX_ALIASES_PER_CUSTOMER:
            TOO_MANY_ALIASES.refuse(f"at most {MAX_ALIASES_PER_CUSTOMER}")

    async def _require(self, alias: str, holder: Customer) -> Alias:
        async with self._branch.database.reader.connect() as connection:
            row = (await connection.execute(select(ALIASES).where(_of(alias, holder)))).first()
        if row is None:
            UNKNOWN_ALIAS.refuse()
        return _alias(row)


def _of(alias: str, holder: Customer) -> Any:  # noqa: ANN401 - a condition
    return (ALIASES.c.alias == alias) & (ALIASES.c.customer == holder.reference)


def _alias(row: Row[Any]) -> Alias:
    return Alias(row.alias, row.account, row.verified_at_ms)
