"""Identifiers in paths, as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Annotated, Final

from litestar.params import Parameter

AccountPath = Annotated[
    str, Parameter(pattern="^[0-9a-f]{32}$", description="Account id, 32 lower-case hexadecimal digits.")
]
"""An account in a path."""

TransactionPath = Annotated[
    str, Parameter(pattern="^[0-9a-f]{64}$", description="Transaction id, 64 lower-case hexadecimal digits.")
]
"""A transaction in a path."""

IdPath = Annotated[str, Parameter(pattern="^[0-9a-f]{32}$", description="Id, 32 lower-case hexadecimal digits.")]
"""Anything else that has a random id of 16 bytes in a path."""

InstitutionPath = Annotated[
    str,
    Parameter(pattern="^[a-z][a-z0-9-]{1,15}$", description="Institution id, as the network lists it."),
]
"""An institution in a path."""

ACCOUNT_BYTES: Final = 16
"""Length of an account id."""

TRANSACTION_BYTES: Final = 32
"""Length of a transaction id."""

ID_BYTES: Final = 16
"""Length of every other id."""
