"""The demo: cardholders bind their cards, pay by code, online and offline, reserve, send money, trade, get a refund.

Everything is real: the unified port over HTTP, the banks' desks with their keys and cores, a node process with its
durable log, codes rendered to images and read back, signatures made here, and receipts verified by the stand-alone
verifier's own code. What a cardholder's account does not hold is paid from his deposit in the same instant.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.ledger.block import COMMITTED
from payport.ledger.invariants.law import laws
from payport.ledger.state.assets import AssetClass
from payport.ledger.state.restrictions import FreezeMode, FreezeReason
from payport.qr import images
from payport.qr.templates.payport import MerchantCode
from payport.qr.templates.payport import encode as encode_code
from payport.values.orders import Order
from payport.values.refusals import Refusal
from payport.wallet import flows, pay_codes, reservations, trade
from payport.wallet.own_account import OwnAccount
from payport.wallet.sign import build, sign, sign_order

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from payport.proof.verify import Verdict
    from payport.simulator.scenarios.banks import Banks
    from payport.simulator.scenarios.city import City, Party
    from payport.wallet.client import AsyncClient
    from payport.wallet.flows import Flow
    from payport.wallet.records import Executed

DAY_MS: Final = 86_400_000
"""A day."""

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
    en: str = ""
    """Why it was refused, in words a person understands; empty where it was not."""
    zh: str = ""
    """The same in Chinese."""


@dataclass(slots=True)
class Story:
    """The demo under way."""

    city: City
    """Who takes part."""
    port: AsyncClient
    """The unified port."""
    banks: Banks
    """The banks' desks."""
    data: Path
    """Where images and receipts are kept."""
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

    def wallet(self, party: Party) -> OwnAccount:
        """Return what the party's phone or till holds."""
        return party.own(self.chain_id)

    async def do(self, story: str, kind: str, amount_minor: int, flow: Flow[Executed]) -> Executed | None:
        """Pay through the port, wait for the final answer, and note the step."""
        return await self._note(story, kind, amount_minor, self.port.run(flow))

    async def fund(
        self,
        story: str,
        payer: Party,
        kind: str,
        amount_minor: int,
        **fields: Any,  # noqa: ANN401 - the verb's own
    ) -> Executed | None:
        """Pay through the payer's bank, which adds from the deposit what the account lacks, and note the step."""
        signed = build(self.chain_id, f"{kind}/1", payer.account, amount_minor=amount_minor, **fields)
        return await self._note(story, kind, amount_minor, self._funded(payer, sign(signed, payer.key)))

    async def _funded(self, payer: Party, envelope: bytes) -> Executed:
        await self.banks.pay(payer, envelope)
        # The same bytes again have no effect; the port answers what it has proven of them.
        (executed,) = await self.port.submit([envelope])
        return executed

    async def _note(
        self, story: str, kind: str, amount_minor: int, paying: Coroutine[Any, Any, Executed]
    ) -> Executed | None:
        started = time.perf_counter()
        executed: Executed | None = None
        try:
            executed = await paying
            code = executed.outcome
            reason = None
        except Refusal as refusal:
            code, reason = refusal.code, refusal.reason
        taken_ms = round((time.perf_counter() - started) * 1_000, 2)
        step = Step(
            story, kind, code, taken_ms, amount_minor, *(("", "") if reason is None else (reason.en, reason.zh))
        )
        (self.payments if code == COMMITTED else self.refusals).append(step)
        self.tell(f"{story}: {code if reason is None else step.en} ({step.milliseconds} ms)")
        return executed

    async def open_everything(self) -> None:
        """Bind every card and open every merchant's account."""
        await self.banks.open_everything()
        self.tell(f"{len(self.city.parties)} accounts opened at {len(self.city.keys) - 1} banks, cards bound by code")

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

    async def scan_and_pay(self, payer: Party, image: Path, typed_minor: int | None = None) -> Executed | None:
        """Read the image as a phone does, ask the port what the code wants, and pay it (or what the payer types)."""
        code = await self.port.resolve(scan(image))
        amount = code.amount_minor if typed_minor is None else typed_minor
        assert amount is not None, "the code or the payer names the amount"
        fields = {
            "merchant": bytes.fromhex(code.account),
            "asset": code.asset,
            "order": None if code.order is None else code.order.encoded,
        }
        return await self.fund(f"{payer.name} scans the code of {code.name}", payer, "purchase", amount, **fields)

    async def transfer(self, payer: Party, payee: Party, amount_minor: int) -> Executed | None:
        """Send money."""
        story = f"{payer.name} ({payer.bank}) sends money to {payee.name} ({payee.bank})"
        return await self.fund(story, payer, "transfer", amount_minor, payee=payee.account, asset="CNY")

    async def refund(self, merchant: Party, payment: Executed, amount_minor: int) -> Executed | None:
        """Refund a part of a purchase, with the proof the ledger asks for."""
        flow = flows.refund(self.wallet(merchant), payment.id, amount_minor)
        return await self.do(f"{merchant.name} refunds a part", "refund", amount_minor, flow)

    async def fill_up(self, driver: Party, station: Party, most_minor: int, taken_minor: int) -> Executed | None:
        """Reserve at the pump, then take what went into the tank and free the rest."""
        story = f"{driver.name} reserves at {station.name}"
        flow = reservations.authorise(self.wallet(driver), station.account, most_minor)
        held = await self.do(story, "authorise", most_minor, flow)
        assert held is not None
        capturing = reservations.capture(self.wallet(station), held.id, driver.account, taken_minor)
        return await self.do(f"{station.name} captures what was used", "capture", taken_minor, capturing)

    async def charge_offline(self, payer: Party, till: Party, amount_minor: int) -> Executed | None:
        """Show a pay code without any connection, drawn and read as an image; the till charges it."""
        shown = pay_codes.show(self.wallet(payer), 20_000)
        file = self.data / f"pay-code-{payer.account.hex()[:4]}.png"
        file.write_bytes(images.make_png(shown.text))
        story = f"{till.name} charges the code {payer.name} shows, phone offline"
        flow = pay_codes.charge(self.wallet(till), pay_codes.read(scan(file)), amount_minor)
        return await self.do(story, "charge", amount_minor, flow)

    async def trade_points(self, maker: Party, taker: Party) -> Executed | None:
        """Have a bank register points and issue some, whose holder trades half of them for money."""
        bank, points = maker.bank, f"{maker.bank}:POINTS"
        fields = {"asset": points, "asset_class": AssetClass.POINTS, "name": "Bank points", "decimals": 0}
        await self.act(bank, "register_asset/1", **fields)
        await self.act(bank, "issue/1", account=maker.account, asset=points, amount_minor=1_000)
        terms = trade.Terms(points, 1_000, "CNY", 850)
        offering = trade.offer(self.wallet(maker), terms)
        offered = await self.do(f"{maker.name} offers points for money", "offer", terms.want_minor, offering)
        assert offered is not None
        taking = trade.take(self.wallet(taker), offered.id, maker.account, terms, 500)
        return await self.do(f"{taker.name} takes half of them", "take", terms.price_minor(500), taking)

    async def freeze(self, party: Party) -> None:
        """Have the bank of a card freeze it for a day: the holder reported it lost."""
        fields = {
            "account": party.account,
            "mode": FreezeMode.DEBIT,
            "asset": None,
            "amount_minor": None,
            "reason": FreezeReason.LOST_DEVICE,
            "expires_at_ms": time.time_ns() // 1_000_000 + DAY_MS,
            "second": None,
        }
        await self.act(party.bank, "freeze/1", **fields)
        self.tell(f"{party.bank} freezes the card {party.name} reported lost")

    async def act(self, institution: str, kind: str, **fields: Any) -> Executed:  # noqa: ANN401 - the verb's own
        """Do what an institution does."""
        return await self.port.run(
            flows.send_as(institution, self.chain_id, [self.city.keys[institution]], kind, **fields)
        )

    async def keep_receipt(self, executed: Executed | None, party: Party) -> Path:
        """Save the party's receipt; it is verified here, by the trust file alone."""
        assert executed is not None
        data, verdict = await self.port.receipt(self.wallet(party), executed.id)
        role = "merchant" if party.category != "0000" else "cardholder"
        file = self.data / f"receipt-{executed.id[:8]}-{role}-{party.account.hex()[:4]}.payport"
        file.write_bytes(data)
        self.verdicts.append(verdict)
        return file

    async def balance_minor(self, party: Party) -> int:
        """Return a balance, in fen."""
        return (await self.port.account(self.wallet(party))).amount_minor("CNY")


def scan(image: Path) -> str:
    """Return the text of the code in an image."""
    return images.read(image.read_bytes())[0]


async def tell_story(story: Story) -> list[Path]:
    """Run the demo; return the receipt files."""
    await story.open_everything()
    city = story.city.parties
    lin, chen, market = city["lin"], city["chen"], city["market"]
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
    await story.transfer(city["lin-savings"], lin, 50_000)
    fuel = await story.fill_up(lin, city["fuel"], 30_000, 21_240)
    kept += [await story.keep_receipt(fuel, lin), await story.keep_receipt(fuel, city["fuel"])]
    bread = await story.charge_offline(chen, city["bakery"], 1_850)
    kept += [await story.keep_receipt(bread, chen), await story.keep_receipt(bread, city["bakery"])]
    traded = await story.trade_points(chen, lin)
    kept += [await story.keep_receipt(traded, chen), await story.keep_receipt(traded, lin)]
    await _try_what_must_not_work(story, till, paid)
    return kept


async def _try_what_must_not_work(story: Story, till: Path, paid: Executed) -> None:
    """Pay an order twice, send more than one has, refund too much, sign for another, and pay with a frozen card."""
    city = story.city.parties
    await story.scan_and_pay(city["chen"], till)
    await story.transfer(city["chen"], city["lin"], 100_000_000)
    await story.refund(city["market"], paid, 12_850)
    stranger = OwnAccount(story.chain_id, city["lin"].account, bytes(32), city["chen"].key)
    theft = flows.transfer(stranger, city["chen"].account, 100)
    await story.do("a stranger signs for Lin Mei", "transfer", 100, theft)
    await story.freeze(city["lin-savings"])
    await story.transfer(city["lin-savings"], city["chen"], 100)


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
