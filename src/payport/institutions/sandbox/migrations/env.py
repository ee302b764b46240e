"""Runs migrations against the database the caller names."""

from __future__ import annotations

from alembic import context

from payport.database.migrations import run_migrations
from payport.institutions.sandbox.tables import METADATA, VERSION_TABLE

run_migrations(context.config.attributes, METADATA, VERSION_TABLE)
