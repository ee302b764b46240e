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
"""What is started before a process. A CometBFT ends with its node, and so is bound to it."""

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
RestartSec=1
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
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=
LimitNOFILE=65536

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
        found[unit_name(commands.institution, process)] = _UNIT.format(
            process=process,
            institution=commands.institution,
            after="".join(f" {each}" for each in earlier),
            bound=f"BindsTo={earlier[0]}\n" if process == processes.ENGINE else "",
            user=user,
            before=stale,
            command=" ".join(map(_quoted, commands.of(process))),
            folder=str(commands.folder.path).replace("%", "%%"),
            private_devices="no" if token and process == processes.NODE else "yes",
        )
    return found


def _quoted(argument: str) -> str:
    """Return an argument as systemd reads it: percent and dollar signs doubled, in quotes where there are blanks."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(each.isspace() for each in escaped) else escaped
