"""Members that join and leave while the others go on paying."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from payport import _native
from payport.consensus.cometbft.rpc import EngineRpc
from payport.ledger.state.parameters import encode_value
from payport.ledger.state.validators import PREFIX
from payport.ledger.store.files import write_file_durably
from payport.ledger.transactions.institutions.admit_institution import INSTITUTION_EXISTS
from payport.ledger.transactions.institutions.set_parameter import EFFECTIVE_HEIGHT_PAST
from payport.network import founding, processes
from payport.network.deciding import NOT_DECIDED, Voter, decide
from payport.network.plan import Plan
from payport.network.watching import look, url_of, wait_ready
from payport.proof.trust import Trust, decode_trust, encode_trust
from payport.signers.key_files import read_seed
from payport.values.bindings import NewKey, signing_bytes
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.network.plan import Card, NetworkFolder

NOT_CAUGHT_UP: Final = RefusalCode(
    "not_caught_up",
    RefusalClass.UNAVAILABLE,
    "The new member has not caught up with the others yet; run the same command again.",
    "新成员尚未追上其他成员；请再次运行同一命令。",
)
"""It goes on catching up; it has no vote yet."""

REFUSALS: Final = (NOT_CAUGHT_UP,)
"""Refusals of this module."""

CATCH_UP_SECONDS: Final = 600.0
"""How long a new member may take to catch up."""

RENEWAL_SECONDS: Final = 15.0
"""How long the trust file waits for an index that has followed a change."""

MARGIN_BLOCKS: Final = 8
"""Blocks of the ledger, beside one for each member, between a decision's first step and when it counts: the steps
themselves take some. Where that is too few because customers pay meanwhile, it is tried with many more."""

_LOOK_SECONDS: Final = 0.3
_NOTHING: Final = bytes(32)
"""Digest of no proposal."""


async def admit(network: NetworkFolder, plan: Plan, card: Card, tell: Callable[[str], None]) -> Plan:
    """Have the members admit an institution to the ledger, unless they have, and write it into the plan."""
    seed = read_seed(network.member(card.institution).institution_key)
    key = bytes.fromhex(card.institution_key)
    proof = _native.sign_ed25519(seed, signing_bytes(plan.chain_id, card.institution.encode(), key))
    try:
        await decide(
            network,
            plan,
            operator_here(network, plan),
            "admit_institution/1",
            tell,
            institution=card.institution,
            name=card.name,
            role=card.role,
            keys=(NewKey("ed25519", key, proof),),
            threshold=1,
            utc_offset_seconds=founding.CHINA_SECONDS,
            fees_account=bytes.fromhex(card.fees_account),
            unclaimed_account=bytes.fromhex(card.unclaimed_account),
            view_key=bytes.fromhex(card.view_key),
        )
    except Refusal as refusal:
        if not refusal.detail.endswith(INSTITUTION_EXISTS.code):
            raise
    if card in plan.members:
        return plan
    grown = msgspec.structs.replace(plan, members=(*plan.members, card))
    network.write_plan(grown)
    return grown


async def catch_up(network: NetworkFolder, plan: Plan, card: Card, tell: Callable[[str], None]) -> None:
    """Return once a started member is as far as another one here; raises ``not_caught_up``."""
    others = [each for each in network.local(plan) if each != card]
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        own, *theirs = await asyncio.gather(*(look(network, each) for each in (card, *others)))
        furthest = max((each.engine_height or 0 for each in theirs), default=0)
        tell(f"{card.institution}: block {own.engine_height or 0} of {furthest}")
        if own.catching_up is False and (own.engine_height or 0) >= furthest - 1:
            return
        await asyncio.sleep(_LOOK_SECONDS)
    NOT_CAUGHT_UP.refuse(card.institution)


async def set_power(network: NetworkFolder, plan: Plan, card: Card, power: int, tell: Callable[[str], None]) -> None:
    """Have the members give a member a voting power, and return once it has it."""
    proposer = operator_here(network, plan)
    voter = Voter(network, plan.card(proposer))
    try:
        name = PREFIX + card.institution
        value = encode_value(name, founding.validator_of(card, power))
        from_height = await decide_parameter(network, plan, voter, name, value, tell)
        while (height := await voter.height()) < from_height:
            tell(f"block {height} of {from_height}")
            await voter.send("approve/1", proposed=_NOTHING)  # a block of its own, where nobody pays
    finally:
        await voter.close()
    await _voting(network, plan.card(proposer), bytes.fromhex(card.engine_key), power)


async def decide_parameter(
    network: NetworkFolder, plan: Plan, voter: Voter, name: str, value: bytes, tell: Callable[[str], None]
) -> int:
    """Have the members set a parameter as soon as it can be; return from which block. Raises ``not_decided``."""
    for margin in (MARGIN_BLOCKS, 16 * MARGIN_BLOCKS, 256 * MARGIN_BLOCKS):
        from_height = await voter.height() + len(plan.members) + margin
        setting = {"name": name, "value": value, "from_height": from_height}
        try:
            await decide(network, plan, voter.institution, "set_parameter/1", tell, **setting)
        except Refusal as refusal:
            # Customers paid faster than members voted.
            if not refusal.detail.endswith(EFFECTIVE_HEIGHT_PAST.code) or margin > 16 * MARGIN_BLOCKS:
                raise
        else:
            break
    return from_height


async def renew_trust(network: NetworkFolder, plan: Plan) -> Trust:
    """Bring the trust file forward to those who vote now, as a port here has followed them through the ledger.

    What is not running or lags behind leaves it as it is: the founders alone suffice to follow a ledger from its start.
    """
    trust = decode_trust(network.trust.read_bytes())
    deadline = time.monotonic() + RENEWAL_SECONDS
    while time.monotonic() < deadline:
        for card in network.local(plan):
            folder = network.member(card.institution)
            if not {processes.ENGINE, processes.GATEWAY} <= processes.running(folder).keys():
                continue
            rpc = EngineRpc(folder.rpc)
            try:
                voting = await _powers(rpc)
                async with httpx.AsyncClient(base_url=url_of(folder)) as client:
                    told = decode_trust((await client.get("/v1/network/trust")).content)
            except (Refusal, httpx.HTTPError):
                continue
            finally:
                await rpc.close()
            known = {each.public_key: each.power for each in told.validators[-1].members}
            if told.genesis_hash == trust.genesis_hash and known == voting:
                write_file_durably(network.trust, encode_trust(told))
                return told
        await asyncio.sleep(_LOOK_SECONDS)
    return trust


async def _powers(rpc: EngineRpc) -> dict[bytes, int]:
    """Return the voting power of each key, as CometBFT has it for its newest block."""
    newest = int((await rpc.ask("status"))["sync_info"]["latest_block_height"])
    told = await rpc.validators(newest)
    return {base64.b64decode(each["pub_key"]["value"]): int(each["voting_power"]) for each in told}


async def _voting(network: NetworkFolder, through: Card, key: bytes, power: int) -> None:
    """Return once CometBFT counts a key as it should; raises ``not_decided``."""
    rpc = EngineRpc(network.member(through.institution).rpc)
    deadline = time.monotonic() + CATCH_UP_SECONDS
    try:
        while time.monotonic() < deadline:
            if (await _powers(rpc)).get(key, 0) == power:
                return
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await rpc.close()
    NOT_DECIDED.refuse("CometBFT does not follow")


def operator_here(network: NetworkFolder, plan: Plan) -> str:
    """Return who proposes: the operator where it is here, else the first member that is."""
    local = network.local(plan)
    found = [each.institution for each in local if each.role == "operator"]
    return (found or [each.institution for each in local] or [plan.members[0].institution])[0]


async def start_member(
    network: NetworkFolder, plan: Plan, card: Card, cometbft: str, seconds: float, tell: Callable[[str], None]
) -> None:
    """Start what of a member does not run, each once the one before it answers."""
    folder = network.member(card.institution)
    founding.prepare(network, plan, card.institution)
    commands = processes.Commands(network, folder, card.institution, cometbft)
    for process in processes.IN_ORDER:
        tell(f"{card.institution}: {process}")
        processes.start(commands, process)
        await wait_ready(folder, process, seconds, quorum=False)
