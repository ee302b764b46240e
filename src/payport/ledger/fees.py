"""Fees of a purchase: computed from the schedule on the ledger, split between issuer, network and acquirer.

The total is rounded half up; the issuer's and the network's shares are floored and the acquirer has the remainder. On
refunds the fee returned so far is ``round(fee x refunded so far / amount)``, and each party gives back the growth of
its own share of that, so that a full refund, in whatever parts, returns every share exactly. The issuer's and the
network's returned shares are floored each for itself, so in one small refund the acquirer's part of the growth may be
-1: then the acquirer takes a unit back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from payport.ledger.state import accounts, institutions, parameters
from payport.values.money import PPM, share_floor, share_half_up

if TYPE_CHECKING:
    from payport.ledger.state.state import State


class Fee(NamedTuple):
    """A fee and its shares, in minor units; the shares sum to the total."""

    total_minor: int
    """What the merchant bears."""
    issuer_minor: int
    """Share of the payer's institution."""
    network_minor: int
    """Share of the operator."""
    acquirer_minor: int
    """Share of the merchant's institution: the remainder."""


def split(total_minor: int, schedule: parameters.FeeSchedule) -> Fee:
    """Split a fee by the shares of a schedule."""
    issuer = share_floor(total_minor, schedule.issuer_share_ppm)
    network = share_floor(total_minor, schedule.network_share_ppm)
    assert issuer + network <= total_minor
    return Fee(total_minor, issuer, network, total_minor - issuer - network)


def of_purchase(state: State, category: str, amount_minor: int, height: int) -> Fee:
    """Return the fee of a purchase of ``amount_minor`` from a merchant of ``category`` at ``height``."""
    schedule = parameters.fee_schedule(state, category, height)
    proportional = share_half_up(amount_minor, schedule.rate_ppm, PPM)
    total = min(max(proportional, schedule.minimum_minor), schedule.cap_minor, amount_minor)
    return split(total, schedule)


def returned(fee: Fee, amount_minor: int, refunded_minor: int) -> Fee:
    """Return what of ``fee`` has been given back in all once ``refunded_minor`` of ``amount_minor`` is refunded."""
    assert 0 <= refunded_minor <= amount_minor
    total = share_half_up(fee.total_minor, refunded_minor, amount_minor)
    if fee.total_minor == 0:
        return Fee(0, 0, 0, 0)
    issuer = fee.issuer_minor * total // fee.total_minor
    network = fee.network_minor * total // fee.total_minor
    return Fee(total, issuer, network, total - issuer - network)


def growth(fee: Fee, amount_minor: int, before_minor: int, after_minor: int) -> Fee:
    """Return what is given back when the sum refunded grows from ``before_minor`` to ``after_minor``."""
    before = returned(fee, amount_minor, before_minor)
    after = returned(fee, amount_minor, after_minor)
    return Fee(*(late - early for early, late in zip(before, after, strict=True)))


def share_accounts(state: State, payer: bytes, merchant: bytes, fee: Fee) -> tuple[tuple[bytes, int], ...]:
    """Return the accounts of the fee's shares with the non-zero share of each; the shares of one account are summed."""
    shares: dict[bytes, int] = {}
    for institution, share in (
        (accounts.require(state, payer).institution, fee.issuer_minor),
        (parameters.operator(state), fee.network_minor),
        (accounts.require(state, merchant).institution, fee.acquirer_minor),
    ):
        if share:
            account = institutions.require(state, institution).fees_account
            shares[account] = shares.get(account, 0) + share
    return tuple((account, share) for account, share in shares.items() if share)
