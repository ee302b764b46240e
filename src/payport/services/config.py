"""The configuration of a process of desks: one JSON file, without secrets.

``{"socket", "node", "trust", "institutions": [{"id", "name", "database", "core": {"kind": "sandbox", "url"} |
{"kind": "null"}, "messenger": "sandbox" | "null", "signers": [SIGNER, ...], "digest_key": FILE}, ...]}``. ``database``
holds the journal and what is personal; the digest key is a file of :mod:`payport.signers.key_files`, a signer is such a
file or the ``pkcs11:`` address of a key in a hardware module. Paths that are not absolute begin at the directory of the
file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from payport.values.identifiers import InstitutionId
from payport.values.limits import MAX_INSTITUTION_KEYS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from pathlib import Path

MALFORMED_DESK_CONFIG: Final = RefusalCode(
    "malformed_desk_config",
    RefusalClass.MALFORMED,
    "The configuration of the desks is not what its format asks for.",
    "机构服务配置文件格式不正确。",
)
"""``detail`` names the member."""

REFUSALS: Final = (MALFORMED_DESK_CONFIG,)
"""Refusals of this module."""

MAX_CONFIG_BYTES: Final = 256 * 1024
"""A configuration; an institution takes about 500 bytes."""


class _Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SandboxCoreConfig(_Member, frozen=True, tag_field="kind", tag="sandbox"):
    """The sandbox core, which has a database of its own."""

    url: str
    """Its database: ``sqlite:///FILE`` or ``postgresql://...``."""


class NullCoreConfig(_Member, frozen=True, tag_field="kind", tag="null"):
    """No core: accounts are not backed by deposits."""


class InstitutionConfig(_Member, frozen=True):
    """One institution."""

    id: InstitutionId
    """Its name on the ledger."""
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """What its customers call it, in messages."""
    database: str
    """Database of its journal and of what is personal: ``sqlite:///FILE`` or ``postgresql://...``."""
    core: SandboxCoreConfig | NullCoreConfig
    """Its core."""
    messenger: Literal["sandbox", "null"]
    """Who carries its messages."""
    signers: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MAX_INSTITUTION_KEYS)]
    """Keys that sign for it, as many as its policies ask for: files, or addresses of hardware modules."""
    digest_key: str
    """Key file of its digests."""


class DeskConfig(_Member, frozen=True):
    """A process of desks."""

    socket: str
    """Unix socket to serve on."""
    node: str
    """Unix socket of the node."""
    trust: str
    """Trust file of the network."""
    institutions: Annotated[tuple[InstitutionConfig, ...], msgspec.Meta(min_length=1, max_length=64)]
    """Institutions to answer for."""


def read_config(path: Path) -> DeskConfig:
    """Read a configuration; raises ``malformed_desk_config``."""
    with path.open("rb") as file:
        data = file.read(MAX_CONFIG_BYTES + 1)
    if len(data) > MAX_CONFIG_BYTES:
        MALFORMED_DESK_CONFIG.refuse(f"more than {MAX_CONFIG_BYTES} bytes")
    try:
        found = msgspec.json.decode(data, type=DeskConfig)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        MALFORMED_DESK_CONFIG.refuse(str(error)[:200])
    if len({each.id for each in found.institutions}) != len(found.institutions):
        MALFORMED_DESK_CONFIG.refuse("an institution is there twice")
    return found
