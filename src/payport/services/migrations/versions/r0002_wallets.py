"""Add cards in their order, contacts and requests for money."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of what cardholders keep."""
    op.create_table(
        "wallet_cards",
        sa.Column("customer", sa.LargeBinary(16), primary_key=True),
        sa.Column("account", sa.LargeBinary(16), primary_key=True),
        sa.Column("institution", sa.String(16), nullable=False),
        sa.Column("masked_card", sa.String(32), nullable=False),
        sa.Column("masked_name", sa.String(256), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("bound_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "wallet_default_cards",
        sa.Column("customer", sa.LargeBinary(16), primary_key=True),
        sa.Column("purpose", sa.String(8), primary_key=True),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
    )
    op.create_table(
        "wallet_contacts",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("customer", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("alias", sa.String(254)),
        sa.Column("account", sa.LargeBinary(16)),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.Index("wallet_contacts_of_customer", "customer", "id"),
        sa.CheckConstraint("alias IS NOT NULL OR account IS NOT NULL", name="wallet_contacts_reachable"),
    )
    op.create_table(
        "wallet_requests",
        sa.Column("number", _Number, primary_key=True),
        sa.Column("id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("payee", sa.LargeBinary(16), nullable=False),
        sa.Column("payee_account", sa.LargeBinary(16), nullable=False),
        sa.Column("payer_account", sa.LargeBinary(16), nullable=False),
        sa.Column("asset", sa.String(29), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("text", sa.String(140), nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("payment", sa.LargeBinary(32), unique=True),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Index("wallet_requests_of_payer", "payer_account", "number"),
        sa.Index("wallet_requests_of_payee", "payee", "number"),
        sa.Index("wallet_requests_old", "expires_at_ms"),
        sa.CheckConstraint("amount_minor > 0", name="wallet_requests_amount"),
        sa.CheckConstraint("(state = 'paid') = (payment IS NOT NULL)", name="wallet_requests_paid"),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("wallet_requests", "wallet_contacts", "wallet_default_cards", "wallet_cards"):
        op.drop_table(name)
