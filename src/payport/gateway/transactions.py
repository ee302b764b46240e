"""Transactions: submit one or many signed ones, ask what became of one.

A POST here moves money only because the bytes were signed; sending the same bytes again has one effect and gets the
original answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import Parameter

from payport.consensus.contract import BUSY, STOPPING
from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.access.paths import TRANSACTION_BYTES, TransactionPath
from payport.gateway.outbox import OUTBOX_FULL
from payport.gateway.port import Port
from payport.gateway.problems import BODY, PROOF, Executed, language_of, refuses, takes
from payport.gateway.settings import LARGEST_REQUEST_BYTES
from payport.gateway.submission import (
    MAX_SUBMISSION_BYTES,
    PENDING,
    EnvelopeText,
    Submission,
    Submitted,
    submitted,
    told,
)
from payport.history.verified import UNPROVEN_BLOCK
from payport.ledger.machine import EXPIRED
from payport.ledger.reasons import reasons
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values import codec, envelopes
from payport.values.identifiers import parse_hex
from payport.values.limits import MAX_GROUP_MEMBERS
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

UNKNOWN_TRANSACTION: Final = RefusalCode(
    "unknown_transaction",
    RefusalClass.NOT_FOUND,
    "The network knows no executed transaction of this id.",
    "网络中没有该编号的已执行交易。",
)
"""It was never executed, or is under way and nobody told this port of it."""

REFUSALS: Final = (UNKNOWN_TRANSACTION,)
"""Refusals of this module."""

MAX_BULK_ITEMS: Final = 1_000
"""Items of one bulk request."""

MAX_BULK_BYTES: Final = LARGEST_REQUEST_BYTES
"""Bytes of one bulk request."""

MSGPACK: Final = "application/msgpack"
"""Media type of bulk requests and answers."""


class BulkAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What became of one item of a bulk request; an array of these fields."""

    outcomes: list[tuple[bytes, str, bool, int, int]]
    """Per member: id, outcome, whether it is final, height, leaf index. Empty after a refusal at the door."""
    refusal: str | None
    """Code of a refusal at the door, which is not final; ``None`` otherwise."""


@post(
    "/transactions",
    **open_to(ANYBODY),
    status_code=HTTPStatus.OK,
    request_max_body_size=MAX_SUBMISSION_BYTES,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, codec.MALFORMED_BYTES, *reasons().values(), BUSY, STOPPING, OUTBOX_FULL),
        int(HTTPStatus.OK): ResponseSpec(
            Submitted, generate_examples=False, description="Committed: final, and this port verified the proof."
        ),
        int(HTTPStatus.ACCEPTED): ResponseSpec(
            Submitted, generate_examples=False, description="Not known yet; kept and sent again until it is."
        ),
    },
)
async def submit(request: Request[Any, Any, Any], data: Submission, port: Port) -> Response[Any]:
    """Submit a signed transaction or group and wait for its final outcome."""
    return (await submitted(port, data.envelopes, language_of(request))).response()


_BULK: Final = msgspec.msgpack.Decoder(
    Annotated[
        list[Annotated[list[EnvelopeText], msgspec.Meta(min_length=1, max_length=MAX_GROUP_MEMBERS)]],
        msgspec.Meta(min_length=1, max_length=MAX_BULK_ITEMS),
    ]
)


@dataclass
class BulkOperation(Operation):
    """Says in the OpenAPI document that the body is MessagePack, which the framework cannot see."""

    def __post_init__(self) -> None:
        """Describe the body."""
        self.request_body = RequestBody(
            content={MSGPACK: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, content_media_type=MSGPACK))},
            description="MessagePack: an array of items, each an array of encoded envelopes.",
            required=True,
        )


@post(
    "/transactions/bulk",
    **open_to(ANYBODY),
    status_code=HTTPStatus.OK,
    media_type=MSGPACK,
    request_max_body_size=MAX_BULK_BYTES,
    before_request=takes(MSGPACK),
    operation_class=BulkOperation,
    responses=refuses(*BODY, codec.MALFORMED_BYTES, NODE_UNREACHABLE, NODE_FAILED, *PROOF),
)
async def submit_bulk(request: Request[Any, Any, Any], port: Port) -> Response[bytes]:
    """Submit many transactions and groups, each for itself; MessagePack in and out."""
    items = codec.decode_with(_BULK, await request.body())
    answers = []
    found_all = await port.node.submit_many(items)
    if len(found_all) != len(items):
        UNPROVEN_BLOCK.refuse(f"{len(found_all)} answers to {len(items)} items")
    for item, found in zip(items, found_all, strict=True):
        if isinstance(found, Refusal):
            answers.append(BulkAnswer([], found.code))
            continue
        await port.blocks.require_all(found, _ids(item))
        rows = [(each.transaction_id, each.code, each.final, each.height, each.leaf_index) for each in found]
        answers.append(BulkAnswer(rows, None))
    return Response(codec.encode(answers), media_type=MSGPACK)


def _ids(item: list[bytes]) -> list[bytes]:
    """Return the ids of an item's members, which the node has found well-formed."""
    return [envelopes.transaction_id(envelopes.read_envelope(each).body) for each in item]


@get(
    "/transactions/{transaction_id:str}",
    **open_to(ANYBODY),
    responses=refuses(UNKNOWN_TRANSACTION, NODE_UNREACHABLE, NODE_FAILED, *PROOF),
)
async def status(
    transaction_id: TransactionPath,
    port: Port,
    valid_until_ms: Annotated[
        int | None,
        Parameter(
            ge=1, le=2**53 - 1, description="Its valid-until; with it the node itself is asked, ahead of history."
        ),
    ] = None,
) -> Executed:
    """Tell what became of a transaction."""
    wanted = parse_hex(transaction_id, TRANSACTION_BYTES)
    # Asked first: what was not executed up to here and is past by then, never will be.
    reached_ms = (await port.index.progress()).time_ms
    executed = await port.index.transaction(wanted)
    if executed is not None:
        return Executed(transaction_id, executed.outcome, True, executed.height, executed.leaf_index, executed.time_ms)
    if valid_until_ms is not None and (outcome := await port.node.lookup(wanted, valid_until_ms)) is not None:
        return told(outcome, await port.blocks.require(outcome, wanted), valid_until_ms)
    kept = await port.outbox.find(wanted)
    if kept is None:
        UNKNOWN_TRANSACTION.refuse()
    if kept.final or reached_ms > kept.valid_until_ms:
        return Executed(transaction_id, EXPIRED.code, final=True)
    return Executed(transaction_id, kept.refused or PENDING, final=False, valid_until_ms=kept.valid_until_ms)


ROUTES: Final = (submit, submit_bulk, status)
"""Routes of this resource."""
