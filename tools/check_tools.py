"""Check the tools a build needs, and print one install line for all that is missing.

``check_tools.py`` looks for what Python and Rust need, a flag (:data:`OTHERS`) for what other parts need.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)

MINIMUM_NODE = (20, 19)
"""The oldest Node the tools of the apps run on."""

MINIMUM_GO = (1, 25)
"""The oldest Go that builds CometBFT."""


def missing_for_apps() -> list[tuple[str, str]]:
    """Return what the TypeScript workspace lacks, each with the Debian packages that bring it."""
    found = []
    if _node_version() < MINIMUM_NODE:
        found.append((f"Node {MINIMUM_NODE[0]}.{MINIMUM_NODE[1]} or newer", "nodejs"))
    if shutil.which("npm") is None:
        found.append(("npm", "npm"))
    return found


def _node_version() -> tuple[int, int]:
    """Return the version of the Node there is, or (0, 0)."""
    version = re.match(r"v([0-9]+)\.([0-9]+)", _told_by("node", "--version"))
    return (int(version[1]), int(version[2])) if version else (0, 0)


def _told_by(*command: str) -> str:
    """Return what a program prints, nothing where it is not there."""
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def missing() -> list[tuple[str, str]]:
    """Return what the Python and Rust parts lack, each with the Debian packages that bring it."""
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


def without_chromium() -> list[tuple[str, str]]:
    """Return Chromium where there is none; the apps are tested in it, and built without it."""
    return [] if shutil.which("chromium") is not None else [("Chromium for the tests", "chromium")]


def without_softhsm() -> list[tuple[str, str]]:
    """Return SoftHSM where there is none; the tests keep keys in it."""
    return [] if shutil.which("softhsm2-util") is not None else [("SoftHSM for the tests", "softhsm2")]


def missing_for_cometbft() -> list[tuple[str, str]]:
    """Return the Go that CometBFT needs, where there is none or an older one."""
    told = _told_by("go", "version")
    version = re.search(r"go([0-9]+)\.([0-9]+)", told)
    if version is not None and (int(version[1]), int(version[2])) >= MINIMUM_GO:
        return []
    return [(f"Go {MINIMUM_GO[0]}.{MINIMUM_GO[1]} or newer, with which CometBFT is built", "golang-go")]


OTHERS = {
    "--apps": missing_for_apps,
    "--chromium": without_chromium,
    "--cometbft": missing_for_cometbft,
    "--postgresql": without_postgresql,
    "--softhsm": without_softhsm,
}
"""What is looked for where a flag asks for it, instead of what every build needs."""


def main(arguments: list[str]) -> int:
    """Print what is missing and how to get it; exit status 2 then."""
    found = next((look() for flag, look in OTHERS.items() if flag in arguments), None)
    found = missing() if found is None else found
    if not found:
        return 0
    names = ", ".join(name for name, _ in found)
    packages = " ".join(package for _, package in found)
    after = " && rustup default stable" if "rustup" in packages else ""
    sys.stderr.write(f"Missing: {names}.\nInstall with: apt-get install -y {packages}{after}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
