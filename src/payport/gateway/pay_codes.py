"""Pay codes of 19 digits, for tills that read no images: the phone deposits what it has signed, the till asks for it.

A code that is scanned needs nothing of this: the authority is in it, and the phone may be offline.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, post, put

from payport.gateway import deposited_codes
from payport.gateway.access.accounts import require_account
from payport.gateway.access.callers import Scope
from payport.gateway.access.grants import CUSTOMER, HOLDER, caller_of, open_to, partner
from payport.gateway.access.limits import DIGITS_RATE, rate_of
from payport.gateway.access.paths import AccountPath
from payport.gateway.accounts import READ
from payport.gateway.customers import DENIALS
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, MALFORMED_REQUEST, refuses, takes
from payport.history.verified import holds
from payport.ledger.state import keys
from payport.ledger.state.keys import UNBOUND_KEY
from payport.ledger.verification import reduce_signature
from payport.values import authorities, codec
from payport.values.authorities import DIGITS_PATTERN, MAX_SIGNED_AUTHORITY_BYTES, Authority, SignedAuthority
from payport.values.limits import AUTHORITY_CLOCK_SKEW_MS, MAX_AUTHORITY_VALIDITY_MS
from payport.values.signatures.contract import INVALID_SIGNATURE, UNKNOWN_SCHEME

if TYPE_CHECKING:
    from payport.gateway.access.accounts import Readable

_PURPOSE: Final = "pay code"

Digits = Annotated[str, msgspec.Meta(pattern=DIGITS_PATTERN)]
"""19 digits that begin with 62."""


class NewPayCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the phone shows as digits."""

    digits: Digits
    """The digits the phone has drawn and shows."""
    authority: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_SIGNED_AUTHORITY_BYTES)]
    """Encoded signed authority with the digest of the digits, base64."""


class PayCodeView(msgspec.Struct, frozen=True):
    """A pay code that counts."""

    expires_at_ms: int
    """Until when it can be charged."""


class PresentedDigits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a till has read or somebody has typed."""

    digits: Digits
    """The digits."""


class AuthorityView(msgspec.Struct, frozen=True):
    """What a till charges."""

    authority: bytes
    """Encoded signed authority, base64; the charge presents the digits with it."""
    asset: str
    """Currency."""
    cap_minor: int
    """Largest amount that may be charged, in minor units."""
    expires_at_ms: int
    """Until when it can be charged."""


@put(
    "/accounts/{account:str}/pay-codes",
    **open_to(HOLDER, CUSTOMER),
    before_request=takes(MediaType.JSON),
    responses=refuses(
        *BODY,
        *READ,
        codec.MALFORMED_BYTES,
        UNBOUND_KEY,
        UNKNOWN_SCHEME,
        INVALID_SIGNATURE,
        deposited_codes.PAY_CODE_TAKEN,
        deposited_codes.TOO_MANY_PAY_CODES,
    ),
)
async def deposit(request: Request[Any, Any, Any], account: AccountPath, data: NewPayCode, port: Port) -> PayCodeView:
    """Deposit the authority behind the digits a phone shows. The same again changes nothing."""
    readable, now_ms = await require_account(request, port, account), clock_ms()
    asked = await _require_signed(port, readable, data, now_ms)
    digits = port.secret.mac(_PURPOSE, data.digits.encode())
    async with port.database.writing() as connection:
        await deposited_codes.deposit(connection, digits, readable.account, data.authority, asked.expires_at_ms, now_ms)
    return PayCodeView(asked.expires_at_ms)


async def _require_signed(port: Port, readable: Readable, data: NewPayCode, now_ms: int) -> Authority:
    """Insist that a live key of the account signed an authority for these digits that can be charged now."""
    signed = codec.decode_canonical(data.authority, SignedAuthority)
    asked = authorities.read_authority(signed.authority)
    digest = authorities.digits_digest(data.digits, readable.account)
    if (asked.chain_id, asked.account, asked.digits_digest) != (port.trust.chain_id, readable.account, digest):
        MALFORMED_REQUEST.refuse("authority: of another network, account or code")
    if not now_ms <= asked.expires_at_ms <= now_ms + MAX_AUTHORITY_VALIDITY_MS + AUTHORITY_CLOCK_SKEW_MS:
        MALFORMED_REQUEST.refuse("authority: it does not count now")
    known = await port.node.read("keys", signed.public_key)
    key = None if known is None else codec.decode(known, keys.Key)
    if key is None or key.holder != readable.account or key.revoked:
        UNBOUND_KEY.refuse()
    message = authorities.signing_bytes(signed.authority)
    if not holds(reduce_signature(signed.scheme, signed.public_key, message, signed.signature, port.trust.webauthn)):
        INVALID_SIGNATURE.refuse()
    return asked


@post(
    "/pay-codes/resolve",
    **open_to(HOLDER, partner(Scope.ORDERS_WRITE)),
    status_code=HTTPStatus.OK,
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *DENIALS, deposited_codes.UNKNOWN_PAY_CODE),
)
async def resolve(request: Request[Any, Any, Any], data: PresentedDigits, port: Port) -> AuthorityView:
    """Get the authority behind the digits a payer shows, to charge it with them."""
    _, subject = rate_of(caller_of(request))
    await port.rates.take(DIGITS_RATE, subject)
    async with port.database.reading() as connection:
        digits = port.secret.mac(_PURPOSE, data.digits.encode())
        authority = await deposited_codes.find(connection, digits, clock_ms())
    asked = authorities.read_authority(codec.decode_canonical(authority, SignedAuthority).authority)
    return AuthorityView(authority, asked.asset, asked.cap_minor, asked.expires_at_ms)


ROUTES: Final = (deposit, resolve)
"""Routes of this resource."""
