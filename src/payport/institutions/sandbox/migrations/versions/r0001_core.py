"""Add customers, accounts, movements and postings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_LARGEST = 2**53 - 1


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of the core."""
    op.create_table(
        "core_customers",
        sa.Column("id", _number(), primary_key=True),
        sa.Column("account", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("masked_name", sa.String(256), nullable=False),
        sa.Column("blocked", sa.Boolean, nullable=False),
    )
    op.create_table(
        "core_accounts",
        sa.Column("id", _number(), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("customer", _number(), sa.ForeignKey("core_customers.id")),
        sa.Column("asset", sa.String(29), nullable=False),
        sa.Column("balance_minor", sa.BigInteger, nullable=False),
        sa.Column("held_minor", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("customer", "asset", name="core_accounts_one_deposit"),
        sa.CheckConstraint("(kind = 'deposit') = (customer IS NOT NULL)", name="core_accounts_owner"),
        sa.CheckConstraint("held_minor >= 0", name="core_accounts_held"),
        sa.CheckConstraint("kind <> 'deposit' OR held_minor <= balance_minor", name="core_accounts_covered"),
        sa.CheckConstraint(f"balance_minor <= {_LARGEST}", name="core_accounts_largest"),
    )
    only_internal = sa.text("customer IS NULL")
    op.create_index(
        "core_accounts_internal",
        "core_accounts",
        ["kind", "asset"],
        unique=True,
        sqlite_where=only_internal,
        postgresql_where=only_internal,
    )
    op.create_table(
        "core_movements",
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("account", sa.LargeBinary(16)),
        sa.Column("deposit", _number(), sa.ForeignKey("core_accounts.id")),
        sa.Column("asset", sa.String(29)),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name="core_movements_amount"),
        sa.CheckConstraint("(amount_minor = 0) = (deposit IS NULL)", name="core_movements_whole"),
    )
    op.create_table(
        "core_postings",
        sa.Column("id", _number(), primary_key=True),
        sa.Column("key", sa.LargeBinary(32), sa.ForeignKey("core_movements.key"), unique=True),
        sa.Column("payer", _number(), sa.ForeignKey("core_accounts.id"), nullable=False),
        sa.Column("payee", _number(), sa.ForeignKey("core_accounts.id"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("payer_balance_minor", sa.BigInteger, nullable=False),
        sa.Column("payee_balance_minor", sa.BigInteger, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="core_postings_amount"),
        sa.CheckConstraint("payer <> payee", name="core_postings_sides"),
    )
    op.create_index("core_postings_of_payer", "core_postings", ["payer", "id"])
    op.create_index("core_postings_of_payee", "core_postings", ["payee", "id"])


def downgrade() -> None:
    """Remove them."""
    for table in ("core_postings", "core_movements", "core_accounts", "core_customers"):
        op.drop_table(table)
