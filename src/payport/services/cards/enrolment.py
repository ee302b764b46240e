"""Binding a card: whoever has the card and the phone the bank knows gets an account with his own key.

Start: the core finds the card, and a one-time code goes to the phone its holder has registered. Wrong card and wrong
phone are refused alike, and each attempt is counted. Finish: the code is right, the phone's key proves possession; the
opening is signed and kept; the ledger opens the account; the core links it. Every step may be repeated, and the
standing job goes on where a program ended.
"""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, update

from payport.database.statements import insert
from payport.institutions.bridge import is_passing
from payport.institutions.contract import CUSTOMER_BLOCKED, UNKNOWN_CARD
from payport.services import one_time_codes
from payport.services.attempts import count_attempt
from payport.services.cards.records import BoundCard, CardBound, Enrolment, EnrolmentStarted, EnrolmentState
from payport.services.limits import MAX_STARTS, MAX_STARTS_PER_CARD, SETTLED_AT_ONCE
from payport.services.messenger.address import mask_address, read_phone
from payport.services.one_time_codes import Verdict
from payport.services.openings import OPENING_PENDING, PERSON, OpeningState, draw_account
from payport.services.tables import CARDS, ENROLMENTS
from payport.values import codec
from payport.values.hashing import Tag
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.institutions.card_numbers import CardNumber
    from payport.institutions.contract import Card
    from payport.services.branch import Branch, Request
    from payport.services.openings import Opening, Openings
    from payport.values.bindings import NewKey

CARD_NOT_RECOGNISED: Final = RefusalCode(
    "card_not_recognised",
    RefusalClass.NOT_FOUND,
    "The bank does not recognise this card with this phone number.",
    "银行无法识别该卡号与手机号的组合。",
)
"""No such card, or its holder has registered another phone; both look the same."""

UNKNOWN_ENROLMENT: Final = RefusalCode(
    "unknown_enrolment",
    RefusalClass.NOT_FOUND,
    "This attempt to add a card is not known or is too old; begin again.",
    "该绑卡请求不存在或已过期，请重新开始。",
)
"""Unfinished ones are kept for a day."""

CARD_ALREADY_BOUND: Final = RefusalCode(
    "card_already_bound",
    RefusalClass.CONFLICT,
    "The card is bound to another phone already.",
    "该卡已绑定其他手机。",
)
"""The phone's own key gets the same answer again; with another key the account is recovered, not bound anew."""

REFUSALS: Final = (CARD_NOT_RECOGNISED, UNKNOWN_ENROLMENT, CARD_ALREADY_BOUND)
"""Refusals of this module."""

ENROLMENT_BYTES: Final = 16
"""Length of an enrolment's id."""


class _Kept(codec.Record, frozen=True):
    """What a request to begin was answered with."""

    code: str
    """Why it was refused; empty where it was not."""
    started: EnrolmentStarted | None
    """What was begun."""


class EnrolmentService:
    """Binds cards of one institution."""

    def __init__(self, branch: Branch, openings: Openings) -> None:
        """Work for ``branch``, which opens accounts through ``openings``."""
        self._branch = branch
        self._openings = openings

    async def start(self, request: Request, number: CardNumber, phone: str) -> EnrolmentStarted:
        """Begin, and send a one-time code to the phone.

        Raises ``malformed_address``, ``too_many_attempts``, ``card_not_recognised``, ``customer_blocked``,
        ``core_unavailable``, ``messenger_unavailable``. A refusal after the count is kept like an answer, so that it
        stays counted.
        """
        branch, phone = self._branch, read_phone(phone)
        card_digest = number.digest(branch.secret.reveal())
        card = await self._find(number, phone)

        async def work(connection: AsyncConnection) -> bytes:
            now_ms = branch.clock()
            everybody = branch.secret.digest(Tag.REQUEST, "enrolments")
            await count_attempt(connection, card_digest, MAX_STARTS_PER_CARD, now_ms)
            await count_attempt(connection, everybody, MAX_STARTS, now_ms)
            if card is None or card.blocked:
                reason = CARD_NOT_RECOGNISED if card is None else CUSTOMER_BLOCKED
                return codec.encode(_Kept(reason.code, None))
            enrolment, account = os.urandom(ENROLMENT_BYTES), draw_account()
            expires_at_ms = await one_time_codes.begin_code(connection, enrolment, now_ms)
            row = Enrolment(
                id=enrolment,
                card_digest=card_digest,
                customer=card.customer,
                masked_number=card.masked_number,
                masked_name=card.masked_name,
                account=account,
                state=EnrolmentState.STARTED,
                code="",
                started_at_ms=now_ms,
            )
            await connection.execute(ENROLMENTS.insert().values(**row._asdict()))
            started = EnrolmentStarted(enrolment, account, card.masked_number, mask_address(phone), expires_at_ms)
            return codec.encode(_Kept("", started))

        answered = await branch.once(request, "start_enrolment", (card_digest, phone), work)
        kept = codec.decode(answered.answer, _Kept)
        if kept.started is None:
            (CUSTOMER_BLOCKED if kept.code == CUSTOMER_BLOCKED.code else CARD_NOT_RECOGNISED).refuse()
        await one_time_codes.send_code(branch, kept.started.enrolment, phone)
        return kept.started

    async def finish(self, request: Request, enrolment_id: bytes, code: str, owner: NewKey) -> CardBound:
        """Bind the card to a key, if the code is right; the same key may ask again and gets the same answer.

        Raises ``unknown_enrolment``, ``unknown_scheme``, ``unbindable_key``, ``invalid_signature``,
        ``too_many_code_tries``, ``code_expired``, ``wrong_code``, ``card_already_bound``, ``key_already_bound``,
        ``opening_refused``, and ``opening_pending`` where ledger or core do not answer.
        """
        branch = self._branch
        known = await self._read(enrolment_id)
        if known is None:
            UNKNOWN_ENROLMENT.refuse()
        opening = self._openings.sign(known.account, PERSON, owner) if known.state is EnrolmentState.STARTED else None

        async def work(connection: AsyncConnection) -> bytes:
            verdict: str = await one_time_codes.try_code(connection, branch.secret, enrolment_id, code, branch.clock())
            if verdict == Verdict.RIGHT:
                verdict = await self._claim(connection, enrolment_id, owner.public_key, opening)
            return verdict.encode()

        content = (enrolment_id, code, owner)
        verdict = (await branch.once(request, "finish_enrolment", content, work)).answer.decode()
        one_time_codes.refuse(verdict)
        if verdict == CARD_ALREADY_BOUND.code:
            CARD_ALREADY_BOUND.refuse()
        return await self._answer(enrolment_id)

    async def settle(self, enrolment_id: bytes) -> Enrolment:
        """Take an enrolment as far as ledger and core answer; return how far it has come."""
        enrolment = await self._read(enrolment_id)
        assert enrolment is not None, "enrolments that are verified are not removed"
        if enrolment.state is not EnrolmentState.VERIFIED:
            return enrolment
        opening = await self._openings.settle(enrolment.account)
        if opening.state is OpeningState.REFUSED:
            return await self._fail(enrolment, opening.code)
        if opening.state is not OpeningState.OPENED:
            return enrolment._replace(code=opening.code)
        try:
            await self._branch.bridge.core.link(enrolment.customer, enrolment.account)
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            return await self._move(enrolment, EnrolmentState.VERIFIED, refusal.code)
        return await self._bind(enrolment)

    async def card(self, account: bytes) -> BoundCard | None:
        """Return the card an account was opened for, if it was opened for one."""
        mine = (CARDS.c.account == account) & CARDS.c.bound_at_ms.is_not(None)
        async with self._branch.database.reader.connect() as connection:
            row = (await connection.execute(select(CARDS).where(mine))).first()
        return None if row is None else BoundCard(row.account, row.masked_number, row.masked_name, row.bound_at_ms)

    async def open_ones(self) -> list[Enrolment]:
        """Return the oldest enrolments that are verified and not yet bound."""
        query = select(ENROLMENTS).where(ENROLMENTS.c.state == EnrolmentState.VERIFIED.value)
        query = query.order_by(ENROLMENTS.c.started_at_ms, ENROLMENTS.c.id).limit(SETTLED_AT_ONCE)
        async with self._branch.database.reader.connect() as connection:
            return [_enrolment(row) for row in await connection.execute(query)]

    async def _find(self, number: CardNumber, phone: str) -> Card | None:
        """Return the card if its holder has registered this phone."""
        try:
            card = await self._branch.bridge.core.find_card(number)
        except Refusal as refusal:
            if refusal.code != UNKNOWN_CARD.code:
                raise
            return None
        return card if hmac.compare_digest(card.phone.encode(), phone.encode()) else None

    async def _claim(
        self, connection: AsyncConnection, enrolment_id: bytes, public_key: bytes, opening: Opening | None
    ) -> str:
        """Take the card for a key, and keep the signed opening; return why not, or nothing."""
        row = (await connection.execute(select(ENROLMENTS).where(ENROLMENTS.c.id == enrolment_id))).one()
        enrolment = _enrolment(row)
        if enrolment.state is EnrolmentState.FAILED:
            return ""
        values = {
            "card_digest": enrolment.card_digest,
            "customer": enrolment.customer,
            "masked_number": enrolment.masked_number,
            "masked_name": enrolment.masked_name,
            "account": enrolment.account,
            "public_key": public_key,
        }
        taking = insert(connection, CARDS).values(**values).on_conflict_do_nothing().returning(CARDS.c.account)
        if (await connection.execute(taking)).first() is None:
            mine = CARDS.c.card_digest == enrolment.card_digest
            card = (await connection.execute(select(CARDS).where(mine))).first()
            if card is None:
                # Its own enrolment failed between our two looks; the same request finds it free.
                OPENING_PENDING.refuse()
            if card.public_key != public_key:
                return CARD_ALREADY_BOUND.code
            account = card.account
        else:
            assert opening is not None, "a card that is free belongs to no enrolment that went further"
            await self._openings.keep(connection, opening)
            account = enrolment.account
        if enrolment.state is EnrolmentState.STARTED:
            verified = {"state": EnrolmentState.VERIFIED.value, "account": account}
            await connection.execute(update(ENROLMENTS).where(ENROLMENTS.c.id == enrolment_id).values(**verified))
        return ""

    async def _answer(self, enrolment_id: bytes) -> CardBound:
        """Return what the phone keeps, or raise why there is nothing yet."""
        try:
            enrolment = await self.settle(enrolment_id)
        except Refusal as refusal:
            if not is_passing(refusal):
                raise
            OPENING_PENDING.refuse(refusal.code)
        opening = await self._openings.find(enrolment.account)
        assert opening is not None, "an opening is kept with the verdict"
        self._openings.require_opened(opening)
        if enrolment.state is not EnrolmentState.BOUND:
            OPENING_PENDING.refuse(enrolment.code)
        return CardBound(
            institution=self._branch.bridge.own.id,
            account=enrolment.account,
            view_key=opening.view_key,
            masked_card=enrolment.masked_number,
            masked_name=enrolment.masked_name,
        )

    async def _bind(self, enrolment: Enrolment) -> Enrolment:
        mine = (CARDS.c.card_digest == enrolment.card_digest) & CARDS.c.bound_at_ms.is_(None)
        async with self._branch.database.writer.begin() as connection:
            await connection.execute(update(CARDS).where(mine).values(bound_at_ms=self._branch.clock()))
            return await _move(connection, enrolment, EnrolmentState.BOUND, "")

    async def _fail(self, enrolment: Enrolment, code: str) -> Enrolment:
        mine = (CARDS.c.card_digest == enrolment.card_digest) & CARDS.c.bound_at_ms.is_(None)
        async with self._branch.database.writer.begin() as connection:
            await connection.execute(delete(CARDS).where(mine & (CARDS.c.account == enrolment.account)))
            return await _move(connection, enrolment, EnrolmentState.FAILED, code)

    async def _move(self, enrolment: Enrolment, state: EnrolmentState, code: str) -> Enrolment:
        async with self._branch.database.writer.begin() as connection:
            return await _move(connection, enrolment, state, code)

    async def _read(self, enrolment_id: bytes) -> Enrolment | None:
        async with self._branch.database.reader.connect() as connection:
            row = (await connection.execute(select(ENROLMENTS).where(ENROLMENTS.c.id == enrolment_id))).first()
        return None if row is None else _enrolment(row)


async def _move(connection: AsyncConnection, enrolment: Enrolment, state: EnrolmentState, code: str) -> Enrolment:
    """Move an enrolment on from the state it was read in; return what it is now, whoever moved it."""
    mine = ENROLMENTS.c.id == enrolment.id
    as_read = mine & (ENROLMENTS.c.state == enrolment.state.value)
    await connection.execute(update(ENROLMENTS).where(as_read).values(state=state.value, code=code))
    return _enrolment((await connection.execute(select(ENROLMENTS).where(mine))).one())


def _enrolment(row: Row[Any]) -> Enrolment:
    return Enrolment(**{**row._asdict(), "state": EnrolmentState(row.state)})
