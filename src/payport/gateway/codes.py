"""Codes: make a merchant's code, and say what a scanned one asks for. Neither moves money nor keeps anything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import MediaType, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import Parameter

from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.order_signature import require_signed_by
from payport.gateway.port import Port
from payport.gateway.problems import BODY, refuses, takes
from payport.ledger import payable_order
from payport.ledger.state.accounts import UNKNOWN_ACCOUNT, Account
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.qr import codes, images
from payport.qr import refusals as qr_refusals
from payport.qr.limits import MAX_ORDER_BYTES, MAX_PAYLOAD_CHARACTERS
from payport.qr.templates import payport as template
from payport.values import codec, orders
from payport.values.identifiers import parse_hex
from payport.values.money import Amount
from payport.values.signatures.contract import INVALID_SIGNATURE, UNKNOWN_SCHEME

Text25 = Annotated[str, msgspec.Meta(min_length=1, max_length=25)]
"""A text of a code."""


class NewCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a code shall ask for."""

    account: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """Merchant's account."""
    name: Text25
    """Merchant's name, in the characters of EMVCo's common set."""
    city: Annotated[str, msgspec.Meta(min_length=1, max_length=15)]
    """City."""
    category: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")] = "0000"
    """Merchant category (ISO 18245)."""
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "CN"
    """ISO 3166-1 alpha-2."""
    asset: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "CNY"
    """Currency (ISO 4217)."""
    amount_minor: Amount | None = None
    """Amount in minor units; the payer types it where there is none."""
    order: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_ORDER_BYTES)] | None = None
    """Signed order of a dynamic code, base64."""
    reference: Text25 | None = None
    """The merchant's reference."""
    local_name: Text25 | None = None
    """Merchant's name in Chinese."""
    bill_number: Text25 | None = None
    """Number of the bill."""


class MadeCode(msgspec.Struct, frozen=True):
    """A code."""

    text: str
    """Its payload, to be drawn as a QR code in byte mode."""
    dynamic: bool
    """Whether it carries an order, so that it is paid once."""


class ScannedCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a camera read."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PAYLOAD_CHARACTERS)]
    """The payload."""


class OrderView(msgspec.Struct, frozen=True):
    """An order whose signature is the merchant's."""

    order_id: str
    """The merchant's number."""
    expires_at_ms: int
    """Last block time at which it can be paid."""
    encoded: bytes
    """The signed order for the purchase, base64."""


class ResolvedCode(msgspec.Struct, frozen=True):
    """What a code asks for, checked against the ledger."""

    scheme: str
    """Scheme of the code."""
    account: str
    """Account to be paid."""
    institution: str
    """Institution of the account."""
    name: str
    """Merchant's name, as the code says it."""
    local_name: str | None
    """The same in Chinese."""
    city: str
    """City."""
    country: str
    """Country."""
    category: str
    """Merchant category, as the ledger says it."""
    asset: str
    """Currency."""
    amount_minor: int | None
    """Amount in minor units; ``None`` where the payer types it."""
    order: OrderView | None
    """Order of a dynamic code."""


_IMAGES: Final = {"png": "image/png", "svg": "image/svg+xml"}


@dataclass
class CodeOperation(Operation):
    """Says in the OpenAPI document that the answer may be an image, which the framework cannot see."""

    def __post_init__(self) -> None:
        """Describe the images."""
        made = (self.responses or {}).get(str(int(HTTPStatus.OK)))
        assert isinstance(made, OpenAPIResponse), "the route answers 200"
        image = Schema(type=OpenAPIType.STRING)
        made.content = {**(made.content or {}), **{kind: OpenAPIMediaType(schema=image) for kind in _IMAGES.values()}}


@post(
    "/codes",
    **open_to(ANYBODY),
    operation_class=CodeOperation,
    status_code=HTTPStatus.OK,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, qr_refusals.CODE_FIELD_INVALID, qr_refusals.CODE_NOT_DRAWABLE),
        int(HTTPStatus.OK): ResponseSpec(MadeCode, generate_examples=False, description="The code, or its image."),
    },
)
async def make(
    data: NewCode,
    image: Annotated[
        Literal["none", "png", "svg"], Parameter(query="format", description="Answer with an image instead of JSON.")
    ] = "none",
) -> Response[Any]:
    """Make a merchant's code: static, or dynamic where an order signed by the merchant is given."""
    fields = msgspec.structs.asdict(data)
    fields["account"] = parse_hex(data.account, 16)
    text = template.encode(template.MerchantCode(**fields))
    if image == "png":
        return Response(await asyncio.to_thread(images.make_png, text), media_type=_IMAGES[image])
    if image == "svg":
        return Response((await asyncio.to_thread(images.make_svg, text)).encode(), media_type=_IMAGES[image])
    return Response(MadeCode(text, data.order is not None))


@post(
    "/codes/resolve",
    **open_to(ANYBODY),
    status_code=HTTPStatus.OK,
    before_request=takes(MediaType.JSON),
    responses=refuses(
        *BODY,
        *qr_refusals.REFUSALS,
        payable_order.ORDER_MISMATCH,
        payable_order.ORDER_NOT_BY_MERCHANT,
        UNKNOWN_ACCOUNT,
        UNKNOWN_SCHEME,
        INVALID_SIGNATURE,
        codec.MALFORMED_BYTES,
        NODE_UNREACHABLE,
        NODE_FAILED,
    ),
)
async def resolve(data: ScannedCode, port: Port) -> ResolvedCode:
    """Say what a scanned code asks for, and check its merchant and order against the ledger."""
    code = codes.read(data.text)
    encoded = await port.node.read("accounts", code.account)
    if encoded is None:
        UNKNOWN_ACCOUNT.refuse(code.account.hex())
    record = codec.decode(encoded, Account)
    return ResolvedCode(
        scheme=template.SCHEME.name,
        account=code.account.hex(),
        institution=record.institution,
        name=code.name,
        local_name=code.local_name,
        city=code.city,
        country=code.country,
        category=record.category,
        asset=code.asset,
        amount_minor=code.amount_minor,
        order=None if code.order is None else await _check_order(code, code.order, port),
    )


async def _check_order(code: template.MerchantCode, encoded: bytes, port: Port) -> OrderView:
    """Insist that the order asks for what the code does and that a live key of the merchant signed it."""
    signed = codec.decode_canonical(encoded, orders.SignedOrder)
    order = orders.read_order(signed.order)
    asked = (port.trust.chain_id, code.account, code.amount_minor, code.asset)
    if (order.chain_id, order.merchant, order.amount_minor, order.asset) != asked:
        payable_order.ORDER_MISMATCH.refuse()
    await require_signed_by(port, code.account, signed)
    return OrderView(order.order_id, order.expires_at_ms, encoded)


ROUTES: Final = (make, resolve)
"""Routes of this resource."""
