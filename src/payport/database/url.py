"""Which databases there are: ``sqlite:///FILE`` or ``postgresql://...``; drivers are chosen here."""

from __future__ import annotations

from typing import Final

import sqlalchemy

from payport.values.refusals import RefusalClass, RefusalCode

UNSUPPORTED_DATABASE: Final = RefusalCode(
    "unsupported_database",
    RefusalClass.MALFORMED,
    "The database URL is not one of sqlite:///FILE or postgresql://...",
    "不支持的数据库地址：应为 sqlite:///文件 或 postgresql://...",
)
"""Another kind of database, or no URL at all."""

REFUSALS: Final = (UNSUPPORTED_DATABASE,)
"""Refusals of this module."""

_DRIVERS: Final = {
    "sqlite": ("sqlite", "sqlite+aiosqlite"),
    "postgresql": ("postgresql+psycopg", "postgresql+psycopg"),
}


def with_driver(url: str, *, asynchronous: bool) -> sqlalchemy.URL:
    """Return the URL with the driver for blocking or asynchronous use; raises ``unsupported_database``."""
    try:
        parsed = sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        UNSUPPORTED_DATABASE.refuse()
    drivers = _DRIVERS.get(parsed.drivername)
    if drivers is None:
        UNSUPPORTED_DATABASE.refuse(parsed.drivername)
    return parsed.set(drivername=drivers[asynchronous])
