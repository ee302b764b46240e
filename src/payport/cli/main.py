"""Entry of the `payport` command: the table of commands, and the one place where refusals become exit statuses."""

from __future__ import annotations

import sys

import typer

from payport.cli import (
    audit,
    bench,
    database,
    demo,
    key,
    network,
    network_keys,
    network_members,
    qr,
    receipt,
    simulate,
    staff,
    statement,
)
from payport.cli.output import REFUSED, progress_console
from payport.values.refusals import Refusal

app = typer.Typer(
    name="payport",
    help="A mobile payment network that a scheme operator and its member banks run together.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
app.command("audit")(audit.audit)
app.add_typer(receipt.app, name="receipt")
app.add_typer(statement.app, name="statement")
app.add_typer(qr.app, name="qr")
app.add_typer(staff.app, name="staff")
app.add_typer(database.app, name="database")
app.add_typer(network.app, name="network")
network.app.command("join")(network_members.join)
network.app.command("leave")(network_members.leave)
network.app.command("restore")(network_members.restore)
network.app.command("upgrade")(network_members.upgrade)
network.app.command("approve")(network_members.approve)
network.app.command("rotate")(network_keys.rotate)
app.add_typer(key.app, name="key")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the command; refusals end with status 1 and a sentence, wrong usage with 2."""
    if sys.flags.optimize:
        sys.stderr.write("payport: assertions keep the ledger safe, so Python must be started without -O\n")
        sys.exit(REFUSED)
    try:
        app()
    except Refusal as refusal:
        progress_console.print(f"[red]{refusal.code}[/red]: {refusal.reason.en} {refusal.detail}".rstrip())
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
