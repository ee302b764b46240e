"""Add the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of the outbox."""
    op.create_table(
        "outbox_items",
        sa.Column("sequence", _number(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("envelopes", sa.LargeBinary, nullable=False),
        sa.Column("valid_until_ms", sa.BigInteger, nullable=False),
        sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
        sa.Column("refused", sa.String(41)),
    )
    op.create_table(
        "outbox_members",
        sa.Column("transaction_id", sa.LargeBinary(32), primary_key=True),
        sa.Column(
            "item",
            _number(),
            sa.ForeignKey("outbox_items.sequence", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("valid_until_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_outbox_members_item", "outbox_members", ["item"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("outbox_members")
    op.drop_table("outbox_items")
