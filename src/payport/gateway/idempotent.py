"""Requests that may be sent again: the answer and the effect are one transaction, under the caller's Idempotency-Key.

Kept answers are sealed with the port's secret, because some hold a token or a key that is shown once.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import msgspec
from litestar import MediaType, Response
from litestar.params import Parameter
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from payport.gateway.access.tables import IDEMPOTENCY
from payport.gateway.port import clock_ms
from payport.services import once
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from litestar import Request
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.gateway.port import Port

ANSWER_LOST: Final = RefusalCode(
    "answer_lost",
    RefusalClass.CONFLICT,
    "The request was carried out, but its answer cannot be read any more; ask what became of it.",
    "请求已执行，但其应答已无法读取，请查询结果。",
)
"""The port's secret was exchanged in between."""

REFUSALS: Final = (*once.REFUSALS, ANSWER_LOST)
"""Refusals of every route that takes an idempotency key."""

IdempotencyKey = Annotated[
    str,
    Parameter(
        header="Idempotency-Key",
        pattern="^[!-~]{8,128}$",
        description="Chosen by the caller, a UUID say; the same request sent again under it gets the first answer.",
    ),
]
"""Key of a request that may be sent again."""

REPLAYED: Final = "Idempotent-Replayed"
"""Header of an answer that was kept."""

Answers: TypeAlias = tuple[AsyncEngine, Table]
"""A database, for writing, and its table of keys."""

_PURPOSE: Final = "kept answer"


async def answer_once(
    request: Request[Any, Any, Any],
    port: Port,
    asked: tuple[str, str],
    work: Callable[[AsyncConnection], Awaitable[msgspec.Struct]],
    answers: Answers | None = None,
) -> Response[Any]:
    """Do ``work`` unless it was done under this scope and key (``asked``); answer 201 with what it returned.

    ``answers`` is where key, effect and answer are written together; the port's own database unless told otherwise.

    Raises :data:`REFUSALS` and what ``work`` raises.
    """
    scope, key = asked

    async def sealed(connection: AsyncConnection) -> bytes:
        return port.secret.seal(_PURPOSE, msgspec.json.encode(await work(connection)))

    what = once.fingerprint(f"{request.method} {request.scope['path']}", await request.body())
    engine, table = answers or (port.database.writer, IDEMPOTENCY)
    found = await once.once(engine, table, once.Asked(scope, key, what, clock_ms()), sealed)
    plain = port.secret.unseal(_PURPOSE, found.answer)
    if plain is None:
        ANSWER_LOST.refuse()
    headers = {REPLAYED: "true"} if found.repeated else {}
    return Response(plain, status_code=HTTPStatus.CREATED, media_type=MediaType.JSON, headers=headers)
