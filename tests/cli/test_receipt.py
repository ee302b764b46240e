"""`payport receipt forward`: trust files brought forward by receipts, without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payport.proof.trust import decode_trust

VECTORS: dict[str, Any] = json.loads(Path("vectors/cometbft.json").read_bytes())
RECEIPTS = {each["name"]: bytes.fromhex(each["receipt"]) for each in VECTORS["receipts"]}
SAME, OTHER, OLD = "all four voted", "other powers, proven by themselves", "one of four was away"


def forward(folder: Path, trust: str, *receipts: str, name: str = "", status: int = 0) -> str:
    """Run the command on receipts of the vectors; return what it says."""
    (folder / "trust.json").write_text(VECTORS["trust"][trust])
    files = []
    for place, each in enumerate(receipts):
        files.append(str(folder / f"{place}.payport"))
        Path(files[-1]).write_bytes(RECEIPTS[each])
    command = [sys.executable, "-m", "payport.cli.main", "receipt", "forward", *files]
    command += ["--trust", str(folder / "trust.json"), "--out", str(folder / "new.json")]
    command += ["--name", name] if name else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_validators_of_today_are_added(tmp_path: Path) -> None:
    told = forward(tmp_path, "founders", OTHER, SAME, OLD)
    assert told.startswith("1 validator sets added")
    assert (tmp_path / "new.json").read_text() == VECTORS["trust"]["brought forward"]
    assert (tmp_path / "trust.json").read_text() == VECTORS["trust"]["founders"]


@pytest.mark.parametrize(
    ("trust", "receipt"), [("founders", SAME), ("brought forward", OLD), ("brought forward", OTHER)]
)
def test_nothing_new_changes_nothing(tmp_path: Path, trust: str, receipt: str) -> None:
    assert forward(tmp_path, trust, receipt).startswith("0 validator sets added")
    assert decode_trust((tmp_path / "new.json").read_bytes()) == decode_trust(VECTORS["trust"][trust].encode())


def test_strangers_vouch_for_nobody(tmp_path: Path) -> None:
    for trust in ("strangers", "no validators"):
        assert "unknown_validator" in forward(tmp_path, trust, OTHER, status=1)
    assert not (tmp_path / "new.json").exists()
    forward(tmp_path, "founders", OTHER, name="not-a-key=bank-east", status=2)
