"""Requests for money: a notice that the payer answers by a payment of his own, or not at all.

Nothing here pulls money. A request is paid where a payment that the ledger committed went from the payer's account to
the payee's, of at least the amount, after the request was made; each payment pays one request.
"""

from __future__ import annotations

import enum
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from payport.services.wallets.tables import REQUESTS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

UNKNOWN_REQUEST: Final = RefusalCode(
    "unknown_request", RefusalClass.NOT_FOUND, "You have no such request for money.", "没有该收款请求。"
)
"""It is neither the caller's own nor addressed to him."""

REQUEST_CLOSED: Final = RefusalCode(
    "request_closed",
    RefusalClass.CONFLICT,
    "The request for money is paid, declined, withdrawn or expired already.",
    "该收款请求已支付、已拒绝、已撤回或已过期。",
)
"""It is answered once."""

TOO_MANY_REQUESTS_FOR_MONEY: Final = RefusalCode(
    "too_many_requests_for_money",
    RefusalClass.LIMIT,
    "You have asked for money as often as is allowed for now.",
    "您的收款请求数量已达上限。",
)
"""Nobody is to be flooded, and nobody can flood."""

PAYMENT_DOES_NOT_FIT: Final = RefusalCode(
    "payment_does_not_fit",
    RefusalClass.CONFLICT,
    "This payment is not of this request: payer, payee, asset or amount differ, or it paid another one.",
    "该付款与此收款请求不符：付款方、收款方、币种或金额不一致，或已用于其他请求。",
)
"""Only a committed payment after the request counts."""

REFUSALS: Final = (UNKNOWN_REQUEST, REQUEST_CLOSED, TOO_MANY_REQUESTS_FOR_MONEY, PAYMENT_DOES_NOT_FIT)
"""Refusals of this module."""

MAX_OPEN: Final = 100
"""Open requests of one payee."""

MAX_OPEN_TO_ONE: Final = 5
"""Open requests of one payee to one payer."""

MAX_TEXT_CHARACTERS: Final = 140
"""What a payee may write."""

MAX_VALID_MS: Final = 30 * 86_400_000
"""How long a request may stand."""

KEPT_MS: Final = 90 * 86_400_000
"""How long a request is kept after its end."""

CLOCK_SKEW_MS: Final = 60_000
"""How far block time may be behind this machine's clock."""

ID_BYTES: Final = 16
"""Length of a request's id."""


class State(enum.StrEnum):
    """How a request stands."""

    OPEN = "open"
    """The payer has not answered."""
    PAID = "paid"
    """A payment answered it."""
    DECLINED = "declined"
    """The payer said no."""
    WITHDRAWN = "withdrawn"
    """The payee took it back."""


class NewRequest(NamedTuple):
    """A request to be made."""

    payee: bytes
    """Customer who asks."""
    payee_account: bytes
    """Account to be paid."""
    payer_account: bytes
    """Account of whom is asked."""
    asset: str
    """Asset."""
    amount_minor: int
    """Amount in minor units."""
    text: str
    """What it is for, in the payee's words."""
    expires_at_ms: int
    """Until when it stands."""


class Payment(NamedTuple):
    """A committed payment that is said to answer a request."""

    id: bytes
    """Transaction id."""
    payer_account: bytes
    """Who paid."""
    payee_account: bytes
    """Who was paid."""
    asset: str
    """Asset."""
    amount_minor: int
    """Amount in minor units."""
    time_ms: int
    """Block time."""


async def make(connection: AsyncConnection, new: NewRequest, now_ms: int) -> bytes:
    """Write a request down; return its id. Raises ``too_many_requests_for_money``."""
    await connection.execute(delete(REQUESTS).where(REQUESTS.c.expires_at_ms < now_ms - KEPT_MS))
    mine = (REQUESTS.c.payee == new.payee) & _standing(now_ms)
    for condition, most in (
        (mine, MAX_OPEN),
        (mine & (REQUESTS.c.payer_account == new.payer_account), MAX_OPEN_TO_ONE),
    ):
        count = select(func.count()).select_from(REQUESTS).where(condition)
        if (await connection.execute(count)).scalar_one() >= most:
            TOO_MANY_REQUESTS_FOR_MONEY.refuse(f"at most {most}")
    request_id = os.urandom(ID_BYTES)
    values = {"id": request_id, "state": State.OPEN.value, "created_at_ms": now_ms, **new._asdict()}
    await connection.execute(REQUESTS.insert().values(**values))
    return request_id


async def sent(connection: AsyncConnection, payee: bytes, limit: int, before: int | None) -> list[Row[Any]]:
    """Return a page of the requests a customer has made, newest first."""
    return await _page(connection, REQUESTS.c.payee == payee, limit, before)


async def received(
    connection: AsyncConnection, accounts: Sequence[bytes], limit: int, before: int | None
) -> list[Row[Any]]:
    """Return a page of the requests addressed to some accounts, newest first."""
    return await _page(connection, REQUESTS.c.payer_account.in_(accounts), limit, before)


async def find(connection: AsyncConnection, request_id: bytes) -> Row[Any]:
    """Return a request; raises ``unknown_request``."""
    row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).first()
    if row is None:
        UNKNOWN_REQUEST.refuse()
    return row


async def withdraw(connection: AsyncConnection, payee: bytes, request_id: bytes, now_ms: int) -> None:
    """Take a request back; raises ``unknown_request`` and ``request_closed``."""
    if (await find(connection, request_id)).payee != payee:
        UNKNOWN_REQUEST.refuse()
    await _close(connection, request_id, now_ms, state=State.WITHDRAWN.value)


async def decline(connection: AsyncConnection, accounts: Sequence[bytes], request_id: bytes, now_ms: int) -> None:
    """Say no; raises ``unknown_request`` and ``request_closed``."""
    if (await find(connection, request_id)).payer_account not in accounts:
        UNKNOWN_REQUEST.refuse()
    await _close(connection, request_id, now_ms, state=State.DECLINED.value)


async def pay(connection: AsyncConnection, request_id: bytes, payment: Payment, now_ms: int) -> None:
    """Note that a payment answered a request.

    Raises ``unknown_request``, ``payment_does_not_fit`` and ``request_closed``. The same payment again changes nothing.
    """
    row = await find(connection, request_id)
    if row.payment == payment.id:
        return
    asked = (row.payer_account, row.payee_account, row.asset)
    done = (payment.payer_account, payment.payee_account, payment.asset)
    fits = asked == done and payment.amount_minor >= row.amount_minor
    if not fits or payment.time_ms + CLOCK_SKEW_MS < row.created_at_ms:
        PAYMENT_DOES_NOT_FIT.refuse()
    try:
        async with connection.begin_nested():
            await _close(connection, request_id, now_ms, state=State.PAID.value, payment=payment.id)
    except IntegrityError:
        PAYMENT_DOES_NOT_FIT.refuse()


async def erase(connection: AsyncConnection, payee: bytes) -> None:
    """Forget every request of a customer who leaves."""
    await connection.execute(delete(REQUESTS).where(REQUESTS.c.payee == payee))


async def _page(connection: AsyncConnection, condition: Any, limit: int, before: int | None) -> list[Row[Any]]:  # noqa: ANN401 - a condition
    query = select(REQUESTS).where(condition)
    if before is not None:
        query = query.where(REQUESTS.c.number < before)
    return list((await connection.execute(query.order_by(REQUESTS.c.number.desc()).limit(limit))).all())


async def _close(connection: AsyncConnection, request_id: bytes, now_ms: int, **values: Any) -> None:  # noqa: ANN401 - columns
    mine = (REQUESTS.c.id == request_id) & _standing(now_ms)
    if (await connection.execute(update(REQUESTS).where(mine).values(**values))).rowcount == 0:
        REQUEST_CLOSED.refuse()


def _standing(now_ms: int) -> Any:  # noqa: ANN401 - a condition
    return (REQUESTS.c.state == State.OPEN.value) & (REQUESTS.c.expires_at_ms >= now_ms)
