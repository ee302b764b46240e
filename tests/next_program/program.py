"""A program that knows version 2, with one thing more of each kind, and one changed rule.

Version 2 has the verb ``note/1`` with its record family ``notes``, and issues no more than ``MAX_ISSUE_MINOR`` at once:
a rule, a refusal, a limit and a law that version 1 does not have.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = Path(__file__).resolve().parent / "files"

ADDED = {
    "note.py": "ledger/transactions/institutions/note.py",
    "notes.py": "ledger/state/notes.py",
    "small_issues.py": "ledger/invariants/small_issues.py",
}

ISSUE = "ledger/transactions/money/issue.py"

NEW_REFUSAL = """\
from payport.ledger.state import parameters
from payport.values.limits import MAX_ISSUE_MINOR
TOO_MUCH_AT_ONCE: Final = RefusalCode("too_much_at_once", RefusalClass.LIMIT, "Too much at once.", "金额过大。")
REFUSALS_SINCE: Final = {TOO_MUCH_AT_ONCE.code: 2}
REFUSALS: Final = (
    TOO_MUCH_AT_ONCE,
"""

NEW_RULE = """\
    if transaction.amount_minor > MAX_ISSUE_MINOR and parameters.protocol_version(state, context.height) >= 2:
        TOO_MUCH_AT_ONCE.refuse()
    assets.require_carried("""

CHANGED = (
    ("ledger/protocol.py", "PROTOCOL_VERSION: Final = 1", "PROTOCOL_VERSION: Final = 2"),
    ("ledger/protocol.py", "LIMITS_SINCE: Final[dict[str, int]] = {}", 'LIMITS_SINCE: Final = {"MAX_ISSUE_MINOR": 2}'),
    ("values/limits.py", "\nMAX_GROUP_MEMBERS", "\nMAX_ISSUE_MINOR: Final = 1_000_000\nMAX_GROUP_MEMBERS"),
    (ISSUE, "REFUSALS: Final = (\n", NEW_REFUSAL),
    (ISSUE, "    assets.require_carried(", NEW_RULE),
)
"""Files, what is in them, and what stands there instead."""


class Program:
    """The sources of one program."""

    def __init__(self, sources: Path) -> None:
        self.sources = sources
        self.environment = {**os.environ, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *arguments: str) -> str:
        """Run Python with it and return what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


OURS = Program(ROOT / "src")
"""The program as it is."""


def next_program(directory: Path) -> Program:
    """Make the program of version 2 in a directory of its own."""
    sources = directory / "src"
    package = sources / "payport"
    shutil.copytree(ROOT / "src" / "payport", package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, place in ADDED.items():
        shutil.copy(FILES / name, package / place)
    for place, old, new in CHANGED:
        text = (package / place).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{place} has not once {old!r}"
        (package / place).write_text(text.replace(old, new), encoding="utf-8")
    made = Program(sources)
    where = made.run("-c", "import payport; print(payport.__file__)")
    assert where.startswith(str(directory)), where
    return made
