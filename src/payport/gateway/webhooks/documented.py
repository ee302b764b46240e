"""What the OpenAPI document says of webhooks: every type of event, what is sent for it, and what answers mean."""

from __future__ import annotations

from typing import Final

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    PathItem,
    Reference,
    RequestBody,
    Schema,
)

from payport.gateway.webhooks.event_types import TEST, EventType
from payport.history.topics import HOLD_EXPIRY, OFFER_EXPIRY
from payport.ledger.block import COMMITTED

TOLD_WHEN: Final[dict[str, str]] = {
    EventType.TRANSACTION_COMMITTED: "A transaction that concerns the account had its effect.",
    EventType.TRANSACTION_REFUSED: "A transaction of the account was refused in a block; `outcome` says why.",
    EventType.HOLD_EXPIRED: "Money that was reserved is free again, because its time was over.",
    EventType.OFFER_EXPIRED: "What was offered is free again, because its time was over.",
    TEST: "You asked for it with `POST /v1/webhooks/{webhook}/test`; it needs no subscription.",
}
"""When each type of event is told."""

_ROW: Final = Reference(ref="#/components/schemas/TransactionView")
_ID: Final = Schema(type=OpenAPIType.STRING, pattern="^[0-9a-f]{32}$")
_NARROWED: Final[dict[str, dict[str, Schema | Reference]]] = {
    EventType.TRANSACTION_COMMITTED: {"outcome": Schema(const=COMMITTED)},
    EventType.TRANSACTION_REFUSED: {"outcome": Schema(schema_not=Schema(const=COMMITTED))},
    EventType.HOLD_EXPIRED: {"kind": Schema(const=HOLD_EXPIRY)},
    EventType.OFFER_EXPIRED: {"kind": Schema(const=OFFER_EXPIRY)},
}
"""What the row of a type always says."""

_HEADERS: Final = (
    ("webhook-id", "Id of the event, the same however often it is sent: deal with each id once.", _ID),
    (
        "webhook-timestamp",
        "When this attempt was made, in seconds since the Unix epoch.",
        Schema(type=OpenAPIType.STRING, pattern="^[0-9]+$"),
    ),
    (
        "webhook-signature",
        "One or, while a secret is replaced, two signatures, separated by a space, as Standard Webhooks has it.",
        Schema(type=OpenAPIType.STRING, pattern="^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$"),
    ),
)

_ANSWERS: Final = {
    "2XX": "It was taken.",
    "410": "The endpoint wants nothing any more; the webhook is disabled.",
    "default": "It is sent again later; `Retry-After` of a 429 or 503 is honoured, redirects are not followed.",
}


def _data(event_type: str) -> Schema:
    """Return the schema of what an event says."""
    if event_type == TEST:
        return Schema(type=OpenAPIType.OBJECT, properties={"webhook": _ID}, required=["webhook"])
    own: dict[str, Schema | Reference] = {"account": _ID, **_NARROWED[event_type]}
    return Schema(all_of=[_ROW, Schema(type=OpenAPIType.OBJECT, properties=own, required=sorted(own))])


def _body(event_type: str) -> Schema:
    """Return the schema of what is sent."""
    timestamp = Schema(
        type=OpenAPIType.STRING,
        format=OpenAPIFormat.DATE_TIME,
        description="When it happened, by block time.",
    )
    properties: dict[str, Schema | Reference] = {
        "type": Schema(type=OpenAPIType.STRING, const=event_type),
        "timestamp": timestamp,
        "data": _data(event_type),
    }
    return Schema(type=OpenAPIType.OBJECT, properties=properties, required=sorted(properties))


def _sent(event_type: str) -> PathItem:
    parameters: list[Parameter | Reference] = [
        Parameter(name=name, param_in="header", required=True, description=description, schema=schema)
        for name, description, schema in _HEADERS
    ]
    responses: dict[str, OpenAPIResponse | Reference] = {
        status: OpenAPIResponse(description=description) for status, description in _ANSWERS.items()
    }
    content = {"application/json": OpenAPIMediaType(schema=_body(event_type))}
    operation = Operation(
        operation_id="On" + "".join(part.title() for part in event_type.split(".")),
        description=TOLD_WHEN[event_type],
        parameters=parameters,
        request_body=RequestBody(content=content, required=True),
        responses=responses,
        tags=["webhooks"],
    )
    return PathItem(post=operation)


WEBHOOKS: Final[dict[str, PathItem | Reference]] = {each: _sent(each) for each in (*EventType, TEST)}
"""The document's section, by type of event."""

assert TOLD_WHEN.keys() == WEBHOOKS.keys(), "every type is explained"
