"""Units by which systemd runs one member for ever: the same commands as `payport network up`, each started again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.network import processes

if TYPE_CHECKING:
    from payport.network.processes import Commands

_AFTER: Final = {
    processes.NODE: (),
    processes.ENGINE: (processes.NODE,),
    processes.HISTORY: (processes.NODE,),
    processes.GATEWAY: (processes.NODE, processes.HISTORY),
}
"""What is started before a process. A CometBFT ends with its node, and so is bound to it; and its node wants it, or it
would stay away once systemd has started a node again that died."""

RESTART_SECONDS: Final = 1
"""How long systemd waits before it starts a process again."""

TOKEN_RESTART_SECONDS: Final = 30
"""The same for a node with a key in a token: a wrong PIN locks it after a few tries, and people need time to come."""

_BOUND: Final = {processes.NODE: "Wants={1}\n", processes.ENGINE: "BindsTo={0}\n"}

_UNIT: Final = """[Unit]
Description=Payport {process} of {institution}
After=network-online.target{after}
Wants=network-online.target
{bound}
[Service]
Type=exec
User={user}
{before}ExecStart={command}
Restart=always
RestartSec={restart_seconds}
TimeoutStopSec=30
KillMode=mixed
UMask=0077
WorkingDirectory={folder}
ReadWritePaths="{folder}"
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices={private_devices}
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
RemoveIPC=yes
CapabilityBoundingSet=
LimitNOFILE=65536
LimitCORE=0

[Install]
WantedBy=multi-user.target
"""


def unit_name(institution: str, process: str) -> str:
    """Return the name of a unit."""
    return f"payport-{institution}-{process}.service"


def units(commands: Commands, user: str, *, token: bool = False) -> dict[str, str]:
    """Return a member's units by name; with a ``token`` that signs, its node may see devices."""
    found = {}
    for process in processes.IN_ORDER:
        earlier = [unit_name(commands.institution, each) for each in _AFTER[process]]
        stale = f"ExecStartPre=/bin/rm -f {_quoted(str(commands.folder.rpc))}\n" if process == processes.ENGINE else ""
        signs = token and process == processes.NODE
        found[unit_name(commands.institution, process)] = _UNIT.format(
            process=process,
            institution=commands.institution,
            after="".join(f" {each}" for each in earlier),
            bound=_BOUND.get(process, "").format(
                *(unit_name(commands.institution, each) for each in processes.IN_ORDER)
            ),
            user=user,
            before=stale,
            command=" ".join(map(_quoted, commands.of(process))),
            folder=str(commands.folder.path).replace("%", "%%"),
            private_devices="no" if signs else "yes",
            restart_seconds=TOKEN_RESTART_SECONDS if signs else RESTART_SECONDS,
        )
    return found


def _quoted(argument: str) -> str:
    """Return an argument as systemd reads it: percent and dollar signs doubled, in quotes where there are blanks."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(each.isspace() for each in escaped) else escaped
