"""What tests of every layer may ask for: real databases of both kinds, tokens that keep keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.databases import Databases, NoServerError, any_server, databases_for, kinds, no_server, own_server
from tests.signers.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of the server of this run, started with the first test that asks."""
    try:
        with any_server() as url:
            yield url
    except NoServerError as error:
        no_server(error)


@pytest.fixture(params=kinds())
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Empty databases, once of each kind."""
    made = databases_for(request, tmp_path_factory)
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


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokens]:
    """Where tokens are made; the module reads none but these, in this process and in those it starts."""
    made = Tokens(tmp_path_factory.mktemp("softhsm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(made.configuration))
        yield made
