"""`payport database` as an operator runs it, on both kinds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from payport.cli.database import PACKAGES
from tests.databases import plain_engine

if TYPE_CHECKING:
    from tests.databases import Databases

PAYPORT = [sys.executable, "-m", "payport.cli.main", "database"]


def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PAYPORT, *arguments], input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_up_down_and_where_it_is(database_url: str) -> None:
    def told(*arguments: str, typed: str = "") -> object:
        finished = run(*arguments, "--url", database_url, "--json", typed=typed)
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)["current"]

    assert told("status", "port") is None
    head = told("migrate", "port")
    assert head == told("status", "port") == told("migrate", "port")
    refused = run("downgrade", "port", "--revision", "base", "--url", database_url, typed="n\n")
    assert (refused.returncode, told("status", "port")) == (1, head)
    assert told("downgrade", "port", "--revision", "base", typed="y\n") is None
    assert sqlalchemy.inspect(plain_engine(database_url)).get_table_names() == []
    for_people = run("status", "port", "--url", database_url)
    assert (for_people.stdout, "migrate port" in for_people.stderr) == (f"port: no tables of {head}\n", True)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_database_by_its_name(databases: Databases, name: str) -> None:
    finished = run("migrate", name, "--url", databases.url(), "--json")
    found = json.loads(finished.stdout)
    assert found == {"database": name, "current": found["head"], "head": found["head"]}


def test_refusals() -> None:
    away = run("status", "port", "--url", "postgresql://nobody@/none?host=/nowhere")
    assert (away.returncode, "database_unavailable" in away.stderr, "Traceback" in away.stderr) == (1, True, False)
    other = run("status", "port", "--url", "mysql://host/port")
    assert (other.returncode, "unsupported_database" in other.stderr) == (1, True)
    assert run("status", "other", "--url", "sqlite:///f").returncode == 2
    assert run("downgrade", "port", "--url", "sqlite:///f").returncode == 2


@pytest.mark.parametrize("command", [(), ("status",), ("migrate",), ("downgrade",)])
def test_help(command: tuple[str, ...]) -> None:
    assert run(*command, "--help").returncode == 0
