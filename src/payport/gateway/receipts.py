"""Receipts: the file that proves a transaction without a network, and the proof a refund carries."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec

from payport.gateway import pages
from payport.gateway.access.accounts import require_account
from payport.gateway.access.grants import HOLDER, open_to
from payport.gateway.access.paths import TRANSACTION_BYTES, AccountPath, TransactionPath
from payport.gateway.port import Port
from payport.gateway.problems import PROOF, refuses
from payport.history.index import Transaction
from payport.history.verified import narrowed
from payport.ledger import receipt
from payport.ledger.block import COMMITTED
from payport.ledger.purchase_proof import NOT_A_PURCHASE, SALES
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values.access import ACCESS_DENIED
from payport.values.identifiers import parse_hex

RECEIPT_TYPE: Final = "application/vnd.payport.receipt"
"""Media type of a receipt file."""

_REFUSED: Final = (ACCESS_DENIED, receipt.NO_RECEIPT, *PROOF, NODE_UNREACHABLE, NODE_FAILED)


class PurchaseProofView(msgspec.Struct, frozen=True):
    """What a refund carries of the purchase; byte strings are base64."""

    purchase: bytes
    """Exact body of the purchase."""
    outcome_leaf: bytes
    """Its outcome leaf."""
    leaf_index: int
    """Index of that leaf in its block."""
    leaf_path: list[bytes]
    """Path from the leaf to the block's receipts root."""
    commitment: bytes
    """The block's commitment."""
    log_path: list[bytes]
    """Path of the commitment in its subtree of the log; empty while the ledger still knows it singly."""


async def concerning(port: Port, account: bytes, transaction_id: str) -> Transaction:
    """Return a transaction that concerns the account; raises ``no_receipt``."""
    found = await port.index.transaction(parse_hex(transaction_id, TRANSACTION_BYTES))
    if found is None or not await port.index.concerns(found, account):
        receipt.NO_RECEIPT.refuse()
    return found


def as_file(found: Transaction, encoded: bytes) -> Response[bytes]:
    """Return a receipt as a file to be kept."""
    name = f'attachment; filename="{found.id.hex()[:16]}.payport"'
    return Response(encoded, media_type=RECEIPT_TYPE, headers={"Content-Disposition": name})


FILE: Final = {
    int(HTTPStatus.OK): ResponseSpec(
        bytes, generate_examples=False, description="The receipt file.", media_type=RECEIPT_TYPE
    )
}
"""What a route that answers with a receipt says of it."""


@get(
    "/receipts/{transaction_id:str}",
    **open_to(HOLDER),
    media_type=RECEIPT_TYPE,
    responses={**refuses(*_REFUSED), **FILE},
)
async def show(request: Request[Any, Any, Any], transaction_id: TransactionPath, port: Port) -> Response[bytes]:
    """Return the receipt of a transaction, with the balance leaves of the token's account and no other."""
    readable = await require_account(request, port)
    found = await concerning(port, readable.account, transaction_id)
    return as_file(found, await receipt_file(port, found, readable.account))


@get(
    "/accounts/{account:str}/receipts/{transaction_id:str}",
    **pages.READERS,
    media_type=RECEIPT_TYPE,
    responses={**refuses(*_REFUSED), **FILE},
)
async def show_of_account(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> Response[bytes]:
    """Return the receipt of a transaction of an account, with the balance leaves of that account and no other."""
    readable = await require_account(request, port, account)
    found = await concerning(port, readable.account, transaction_id)
    return as_file(found, await receipt_file(port, found, readable.account))


async def receipt_file(port: Port, found: Transaction, account: bytes) -> bytes:
    """Return a transaction's receipt with the balance leaves of ``account``; of nobody where that is empty."""
    block = narrowed(await port.blocks.at(found.height), found.leaf_index)
    return receipt.assemble(block, found.id, account)


@get("/receipts/{transaction_id:str}/purchase-proof", **open_to(HOLDER), responses=refuses(*_REFUSED, NOT_A_PURCHASE))
async def prove(request: Request[Any, Any, Any], transaction_id: TransactionPath, port: Port) -> PurchaseProofView:
    """Return what a merchant's refund of a purchase, capture or charge carries."""
    readable = await require_account(request, port)
    found = await concerning(port, readable.account, transaction_id)
    if found.kind not in SALES or found.outcome != COMMITTED:
        NOT_A_PURCHASE.refuse(found.kind)
    return await proof_of(port, found.id, found.height, found.leaf_index)


async def proof_of(port: Port, transaction_id: bytes, height: int, leaf_index: int) -> PurchaseProofView:
    """Return what the refund of a committed sale carries."""
    block = narrowed(await port.blocks.at(height), leaf_index)
    proof = receipt.prove_purchase(block, transaction_id)
    return PurchaseProofView(
        purchase=proof.purchase,
        outcome_leaf=proof.outcome_leaf,
        leaf_index=proof.leaf_index,
        leaf_path=list(proof.leaf_path),
        commitment=proof.commitment,
        log_path=list(await port.index.log_path(height)),
    )


ROUTES: Final = (show, show_of_account, prove)
"""Routes of this resource."""
