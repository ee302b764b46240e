"""Tables of the sandbox core. Names of people are here and nowhere else."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from payport.values.money import MAX_AMOUNT_MINOR

VERSION_TABLE: Final = "core_version"
"""Where the number of the layout is kept."""

METADATA: Final = MetaData()
"""Every table of the core."""

MAX_NAME: Final = 128
"""Characters of a name. Masked it may have twice as many: one letter of a word becomes three characters."""

_Number: Final = BigInteger().with_variant(Integer, "sqlite")

DEPOSIT: Final = "deposit"
"""Kind of an account: a customer's money."""

NETWORK: Final = "network"
"""Kind of an account: what was moved out to the network; one per asset."""

OPENING: Final = "opening"
"""Kind of an account: where deposits came from when they were opened; one per asset."""

CUSTOMERS: Final = Table(
    "core_customers",
    METADATA,
    Column("id", _Number, primary_key=True),
    Column("name", String(MAX_NAME), nullable=False),
    Column("masked_name", String(2 * MAX_NAME), nullable=False),
    Column("blocked", Boolean, nullable=False),
    Column("reference", LargeBinary(16), nullable=False),
    UniqueConstraint("reference", name="core_customers_reference"),
)
"""One row a customer; ``reference`` is what the network calls him by until he is linked."""

LINKS: Final = Table(
    "core_links",
    METADATA,
    Column("account", LargeBinary(16), primary_key=True),
    Column("customer", _Number, ForeignKey("core_customers.id"), nullable=False, index=True),
)
"""One row an account of the ledger that stands for a customer; erasing the row erases the link."""

CARDS: Final = Table(
    "core_cards",
    METADATA,
    Column("number", String(19), primary_key=True),
    Column("customer", _Number, ForeignKey("core_customers.id"), nullable=False, index=True),
    Column("phone", String(16), nullable=False),
)
"""One row a card, with the phone its holder registered. Whole numbers are here and nowhere else."""

ACCOUNTS: Final = Table(
    "core_accounts",
    METADATA,
    Column("id", _Number, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("customer", _Number, ForeignKey("core_customers.id")),
    Column("asset", String(29), nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("held_minor", BigInteger, nullable=False),
    UniqueConstraint("customer", "asset", name="core_accounts_one_deposit"),
    CheckConstraint("(kind = 'deposit') = (customer IS NOT NULL)", name="core_accounts_owner"),
    CheckConstraint("held_minor >= 0", name="core_accounts_held"),
    CheckConstraint("kind <> 'deposit' OR held_minor <= balance_minor", name="core_accounts_covered"),
    CheckConstraint(f"balance_minor <= {MAX_AMOUNT_MINOR}", name="core_accounts_largest"),
)
"""One row an account of the core. The balance is what the bank owes on it; ``held_minor`` of it is reserved."""

INTERNAL_ACCOUNT: Final = Index(
    "core_accounts_internal",
    ACCOUNTS.c.kind,
    ACCOUNTS.c.asset,
    unique=True,
    sqlite_where=ACCOUNTS.c.customer.is_(None),
    postgresql_where=ACCOUNTS.c.customer.is_(None),
)
"""One network and one opening account per asset."""

MOVEMENTS: Final = Table(
    "core_movements",
    METADATA,
    Column("key", LargeBinary(32), primary_key=True),
    Column("account", LargeBinary(16)),
    Column("deposit", _Number, ForeignKey("core_accounts.id")),
    Column("asset", String(29)),
    Column("amount_minor", BigInteger, nullable=False),
    Column("state", String(9), nullable=False),
    CheckConstraint("amount_minor >= 0", name="core_movements_amount"),
    CheckConstraint("(amount_minor = 0) = (deposit IS NULL)", name="core_movements_whole"),
)
"""One row a key; without deposit and amount where a key was released that never was reserved."""

POSTINGS: Final = Table(
    "core_postings",
    METADATA,
    Column("id", _Number, primary_key=True),
    Column("key", LargeBinary(32), ForeignKey("core_movements.key"), unique=True),
    Column("payer", _Number, ForeignKey("core_accounts.id"), nullable=False),
    Column("payee", _Number, ForeignKey("core_accounts.id"), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("payer_balance_minor", BigInteger, nullable=False),
    Column("payee_balance_minor", BigInteger, nullable=False),
    CheckConstraint("amount_minor > 0", name="core_postings_amount"),
    CheckConstraint("payer <> payee", name="core_postings_sides"),
    Index("core_postings_of_payer", "payer", "id"),
    Index("core_postings_of_payee", "payee", "id"),
)
"""One row a double entry: both sides in one row, so that it cannot be out of balance. Never changed."""
