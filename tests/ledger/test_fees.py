"""Fees: shares sum to the total, and refunds in any parts return exactly what was taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payport.ledger import fees
from payport.ledger.state.parameters import FeeSchedule

schedules = st.integers(0, 1_000_000).flatmap(
    lambda issuer: st.builds(
        FeeSchedule,
        rate_ppm=st.integers(0, 50_000),
        minimum_minor=st.integers(0, 100),
        cap_minor=st.integers(0, 10_000),
        issuer_share_ppm=st.just(issuer),
        network_share_ppm=st.integers(0, 1_000_000 - issuer),
    )
)


@given(schedules, st.integers(1, 10**6), st.data())
def test_parts_return_the_whole(schedule: FeeSchedule, amount: int, data: st.DataObject) -> None:
    fee = fees.split(data.draw(st.integers(0, amount)), schedule)
    assert fee.total_minor == fee.issuer_minor + fee.network_minor + fee.acquirer_minor
    cuts = sorted(data.draw(st.sets(st.integers(1, amount), max_size=5)) | {amount})
    sums = [0, 0, 0, 0]
    before = 0
    for after in cuts:
        back = fees.growth(fee, amount, before, after)
        assert min(back.total_minor, back.issuer_minor, back.network_minor) >= 0
        assert back.acquirer_minor >= -1, "two floored shares may leave the acquirer one unit to take back"
        assert back.total_minor <= after - before + 1
        sums = [sum(pair) for pair in zip(sums, back, strict=True)]
        before = after
    assert tuple(sums) == fee
