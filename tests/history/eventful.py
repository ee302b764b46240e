"""A network in which money moves by every verb that moves it, and holds and offers end in every way they can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.ledger import receipt
from tests.history.ledger_node import LedgerNode
from tests.ledger.network import MINUTE_MS, account

if TYPE_CHECKING:
    from payport.ledger.block import Outcome

POINTS = "east:POINTS"


class Eventful:
    """The network; ``ids`` names what tests ask about."""

    def __init__(self) -> None:
        self.node = LedgerNode()
        self.network = self.node.network
        self.ids: dict[str, bytes] = {}
        network = self.network
        network.open("lin", "east", money=1_000_000)
        network.open("chen", "west", money=500_000)
        network.open("market", "west", category="5411")
        network.open("fuel", "east", category="5541")
        network.points("chen", 10_000)
        self._pay()
        self._refund()
        self._hold()
        self._trade()
        network.later(2 * 60 * MINUTE_MS)
        self.node.settle()

    def keep(self, name: str, outcome: Outcome, code: str = "committed") -> bytes:
        assert outcome.code == code, outcome
        self.ids[name] = outcome.transaction_id
        return outcome.transaction_id

    def do(self, name: str, kind: str, who: str, code: str = "committed", **fields: Any) -> bytes:
        return self.keep(name, self.network.do(kind, account(who), who, **fields), code)

    def _pay(self) -> None:
        network, cny = self.network, {"asset": "CNY"}
        order = network.order("market", "A-1", 12_850)
        market = {"merchant": account("market"), **cny}
        self.do("by order", "purchase/1", "lin", **market, amount_minor=12_850, order=order)
        self.do("again", "purchase/1", "chen", "order_already_paid", **market, amount_minor=12_850, order=order)
        self.do("static", "purchase/1", "lin", **market, amount_minor=700, order=None)
        self.do("too dear", "purchase/1", "lin", "insufficient_balance", **market, amount_minor=10**9, order=None)
        authority = network.authority("chen")
        charge = {"payer": account("chen"), "amount_minor": 3_600, "authority": authority, "digits": None}
        self.do("charge", "charge/1", "market", **charge, **cny)
        self.do("sent", "transfer/1", "lin", payee=account("chen"), amount_minor=42, **cny)
        self.do("returned", "transfer/1", "chen", payee=account("lin"), amount_minor=41, **cny)
        self.do("points", "transfer/1", "chen", payee=account("lin"), asset=POINTS, amount_minor=5)
        self.do("redeemed", "redeem/1", "chen", amount_minor=9, **cny)

    def refund(self, name: str, sale: str, merchant: str, amount_minor: int, code: str = "committed") -> None:
        self.node.settle()
        (stored,) = [
            block
            for block in self.node.stored
            for each in block.outcomes
            if each.transaction_id == self.ids[sale] and each.leaf_height == block.height
        ]
        proof = receipt.prove_purchase(stored, self.ids[sale])._asdict()
        self.do(name, "refund/1", merchant, code, **proof, log_path=(), amount_minor=amount_minor)

    def _refund(self) -> None:
        self.refund("part", "by order", "market", 2_850)
        self.refund("more", "by order", "market", 5_000)
        self.refund("too much", "by order", "market", 5_001, "refund_exceeds_purchase")
        self.refund("of charge", "charge", "market", 3_600)

    def _hold(self) -> None:
        network = self.network
        order = network.order("fuel", "PUMP-7", 30_000)
        for name, amount, more in (
            ("used up", 30_000, {"order": order}),
            ("final", 20_000, {}),
            ("let go", 10_000, {}),
            ("lapsed", 5_000, {}),
            ("lasting", 4_000, {"expires_at_ms": network.now_ms + 24 * 60 * MINUTE_MS}),
        ):
            self.keep(name, network.hold("lin", "fuel", amount, **more))
        self.keep("refused", network.hold("lin", "fuel", 10**9), "insufficient_balance")
        taken = {"payer": account("lin"), "asset": "CNY"}
        for name, hold, amount, final in (
            ("first half", "used up", 10_000, False),
            ("second half", "used up", 20_000, False),
            ("part", "final", 15_000, True),
            ("a litre", "let go", 1_000, False),
            ("a drop", "lapsed", 1, False),
        ):
            fields = {"amount_minor": amount, "hold": self.ids[hold], "final": final}
            self.do(f"capture {name}", "capture/1", "fuel", **fields, **taken)
        self.do("released", "release/1", "fuel", payer=account("lin"), hold=self.ids["let go"])
        self.refund("of capture", "capture part", "fuel", 500)

    def _trade(self) -> None:
        network = self.network
        lasting = {"expires_at_ms": network.now_ms + 24 * 60 * MINUTE_MS}
        for name, give, want, more in (
            ("third", 3_000, 1_000, lasting),
            ("half", 1_000, 500, lasting),
            ("third too", 300, 100, lasting),
            ("sold", 100, 50, {}),
            ("withdrawn", 100, 50, {}),
            ("stale", 100, 50, {}),
            ("for lin", 10, 1, {"taker": account("lin"), **lasting}),
            ("stale for lin", 10, 1, {"taker": account("lin")}),
        ):
            self.keep(name, network.offer("chen", (POINTS, give), ("CNY", want), **more))
        takes = {"maker": account("chen"), "take_asset": POINTS, "pay_asset": "CNY"}
        for name, offer, take, pay in (("bit", "third", 5, 2), ("some", "sold", 60, 30), ("rest", "sold", 40, 20)):
            fields = {"take_minor": take, "pay_minor": pay, "offer": self.ids[offer]}
            self.do(f"take {name}", "take/1", "lin", **fields, **takes)
        self.do("cancelled", "cancel/1", "chen", offer=self.ids["withdrawn"])
