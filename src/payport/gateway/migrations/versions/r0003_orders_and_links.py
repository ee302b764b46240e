"""Add orders that are kept for tills, and links to receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "kept_orders",
        sa.Column("merchant", sa.LargeBinary(16), primary_key=True),
        sa.Column("order_id", sa.String(25), primary_key=True),
        sa.Column("encoded", sa.LargeBinary, nullable=False),
        sa.Column("asset", sa.String(29), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("kept_orders_by_expiry", "kept_orders", ["merchant", "expires_at_ms"])
    op.create_table(
        "receipt_links",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("transaction_id", sa.LargeBinary(32), nullable=False),
        sa.Column("with_balance", sa.Boolean, nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("receipt_links_of_account", "receipt_links", ["account", "transaction_id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("receipt_links")
    op.drop_table("kept_orders")
