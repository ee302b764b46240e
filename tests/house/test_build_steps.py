"""Steps of a build: an optional tool that is missing is said, and under CI=true it fails the build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STEP = Path(__file__).resolve().parents[2] / "tools/step.py"


def step(*arguments: str, ci: str = "") -> tuple[int, str]:
    environment = {**os.environ, "CI": ci}
    finished = subprocess.run(
        [sys.executable, STEP, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    return finished.returncode, finished.stderr


@pytest.mark.parametrize("status", [0, 3])
def test_the_status_is_that_of_the_command(status: int) -> None:
    found, told = step("try", "--needs", "true", "--", "sh", "-c", f"exit {status}")
    assert (found, "try" in told) == (status, True)


@pytest.mark.parametrize("probe", ["no-such-tool --version", "false"])
def test_a_missing_tool_is_one_line_here_and_fails_where_nothing_may_be_left_out(probe: str) -> None:
    arguments = ("try", "--needs", probe, "--", "sh", "-c", "exit 3")
    status, told = step(*arguments)
    assert (status, told.count("\n"), "skipped" in told) == (0, 1, True)
    assert step(*arguments, ci="true")[0] == 1


@pytest.mark.parametrize("arguments", [(), ("try",), ("try", "--"), ("try", "--needs", "--", "true")])
def test_usage(arguments: tuple[str, ...]) -> None:
    assert step(*arguments)[0] == 2
