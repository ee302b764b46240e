"""What a build lacks is told in one line to read and one to paste."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "tools/check_tools.py"


def check(tools: Path, *arguments: str) -> tuple[int, str]:
    finished = subprocess.run(
        [sys.executable, PROGRAM, *arguments], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )
    return finished.returncode, finished.stderr


def tool(folder: Path, name: str, says: str = "") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {says}\n", encoding="utf-8")
    path.chmod(0o755)


def test_what_python_and_rust_need(tmp_path: Path) -> None:
    status, told = check(tmp_path)
    assert (status, told.count("\n")) == (2, 2)
    assert "Rust 1.88 or newer (cargo), a C linker (cc)" in told
    for name in ("cargo", "cc"):
        tool(tmp_path, name)
    assert check(tmp_path) == (0, "")


@pytest.mark.parametrize("version", [None, "v18.20.4", "v20.18.0", "nonsense"])
def test_what_the_apps_need(tmp_path: Path, version: str | None) -> None:
    if version is not None:
        tool(tmp_path, "node", version)
    lacks = "Missing: Node 20.19 or newer, npm.\nInstall with: apt-get install -y nodejs npm\n"
    assert check(tmp_path, "--apps") == (2, lacks)
    tool(tmp_path, "npm")
    tool(tmp_path, "node", "v20.19.0")
    assert check(tmp_path, "--apps") == (0, "")


def test_what_the_tests_need(tmp_path: Path) -> None:
    assert check(tmp_path, "--chromium")[1].endswith("apt-get install -y chromium\n")
    assert check(tmp_path, "--softhsm")[1].endswith("apt-get install -y softhsm2\n")
    for name in ("chromium", "initdb", "softhsm2-util"):
        tool(tmp_path, name)
    for flag in ("--chromium", "--postgresql", "--softhsm"):
        assert check(tmp_path, flag) == (0, "")


@pytest.mark.parametrize("version", [None, "go version go1.24.9 linux/amd64", "nonsense"])
def test_what_cometbft_is_built_with(tmp_path: Path, version: str | None) -> None:
    if version is not None:
        tool(tmp_path, "go", version)
    status, told = check(tmp_path, "--cometbft")
    assert (status, told.splitlines()[0]) == (2, "Missing: Go 1.25 or newer, with which CometBFT is built.")
    tool(tmp_path, "go", "go version go1.26.0 linux/amd64")
    assert check(tmp_path, "--cometbft") == (0, "")
