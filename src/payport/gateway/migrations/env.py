"""Runs migrations against the database the caller names."""

from __future__ import annotations

from alembic import context

from payport.database.migrations import run_migrations
from payport.gateway import outbox
from payport.gateway.access import tables
from payport.gateway.database import METADATA, VERSION_TABLE

assert {outbox.ITEMS.name, tables.STAFF.name} <= set(METADATA.tables), "every module of tables is imported"
run_migrations(context.config.attributes, METADATA, VERSION_TABLE)
