"""Which databases there are, and what of a URL is refused."""

from __future__ import annotations

import pytest

from payport.database.url import with_driver
from payport.values.refusals import Refusal


@pytest.mark.parametrize(
    "url", ["", "index.sqlite", "mysql://host/index", "sqlite+other:///file", "postgresql://h:x/d"]
)
def test_unsupported_database(url: str) -> None:
    with pytest.raises(Refusal, match="unsupported_database"):
        with_driver(url, asynchronous=False)


def test_both_databases_have_drivers() -> None:
    assert with_driver("sqlite:///f", asynchronous=True).drivername == "sqlite+aiosqlite"
    assert with_driver("postgresql://host/f", asynchronous=False).drivername == "postgresql+psycopg"
