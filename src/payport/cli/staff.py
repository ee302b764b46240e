"""`payport staff`: the first members of staff of an institution, invited by whoever runs the port."""

from __future__ import annotations

import asyncio
import enum
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from payport.cli.output import print_json, result_console

app = typer.Typer(help="Invite staff of an institution to the port.", no_args_is_help=True)


class RoleName(enum.StrEnum):
    """Roles, as the port knows them."""

    ADMINISTRATOR = "administrator"
    CLERK = "clerk"
    AUDITOR = "auditor"


@app.callback()
def staff() -> None:
    """Invite staff of an institution to the port."""


@app.command("invite")
def invite(
    database: Annotated[str, typer.Option(help="The port's own database: sqlite:///FILE or postgresql://...")],
    institution: Annotated[str, typer.Option(help="Institution id, as on the ledger.")],
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")],
    role: Annotated[RoleName, typer.Option(help="What he or she shall do.")] = RoleName.ADMINISTRATOR,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Invite somebody: prints an invitation to register a passkey with, which works once within a day.

    Administrators invite everybody else through the port. The invitation is in the institution's audit log.
    """
    from payport.gateway.invitations import invite_first

    now_ms = time.time_ns() // 1_000_000
    made = asyncio.run(invite_first(database, institution, name, role.value, now_ms))
    if as_json:
        print_json({"member": made.member, "invitation": made.invitation, "expires_at_ms": made.expires_at_ms})
        return
    until = datetime.fromtimestamp(made.expires_at_ms / 1_000, UTC)
    result_console.print(f"Invitation for {name}, {role} of {institution}, until {until:%Y-%m-%d %H:%M} UTC:")
    result_console.print(made.invitation, soft_wrap=True)
