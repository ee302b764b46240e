"""The port keeps to its OpenAPI document whatever is sent to it, with and without a token."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.gateway.town import Town

NOT_ASKED = (
    "positive_data_acceptance",  # what has the right form may still be no code, no envelope, no known account
    "missing_required_header",  # every denial looks the same, so a missing token is 403 like a wrong one
)
"""Checks that do not fit this port; every other one of the fuzzer's is asked."""

ENDLESS = "/v1/accounts/{account}/events"
"""A stream that ends with its token only; tests of its own cover it."""

EXAMPLES = 15
"""Random requests of each route, besides some hundreds that cover the edges of its schema."""


@pytest.mark.slow
@pytest.mark.timeout(900)  # some thousands of requests
@pytest.mark.parametrize("with_token", [False, True])
def test_the_port_keeps_to_its_document(town: Town, tmp_path: Path, with_token: bool) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{town.network.url}/docs/openapi.json"]
    command += ["--exclude-path", ENDLESS, "--exclude-checks", ",".join(NOT_ASKED), "--max-examples", str(EXAMPLES)]
    command += ["--phases", "coverage,fuzzing", "--seed", "1", "--suppress-health-check", "all", "--no-color"]
    root = Path(__file__).resolve().parents[2]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.gateway.fuzz_hooks", "PYTHONPATH": str(root)}
    if with_token:
        hooks["FUZZ_ACCOUNT"] = town.lin.account.hex()
        command += ["--header", f"Authorization: Bearer {town.token(town.lin, 600_000)}"]
    environment = {**os.environ, **hooks}
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert town.get("/v1/health").status_code == 200
