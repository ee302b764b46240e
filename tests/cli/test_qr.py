"""`payport qr` as its users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.qr.test_emvco import PUBLISHED

PAYPORT = [sys.executable, "-m", "payport.cli.main", "qr"]
MERCHANT = ("--account", "ab" * 16, "--name", "HARVEST SUPERMARKET", "--city", "BEIJING", "--local-name", "丰收超市")


def run(*arguments: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run([*PAYPORT, *map(str, arguments)], input=stdin, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_decode_tells_validity_by_its_status() -> None:
    status, out, _ = run("decode", PUBLISHED, "--json")
    assert (status, out.count("\n")) == (0, 1)
    assert json.loads(out)["fields"]["59"] == "BEST TRANSPORT"
    status, out, _ = run("decode", PUBLISHED[:-1] + "0")
    assert status == 1
    assert "code_crc_wrong" in out


def test_decode_answers_line_by_line() -> None:
    lines = [PUBLISHED.encode(), b"", b"hello\r", b"\xff\xfe", b"0" * 300_000, b"6220485073630469936"]
    status, out, _ = run("decode", "-", stdin=b"\n".join(lines))
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [each["kind"] for each in answers] == ["mpm", "unknown", "unknown", "unknown", "unknown", "c2b"]
    assert answers[4]["errors"][0]["code"] == "code_too_long"


@pytest.mark.parametrize("name", ["code.png", "code.svg", "sheet.pdf"])
def test_make_writes_a_file(name: str, tmp_path: Path) -> None:
    status, out, _ = run("make", *MERCHANT, "--output", tmp_path / name, "--json")
    assert status == 0
    assert json.loads(out)["text"].startswith("000201010211")
    assert (tmp_path / name).stat().st_size > 500
    if name == "code.png":
        status, out, _ = run("read", tmp_path / name, "--json")
        assert status == 0
        (code,) = json.loads(out)["images"][0]["codes"]
        assert (code["scheme"], code["payee"]["id"], code["fields"]["64"]["01"]) == ("payport", "ab" * 16, "丰收超市")


def test_make_draws_on_the_terminal() -> None:
    status, out, _ = run("make", "--text", "hello")
    assert status == 0
    assert len({len(line) for line in out.splitlines()}) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("make",), 2, "--account"),
        (("make", *MERCHANT, "--output", "code.gif"), 2, ".png"),
        (("make", *MERCHANT[:2], "--name", "x" * 26, "--city", "BEIJING"), 1, "code_field_invalid"),
        (("make", "--account", "zz", *MERCHANT[2:]), 2, "hexadecimal"),
        (("read", "missing.png"), 1, "missing.png"),
        (("decode",), 2, "TEXT"),
    ],
)
def test_refused(arguments: tuple[str, ...], status: int, said: str, tmp_path: Path) -> None:
    done = subprocess.run([*PAYPORT, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr
