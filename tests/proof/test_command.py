import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from payport.proof import command
from payport.proof.receipt import encode_receipt
from payport.proof.trust import encode_trust
from tests.proof.build import TRUST, built, receipt_of

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    receipt, trust = tmp_path / "payment.receipt", tmp_path / "trust.json"
    receipt.write_bytes(encode_receipt(receipt_of(built())))
    trust.write_bytes(encode_trust(TRUST))
    return [str(receipt), "--trust", str(trust)]


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist") / "payport-verify.pyz"
    subprocess.run([sys.executable, REPOSITORY / "tools" / "bundle_verifier.py", target], check=True)
    return target


def run(verifier: Path, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # Outside the tree, without site-packages and without the environment: only the standard library is there.
    return subprocess.run(
        [sys.executable, "-I", "-S", verifier, *arguments],
        check=False,
        capture_output=True,
        cwd=folder,
        encoding="utf-8",
        env={"LC_ALL": "C", "PATH": os.defpath},
    )


def test_the_summary_says_whom_the_proof_binds(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert command.main(files) == 0
    shown = capfd.readouterr().out
    for words in ("The receipt is proven.", "binds the operator only", "-1250", "session", "2023-11-14T22:13:20"):
        assert words in shown
    assert command.main([*files, "--view-lang", "zh"]) == 0
    assert "仅约束运营方" in capfd.readouterr().out


def test_json_is_one_object(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert command.main([*files, "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["verified"] is True
    assert shown["binds"]["en"] == "binds the operator only"
    assert [balance["delta_minor"] for balance in shown["balances"]] == [-1250, 1245]


def test_a_withheld_transaction_is_named_so(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    Path(files[0]).write_bytes(encode_receipt(receipt_of(built(), withheld=True)))
    assert command.main(files) == 0
    assert "transaction withheld" in capfd.readouterr().out


def test_a_refusal_has_status_one_and_its_code(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    data = Path(files[0]).read_bytes()
    Path(files[0]).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert command.main(files) == 1
    assert "finality_invalid: The finality proof does not prove" in capfd.readouterr().out
    assert command.main([*files, "--view-lang", "zh"]) == 1
    assert "终局性证明" in capfd.readouterr().out
    assert command.main([*files, "--json"]) == 1
    shown = json.loads(capfd.readouterr().out)
    assert (shown["verified"], shown["code"]) == (False, "finality_invalid")


def test_an_unreadable_file_has_status_one(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert command.main(["missing", *files[1:]]) == 1
    assert "unreadable_file" in capfd.readouterr().out


def test_a_file_name_that_is_no_text_is_shown_all_the_same(files: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert command.main([os.fsdecode(b"missing\xff"), *files[1:]]) == 1
    assert "missing\\udcff" in capfd.readouterr().out


def test_wrong_usage_has_status_two(files: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(files[:1])
    assert stopped.value.code == 2


def test_the_one_file_verifier_stands_alone(verifier: Path, files: list[str], tmp_path: Path) -> None:
    proven = run(verifier, files, tmp_path)
    assert (proven.returncode, proven.stderr) == (0, "")
    assert "binds the operator only" in proven.stdout
    chinese = run(verifier, [*files, "--view-lang", "zh"], tmp_path)
    assert "仅约束运营方" in chinese.stdout
    data = Path(files[0]).read_bytes()
    Path(files[0]).write_bytes(data[:-1])
    refused = run(verifier, [*files, "--json"], tmp_path)
    assert (refused.returncode, json.loads(refused.stdout)["code"]) == (1, "malformed_receipt")
    assert run(verifier, [], tmp_path).returncode == 2


def test_the_one_file_verifier_is_reproducible(verifier: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.pyz"
    subprocess.run([sys.executable, REPOSITORY / "tools" / "bundle_verifier.py", again], check=True)
    assert again.read_bytes() == verifier.read_bytes()
