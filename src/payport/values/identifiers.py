r"""Identifiers: institutions, accounts, assets, keys, transactions, and their text forms.

Patterns end in ``$(?!\n)``: ``$`` alone also matches before a line feed at the end, and a name has one spelling.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

import msgspec

from payport.values.refusals import RefusalClass, RefusalCode

InstitutionId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{1,15}$(?!\n)")]
"""An institution's short name on the ledger, 2 to 16 characters of a-z, 0-9 and hyphen."""

AccountId: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
"""16 random bytes; text form is 32 lower-case hexadecimal digits."""

AssetId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{3}|[a-z][a-z0-9-]{1,15}:[A-Z0-9]{1,12})$(?!\n)")]
"""An ISO 4217 alphabetic code (obligor: the account's institution) or ``issuer:CODE`` (obligor: the issuer)."""

TransactionId: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""Tagged hash of a transaction's body."""

Digest: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""Any other 32-byte hash."""

Nonce: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
"""16 random bytes that make two equal payments two transactions."""

PublicKey: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=32, max_length=65)]
"""A public key as its scheme writes it: 32 bytes Ed25519, 65 bytes uncompressed P-256."""

SchemeName: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,16}$(?!\n)")]
"""Name of a signature scheme, as in :mod:`payport.values.signatures.table`."""

ChainId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,30}-[0-9a-f]{16}$(?!\n)")]
"""A network's name, a hyphen, and the first 8 bytes of its genesis hash in hexadecimal."""

MerchantCategory: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}$(?!\n)")]
"""ISO 18245 merchant category code; ``0000`` for a person."""

MALFORMED_IDENTIFIER: Final = RefusalCode(
    "malformed_identifier",
    RefusalClass.MALFORMED,
    "An identifier is not written as it should be.",
    "标识符格式不正确。",
)
"""Raised where a person or program typed an identifier wrongly."""

REFUSALS: Final = (MALFORMED_IDENTIFIER,)
"""Refusals of this module."""

_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")


def parse_hex(text: str, length_bytes: int) -> bytes:
    """Read lower-case hexadecimal of exactly ``length_bytes`` bytes; raises ``malformed_identifier``."""
    if len(text) != 2 * length_bytes or not _HEX.fullmatch(text):
        MALFORMED_IDENTIFIER.refuse(f"expected {2 * length_bytes} lower-case hexadecimal digits")
    return bytes.fromhex(text)


def is_currency(asset: str) -> bool:
    """Tell whether ``asset`` is an ISO 4217 currency, whose obligor is the institution of the account."""
    return len(asset) == 3  # noqa: PLR2004 - the length of an ISO 4217 code; issuer:CODE is longer
