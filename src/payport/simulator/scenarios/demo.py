"""The demo: a cardholder scans a merchant's code and pays, sends money to a friend at another bank, gets a refund.

Everything is real: a node process with its durable log, codes rendered to images and read back, signatures, and
receipts verified by the stand-alone verifier's own code.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.ledger import receipt as receipts
from payport.ledger.block import COMMITTED, Outcome
from payport.ledger.invariants.law import laws
from payport.ledger.state.balances import Balance
from payport.ledger.state.balances import key as balance_key
from payport.proof.verify import Verdict, verify_receipt
from payport.qr import codes, images
from payport.qr.templates.payport import MerchantCode
from payport.qr.templates.payport import encode as encode_code
from payport.values import codec
from payport.values.orders import Order
from payport.values.refusals import Refusal
from payport.wallet.sign import build, sign, sign_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from payport.node.client import NodeClient
    from payport.proof.trust import Trust
    from payport.simulator.scenarios.city import City, Party

ORDER_VALID_MS: Final = 10 * 60_000
"""How long a till's order can be paid."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened."""

    story: str
    """What happened, in words."""
    kind: str
    """Verb."""
    outcome: str
    """``committed`` or the code of a refusal."""
    milliseconds: float
    """From the signed bytes leaving the phone to the durable answer."""
    amount_minor: int
    """Amount, in fen."""


@dataclass(slots=True)
class Story:
    """The demo under way."""

    city: City
    """Who takes part."""
    client: NodeClient
    """Line to the node."""
    trust: Trust
    """What the receipts are verified against."""
    data: Path
    """Where images, receipts and the trust file are kept."""
    tell: Callable[[str], None]
    """Says what happens."""
    payments: list[Step] = field(default_factory=list)
    """Payments that were made."""
    refusals: list[Step] = field(default_factory=list)
    """Payments that were refused, as they should be."""
    verdicts: list[Verdict] = field(default_factory=list)
    """Receipts verified."""

    @property
    def chain_id(self) -> str:
        """The network."""
        return self.city.genesis.chain_id

    async def send(self, story: str, party: Party, transaction: Any) -> tuple[Step, Outcome | None]:  # noqa: ANN401 - any verb
        """Sign with the party's key, send, wait for the durable answer, and note the step."""
        signed = sign(transaction, party.key)
        started = time.perf_counter()
        outcome: Outcome | None = None
        try:
            outcome = (await self.client.submit((signed,)))[0]
            code = outcome.code
        except Refusal as refusal:
            code = refusal.code
        milliseconds = (time.perf_counter() - started) * 1_000
        amount = getattr(transaction, "amount_minor", 0)
        step = Step(story, transaction.kind.split("/")[0], code, round(milliseconds, 2), amount)
        (self.payments if code == COMMITTED else self.refusals).append(step)
        self.tell(f"{story}: {code} in {step.milliseconds} ms")
        return step, outcome

    async def open_everything(self) -> None:
        """Open every account and put its first money in."""
        for party in self.city.parties.values():
            bank_key = self.city.keys[party.bank]
            opening = build(
                self.chain_id,
                "open_account/1",
                party.bank,
                account=party.account,
                category=party.category,
                view_key=party.view_key,
                owner=party.key.prove_possession(self.chain_id, party.account),
            )
            items = [sign(opening, bank_key)]
            if party.money_minor:
                fields = {"account": party.account, "asset": "CNY", "amount_minor": party.money_minor}
                items.append(sign(build(self.chain_id, "issue/1", party.bank, **fields), bank_key))
            for item in items:
                outcome = (await self.client.submit((item,)))[0]
                assert outcome.code == COMMITTED, outcome
        self.tell(f"{len(self.city.parties)} accounts opened at {len(self.city.keys) - 1} banks")

    def show_code(self, merchant: Party, amount_minor: int | None, order_id: str | None) -> Path:
        """Render the merchant's code to an image, as a till or a sticker does; dynamic where there is an order."""
        order = None
        if amount_minor is not None and order_id is not None:
            expires = time.time_ns() // 1_000_000 + ORDER_VALID_MS
            asked = Order(self.chain_id, merchant.account, order_id, amount_minor, "CNY", expires)
            order = sign_order(merchant.key, asked)
        text = encode_code(
            MerchantCode(
                merchant.account,
                merchant.category,
                "CNY",
                amount_minor,
                "CN",
                merchant.name,
                "BEIJING",
                order,
                local_name=merchant.local_name,
            )
        )
        file = self.data / f"code-{merchant.name.lower().replace(' ', '-')}.png"
        file.write_bytes(images.make_png(text))
        return file

    async def scan_and_pay(self, payer: Party, image: Path, typed_minor: int | None = None) -> Outcome | None:
        """Read the image and pay what it asks (or what the payer types)."""
        code = scan(image)
        amount = code.amount_minor if code.amount_minor is not None else typed_minor
        fields = {"merchant": code.account, "asset": code.asset, "amount_minor": amount, "order": code.order}
        purchase = build(self.chain_id, "purchase/1", payer.account, **fields)
        _, outcome = await self.send(f"{payer.name} scans the code of {code.name}", payer, purchase)
        return outcome

    async def transfer(self, payer: Party, payee: Party, amount_minor: int) -> Outcome | None:
        """Send money."""
        fields = {"payee": payee.account, "asset": "CNY", "amount_minor": amount_minor}
        transaction = build(self.chain_id, "transfer/1", payer.account, **fields)
        story = f"{payer.name} ({payer.bank}) sends money to {payee.name} ({payee.bank})"
        _, outcome = await self.send(story, payer, transaction)
        return outcome

    async def refund(self, merchant: Party, payment: Outcome, amount_minor: int) -> Outcome | None:
        """Refund a part of a purchase, with the proof the ledger asks for."""
        proof = receipts.prove_purchase(await self.client.block(payment.height), payment.transaction_id)
        fields = {**proof._asdict(), "log_path": (), "amount_minor": amount_minor}
        transaction = build(self.chain_id, "refund/1", merchant.account, **fields)
        _, outcome = await self.send(f"{merchant.name} refunds a part", merchant, transaction)
        return outcome

    async def keep_receipt(self, outcome: Outcome | None, party: Party) -> Path:
        """Save the party's receipt and verify it offline."""
        assert outcome is not None
        data = receipts.assemble(await self.client.block(outcome.height), outcome.transaction_id, party.account)
        role = "merchant" if party.category != "0000" else "cardholder"
        file = self.data / f"receipt-{outcome.transaction_id.hex()[:8]}-{role}-{party.account.hex()[:4]}.payport"
        file.write_bytes(data)
        self.verdicts.append(verify_receipt(data, self.trust))
        return file

    async def balance_minor(self, party: Party) -> int:
        """Return a balance, in fen."""
        data = await self.client.read("balances", balance_key(party.account, "CNY"))
        return 0 if data is None else codec.decode(data, Balance).amount_minor


def scan(image: Path) -> MerchantCode:
    """Read a merchant's code from an image, as a phone does."""
    return codes.read(images.read(image.read_bytes())[0])


async def tell_story(story: Story) -> list[Path]:
    """Run the demo; return the receipt files."""
    city = story.city.parties
    lin, chen, market = city["lin"], city["chen"], city["market"]
    await story.open_everything()
    kept: list[Path] = []
    till = story.show_code(market, 12_850, f"T1-{time.time_ns() // 1_000_000}")
    paid = await story.scan_and_pay(lin, till)
    kept += [await story.keep_receipt(paid, lin), await story.keep_receipt(paid, market)]
    sent = await story.transfer(lin, chen, 8_800)
    kept += [await story.keep_receipt(sent, lin), await story.keep_receipt(sent, chen)]
    assert paid is not None
    back = await story.refund(market, paid, 2_850)
    kept += [await story.keep_receipt(back, market), await story.keep_receipt(back, lin)]
    lunch = await story.scan_and_pay(chen, story.show_code(city["canteen"], None, None), 1_600)
    kept.append(await story.keep_receipt(lunch, chen))
    await story.scan_and_pay(chen, story.show_code(city["metro"], None, None), 400)
    book = story.show_code(city["books"], 5_900, f"B7-{time.time_ns() // 1_000_000}")
    await story.scan_and_pay(city["lin-savings"], book)
    await _try_what_must_not_work(story, till, paid)
    return kept


async def _try_what_must_not_work(story: Story, till: Path, paid: Outcome) -> None:
    """Pay an order twice, overdraw, refund too much, and sign for somebody else."""
    city = story.city.parties
    await story.scan_and_pay(city["chen"], till)
    await story.transfer(city["chen"], city["lin"], 100_000_000)
    await story.refund(city["market"], paid, 12_850)
    fields = {"payee": city["chen"].account, "asset": "CNY", "amount_minor": 100}
    stolen = build(story.chain_id, "transfer/1", city["lin"].account, **fields)
    await story.send("a stranger signs for Lin Mei", city["chen"], stolen)


def report(story: Story, ready_seconds: float) -> dict[str, Any]:
    """Return the demo's result as plain values."""
    return {
        "chain_id": story.chain_id,
        "payments": [_plain(step) for step in story.payments],
        "refusals": [_plain(step) for step in story.refusals],
        "receipts_verified": len(story.verdicts),
        "laws_checked": [law.name for law in laws()],
        "ready_seconds": round(ready_seconds, 2),
    }


def _plain(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(step))
    return found
