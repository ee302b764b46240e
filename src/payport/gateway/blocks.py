"""Whole blocks, as the node stores them: what an auditor executes the chain again from."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.params import Parameter

from payport.gateway.access.callers import Role, Scope
from payport.gateway.access.grants import open_to, partner, staff
from payport.gateway.port import Port
from payport.gateway.problems import refuses
from payport.gateway.rates import TOO_MANY_REQUESTS
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values import codec
from payport.values.access import ACCESS_DENIED

MAX_BLOCKS: Final = 100
"""Blocks of one page."""

MAX_PAGE_BYTES: Final = 2_000_000
"""A page ends with the block that reaches this size; a single block may be larger."""


class BlockPage(msgspec.Struct, frozen=True):
    """Consecutive blocks."""

    height: int
    """Last block there is."""
    blocks: list[bytes]
    """Stored blocks with their finality proofs, in canonical MessagePack, in the order of their heights."""


@get(
    "/blocks",
    **open_to(partner(Scope.BLOCKS_READ), staff(Role.AUDITOR)),
    responses=refuses(ACCESS_DENIED, TOO_MANY_REQUESTS, NODE_UNREACHABLE, NODE_FAILED),
)
async def read(
    port: Port,
    after: Annotated[
        int, Parameter(ge=0, le=2**53 - 1, description="Height before the first block of the page; 0 begins the chain.")
    ],
    limit: Annotated[int, Parameter(ge=1, le=MAX_BLOCKS, description="Blocks of the page.")] = MAX_BLOCKS,
) -> BlockPage:
    """Read proven blocks as every validator has them, for `payport audit`; fewer than asked where they are large."""
    last = (await port.node.status()).height
    blocks: list[bytes] = []
    size = 0
    for height in range(after + 1, min(after + limit, last) + 1):
        blocks.append(codec.encode(await port.node.block(height)))
        size += len(blocks[-1])
        if size >= MAX_PAGE_BYTES:
            break
    return BlockPage(last, blocks)


ROUTES: Final = (read,)
"""Routes of this resource."""
