"""Sessions: ask for a challenge, sign it with a device key or passkey, and get a token that lasts some minutes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec

from payport.gateway import idempotent
from payport.gateway.access import credentials, passkeys, sessions
from payport.gateway.access.authentication import read_bearer
from payport.gateway.access.callers import Customer, Role
from payport.gateway.access.challenges import make_challenge, require_challenge
from payport.gateway.access.grants import ANYBODY, CUSTOMER, open_to, staff
from payport.gateway.access.limits import SIGN_IN_RATE
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.per_address import address_of
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, MALFORMED_REQUEST, refuses, takes
from payport.gateway.rates import TOO_MANY_REQUESTS
from payport.history.verified import holds
from payport.values.access import ACCESS_DENIED
from payport.values.sign_in import CHALLENGE_BYTES, signing_bytes
from payport.values.signatures import ed25519
from payport.values.signatures.contract import ED25519, Primitive

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

ChallengeBytes = Annotated[bytes, msgspec.Meta(min_length=CHALLENGE_BYTES, max_length=CHALLENGE_BYTES)]
"""A challenge; base64 in JSON."""

PublicKey32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""An Ed25519 public key; base64 in JSON."""

Signature64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
"""An Ed25519 signature; base64 in JSON."""


class ChallengeView(msgspec.Struct, frozen=True):
    """Something to sign."""

    challenge: bytes
    """Challenge, base64. A passkey signs it as WebAuthn says, a device key as the reference says."""
    expires_at_ms: int
    """Until when it can be answered."""
    chain_id: str
    """Network, which a device key signs with it."""
    rp_id: str
    """Relying party id for passkeys."""


class DeviceAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A challenge signed by a registered device key."""

    credential: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """Credential id of the key."""
    signature: Signature64
    """Signature over the sign-in tag and the array of network, challenge, public key."""


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A challenge with the answer of one key: a device's or a passkey."""

    challenge: ChallengeBytes
    """The challenge, base64."""
    device: DeviceAnswer | None = None
    """Answer of a device key."""
    passkey: passkeys.PasskeyAnswer | None = None
    """Answer of a passkey."""


class SessionView(msgspec.Struct, frozen=True):
    """A session."""

    token: str
    """Send it as `Authorization: Bearer TOKEN`."""
    expires_at_ms: int
    """Until when it counts."""
    kind: str
    """``customer`` or ``staff``."""
    subject: str
    """Customer or member id."""
    institution: str | None
    """Institution of a member of staff."""
    role: str | None
    """Role of a member of staff."""


@get("/challenge", **open_to(ANYBODY), responses=refuses())
async def challenge(port: Port) -> ChallengeView:
    """Get something to sign, for signing up, signing in or adding a key; nothing is kept of it."""
    made, expires_at_ms = make_challenge(port.secret, clock_ms())
    return ChallengeView(made, expires_at_ms, port.trust.chain_id, port.settings.rp_id)


def require_device(port: Port, challenge: bytes, public_key: bytes, signature: bytes) -> None:
    """Insist that a device key signed the challenge; raises ``access_denied``."""
    message = signing_bytes(port.trust.chain_id, challenge, public_key)
    if not ed25519.is_bindable(public_key) or not holds(Primitive(ED25519, public_key, message, signature)):
        ACCESS_DENIED.refuse()


async def _answered_by(connection: AsyncConnection, port: Port, data: SignIn) -> bytes:
    """Return the credential that signed the challenge; raises ``access_denied``."""
    if data.passkey is not None:
        found = await credentials.find_passkey(connection, passkeys.decode_id(data.passkey.raw_id))
        if found is None:
            ACCESS_DENIED.refuse()
        passkeys.verify(port.settings, data.challenge, data.passkey, found.public_key)
        return bytes(found.id)
    assert data.device is not None, "one of both is there"
    found = await credentials.find(connection, bytes.fromhex(data.device.credential))
    if found is None or found.scheme != credentials.DEVICE:
        ACCESS_DENIED.refuse()
    require_device(port, data.challenge, found.public_key, data.device.signature)
    return bytes(found.id)


@post(
    "/sessions",
    **open_to(ANYBODY),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, ACCESS_DENIED, TOO_MANY_REQUESTS),
        int(HTTPStatus.CREATED): ResponseSpec(SessionView, generate_examples=False, description="A session."),
    },
)
async def sign_in(
    request: Request[Any, Any, Any], data: SignIn, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Sign in with a device key or a passkey. A challenge opens one session."""
    if (data.device is None) == (data.passkey is None):
        MALFORMED_REQUEST.refuse("answer with either device or passkey")
    await port.rates.take(SIGN_IN_RATE, address_of(request.scope))
    require_challenge(port.secret, data.challenge, clock_ms())

    async def work(connection: AsyncConnection) -> SessionView:
        credential = await _answered_by(connection, port, data)
        token, expires_at_ms = await sessions.open_session(connection, credential, data.challenge, clock_ms())
        who = await sessions.find(connection, token, clock_ms())
        if isinstance(who, Customer):
            return SessionView(token, expires_at_ms, who.kind, who.id.hex(), None, None)
        return SessionView(token, expires_at_ms, who.kind, who.id.hex(), who.institution, who.role)

    return await answer_once(request, port, (f"challenge:{data.challenge.hex()}", idempotency_key), work)


@delete("/sessions/current", **open_to(CUSTOMER, staff(*Role)), responses=refuses(ACCESS_DENIED, TOO_MANY_REQUESTS))
async def sign_out(request: Request[Any, Any, Any], port: Port) -> None:
    """End the session that the request shows."""
    async with port.database.writing() as connection:
        await sessions.end(connection, read_bearer(request.headers["authorization"]), clock_ms())


ROUTES: Final = (challenge, sign_in, sign_out)
"""Routes of this resource."""
