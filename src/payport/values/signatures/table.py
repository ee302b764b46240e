"""The table of signature schemes by their name on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.values.signatures import ed25519, webauthn
from payport.values.signatures.contract import UNBINDABLE_KEY, UNKNOWN_SCHEME

if TYPE_CHECKING:
    from payport.values.signatures.contract import Scheme

SCHEMES: Final[dict[str, Scheme]] = {ed25519.NAME: ed25519, webauthn.NAME: webauthn}
"""Every scheme the network knows."""


def scheme_named(name: str) -> Scheme:
    """Return the scheme; raises ``unknown_scheme``."""
    scheme = SCHEMES.get(name)
    if scheme is None:
        UNKNOWN_SCHEME.refuse(repr(name))
    return scheme


def require_bindable(name: str, public_key: bytes) -> None:
    """Insist that a key may be bound under a scheme; raises ``unknown_scheme`` or ``unbindable_key``."""
    if not scheme_named(name).is_bindable(public_key):
        UNBINDABLE_KEY.refuse(f"{name} key {public_key.hex()}")
