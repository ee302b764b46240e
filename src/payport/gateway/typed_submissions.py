"""Typed ways to send signed transactions: each takes its own kinds and no other, and ends where all of them end.

What is sent here could be sent to ``POST /v1/transactions`` as well. A typed route tells a program that it is about to
send something else than it means to, before anything is executed.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from litestar import MediaType, Request, Response, post
from litestar.openapi.datastructures import ResponseSpec

from payport.consensus.contract import BUSY, STOPPING
from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.funding import FUNDING, funded
from payport.gateway.outbox import OUTBOX_FULL
from payport.gateway.port import Port
from payport.gateway.problems import BODY, language_of, refuses, takes
from payport.gateway.submission import MAX_SUBMISSION_BYTES, Submission, Submitted, submitted
from payport.ledger.admission import HEAD_DECODER
from payport.ledger.reasons import reasons
from payport.values import codec, envelopes
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litestar.handlers import HTTPRouteHandler

KIND_NOT_TAKEN_HERE: Final = RefusalCode(
    "kind_not_taken_here",
    RefusalClass.MALFORMED,
    "This route takes other kinds of transactions; nothing was sent.",
    "该接口不接受此类交易；未提交任何内容。",
)
"""``detail`` names the kind. `POST /v1/transactions` takes every kind."""

REFUSALS: Final = (KIND_NOT_TAKEN_HERE,)
"""Refusals of this module."""


def require_kinds(encoded: Sequence[bytes], kinds: Sequence[str]) -> None:
    """Insist that every envelope holds one of ``kinds``; raises ``kind_not_taken_here`` or what is wrong with it."""
    for each in encoded:
        kind = codec.decode_with(HEAD_DECODER, envelopes.read_envelope(each).body).kind
        if kind not in kinds:
            KIND_NOT_TAKEN_HERE.refuse(kind[:64])


def route(path: str, kinds: Sequence[str], about: str, *, by_banks: bool = False) -> HTTPRouteHandler:
    """Return the route that sends transactions of ``kinds`` and waits for their final outcome.

    ``by_banks`` where the payer's bank funds what his account does not cover.
    """
    told = (KIND_NOT_TAKEN_HERE, codec.MALFORMED_BYTES, *reasons().values(), BUSY, STOPPING, OUTBOX_FULL)
    banks = FUNDING if by_banks else ()

    @post(
        path,
        **open_to(ANYBODY),
        status_code=HTTPStatus.OK,
        request_max_body_size=MAX_SUBMISSION_BYTES,
        before_request=takes(MediaType.JSON),
        description=f"{about} Takes {', '.join(f'`{kind}`' for kind in kinds)}.",
        responses={
            **refuses(*BODY, *told, *banks),
            int(HTTPStatus.ACCEPTED): ResponseSpec(
                Submitted, generate_examples=False, description="Not known yet; kept and sent again until it is."
            ),
        },
    )
    async def send(request: Request[Any, Any, Any], data: Submission, port: Port) -> Response[Any]:
        require_kinds(data.envelopes, kinds)
        if by_banks and len(data.envelopes) == 1:
            reply = await funded(port, data.envelopes[0], language_of(request))
            if reply is not None:
                return reply.response()
        return (await submitted(port, data.envelopes, language_of(request))).response()

    return send
