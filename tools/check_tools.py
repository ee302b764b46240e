"""Check the tools a build needs, and print one install line for all that is missing."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

MINIMUM = (3, 11)


def missing() -> list[tuple[str, str]]:
    """Return what is missing, each with the Debian packages that bring it."""
    found = []
    if sys.version_info < MINIMUM:
        found.append((f"Python {MINIMUM[0]}.{MINIMUM[1]} or newer", "python3"))
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        found.append(("Python's venv", "python3-venv"))
    if shutil.which("cargo") is None:
        found.append(("Rust 1.88 or newer (cargo)", "rustup"))
    if shutil.which("cc") is None:
        found.append(("a C linker (cc)", "gcc"))
    return found


def without_postgresql() -> list[tuple[str, str]]:
    """Return PostgreSQL where the tests would not find its programs; a build does not need it."""
    # Debian keeps them outside PATH, one directory a version.
    there = shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return [] if there else [("a PostgreSQL server for the tests", "postgresql")]


def main(arguments: list[str]) -> int:
    """Print what is missing and how to get it; exit status 2 then."""
    found = without_postgresql() if "--postgresql" in arguments else missing()
    if not found:
        return 0
    names = ", ".join(name for name, _ in found)
    packages = " ".join(package for _, package in found)
    after = " && rustup default stable" if "rustup" in packages else ""
    sys.stderr.write(f"Missing: {names}.\nInstall with: apt-get install -y {packages}{after}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
