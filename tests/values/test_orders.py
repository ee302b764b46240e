"""Orders: read back exactly, or refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.values import codec, envelopes, orders
from payport.values.limits import MAX_SIGNATURE_BYTES
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.orders import MAX_ORDER_BYTES, MAX_SIGNED_ORDER_BYTES, Order, SignedOrder
from payport.values.refusals import Refusal

made_orders = st.builds(
    Order,
    chain_id=st.from_regex("[a-z][a-z0-9-]{0,30}-[0-9a-f]{16}", fullmatch=True),
    merchant=st.binary(min_size=16, max_size=16),
    order_id=st.from_regex("[A-Za-z0-9._-]{1,25}", fullmatch=True),
    amount_minor=st.integers(1, MAX_AMOUNT_MINOR),
    asset=st.sampled_from(["CNY", "HKD", "acme:POINTS"]),
    expires_at_ms=st.integers(0, 2**53 - 1),
)


@given(made_orders)
def test_round_trip(order: Order) -> None:
    assert orders.read_order(codec.encode(order)) == order


@given(made_orders)
def test_the_largest_order_fits_what_a_purchase_may_carry(order: Order) -> None:
    largest = msgspec.structs.replace(order, chain_id="a" * 31 + "-" + "0" * 16, order_id="x" * 25)
    body = codec.encode(largest)
    assert len(body) <= MAX_ORDER_BYTES
    assert (
        len(codec.encode(SignedOrder(body, "webauthn", bytes(65), bytes(MAX_SIGNATURE_BYTES))))
        <= MAX_SIGNED_ORDER_BYTES
    )


@given(st.binary(max_size=80))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        orders.read_order(data)


@given(made_orders)
def test_an_order_is_signed_as_nothing_else(order: Order) -> None:
    body = codec.encode(order)
    assert orders.signing_bytes(body) != envelopes.signing_bytes(body)
    assert orders.signing_bytes(body).endswith(body)
