"""Add customers, staff, keys, sessions, the audit log, rates, and requests that may be sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_TABLES = (
    "idempotency_keys",
    "rates",
    "audit_heads",
    "audit_log",
    "api_keys",
    "customer_accounts",
    "sessions",
    "credentials",
    "staff_invitations",
    "staff",
    "customers",
)


def upgrade() -> None:
    """Make the tables, and the triggers that let the audit log only grow."""
    _make_people()
    _make_keys()
    _make_audit_log()
    _make_counters()


def _make_people() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("erased_at_ms", sa.BigInteger),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("institution", sa.String(16), nullable=False, index=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("removed_at_ms", sa.BigInteger),
    )
    op.create_table(
        "staff_invitations",
        sa.Column("code_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("staff", sa.LargeBinary(16), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("used_at_ms", sa.BigInteger),
    )


def _make_keys() -> None:
    op.create_table(
        "credentials",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("subject_kind", sa.String(8), nullable=False),
        sa.Column("subject", sa.LargeBinary(16), nullable=False),
        sa.Column("scheme", sa.String(16), nullable=False),
        sa.Column("passkey", sa.LargeBinary),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger),
        sa.UniqueConstraint("public_key", name="credentials_one_owner"),
        sa.UniqueConstraint("passkey", name="credentials_one_passkey"),
        sa.Index("credentials_of_subject", "subject_kind", "subject"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("credential", sa.LargeBinary(16), sa.ForeignKey("credentials.id"), nullable=False, index=True),
        sa.Column("challenge", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False, index=True),
        sa.Column("ended_at_ms", sa.BigInteger),
    )
    op.create_table(
        "customer_accounts",
        sa.Column("customer", sa.LargeBinary(16), sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("account", sa.LargeBinary(16), primary_key=True),
        sa.Column("institution", sa.String(16), nullable=False),
        sa.Column("linked_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("institution", sa.String(16), nullable=False, index=True),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("accounts", sa.Text, nullable=False),
        sa.Column("created_by", sa.LargeBinary(16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger),
    )


def _make_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("institution", sa.String(16), nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(48), nullable=False),
        sa.Column("action", sa.String(160), nullable=False),
        sa.Column("target", sa.String(400), nullable=False),
        sa.Column("allowed", sa.String(8), nullable=False),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.UniqueConstraint("institution", "sequence", name="audit_log_without_gaps"),
    )
    op.create_table(
        "audit_heads",
        sa.Column("institution", sa.String(16), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_only_grows()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_log_no_{change.lower()} BEFORE {change} ON audit_log "
            "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"
        )


def _make_counters() -> None:
    op.create_table(
        "rates",
        sa.Column("subject", sa.String(80), primary_key=True),
        sa.Column("window", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False, index=True),
        sa.Column("used", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(96), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("kept_at_ms", sa.BigInteger, nullable=False),
        sa.Index("idempotency_keys_of_scope", "scope", "kept_at_ms"),
        sa.Index("idempotency_keys_old", "kept_at_ms"),
    )


def downgrade() -> None:
    """Remove them."""
    for name in _TABLES:
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_only_grows()")
