"""The habits of the code base, kept by a program."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src/payport").rglob("*.py"))
LEDGER = [path for path in SOURCES if path.is_relative_to(ROOT / "src/payport/ledger")]
MAX_FUNCTION_LINES = 60
MAX_MODULE_LINES = 400

LONGER_MODULES: dict[str, str] = {}
"""Modules that may be longer, each with its reason."""

BANNED_IN_LEDGER = {
    "time": "block time comes with the block",
    "datetime": "block time comes with the block",
    "random": "the ledger draws nothing",
    "secrets": "the ledger draws nothing",
    "uuid": "ids come with the transaction",
    "zoneinfo": "an institution's offset is fixed",
    "socket": "the ledger has no network",
    "asyncio": "the ledger is a pure function",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_module(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says what it is"
    assert path.stem not in {"utils", "helpers", "common", "misc"}, "a thing lives where its noun lives"
    assert text.count("\n") <= MAX_MODULE_LINES or name_of(path) in LONGER_MODULES
    if path.name == "__init__.py":
        assert len(tree.body) == 1, "an __init__ holds only its docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES, f"{node.name} is too long"


@pytest.mark.parametrize("path", [path for path in LEDGER if "store" not in path.parts], ids=name_of)
def test_ledger_is_deterministic(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            for module in modules:
                top = module.split(".")[0]
                assert top not in BANNED_IN_LEDGER, f"line {node.lineno}: {BANNED_IN_LEDGER.get(top)}"
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), f"line {node.lineno}: money and time are integers"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"float", "hash", "id"}, f"line {node.lineno}: {node.func.id}()"
        if isinstance(node, ast.BinOp):
            assert not isinstance(node.op, ast.Div), f"line {node.lineno}: divide with // and say how it rounds"


TRANSACTIONS = sorted((ROOT / "src/payport/ledger/transactions").glob("*/[a-z]*.py"))


@pytest.mark.parametrize("path", TRANSACTIONS, ids=name_of)
def test_transaction_has_its_mirrored_test(path: Path) -> None:
    mirrored = ROOT / "tests/ledger/transactions" / path.parent.name / f"test_{path.name}"
    assert mirrored.exists()
    assert not re.search(r"from payport\.ledger\.transactions(?!.*# noqa)", path.read_text(encoding="utf-8"))


def test_generated_pages_are_up_to_date() -> None:
    finished = subprocess.run(
        [sys.executable, "tools/regenerate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


def test_every_ledger_refusal_is_provoked_by_a_test() -> None:
    page = (ROOT / "docs/reference/refusals.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"^### (\w+)$", page, re.MULTILINE))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert sorted(code for code in codes if code not in tests) == []


def test_every_refusal_speaks_both_languages() -> None:
    from tools.regenerate import refusal_codes

    for code, reason in refusal_codes().items():
        assert re.fullmatch(r"[a-z][a-z0-9_]{2,40}", code)
        assert reason.en.strip()
        assert re.search(r"[\u4e00-\u9fff]", reason.zh), code


def test_readme_is_one_screen_and_paths_are_nobodys() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 60
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if path.suffix in {".md", ".py", ".toml", ".txt", ".rs", ".lock"} and path.exists() and path != Path(__file__):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?<![\w.])/(work|root|home)/[a-z]", text), name
