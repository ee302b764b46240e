"""Add pay codes of digits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "deposited_codes",
        sa.Column("digits", sa.LargeBinary(32), primary_key=True),
        sa.Column("account", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("authority", sa.LargeBinary, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False, index=True),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("deposited_codes")
