"""The gateway process: ``python -m payport.gateway.process --node SOCKET --trust FILE --history URL --database URL``.

It migrates its own database, prints one JSON line with its address, and serves until SIGTERM or SIGINT; whether it
takes payments is told by ``/v1/health``. Status 1 where it cannot start; the reason is on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import os
import resource
import socket
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import sqlalchemy
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from payport.database.engines import reason
from payport.gateway.apps.folder import APP_UNUSABLE, find_app, read_app
from payport.gateway.database import migrate
from payport.gateway.settings import ADDRESS_RATE, MAX_UNDER_WAY, METRICS_DIRECTORY, NODE_TIMEOUT_SECONDS, Settings
from payport.gateway.stopping import DRAIN_SECONDS
from payport.history.process import PRIVATE_UMASK
from payport.node import logs
from payport.services import database as home_database
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

PORT_TAKEN: Final = RefusalCode(
    "port_taken",
    RefusalClass.CONFLICT,
    "Another program listens on this port.",
    "该端口已被其他程序占用。",
)
"""Choose another, or 0 for a free one."""

SECRET_FILE_NEEDED: Final = RefusalCode(
    "secret_file_needed",
    RefusalClass.MALFORMED,
    "Name the file of the port's secret with --secret: the database is not a file it could lie beside.",
    "请用 --secret 指定接口密钥文件：该数据库不是本地文件。",
)
"""All workers and machines of one port share it."""

HOME_NEEDED: Final = RefusalCode(
    "home_database_needed",
    RefusalClass.MALFORMED,
    "Name the database of the institution that runs this port with --home.",
    "请用 --home 指定运行此接口的机构的数据库。",
)
"""What customers keep in the app is personal, and lies apart from the port's own database."""

CERTIFICATE_UNUSABLE: Final = RefusalCode(
    "certificate_unusable",
    RefusalClass.MALFORMED,
    "The certificate and the key for HTTPS cannot be used.",
    "用于 HTTPS 的证书和密钥无法使用。",
)
"""They are named together, belong together, and are PEM files without a passphrase."""

REFUSALS: Final = (PORT_TAKEN, SECRET_FILE_NEEDED, HOME_NEEDED, CERTIFICATE_UNUSABLE)
"""Refusals of this module."""

BACKLOG: Final = 1_024
"""Connections that wait to be accepted."""

CONNECTIONS: Final = 8_192
"""Open connections of one worker, idle ones too; more wait to be accepted."""

MAX_HEADER_BYTES: Final = 64 * 1024
"""Bytes of a request's line and headers, and of what is read of a body at once; more than any browser sends."""

HEADER_READ_MS: Final = 10_000
"""How long a connection may stay silent before a request."""

SERVER_LOG: Final[dict[str, object]] = {
    "handlers": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": False}},
}
"""The server writes through the log of this process, and nothing of single requests."""


def free_port(address: str, wanted: int) -> int:
    """Return ``wanted``, or a free port for 0; raises ``port_taken``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, wanted))
        except OSError as error:
            PORT_TAKEN.refuse(f"{address}:{wanted}: {error.strerror}")
        return int(probe.getsockname()[1])


def raise_file_limit() -> None:
    """Allow as many open files as connections need, where the system lets this user."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * CONNECTIONS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


class Tls(NamedTuple):
    """What a port that is spoken to over HTTPS shows and keeps."""

    certificate: Path
    """Certificate and those between it and its authority (PEM)."""
    key: Path
    """Its private key (PEM)."""

    @classmethod
    def read(cls, options: argparse.Namespace) -> Tls | None:
        """Return what the options name, ``None`` for plain HTTP; raises ``certificate_unusable``."""
        if options.tls_certificate is None and options.tls_key is None:
            return None
        if options.tls_certificate is None or options.tls_key is None:
            CERTIFICATE_UNUSABLE.refuse("--tls-certificate and --tls-key go together")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
                options.tls_certificate, options.tls_key, password=""
            )
        except (OSError, ValueError) as error:
            CERTIFICATE_UNUSABLE.refuse(f"{options.tls_certificate}: {reason(error)}")
        return cls(options.tls_certificate, options.tls_key)


def serve(settings: Settings, address: str, port: int, workers: int, tls: Tls | None = None) -> None:
    """Serve until a signal asks to stop; raises refusals of the layer."""
    raise_file_limit()
    migrate(settings.database)
    home_database.prepare(settings.home)
    settings.publish()
    sys.stdout.write(json.dumps({"ready": True, "url": _url(address, port, tls)}) + "\n")
    sys.stdout.flush()
    server = Granian(
        "payport.gateway.app:from_environment",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        workers=workers,
        respawn_failed_workers=True,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_MS, max_buffer_size=MAX_HEADER_BYTES),
        workers_kill_timeout=DRAIN_SECONDS,
        log_level=LogLevels(logs.level_of_libraries().value),
        log_dictconfig=SERVER_LOG,
        websockets=False,
        ssl_cert=None if tls is None else tls.certificate,
        ssl_key=None if tls is None else tls.key,
    )
    with contextlib.ExitStack() as ending:
        if workers > 1:
            directory = tempfile.TemporaryDirectory(prefix="payport-metrics-")
            os.environ[METRICS_DIRECTORY] = ending.enter_context(directory)
        server.serve()


def _url(address: str, port: int, tls: Tls | None) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{'http' if tls is None else 'https'}://{host}:{port}"


def _wallet(apps: Path | None) -> str | None:
    """Return the folder of the built wallet, once it was found to be usable; raises ``app_unusable``."""
    if apps is not None and not apps.is_dir():
        APP_UNUSABLE.refuse(f"{apps}: not a folder")
    found = find_app("wallet", apps)
    if found is None:
        return None
    read_app(found)
    return str(found.absolute())


def _settings(options: argparse.Namespace, port: int) -> Settings:
    scheme = "http" if options.tls_key is None else "https"
    return Settings(
        node=str(options.node),
        trust=str(options.trust),
        history=options.history,
        database=options.database,
        secret=str(options.secret or _beside(options.database, ".secret", SECRET_FILE_NEEDED)),
        rp_id=options.rp_id,
        origins=tuple(options.origin) or (f"{scheme}://localhost:{port}",),
        wallet_origin=options.wallet_origin,
        home=options.home or f"sqlite:///{_beside(options.database, '.home', HOME_NEEDED)}",
        desks=None if options.desks is None else str(options.desks),
        node_timeout_seconds=options.node_timeout,
        address_rate=options.address_rate,
        under_way=options.under_way,
        webhook_networks=tuple(map(str, options.webhook_network)),
        wallet=_wallet(options.apps),
    )


def _beside(database: str, ending: str, reason: RefusalCode) -> str:
    """Return the file beside an SQLite database whose name ends so; raises ``reason`` for another database."""
    url = sqlalchemy.make_url(database)
    if url.get_backend_name() != "sqlite" or not url.database:
        reason.refuse()
    return url.database + ending


def _add_pages(parser: argparse.ArgumentParser) -> None:
    """Add what concerns browsers alone."""
    parser.add_argument(
        "--apps",
        type=Path,
        help="folder that holds each built app in a folder of its name (default: what is installed)",
    )
    parser.add_argument("--tls-certificate", type=Path, help="certificate for HTTPS (PEM); HTTP without one")
    parser.add_argument("--tls-key", type=Path, help="its private key (PEM)")


def main(arguments: list[str] | None = None) -> int:
    """Run the process; returns its exit status."""
    parser = argparse.ArgumentParser(prog="payport.gateway.process", description="Serve the unified port.")
    parser.add_argument("--node", type=Path, required=True, help="unix socket of the node")
    parser.add_argument("--trust", type=Path, required=True, help="trust file of the network")
    parser.add_argument("--history", required=True, help="database of the index: sqlite:///FILE or postgresql://...")
    parser.add_argument("--database", required=True, help="the port's own database, likewise")
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--workers", type=int, default=1, help="worker processes (default: 1)")
    parser.add_argument(
        "--secret",
        type=Path,
        help="file of the port's secret, made where there is none (default: beside an SQLite file)",
    )
    parser.add_argument("--rp-id", default="localhost", help="relying party id of passkeys (default: %(default)s)")
    parser.add_argument(
        "--origin", action="append", default=[], help="origin on which passkeys are used (default: this address)"
    )
    parser.add_argument("--wallet-origin", help="the one origin whose scripts may call the port from another site")
    parser.add_argument(
        "--home", help="database of the institution that runs the port (default: beside an SQLite file)"
    )
    parser.add_argument("--desks", type=Path, help="file that maps institutions to the sockets of their desks (JSON)")
    parser.add_argument(
        "--address-rate", type=int, default=ADDRESS_RATE, help="requests of one address a second (default: %(default)s)"
    )
    parser.add_argument(
        "--under-way",
        type=int,
        default=MAX_UNDER_WAY,
        help="requests of one worker that wait for an answer; more are told to come again (default: %(default)s)",
    )
    parser.add_argument(
        "--webhook-network",
        type=ipaddress.ip_network,
        action="append",
        default=[],
        metavar="CIDR",
        help="network that webhooks may go to beside public addresses, also without TLS; may be repeated",
    )
    parser.add_argument(
        "--node-timeout",
        type=float,
        default=NODE_TIMEOUT_SECONDS,
        help="seconds until an outcome is called pending (default: %(default)g)",
    )
    _add_pages(parser)
    options = parser.parse_args(arguments)
    os.umask(PRIVATE_UMASK)
    try:
        logs.begin("gateway")
        port = free_port(options.address, options.port)
        serve(_settings(options, port), options.address, port, options.workers, Tls.read(options))
    except (Refusal, OSError, sqlalchemy.exc.SQLAlchemyError) as error:
        sys.stderr.write(f"payport gateway: {reason(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
