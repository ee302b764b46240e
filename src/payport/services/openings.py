"""Accounts the institution opens on the ledger, each exactly once, whatever ends in between.

The id of the account, its view key and the exact signed bytes are on disk before anything is sent. Sending them again
has one effect; where they have expired, others are signed that open the same account, so at most one of them executes
and it does not matter which.
"""

from __future__ import annotations

import enum
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select, update

from payport.database.statements import insert
from payport.institutions.bridge import is_passing
from payport.ledger import admission, verification
from payport.ledger.block import COMMITTED
from payport.ledger.machine import EXPIRED
from payport.ledger.state.accounts import ACCOUNT_EXISTS
from payport.ledger.state.keys import KEY_ALREADY_BOUND
from payport.services.limits import OPENING_VALID_MS, SETTLED_AT_ONCE
from payport.services.tables import OPENINGS
from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.services.branch import Branch, Request
    from payport.values.bindings import NewKey

OPENING_PENDING: Final = RefusalCode(
    "opening_pending",
    RefusalClass.UNAVAILABLE,
    "The bank is opening the account; ask again shortly.",
    "银行正在开立账户，请稍后再查询。",
)
"""The ledger or the core does not answer; the bank goes on by itself, and the same request gets the answer."""

OPENING_REFUSED: Final = RefusalCode(
    "opening_refused",
    RefusalClass.CONFLICT,
    "The network refused to open the account.",
    "网络拒绝开立该账户。",
)
"""``detail`` is the network's own code; the account was not opened and never will be."""

REFUSALS: Final = (OPENING_PENDING, OPENING_REFUSED)
"""Refusals of this module."""

OPEN_ACCOUNT: Final = "open_account/1"
"""Kind that opens an account."""

PERSON: Final = "0000"
"""Category of a person."""

VIEW_KEY_BYTES: Final = 32
"""Length of a view key."""

ACCOUNT_BYTES: Final = 16
"""Length of an account id."""


class OpeningState(enum.StrEnum):
    """How far an opening has come."""

    SIGNED = "signed"
    """The ledger may have the bytes."""
    OPENED = "opened"
    """The account is open. The end."""
    REFUSED = "refused"
    """It can never be opened with this key. The end."""


class Opening(NamedTuple):
    """One account that is being opened."""

    account: bytes
    """Its id."""
    category: str
    """Merchant category, ``0000`` for a person."""
    public_key: bytes
    """First owner key."""
    view_key: bytes
    """Its view key."""
    envelope: bytes
    """The exact bytes that are sent."""
    state: OpeningState
    """How far it has come."""
    code: str
    """Why it is refused, or what keeps it open; empty where there is nothing to say."""
    begun_at_ms: int
    """When it was written, by the institution's clock."""


def draw_account() -> bytes:
    """Draw the id of a new account; its owner key proves possession for it."""
    return os.urandom(ACCOUNT_BYTES)


class AccountOpened(codec.Record, frozen=True):
    """An account that was opened."""

    institution: str
    """Its institution."""
    account: bytes
    """Its id."""
    category: str
    """Merchant category, ``0000`` for a person."""
    view_key: bytes
    """Secret that reads it, for its holder."""


class Openings:
    """Opens accounts of one institution."""

    def __init__(self, branch: Branch) -> None:
        """Work for ``branch``."""
        self._branch = branch

    def sign(self, account: bytes, category: str, owner: NewKey) -> Opening:
        """Sign an opening; raises ``unknown_scheme``, ``unbindable_key`` or ``invalid_signature`` of the owner key."""
        now_ms = self._branch.clock()
        view_key = os.urandom(VIEW_KEY_BYTES)
        envelope = self._seal(account, category, view_key, owner)
        item = admission.read_item(self._branch.bridge.own.trust.chain_id, (envelope,))
        refused = verification.verify_items([item], self._branch.bridge.own.trust.webauthn)[0]
        if refused is not None:
            raise refused
        return Opening(account, category, owner.public_key, view_key, envelope, OpeningState.SIGNED, "", now_ms)

    async def open(self, request: Request, account: bytes, category: str, owner: NewKey) -> AccountOpened:
        """Open an account whose id was drawn by whoever asks, for a merchant or a customer without a card.

        Raises ``unknown_scheme``, ``unbindable_key``, ``invalid_signature``, ``account_exists``,
        ``key_already_bound``, ``opening_refused``, and ``opening_pending`` where the ledger does not answer.
        """
        opening = self.sign(account, category, owner)

        async def work(connection: AsyncConnection) -> bytes:
            adding = insert(connection, OPENINGS).values(**opening._asdict()).on_conflict_do_nothing()
            if (await connection.execute(adding.returning(OPENINGS.c.account))).first() is None:
                ACCOUNT_EXISTS.refuse(account.hex())
            return b""

        await self._branch.once(request, "open_account", (account, category, owner), work)
        try:
            opened = await self.settle(account)
        except Refusal as refusal:
            if not is_passing(refusal):
                raise
            OPENING_PENDING.refuse(refusal.code)
        self.require_opened(opened)
        return AccountOpened(self._branch.bridge.own.id, account, category, opened.view_key)

    async def keep(self, connection: AsyncConnection, opening: Opening) -> None:
        """Write a signed opening down; only then may it be sent."""
        await connection.execute(OPENINGS.insert().values(**opening._asdict()))

    async def find(self, account: bytes) -> Opening | None:
        """Return an opening, or ``None``."""
        async with self._branch.database.reader.connect() as connection:
            row = (await connection.execute(select(OPENINGS).where(OPENINGS.c.account == account))).first()
        return None if row is None else _opening(row)

    async def open_ones(self) -> list[Opening]:
        """Return the oldest openings that are not settled."""
        query = select(OPENINGS).where(OPENINGS.c.state == OpeningState.SIGNED.value)
        query = query.order_by(OPENINGS.c.begun_at_ms, OPENINGS.c.account).limit(SETTLED_AT_ONCE)
        async with self._branch.database.reader.connect() as connection:
            return [_opening(row) for row in await connection.execute(query)]

    async def settle(self, account: bytes) -> Opening:
        """Take an opening as far as the ledger answers; raises refusals of those who do not answer."""
        opening = await self.find(account)
        assert opening is not None, "an opening is kept before it is settled"
        for _ in range(2):
            if opening.state is not OpeningState.SIGNED:
                return opening
            opening = await self._ask_ledger(opening)
            if opening.code != EXPIRED.code:
                return opening
            opening = await self._sign_anew(opening)
        return opening

    def require_opened(self, opening: Opening) -> None:
        """Raise what keeps an opening from being open: ``opening_pending`` or why it was refused."""
        if opening.state is OpeningState.SIGNED:
            OPENING_PENDING.refuse(opening.code)
        if opening.state is OpeningState.REFUSED:
            for reason in (ACCOUNT_EXISTS, KEY_ALREADY_BOUND):
                if opening.code == reason.code:
                    reason.refuse()
            OPENING_REFUSED.refuse(opening.code)

    async def _ask_ledger(self, opening: Opening) -> Opening:
        """Send the bytes, and act on what is proven."""
        view = self._branch.bridge.view
        try:
            (outcome,) = await view.node.submit((opening.envelope,))
        except Refusal as refusal:
            if is_passing(refusal):
                raise
            # Refused at the door is not final; but that the account is there already is told there too.
            return await self._refused(opening, refusal.code, final=False)
        proven = await view.prove(outcome)
        if proven is None or not proven.final:
            return await self._refused(opening, outcome.code, final=False)
        if proven.code == COMMITTED:
            return await self._move(opening, OpeningState.OPENED, code="")
        return await self._refused(opening, proven.code, final=True)

    async def _refused(self, opening: Opening, code: str, *, final: bool) -> Opening:
        """Look whether the account is open all the same, by other bytes of ours; then it is."""
        if code in (ACCOUNT_EXISTS.code, KEY_ALREADY_BOUND.code) and await self._is_ours(opening):
            return await self._move(opening, OpeningState.OPENED, code="")
        ends = final and code != EXPIRED.code
        return await self._move(opening, OpeningState.REFUSED if ends else OpeningState.SIGNED, code=code)

    async def _is_ours(self, opening: Opening) -> bool:
        view = self._branch.bridge.view
        account, key = await view.account(opening.account), await view.key(opening.public_key)
        ours = account is not None and account.institution == self._branch.bridge.own.id
        ours = ours and account is not None and account.view_key == opening.view_key
        return ours and key is not None and key.holder == opening.account

    async def _sign_anew(self, opening: Opening) -> Opening:
        """Replace bytes that have expired."""
        (member,) = admission.read_item(self._branch.bridge.own.trust.chain_id, (opening.envelope,)).members
        owner: NewKey = member.transaction.owner
        envelope = self._seal(opening.account, opening.category, opening.view_key, owner)
        return await self._move(opening, OpeningState.SIGNED, code="", envelope=envelope)

    def _seal(self, account: bytes, category: str, view_key: bytes, owner: NewKey) -> bytes:
        own, now_ms = self._branch.bridge.own, self._branch.clock()
        fields = {"account": account, "category": category, "view_key": view_key, "owner": owner}
        return own.seal(own.build(OPEN_ACCOUNT, now_ms, now_ms + OPENING_VALID_MS, **fields))

    async def _move(self, opening: Opening, state: OpeningState, **values: Any) -> Opening:  # noqa: ANN401 - columns
        """Move an opening on from how it was read; return what it is now, whoever moved it."""
        mine = OPENINGS.c.account == opening.account
        as_read = mine & (OPENINGS.c.state == opening.state.value) & (OPENINGS.c.envelope == opening.envelope)
        async with self._branch.database.writer.begin() as connection:
            await connection.execute(update(OPENINGS).where(as_read).values(state=state.value, **values))
            row = (await connection.execute(select(OPENINGS).where(mine))).one()
        return _opening(row)


def _opening(row: Row[Any]) -> Opening:
    return Opening(**{**row._asdict(), "state": OpeningState(row.state)})
