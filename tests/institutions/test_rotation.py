"""An institution's keys move from a file into a token, and its payments go on; a token that is away loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport.institutions.journal.records import FundingState
from payport.institutions.ledger_view import LedgerView
from payport.institutions.rotation import rotate
from payport.signers import pkcs11
from payport.signers.address import read_address
from payport.signers.key_files import FileSigner
from payport.signers.opening import make_key
from payport.signers.pkcs11 import RECONNECT_SECONDS, Pkcs11Signer
from payport.values.refusals import Refusal
from tests.institutions.rig import DEPOSIT, LIN, Rig, running, trust
from tests.ledger.network import seed
from tests.signers.tokens import Seconds, Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from payport.consensus.contract import Signer
    from tests.databases import Databases

DEVICE_REMOVED = 0x32


@pytest.fixture
async def rig(tmp_path: Path, databases: Databases) -> AsyncIterator[Rig]:
    async with running(tmp_path, databases) as made:
        yield made


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def in_token(tokens: Tokens, seconds: Seconds) -> Pkcs11Signer:
    """A key in a token of its own."""
    address = tokens.address(tokens.make(), "east")
    module = pkcs11._module(tokens.module)
    with module.lock:
        module.restart()
    make_key(address)
    return Pkcs11Signer(read_address(address), seconds)


async def turn(rig: Rig, keys: Sequence[Signer], threshold: int = 1) -> bool:
    return await rotate(rig.east.own, LedgerView(rig.node, trust()), keys, threshold, rig.clock())


def sign_with(rig: Rig, *signers: Signer) -> None:
    rig.east.own = rig.east.own._replace(signers=signers)


async def pay(rig: Rig) -> str:
    return (await (await rig.east.desk()).funding.fund_and_submit(rig.purchase(1_000))).code


async def test_from_a_file_into_a_token_without_a_pause(rig: Rig, in_token: Pkcs11Signer) -> None:
    (file,) = rig.east.own.signers
    assert await turn(rig, (in_token, file)) is True
    assert await turn(rig, (file, in_token)) is False
    for signer in (file, in_token):
        sign_with(rig, signer)
        assert await pay(rig) == "committed"
    assert await turn(rig, (in_token,)) is True
    assert await pay(rig) == "committed"
    record = await LedgerView(rig.node, trust()).institution("east")
    assert record is not None
    assert [each.public_key for each in record.keys] == [in_token.public_key]
    await rig.both_books_equal()


async def test_what_the_ledger_does_not_take(rig: Rig, in_token: Pkcs11Signer) -> None:
    (file,) = rig.east.own.signers
    with pytest.raises(Refusal, match="rotation_refused: key_already_bound"):
        await turn(rig, (FileSigner(seed("west")),))
    with pytest.raises(Refusal, match="threshold_above_keys"):
        await turn(rig, (in_token,), 2)
    assert await turn(rig, (in_token,)) is True
    with pytest.raises(Refusal):
        await turn(rig, (file,))
    sign_with(rig, in_token)
    # A key that was left out is revoked for ever.
    with pytest.raises(Refusal, match="rotation_refused: key_already_bound"):
        await turn(rig, (in_token, file))
    rig.east.own = rig.east.own._replace(id="nobody")
    with pytest.raises(Refusal, match="unknown_institution: nobody"):
        await turn(rig, (in_token,))


async def test_while_the_token_is_away_nothing_is_paid_and_nothing_is_lost(
    rig: Rig, tokens: Tokens, in_token: Pkcs11Signer, seconds: Seconds
) -> None:
    await turn(rig, (in_token,))
    sign_with(rig, in_token)
    purchase = rig.purchase(1_000)
    desk = await rig.east.desk()
    tokens.faults.answer("C_Sign", DEVICE_REMOVED, -1)
    try:
        waiting = await desk.funding.fund_and_submit(purchase)
        assert (waiting.code, waiting.state) == ("", FundingState.INTENDED)
        assert not (await desk.job.round()).is_clean
    finally:
        tokens.faults.none()
    seconds.now += RECONNECT_SECONDS
    assert (await desk.funding.fund_and_submit(purchase)).code == "committed"
    assert await rig.east.deposit(LIN) == DEPOSIT - 1_000
    await rig.both_books_equal()
