"""Tables of what cardholders keep, in the database of the institution that runs the app."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table

from payport.services.tables import METADATA

_Number: Final = BigInteger().with_variant(Integer, "sqlite")

WALLET_CARDS: Final = Table(
    "wallet_cards",
    METADATA,
    Column("customer", LargeBinary(16), primary_key=True),
    Column("account", LargeBinary(16), primary_key=True),
    Column("institution", String(16), nullable=False),
    Column("masked_card", String(32), nullable=False),
    Column("masked_name", String(256), nullable=False),
    Column("label", String(64), nullable=False),
    Column("place", Integer, nullable=False),
    Column("bound_at_ms", BigInteger, nullable=False),
)
"""One row a card in a customer's app; ``place`` orders them."""

DEFAULT_CARDS: Final = Table(
    "wallet_default_cards",
    METADATA,
    Column("customer", LargeBinary(16), primary_key=True),
    Column("purpose", String(8), primary_key=True),
    Column("account", LargeBinary(16), nullable=False),
)
"""One row a purpose for which a customer has chosen a card."""

CONTACTS: Final = Table(
    "wallet_contacts",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("customer", LargeBinary(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("alias", String(254)),
    Column("account", LargeBinary(16)),
    Column("changed_at_ms", BigInteger, nullable=False),
    Index("wallet_contacts_of_customer", "customer", "id"),
    CheckConstraint("alias IS NOT NULL OR account IS NOT NULL", name="wallet_contacts_reachable"),
)
"""One row somebody a customer pays: by alias, by account, or both."""

REQUESTS: Final = Table(
    "wallet_requests",
    METADATA,
    Column("number", _Number, primary_key=True),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("payee", LargeBinary(16), nullable=False),
    Column("payee_account", LargeBinary(16), nullable=False),
    Column("payer_account", LargeBinary(16), nullable=False),
    Column("asset", String(29), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("text", String(140), nullable=False),
    Column("state", String(9), nullable=False),
    Column("payment", LargeBinary(32), unique=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Index("wallet_requests_of_payer", "payer_account", "number"),
    Index("wallet_requests_of_payee", "payee", "number"),
    Index("wallet_requests_old", "expires_at_ms"),
    CheckConstraint("amount_minor > 0", name="wallet_requests_amount"),
    CheckConstraint("(state = 'paid') = (payment IS NOT NULL)", name="wallet_requests_paid"),
)
"""One row a request for money. It is a notice: only a payment the payer signs moves anything."""
