"""What a signature scheme is: a form that reduces to one primitive check.

A scheme knows the form of its signatures (lengths, a WebAuthn assertion's fields) and none of the curve arithmetic.
What is left after :meth:`Scheme.reduce` is a :class:`Primitive`, which a backend verifies alone or in batches: the
pure-Python one in :mod:`payport.values.signatures.pure`, or native code in the ledger. Both must give one answer.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from payport.values.refusals import RefusalClass, RefusalCode

ED25519: Final = "ed25519"
"""Algorithm name of Ed25519 verified under ZIP-215."""

P256: Final = "p256"
"""Algorithm name of ECDSA on P-256 over a 32-byte digest."""

PRIMITIVE_SIGNATURE_BYTES: Final = 64
"""Both algorithms sign in two 32-byte halves: R and S, or r and s."""

INVALID_SIGNATURE: Final = RefusalCode(
    "invalid_signature",
    RefusalClass.UNAUTHORISED,
    "A signature does not verify.",
    "签名验证失败。",
)
"""Raised for a signature of the wrong form, and for one that does not verify."""

UNKNOWN_SCHEME: Final = RefusalCode(
    "unknown_scheme",
    RefusalClass.MALFORMED,
    "The signature scheme is not known.",
    "未知的签名方案。",
)
"""Raised for a scheme name that is not in the table."""

UNBINDABLE_KEY: Final = RefusalCode(
    "unbindable_key",
    RefusalClass.MALFORMED,
    "This public key cannot be bound: it is not a valid key of its scheme.",
    "该公钥不是所属签名方案的有效公钥。",
)
"""Raised where a key is to be bound that its scheme does not accept."""

REFUSALS: Final = (INVALID_SIGNATURE, UNKNOWN_SCHEME, UNBINDABLE_KEY)
"""Refusals of signature schemes."""


class Primitive(NamedTuple):
    """One check a backend can do without knowing the scheme it came from."""

    algorithm: str
    """``ed25519`` or ``p256``."""
    public_key: bytes
    """32 bytes for Ed25519, 65 bytes uncompressed for P-256; not yet known to be a point of the curve."""
    message: bytes
    """The whole message for Ed25519, its 32-byte digest for P-256."""
    signature: bytes
    """64 bytes: R and S, or r and s."""


class WebAuthnPolicy(NamedTuple):
    """Which relying parties and origins a network accepts; genesis sets it. Empty means no assertion is accepted."""

    rp_ids: tuple[str, ...]
    """Relying party ids, as the authenticator hashed them."""
    origins: tuple[str, ...]
    """Origins, as the browser wrote them."""


class Scheme(Protocol):
    """A signature scheme; each is a module of this package."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module constant seen through a protocol
        """Name on the wire."""

    def is_bindable(self, public_key: bytes) -> bool:
        """Tell whether the key may be bound to an account or institution."""

    def reduce(self, public_key: bytes, message: bytes, signature: bytes, policy: WebAuthnPolicy) -> Primitive:
        """Reduce to the check that decides; raises ``invalid_signature`` when the form is wrong."""
