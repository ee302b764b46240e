"""Orders: what a merchant signs and a dynamic code carries."""

from __future__ import annotations

import msgspec
from tools.vector_form import code_of, plain

from payport.ledger import examples
from payport.values import codec, orders
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.orders import Order, SignedOrder
from payport.wallet.keys import SigningKey
from payport.wallet.sign import sign_order

ABOUT = "A signed order is [order bytes, scheme, public key, signature]; the key signs the tag and the order bytes."

_SEED = 4


def make() -> dict[str, object]:
    """Return the vectors."""
    order = Order(examples.CHAIN_ID, examples.MARKET, "2026-0001", 12_850, "CNY", examples.TIME_MS + 600_000)
    replace = msgspec.structs.replace
    valid = {
        "a payment at a till": order,
        "the longest order id and the largest amount": replace(
            order, order_id="A-Za-z_0.9" + "x" * 15, amount_minor=MAX_AMOUNT_MINOR
        ),
        "another asset": replace(order, asset="acme:POINTS"),
    }
    refused: dict[str, object] = {
        "no amount": replace(order, amount_minor=0),
        "more than the largest amount": replace(order, amount_minor=MAX_AMOUNT_MINOR + 1),
        "an order id with a space": replace(order, order_id="A 1"),
        "an order id with a line feed behind it": replace(order, order_id="A-1\n"),
        "an asset with a line feed behind it": replace(order, asset="CNY\n"),
        "an order id of 26 characters": replace(order, order_id="x" * 26),
        "an account of 15 bytes": replace(order, merchant=bytes(15)),
        "a chain id without its hash": replace(order, chain_id="example"),
        "a lower-case currency": replace(order, asset="cny"),
        "an element too few": codec.decode(codec.encode(order), list[object])[:-1],
    }
    return {
        "seed": examples.seed(_SEED).hex(),
        "public_key": examples.public_key(_SEED).hex(),
        "valid": [_signed(name, each) for name, each in valid.items()],
        "refused": [_refused(name, codec.encode(each)) for name, each in refused.items()],
    }


def _signed(name: str, order: Order) -> dict[str, object]:
    body = codec.encode(order)
    encoded = sign_order(SigningKey(examples.seed(_SEED)), order)
    return {
        "name": name,
        "fields": plain(order),
        "order": body.hex(),
        "signing_bytes": orders.signing_bytes(body).hex(),
        "signature": codec.decode(encoded, SignedOrder).signature.hex(),
        "signed_order": encoded.hex(),
    }


def _refused(name: str, order: bytes) -> dict[str, object]:
    return {"name": name, "order": order.hex(), "code": code_of(orders.read_order, order)}
