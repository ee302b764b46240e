"""`payport database`: where the databases of the port and of an institution are, and how their layout is changed."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from payport.cli.output import print_json, progress_console, result_console

app = typer.Typer(
    help="Migrate the databases of the port and of an institution. The history index has no migrations: it is built "
    "again by `python -m payport.history.process --rebuild`.",
    no_args_is_help=True,
)

PACKAGES: Final = {
    "port": "payport.gateway",
    "journal": "payport.institutions.journal",
    "core": "payport.institutions.sandbox",
    "institution": "payport.services",
}
"""Every database with migrations, by the name it has on the command line."""

_Name = Annotated[str, typer.Argument(metavar="DATABASE", help=f"One of: {', '.join(PACKAGES)}.")]
_Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="PAYPORT_DATABASE_URL",
        help="sqlite:///FILE or postgresql://ROLE@HOST/NAME; a password is best left to ~/.pgpass.",
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def _package(name: str) -> str:
    if name not in PACKAGES:
        raise typer.BadParameter(f"{name} is none of: {', '.join(PACKAGES)}")
    return PACKAGES[name]


@app.command()
def status(name: _Name, url: _Url, *, as_json: _Json = False) -> None:
    """Tell which layout a database has, and which one this version needs. Changes nothing."""
    _tell(name, url, as_json=as_json)


@app.command()
def migrate(
    name: _Name,
    url: _Url,
    *,
    revision: Annotated[str, typer.Option("--revision", help="Layout to go up to.")] = "head",
    as_json: _Json = False,
) -> None:
    """Bring a database up to the layout of this version. Does nothing where it has it; several may run at once."""
    from payport.database import migrations

    migrations.migrate(url, _package(name), revision)
    _tell(name, url, as_json=as_json)


@app.command()
def downgrade(
    name: _Name,
    url: _Url,
    *,
    revision: Annotated[str, typer.Option("--revision", help="Layout to go back to; `base` removes every table.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """Take a database back to an earlier layout. What only the later ones hold is lost: back up first."""
    from payport.database import migrations

    package = _package(name)
    if not yes:
        typer.confirm(f"Take {name} back to {revision}, and lose what only later layouts hold?", abort=True, err=True)
    migrations.downgrade(url, package, revision)
    _tell(name, url, as_json=as_json)


def _tell(name: str, url: str, *, as_json: bool) -> None:
    from payport.database import migrations

    found = migrations.revisions(url, _package(name))
    if as_json:
        print_json({"database": name, "current": found.current, "head": found.head})
        return
    result_console.print(f"{name}: {found.current or 'no tables'} of {found.head}", highlight=False)
    if found.current is None or found.current < found.head:
        progress_console.print(f"bring it up with: payport database migrate {name} --url ...")
