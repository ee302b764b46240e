"""How a new member begins from a snapshot: which header it trusts, because its trust file vouches for it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from payport.consensus.cometbft.proofs import Proofs
from payport.consensus.cometbft.rpc import EngineRpc
from payport.history.verified import holds
from payport.ledger.store.files import write_file_durably
from payport.network.plan import BeginsFrom
from payport.node.data_directory import DataDirectory
from payport.proof.finality.cometbft import brought_forward
from payport.proof.light_block import decode_light_block, header_hash
from payport.proof.trust import decode_trust
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from pathlib import Path

    from payport.network.plan import Card, MemberFolder, NetworkFolder, Plan

NOBODY_TO_ASK: Final = RefusalCode(
    "nobody_to_ask",
    RefusalClass.UNAVAILABLE,
    "No member tells of a header that the trust file vouches for; name the RPC of one with --peer-rpc.",
    "没有成员提供信任文件所认可的区块头；请用 --peer-rpc 指定一个成员的 RPC。",
)
"""The detail is what the last one said."""

REFUSALS: Final = (NOBODY_TO_ASK,)
"""Refusals of this module."""

BEFORE_BLOCKS: Final = 10_000
"""How far before the newest header the trusted one is: before the newest snapshots, because CometBFT goes forward from
it in a few steps, and backward block by block."""


FIRST_HEIGHT: Final = 2
"""First header that may be trusted: the one before has the time of genesis, which CometBFT may find too old."""


def snapshots_here(network: NetworkFolder, plan: Plan, card: Card) -> bool:
    """Tell whether a member of this machine, other than ``card``'s, has a snapshot."""
    others = [network.member(each.institution).node for each in network.local(plan) if each != card]
    return any(next(DataDirectory(each).ledger.snapshots.glob("*/manifest"), None) is not None for each in others)


def set_aside(folder: MemberFolder) -> Path:
    """Move what a stopped member has of the chain out of the way, and return where it is now.

    Keys stay, and so does the state by which its validator never votes twice.
    """
    places = (folder.path / f"aside-{number}" for number in count(1))
    aside = next(path for path in places if not path.exists())
    aside.mkdir(mode=0o700)
    state = folder.engine / "data" / "priv_validator_state.json"
    voted = state.read_bytes()
    node = DataDirectory(folder.node)
    made = (state.parent, node.log_path, node.state_path)
    for each in (*made, node.ledger.snapshots, node.ledger.restoring, folder.node / "engine-height"):
        if each.exists():
            each.rename(aside / each.name)
    for each in made:
        each.mkdir(mode=0o700)
    write_file_durably(state, voted)
    folder.state_sync.unlink(missing_ok=True)
    return aside


async def begin_from_snapshot(network: NetworkFolder, card: Card) -> BeginsFrom:
    """Note for a member that was not started yet that it begins from a snapshot; raises ``nobody_to_ask``."""
    folder = network.member(card.institution)
    trust = decode_trust(network.trust.read_bytes())
    addresses, told = network.rpcs_of_others(card.institution), "there is none"
    for address in addresses:
        rpc = EngineRpc(address)
        try:
            newest = int((await rpc.ask("status"))["sync_info"]["latest_block_height"])
            height = max(newest - BEFORE_BLOCKS, trust.validators[-1].from_height, FIRST_HEIGHT)
            payload = await Proofs(rpc).payload(height)
            brought_forward(trust, payload, backend=holds)
        except Refusal as refusal:
            told = f"{address}: {refusal}"
            continue
        finally:
            await rpc.close()
        servers = addresses if len(addresses) > 1 else addresses * 2  # CometBFT asks for two
        found = BeginsFrom(servers, height, header_hash(decode_light_block(payload).header).hex())
        write_file_durably(folder.state_sync, msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        return found
    return NOBODY_TO_ASK.refuse(told)
