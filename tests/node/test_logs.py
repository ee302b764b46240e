"""The log of a process: one line of JSON an entry, as much as was asked for, errors without their text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from payport.node import logs
from payport.values.refusals import Refusal

PROGRAM = """
import asyncio, logging
import structlog
from payport.node import logs

assert logs.begin("till") is logs.level()
log = structlog.get_logger()
for level in logs.Level:
    getattr(log, level.value)("said", of=level.value)

def fail():
    try:
        raise KeyError("typed by somebody")
    except KeyError as error:
        raise ValueError("typed by somebody") from error

for write in (lambda error: log.error("failed", exc_info=error), lambda _: logging.getLogger("x").exception("failed")):
    try:
        fail()
    except ValueError as error:
        write(error)

async def forget():
    async def raising():
        raise ValueError("typed by somebody")
    task = asyncio.ensure_future(raising())
    await asyncio.sleep(0)
    del task

asyncio.run(forget())
for name in ("aiosqlite", "httpx", "_granian"):
    logging.getLogger(name).debug("spoke")
    logging.getLogger(name).warning("warned")
"""


def written(level: str | None) -> list[dict[str, Any]]:
    environment = {name: value for name, value in os.environ.items() if name != logs.VARIABLE}
    environment |= {} if level is None else {logs.VARIABLE: level}
    ended = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout == ""
    assert "typed by somebody" not in ended.stderr
    return [json.loads(line) for line in ended.stderr.splitlines()]


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("error", ["error"]),
        ("warning", ["error", "warning"]),
        (None, ["error", "warning", "info"]),
        ("debug", ["error", "warning", "info", "debug"]),
    ],
)
def test_as_much_as_was_asked_for(level: str | None, said: list[str]) -> None:
    told = written(level)
    assert {each["process"] for each in told} == {"till"}
    assert [each["of"] for each in told if each["event"] == "said"] == said
    assert [each["logger"] for each in told if each["event"] == "spoke"] == (["_granian"] if level == "debug" else [])
    heard = [] if level == "error" else ["aiosqlite", "httpx", "_granian"]
    assert [each["logger"] for each in told if each["event"] == "warned"] == heard


def test_an_error_is_told_by_kind_and_place() -> None:
    own, library, forgotten = (each for each in written("error") if "error" in each)
    for each in (own, library):
        assert (each["event"], each["error"]) == ("failed", "ValueError from KeyError")
        assert each["places"][-1].startswith("<string>:")
    assert forgotten["event"] == "Task exception was never retrieved"
    assert forgotten["logger"] == "asyncio"


def test_an_unknown_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.VARIABLE, "loud")
    with pytest.raises(Refusal, match="unknown_log_level"):
        logs.level()
