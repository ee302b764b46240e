"""What tests of every layer may ask for: real databases of both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.databases import KINDS, Databases, NoServerError, any_server, no_server, opened, own_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Server


def _kinds() -> list[object]:
    return [pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in KINDS]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of the server of this run, started with the first test that asks."""
    try:
        with any_server() as url:
            yield url
    except NoServerError as error:
        no_server(error)


@pytest.fixture(params=_kinds())
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Empty databases, once of each kind."""
    server = request.getfixturevalue("postgresql_server") if request.param == "postgresql" else None
    made = opened(request.param, tmp_path_factory.mktemp("databases"), server)
    yield made
    made.close()


@pytest.fixture
def database_url(databases: Databases) -> str:
    """Return one empty database, once of each kind."""
    return databases.url()


@pytest.fixture
def server_to_stop() -> Iterator[Server]:
    """Return a PostgreSQL server that the test may stop and start again."""
    try:
        with own_server() as server:
            yield server
    except NoServerError as error:
        no_server(error)
