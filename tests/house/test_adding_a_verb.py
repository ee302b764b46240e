"""A new transaction is one source file and one test: proven by adding one to a copy of the project.

The files are ``new_verb/verb.py`` and ``new_verb/cases.py``. Everything else that changes is generated.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEW = Path(__file__).resolve().parent / "new_verb"
SOURCE = "src/payport/ledger/transactions/payments/sweep.py"
TEST = "tests/ledger/transactions/payments/test_sweep.py"
COPIED = ("src", "tests", "tools", "docs/reference", "vectors")
KNOWING = (
    *("tests/ledger/test_effects.py", "tests/ledger/test_registry.py", "tests/ledger/test_admission.py"),
    *("tests/vectors", "tests/house/test_house_rules.py::test_transaction_has_its_mirrored_test"),
    "tests/house/test_house_rules.py::test_ledger_is_deterministic",
)
"""Tests that go through every verb."""
WITH_TRAFFIC = ("--deselect", "tests/vectors/test_block_vectors.py::test_every_verb_is_committed_and_many_are_refused")
"""A verb joins the published blocks once the simulator has traffic of it, as ``tests/simulator`` asks."""


def contents(root: Path, folder: str) -> dict[str, bytes]:
    """Return every file of a folder that people write or generate."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in (root / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", ".json", ".md", ".txt"}
    }


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


class Copy:
    """A copy of the project in which Python finds nothing of the original."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copy(ROOT / "pyproject.toml", root / "pyproject.toml")
        for folder in COPIED:
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
        self.before = {folder: contents(root, folder) for folder in COPIED}
        shutil.copy(NEW / "verb.py", root / SOURCE)
        shutil.copy(NEW / "cases.py", root / TEST)

    def run(self, *arguments: str) -> str:
        """Run Python in the copy and return what it printed."""
        environment = {**os.environ, "PYTHONPATH": str(self.root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        finished = subprocess.run(
            [sys.executable, *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def changed(self, folder: str) -> set[str]:
        return changed(self.before[folder], contents(self.root, folder))


@pytest.mark.slow
def test_a_verb_is_one_file_and_its_test(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    assert copy.run("-c", "import payport; print(payport.__file__)").startswith(str(tmp_path))
    copy.run("tools/regenerate.py")
    copy.run("-m", "pytest", "-q", "-p", "no:cacheprovider", TEST, *KNOWING, *WITH_TRAFFIC)
    assert copy.changed("src") == {SOURCE}
    assert copy.changed("tests") == {TEST, "tests/golden/kinds.txt", "tests/golden/effects.txt"}
    pages = {f"docs/reference/transactions/{name}.md" for name in ("index", "payments")}
    assert copy.changed("docs/reference") == {*pages, "docs/reference/refusals.md", "docs/reference/openapi.json"}
    records = (tmp_path / "apps/packages/ledger-client/src/generated/transactions.ts").read_text(encoding="utf-8")
    assert '  "sweep/1": Sweep;' in records
    assert {"vectors/transactions.json", "vectors/blocks.json"} == copy.changed("vectors")
    others_are_unchanged(copy.root)


def others_are_unchanged(root: Path) -> None:
    """A new verb changes no effect, page or vector of another."""
    old, new = (set((each / "tests/golden/effects.txt").read_text().splitlines()) for each in (ROOT, root))
    assert old < new
    assert all("/test_sweep.py::" in line for line in new - old)
    before, after = (json.loads((each / "vectors/transactions.json").read_text()) for each in (ROOT, root))
    assert [each for each in after["transactions"] if each["kind"] != "sweep/1"] == before["transactions"]
    page = (root / "docs/reference/transactions/payments.md").read_text(encoding="utf-8")
    assert "## sweep/1\n\nSweep an account: send all it holds" in page
    assert "### nothing_to_sweep" in (root / "docs/reference/refusals.md").read_text(encoding="utf-8")
