"""The port keeps to its OpenAPI document whatever is sent to it, by every kind of caller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from payport.gateway.access.callers import Role, Scope
from tests.gateway.access.people import Member
from tests.gateway.card_holders import Cardholder
from tests.longer import LONGER

if TYPE_CHECKING:
    from tests.gateway.town import Town

NOT_ASKED = (
    "positive_data_acceptance",  # what has the right form may still be no code, no envelope, no known account
    "missing_required_header",  # every denial looks the same, so a missing token is 403 like a wrong one
)
"""Checks that do not fit this port; every other one of the fuzzer's is asked."""

ENDLESS = "/v1/accounts/{account}/events"
"""A stream that ends with its token only; tests of its own cover it."""

EXAMPLES = 30 if LONGER else 3
"""Random requests of each route, besides some that cover the edges of its schema."""

BANK = "bank-north"
"""Where everybody works and has accounts."""

PHONES = 3
MEMBERS = 4
"""How many of a kind take turns, so that the rate of one does not turn most requests away."""

HOLDER_MS = 15 * 60_000
"""Life of the holders' tokens; as long as a session's."""


class Crew:
    """Everybody who calls, and what they have."""

    def __init__(self, town: Town) -> None:
        phones = [Cardholder(town) for _ in range(PHONES)]
        card = phones[0].bind(BANK)
        card_token = card.access_token()
        for phone in phones:
            assert phone.link(town.lin).status_code == 201
            assert phone.post("/v1/customers/me/accounts", {"access_token": card_token}).status_code == 201
        staff = {role: [Member(town, BANK, role.value) for _ in range(MEMBERS)] for role in Role}
        boss = staff[Role.ADMINISTRATOR][0]
        partner = boss.make_key(*Scope)
        self.tokens = {
            "nobody": [],
            "holder": [town.token(town.lin, HOLDER_MS), card_token],
            "customer": [phone.token for phone in phones],
            "partner": [partner.token],
            **{role.value: [each.token for each in members] for role, members in staff.items()},
        }
        self.spent = {
            "customer": Cardholder(town).token,
            "holder": card_token,
            "partner": partner.token,
            **{role.value: Member(town, BANK, role.value).token for role in Role},
        }
        payment = town.pay(town.lin, town.chen)["id"]
        contact = phones[0].post("/v1/contacts", {"name": "Chen", "account": town.chen.account.hex()})
        asked = {"account": town.lin.account.hex(), "payer": card.account.hex(), "amount_minor": 1}
        request = phones[1].post("/v1/requests", {**asked, "expires_at_ms": time.time_ns() // 1_000_000 + 3_600_000})
        hook = {"url": "https://example.org/hook", "label": "till", "types": ["transaction.committed"]}
        webhook = boss.post("/v1/webhooks", hook)
        for made in (contact, request, webhook):
            assert made.status_code == 201, made.text
        self.known: dict[str, list[Any]] = {
            "account": [town.lin.account.hex(), card.account.hex()],
            "transaction_id": [payment],
            "contact": [contact.json()["contact"]],
            "money_request": [request.json()["request"]],
            "webhook": [webhook.json()["id"]],
        }

    @property
    def environment(self) -> dict[str, str]:
        found = {"FUZZ_CREW": self.tokens, "FUZZ_SPENT": self.spent, "FUZZ_KNOWN": self.known}
        return {name: json.dumps(value) for name, value in found.items()}


@pytest.mark.slow
@pytest.mark.timeout(900)  # some thousands of requests: two minutes where nothing else runs
def test_the_port_keeps_to_its_document(town: Town, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{town.network.url}/docs/openapi.json"]
    command += ["--exclude-path", ENDLESS, "--exclude-checks", ",".join(NOT_ASKED), "--max-examples", str(EXAMPLES)]
    command += ["--phases", "coverage,fuzzing", "--seed", "1", "--suppress-health-check", "all", "--no-color"]
    root = Path(__file__).resolve().parents[2]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.gateway.fuzz_hooks", "PYTHONPATH": f"{root}:{root / 'src'}"}
    environment = {**os.environ, **hooks, **Crew(town).environment}
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    print(finished.stdout)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert town.get("/v1/health").status_code == 200
