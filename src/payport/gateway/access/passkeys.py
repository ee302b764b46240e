"""Passkeys (WebAuthn level 3) as credentials of the port: registering one, and signing in with it.

User verification is asked for always: a passkey stands for a person, not for a device left on a table. Attestation is
not asked for, and the signature counter is ignored: synchronised passkeys count nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException

from payport.values.access import ACCESS_DENIED
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.gateway.settings import Settings

PASSKEY_REFUSED: Final = RefusalCode(
    "passkey_refused",
    RefusalClass.MALFORMED,
    "The passkey's answer does not fit the challenge, this site or the algorithms taken here.",
    "通行密钥的应答与挑战、本站点或支持的算法不符。",
)
"""Registered are ES256 and EdDSA keys, made for this site, with the person verified."""

REFUSALS: Final = (PASSKEY_REFUSED,)
"""Refusals of this module."""

ALGORITHMS: Final = [COSEAlgorithmIdentifier.EDDSA, COSEAlgorithmIdentifier.ECDSA_SHA_256]
"""Algorithms taken: those every authenticator has one of."""


Base64Url = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,8192}$")]
"""Bytes in URL-safe base64 without padding, as browsers write them."""


class AttestationResponse(msgspec.Struct, frozen=True, rename="camel"):
    """What the authenticator made; further members that browsers add are not looked at."""

    client_data_json: Base64Url = msgspec.field(name="clientDataJSON")
    """Client data, JSON in base64url."""
    attestation_object: Base64Url
    """Attestation object, CBOR in base64url."""


class NewPasskey(msgspec.Struct, frozen=True, rename="camel"):
    """``PublicKeyCredential.toJSON()`` after ``navigator.credentials.create``."""

    id: Base64Url
    """Id of the passkey."""
    raw_id: Base64Url
    """The same."""
    response: AttestationResponse
    """What the authenticator made."""
    type: Literal["public-key"] = "public-key"
    """Always ``public-key``."""


class AssertionResponse(msgspec.Struct, frozen=True, rename="camel"):
    """What the authenticator signed."""

    client_data_json: Base64Url = msgspec.field(name="clientDataJSON")
    """Client data, JSON in base64url."""
    authenticator_data: Base64Url
    """Authenticator data, in base64url."""
    signature: Base64Url
    """Signature over both."""


class PasskeyAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """``PublicKeyCredential.toJSON()`` after ``navigator.credentials.get``."""

    id: Base64Url
    """Id of the passkey."""
    raw_id: Base64Url
    """The same."""
    response: AssertionResponse
    """What the authenticator signed."""
    type: Literal["public-key"] = "public-key"
    """Always ``public-key``."""


_WRONG: Final = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What the library raises for an answer that is not as it should be, its parsers of CBOR included."""


class Registered(NamedTuple):
    """A passkey that was registered."""

    passkey: bytes
    """Id the authenticator gave it."""
    public_key: bytes
    """Public key in COSE form."""


def register(settings: Settings, challenge: bytes, response: NewPasskey) -> Registered:
    """Verify what ``navigator.credentials.create`` returned, as JSON; raises ``passkey_refused``."""
    try:
        found = webauthn.verify_registration_response(
            credential=msgspec.to_builtins(response),
            expected_challenge=challenge,
            expected_rp_id=settings.rp_id,
            expected_origin=list(settings.origins),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except _WRONG:
        PASSKEY_REFUSED.refuse()
    return Registered(found.credential_id, found.credential_public_key)


def verify(settings: Settings, challenge: bytes, response: PasskeyAnswer, public_key: bytes) -> None:
    """Verify what ``navigator.credentials.get`` returned, as JSON; raises ``access_denied``."""
    try:
        webauthn.verify_authentication_response(
            credential=msgspec.to_builtins(response),
            expected_challenge=challenge,
            expected_rp_id=settings.rp_id,
            expected_origin=list(settings.origins),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _WRONG:
        ACCESS_DENIED.refuse()


def decode_id(text: str) -> bytes:
    """Return a passkey's id; raises ``access_denied``."""
    try:
        return base64url_to_bytes(text)
    except ValueError:
        ACCESS_DENIED.refuse()
