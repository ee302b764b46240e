"""Add webhooks, their deliveries and attempts, and the lease of the worker that sends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("institution", sa.String(16), nullable=False, index=True),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("url", sa.String(1_000), nullable=False),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("accounts", sa.Text, nullable=False),
        sa.Column("api_key", sa.LargeBinary(16)),
        sa.Column("created_by", sa.LargeBinary(16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("previous_secret", sa.LargeBinary),
        sa.Column("previous_until_ms", sa.BigInteger),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("disabled_reason", sa.String(16)),
        sa.Column("disabled_at_ms", sa.BigInteger),
        sa.Column("failing_since_ms", sa.BigInteger),
        sa.Column("unreachable", sa.Integer, nullable=False),
        sa.Column("paused_until_ms", sa.BigInteger, nullable=False),
    )
    webhook = sa.ForeignKey("webhooks.id", ondelete="CASCADE")
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("webhook", sa.LargeBinary(16), webhook, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at_ms", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False, index=True),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Index("webhook_deliveries_due", "webhook", "state", "due_at_ms", "number"),
        sa.Index("webhook_deliveries_listed", "webhook", "number"),
    )
    delivery = sa.ForeignKey("webhook_deliveries.id", ondelete="CASCADE")
    op.create_table(
        "webhook_attempts",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("delivery", sa.LargeBinary(16), delivery, nullable=False, index=True),
        sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("failure", sa.String(24)),
        sa.Column("took_ms", sa.Integer, nullable=False),
    )
    op.create_table(
        "webhook_leases",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("holder", sa.LargeBinary(16), nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("webhook_leases", "webhook_attempts", "webhook_deliveries", "webhooks"):
        op.drop_table(name)
