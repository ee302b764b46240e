"""New keys for a member's CometBFT and node, while the others go on; the old ones have no vote once it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from payport import _native
from payport.ledger.store.files import write_file_durably
from payport.network import founding, membership, processes
from payport.network.plan import Plan
from payport.node.data_directory import DataDirectory
from payport.signers.key_files import draw_seed, read_seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from payport.network.plan import NetworkFolder


async def rotate(
    network: NetworkFolder, plan: Plan, institution: str, cometbft: str, seconds: float, tell: Callable[[str], None]
) -> Plan:
    """Draw new keys, have the members put them in the old ones' place, and start the member with them; return the plan.

    Run again after an interruption, it goes on with the keys it drew. A node whose key is in a token keeps it. Each
    process may take ``seconds`` to start. Raises ``not_decided``, ``not_caught_up`` and ``network_not_ready``.
    """
    folder, card = network.member(institution), plan.card(institution)
    node_key = DataDirectory(folder.node).key_path
    files = [folder.engine_seed] if folder.read_settings().node_signer else [folder.engine_seed, node_key]
    drawn = {file: _drawn(_next(file)) for file in files}
    changed = msgspec.structs.replace(
        card, engine_key=drawn[folder.engine_seed], node_key=drawn.get(node_key, card.node_key)
    )
    await membership.set_power(network, plan, changed, founding.POWER, tell)
    tell(f"{institution} starts with its new keys")
    for process in reversed(processes.IN_ORDER):
        processes.stop(folder, process)
    for file in files:
        _next(file).replace(file)
    renewed = msgspec.structs.replace(plan, members=tuple(changed if each == card else each for each in plan.members))
    network.write_plan(renewed)
    write_file_durably(folder.path / "card.json", msgspec.json.format(msgspec.json.encode(changed), indent=2) + b"\n")
    await membership.start_member(network, renewed, changed, cometbft, seconds, tell)
    await membership.catch_up(network, renewed, changed, tell)
    await membership.renew_trust(network, renewed)
    return renewed


def _next(file: Path) -> Path:
    """Return where the key is that will be in this file."""
    return file.with_name(f"{file.name}.new")


def _drawn(file: Path) -> str:
    """Return the public key of a file in hexadecimal; its seed is drawn where there is none."""
    seed = read_seed(file) if file.exists() else draw_seed(file)
    return _native.public_key_ed25519(seed).hex()
