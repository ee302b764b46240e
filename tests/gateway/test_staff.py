"""Staff: who is invited may do what the role says, for the own institution, and every deed is in the log."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy

from payport.gateway.access import audit
from payport.gateway.access.tables import AUDIT
from tests.gateway.access.authenticator import Authenticator
from tests.gateway.access.people import Member, b64, challenge_of, database_of, fresh_key, origin_of

if TYPE_CHECKING:
    from tests.gateway.town import Town


def invite(administrator: Member, role: str) -> dict[str, Any]:
    answer = administrator.post("/v1/staff", {"name": "Zhang Wei", "role": role})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_invited_once_then_at_work(town: Town) -> None:
    boss = Member(town, "bank-north", "administrator")
    made = invite(boss, "clerk")
    clerk = Member(town, "bank-north", "clerk", made["invitation"])
    assert clerk.member == made["member"]
    assert clerk.get(f"/v1/accounts/{town.lin.account.hex()}").status_code == 200
    assert clerk.get(f"/v1/accounts/{town.chen.account.hex()}").status_code == 403  # another bank's
    assert clerk.get("/v1/staff").status_code == 403
    found = boss.get("/v1/staff").json()["members"]
    assert {each["member"] for each in found} >= {boss.member, clerk.member}
    assert boss.delete(f"/v1/staff/{clerk.member}").status_code == 204
    assert clerk.get(f"/v1/accounts/{town.lin.account.hex()}").status_code == 403
    assert boss.delete(f"/v1/staff/{clerk.member}").json()["code"] == "unknown_staff"


def test_an_invitation_works_once_and_for_nobody_else(town: Town) -> None:
    boss = Member(town, "bank-west", "administrator")
    invitation = invite(boss, "auditor")["invitation"]
    Member(town, "bank-west", "auditor", invitation)
    challenge = challenge_of(town)
    for text in (invitation, "ppi_" + "A" * 43, "x" * 47):
        passkey = Authenticator(origin_of(town)).create(challenge)
        body = {"invitation": text, "challenge": b64(challenge), "label": "k", "passkey": passkey}
        assert town.post("/v1/staff/passkeys", json=body, headers=fresh_key()).json()["code"] == "access_denied"


def test_the_last_administrator_stays(town: Town) -> None:
    boss = Member(town, "unity", "administrator")
    for each in boss.get("/v1/staff").json()["members"]:
        if each["member"] != boss.member and each["removed_at_ms"] is None:
            boss.delete(f"/v1/staff/{each['member']}")
    assert boss.delete(f"/v1/staff/{boss.member}").json()["code"] == "last_administrator"
    assert boss.get("/v1/staff").status_code == 200


def test_the_log_tells_everything_and_cannot_be_changed(town: Town) -> None:
    boss, auditor = (Member(town, "bank-south", role) for role in ("administrator", "auditor"))
    boss.make_key("accounts:read")
    assert boss.get("/v1/audit-log").status_code == 403
    rows = auditor.get("/v1/audit-log").json()["rows"]
    told = [(each["actor"], each["action"], each["allowed"]) for each in rows]
    assert told[:3] == [
        (auditor.member, "GET /v1/audit-log", "allowed"),
        (boss.member, "GET /v1/audit-log", "denied"),
        (boss.member, "made API key", "allowed"),
    ]
    assert ("command line", "invited auditor", "allowed") in told
    first = auditor.get("/v1/audit-log", params={"limit": 1}).json()
    older = auditor.get("/v1/audit-log", params={"limit": 1, "before": first["next"]}).json()
    assert older["rows"][0]["digest"] == first["rows"][0]["previous"]
    engine = sqlalchemy.create_engine(database_of(town))
    with engine.connect() as connection:
        mine = sqlalchemy.select(AUDIT).where(AUDIT.c.institution == "bank-south").order_by(AUDIT.c.sequence)
        kept = connection.execute(mine).all()
        assert audit.first_broken(kept) is None
        assert audit.first_broken(kept[1:]) == 1
        assert audit.first_broken([*kept[:2], *kept[3:]]) == 3
        forged = SimpleNamespace(**{**kept[1]._mapping, "target": "somebody else"})
        assert audit.first_broken([kept[0], forged]) == 2
        for statement in ("UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"):
            with pytest.raises(sqlalchemy.exc.DBAPIError, match="only grows"):
                connection.execute(sqlalchemy.text(statement))
            connection.rollback()
    engine.dispose()


def test_the_command_line_invites_the_first(town: Town) -> None:
    command = [sys.executable, "-m", "payport.cli.main", "staff", "invite", "--database", database_of(town)]
    done = subprocess.run(
        [*command, "--institution", "bank-east", "--name", "Li", "--role", "clerk", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    made = json.loads(done.stdout)
    assert Member(town, "bank-east", "clerk", made["invitation"]).member == made["member"]
    wrong = subprocess.run(
        [*command, "--institution", "No Bank", "--name", "Li"], capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, "malformed_identifier" in wrong.stderr) == (1, True)
