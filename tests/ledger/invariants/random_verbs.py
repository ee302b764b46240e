"""Random sequences of every verb, as Hypothesis draws them, and a network that runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from payport.ledger.admission import Item
from payport.ledger.block import Executed
from payport.ledger.genesis import Genesis, Setting
from payport.ledger.state import assets, keys, restrictions
from payport.ledger.state.institutions import InstitutionRole
from payport.ledger.transaction import Role
from payport.proof import merkle
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from payport.wallet.sign import bind_group
from tests.ledger.network import Network, account, example_genesis, public_key

PEOPLE = ("alice", "bob", "market", "metro")
BANKS = {"alice": "east", "bob": "west", "market": "west", "metro": "west"}
MERCHANTS = ("market", "metro")
VERBS = (
    *("transfer", "purchase", "order", "refund", "refund", "issue", "redeem", "fees"),
    *("open", "bind", "revoke", "admit", "void", "group", "repeat"),
    *("hold", "hold", "capture", "capture", "release", "charge", "points", "offer", "offer", "take", "take", "cancel"),
    *("freeze", "unfreeze", "recover", "veto", "finish", "close", "limit", "cap", "settle", "suspend", "rotate"),
)
"""Methods of :class:`Player`: the verbs, and ways to send them."""

DAY_MS = 86_400_000
REFUND_PERIOD_MS = DAY_MS
"""Short, so that a sequence can outlive it."""

WINDOW_MS = 120_000
POINTS = "east:POINTS"


class Step(NamedTuple):
    """One attempt, drawn without knowing the state: most commit, some are refused, all are executed or turned away."""

    verb: str
    who: str
    whom: str
    amount: int
    pick: int
    """Chooses among what exists by then: a purchase to refund, a key to revoke."""


steps = st.builds(
    Step,
    verb=st.sampled_from(VERBS),
    who=st.sampled_from(PEOPLE),
    whom=st.sampled_from(PEOPLE),
    amount=st.sampled_from([1, 2, 99, 12_850, 100_000, 2**53 - 1]) | st.integers(1, 30_000),
    pick=st.integers(0, 7),
)

blocks = st.lists(
    st.tuples(st.sampled_from([1, 1_000, 1_001, 61_000, 2 * REFUND_PERIOD_MS]), st.lists(steps, max_size=5)),
    min_size=1,
    max_size=5,
)
"""How much later each block comes, and what is in it."""


def short_lived() -> Genesis:
    """Return the tests' network with a short refund period."""
    made = example_genesis()
    period = Setting("refund_period_ms", codec.encode(REFUND_PERIOD_MS))
    settings = tuple(period if each.name == period.name else each for each in made.parameters)
    return msgspec.structs.replace(made, parameters=settings)


class Player:
    """Turns steps into signed items over a network, and remembers what later steps may refer to."""

    def __init__(self) -> None:
        self.network = Network(short_lived())
        for name in ("alice", "bob"):
            self.network.open(name, BANKS[name], money=100_000)
        self.network.open("market", "west", "5411")
        self.network.open("metro", "west", "4111")
        self.sales: list[dict[str, Any]] = []
        self.keys: list[tuple[str, str]] = []
        self.sent: list[bytes] = []
        self.holds: list[tuple[bytes, str, str]] = []
        self.offers: list[tuple[bytes, Any]] = []
        self.freezes: list[tuple[bytes, str]] = []
        self.recoveries: list[tuple[bytes, str, str]] = []
        self.bank_keys = {bank: bank for bank in ("east", "west", "operator")}
        self.rotated: dict[bytes, tuple[str, str]] = {}
        self.count = 0

    def block(self, later_ms: int, drawn: list[Step]) -> Executed:
        """Execute one block of the steps."""
        time_ms = self.network.machine.time_ms + later_ms
        items = [item for step in drawn if (item := self.item(step, time_ms)) is not None]
        executed = self.network.machine.execute(self.network.machine.height + 1, time_ms, items)
        for item, outcomes in zip(items, executed.outcomes, strict=True):
            self.learn(item, executed, outcomes[0].leaf_index, outcomes[0].code)
        return executed

    def learn(self, item: Item, executed: Executed, index: int, code: str) -> None:
        """Keep the proof of a purchase that was committed in this block."""
        member = item.members[0]
        if code == "committed" and member.transaction_id in self.rotated:
            bank, name = self.rotated[member.transaction_id]
            self.bank_keys[bank] = name
        if member.verb.name in {"purchase", "charge"} and code == "committed" and index < len(executed.leaves):
            self.sales.append(
                {
                    "purchase": member.envelope.body,
                    "outcome_leaf": executed.leaves[index],
                    "leaf_index": index,
                    "leaf_path": merkle.path(executed.leaves, index),
                    "commitment": executed.commitment_bytes,
                    "log_path": (),
                }
            )

    def item(self, step: Step, time_ms: int) -> Item | None:
        """Return what the step sends, ``None`` where it is turned away at the door or nothing exists to act on."""
        self.count += 1
        make: Callable[[Step, int], list[bytes] | None] = getattr(self, step.verb)
        try:
            encoded = make(step, time_ms)
            if encoded is None:
                return None
            self.sent += encoded[:1] if len(encoded) == 1 else []
            return self.network.read(*encoded)
        except Refusal:
            return None

    def build(self, kind: str, sender: bytes | str, time_ms: int, **fields: Any) -> Any:
        """Build a transaction that is valid at ``time_ms``."""
        window = {"valid_from_ms": time_ms, "valid_until_ms": time_ms + WINDOW_MS}
        return self.network.build(kind, sender, **window, **fields)

    def signed(self, signer: str, kind: str, sender: bytes | str, time_ms: int, **fields: Any) -> list[bytes]:
        return [self.network.sign(self.build(kind, sender, time_ms, **fields), signer)]

    def transfer(self, step: Step, time_ms: int) -> list[bytes]:
        given = {"payee": account(step.whom), "asset": "CNY", "amount_minor": step.amount}
        return self.signed(self.signer(step), "transfer/1", account(step.who), time_ms, **given)

    def signer(self, step: Step) -> str:
        """Return the owner's key, or one of the session keys bound so far."""
        own = [step.who, *(key for holder, key in self.keys if holder == step.who)]
        return own[step.pick % len(own)]

    def purchase(self, step: Step, time_ms: int) -> list[bytes]:
        given = {"merchant": account(MERCHANTS[step.pick % 2]), "asset": "CNY", "amount_minor": step.amount}
        return self.signed(self.signer(step), "purchase/1", account(step.who), time_ms, order=None, **given)

    def order(self, step: Step, time_ms: int) -> list[bytes]:
        merchant = MERCHANTS[step.pick % 2]
        order = self.network.order(merchant, f"A-{step.pick}", step.amount, expires_at_ms=time_ms + WINDOW_MS)
        given = {"merchant": account(merchant), "asset": "CNY", "amount_minor": step.amount, "order": order}
        return self.signed(self.signer(step), "purchase/1", account(step.who), time_ms, **given)

    def refund(self, step: Step, time_ms: int) -> list[bytes]:
        """Refund a part of a purchase; there must have been one first."""
        if not self.sales:
            return self.purchase(step, time_ms)
        sale = self.sales[step.pick % len(self.sales)]
        body = codec.decode(sale["purchase"], list[Any])
        merchant_account = body[8] if body[1] == "purchase/1" else body[2]
        merchant, part = merchant_account.rstrip(b"_").decode(), 1 + step.amount % body[10]
        return self.signed(merchant, "refund/1", account(merchant), time_ms, **sale, amount_minor=part)

    def issue(self, step: Step, time_ms: int) -> list[bytes]:
        bank = BANKS[step.who]
        given = {"account": account(step.who), "asset": "CNY", "amount_minor": step.amount}
        return self.by_bank(bank, "issue/1", time_ms, **given)

    def redeem(self, step: Step, time_ms: int) -> list[bytes]:
        given = {"asset": "CNY", "amount_minor": step.amount}
        return self.signed(self.signer(step), "redeem/1", account(step.who), time_ms, **given)

    def fees(self, step: Step, time_ms: int) -> list[bytes]:
        """An institution pays out of its fee account, which may be overdrawn."""
        bank = BANKS[step.who]
        given = {"payee": account(step.whom), "asset": "CNY", "amount_minor": step.amount}
        return self.signed(bank, "transfer/1", account(f"{bank}/fees"), time_ms, **given)

    def open(self, step: Step, time_ms: int) -> list[bytes]:
        name, bank = f"n{step.pick}", BANKS[step.who]
        owner = self.network.new_key(account(name), name)
        given = {"account": account(name), "category": "0000", "view_key": b"v" * 32, "owner": owner}
        return self.by_bank(bank, "open_account/1", time_ms, **given)

    def bind(self, step: Step, time_ms: int) -> list[bytes]:
        name = f"k{step.pick}"
        self.keys.append((step.who, name))
        terms = {
            "key": self.network.new_key(account(step.who), name),
            "role": Role.SESSION,
            "scope": (),
            "limits": keys.Limits("CNY", 20_000, 40_000, 20_000),
            "expires_at_ms": time_ms + DAY_MS,
        }
        return self.signed(step.who, "bind_key/1", account(step.who), time_ms, **terms)

    def revoke(self, step: Step, time_ms: int) -> list[bytes]:
        """Revoke a key bound before, or the only owner's key, which is refused."""
        holder, name = self.keys[step.pick % len(self.keys)] if self.keys else (step.who, step.who)
        return self.signed(holder, "revoke_key/1", account(holder), time_ms, public_key=public_key(name))

    def named(
        self, signer: str, kind: str, sender: bytes | str, time_ms: int, **fields: Any
    ) -> tuple[bytes, list[bytes]]:
        """Return a signed transaction with its id."""
        built = self.build(kind, sender, time_ms, **fields)
        return envelopes.transaction_id(codec.encode(built)), [self.network.sign(built, signer)]

    def by_bank(self, bank: str, kind: str, time_ms: int, **fields: Any) -> list[bytes]:
        return self.signed(self.bank_keys[bank], kind, bank, time_ms, **fields)

    def hold(self, step: Step, time_ms: int) -> list[bytes]:
        merchant = MERCHANTS[step.pick % 2]
        given = {
            "merchant": account(merchant),
            "asset": "CNY",
            "amount_minor": step.amount,
            "order": None,
            "expires_at_ms": time_ms + (1 if step.pick == 0 else WINDOW_MS),
        }
        made, sent = self.named(self.signer(step), "authorise/1", account(step.who), time_ms, **given)
        self.holds.append((made, step.who, merchant))
        return sent

    def capture(self, step: Step, time_ms: int) -> list[bytes]:
        if not self.holds:
            return self.hold(step, time_ms)
        hold, payer, merchant = self.holds[step.pick % len(self.holds)]
        given = {"payer": account(payer), "asset": "CNY", "amount_minor": step.amount, "hold": hold}
        return self.signed(merchant, "capture/1", account(merchant), time_ms, final=step.pick > 4, **given)

    def release(self, step: Step, time_ms: int) -> list[bytes] | None:
        if not self.holds:
            return None
        hold, payer, merchant = self.holds[step.pick % len(self.holds)]
        return self.signed(merchant, "release/1", account(merchant), time_ms, payer=account(payer), hold=hold)

    def charge(self, step: Step, time_ms: int) -> list[bytes]:
        authority = self.network.authority(
            step.who,
            signer=self.signer(step),
            cap_minor=step.amount,
            issued_at_ms=time_ms,
            expires_at_ms=time_ms + 60_000,
            counter=step.pick,
        )
        given = {"payer": account(step.who), "asset": "CNY", "amount_minor": step.amount, "authority": authority}
        merchant = MERCHANTS[step.pick % 2]
        return self.signed(merchant, "charge/1", account(merchant), time_ms, digits=None, **given)

    def points(self, step: Step, time_ms: int) -> list[bytes]:
        """Register points, or issue some."""
        if step.pick < 3:
            fields = {"asset_class": assets.AssetClass.POINTS, "name": "Points", "decimals": 0}
            return self.by_bank("east", "register_asset/1", time_ms, asset=POINTS, **fields)
        given = {"account": account(step.who), "asset": POINTS, "amount_minor": step.amount}
        return self.by_bank("east", "issue/1", time_ms, **given)

    def offer(self, step: Step, time_ms: int) -> list[bytes]:
        give, want = (("CNY", POINTS), (POINTS, "CNY"), ("CNY", "HKD"))[step.pick % 3]
        terms = {
            "give_asset": give,
            "give_minor": step.amount,
            "want_asset": want,
            "want_minor": 1 + step.amount // 3,
            "taker": None,
            "expires_at_ms": time_ms + (1 if step.pick == 0 else WINDOW_MS),
        }
        made, sent = self.named(step.who, "offer/1", account(step.who), time_ms, **terms)
        self.offers.append((made, {"maker": account(step.who), **terms}))
        return sent

    def take(self, step: Step, time_ms: int) -> list[bytes]:
        if not self.offers:
            return self.offer(step, time_ms)
        made, terms = self.offers[step.pick % len(self.offers)]
        part = 1 + step.amount % terms["give_minor"]
        given = {
            "maker": terms["maker"],
            "take_asset": terms["give_asset"],
            "take_minor": part,
            "pay_asset": terms["want_asset"],
            "pay_minor": -(-part * terms["want_minor"] // terms["give_minor"]),
            "offer": made,
        }
        return self.signed(step.whom, "take/1", account(step.whom), time_ms, **given)

    def cancel(self, step: Step, time_ms: int) -> list[bytes] | None:
        if not self.offers:
            return None
        made, terms = self.offers[step.pick % len(self.offers)]
        maker = terms["maker"].rstrip(b"_").decode()
        return self.signed(maker, "cancel/1", terms["maker"], time_ms, offer=made)

    def freeze(self, step: Step, time_ms: int) -> list[bytes]:
        mode = list(restrictions.FreezeMode)[step.pick % 3]
        by_amount = mode is restrictions.FreezeMode.AMOUNT
        given = {
            "account": account(step.who),
            "mode": mode,
            "asset": "CNY" if by_amount else None,
            "amount_minor": step.amount if by_amount else None,
            "reason": restrictions.FreezeReason.FRAUD,
            "expires_at_ms": time_ms + (1 if step.pick == 0 else WINDOW_MS),
            "second": None,
        }
        bank = BANKS[step.who]
        made, sent = self.named(self.bank_keys[bank], "freeze/1", bank, time_ms, **given)
        self.freezes.append((made, step.who))
        return sent

    def unfreeze(self, step: Step, time_ms: int) -> list[bytes] | None:
        if not self.freezes:
            return None
        made, holder = self.freezes[step.pick % len(self.freezes)]
        return self.by_bank(BANKS[holder], "unfreeze/1", time_ms, account=account(holder), freeze=made)

    def recover(self, step: Step, time_ms: int) -> list[bytes]:
        bank, name = BANKS[step.who], f"r{step.pick}"
        given = {"account": account(step.who), "owner": self.network.new_key(account(step.who), name)}
        made, sent = self.named(self.bank_keys[bank], "recover/1", bank, time_ms, **given)
        self.recoveries.append((made, step.who, name))
        return sent

    def veto(self, step: Step, time_ms: int) -> list[bytes] | None:
        if not self.recoveries:
            return None
        made, holder, _ = self.recoveries[step.pick % len(self.recoveries)]
        given = {"account": account(holder), "recovery": made}
        return self.signed(holder, "veto_recovery/1", account(holder), time_ms, **given)

    def finish(self, step: Step, time_ms: int) -> list[bytes] | None:
        if not self.recoveries:
            return None
        made, holder, name = self.recoveries[step.pick % len(self.recoveries)]
        given = {"account": account(holder), "recovery": made, "owner": public_key(name)}
        return self.by_bank(BANKS[holder], "finish_recovery/1", time_ms, **given)

    def close(self, step: Step, time_ms: int) -> list[bytes]:
        """Close an account that was opened in this sequence, or one that is most probably not empty."""
        name = f"n{step.pick}" if step.amount % 2 else step.who
        return self.signed(name, "close/1", account(name), time_ms)

    def limit(self, step: Step, time_ms: int) -> list[bytes] | None:
        if not self.keys:
            return None
        holder, name = self.keys[step.pick % len(self.keys)]
        limits = keys.Limits("CNY", step.amount, 40_000, 1 + step.pick)
        return self.signed(holder, "set_limit/1", account(holder), time_ms, public_key=public_key(name), limits=limits)

    def cap(self, step: Step, time_ms: int) -> list[bytes]:
        cap = None if step.pick == 0 else step.amount
        given = {"institution": BANKS[step.who], "asset": "CNY", "cap_minor": cap}
        return self.by_bank("operator", "set_net_debit_cap/1", time_ms, **given)

    def settle(self, step: Step, time_ms: int) -> list[bytes]:
        debtor, creditor = ("east", "west") if step.pick % 2 else ("west", "east")
        given = {"debtor": debtor, "asset": "CNY", "amount_minor": step.amount}
        return self.by_bank(creditor, "settle_position/1", time_ms, **given)

    def suspend(self, step: Step, time_ms: int) -> list[bytes]:
        kind = ("suspend/1", "reinstate/1", "reinstate/1", "emergency_suspend/1")[step.pick % 4]
        return self.by_bank("operator", kind, time_ms, institution=BANKS[step.who])

    def rotate(self, step: Step, time_ms: int) -> list[bytes]:
        bank, name = BANKS[step.who], f"b{step.pick}{step.who}"
        given = {"keys": (self.network.new_key(bank.encode(), name),), "threshold": 1}
        sent = self.by_bank(bank, "rotate_keys/1", time_ms, **given)
        self.rotated[envelopes.transaction_id(envelopes.read_envelope(sent[0]).body)] = bank, name
        return sent

    def admit(self, step: Step, time_ms: int) -> list[bytes]:
        name = f"bank{step.pick}"
        given = {
            "institution": name,
            "name": name,
            "role": InstitutionRole.BANK,
            "keys": (self.network.new_key(name.encode(), name),),
            "threshold": 1,
            "utc_offset_seconds": 0,
            "fees_account": account(f"{name}/fees"),
            "unclaimed_account": account(f"{name}/uncl"),
            "view_key": b"n" * 32,
        }
        return self.signed("operator", "admit_institution/1", "operator", time_ms, **given)

    def void(self, step: Step, time_ms: int) -> list[bytes]:
        given = {"payee": account(step.whom), "asset": "CNY", "amount_minor": step.amount}
        body = codec.encode(self.build("transfer/1", account(step.who), time_ms, **given))
        return self.signed(step.who, "void/1", account(step.who), time_ms, body=body)

    def group(self, step: Step, time_ms: int) -> list[bytes]:
        """The bank funds exactly the payment that follows; both happen or neither."""
        bank = BANKS[step.who]
        given = {"asset": "CNY", "amount_minor": step.amount}
        parts = bind_group(
            [
                self.build("issue/1", bank, time_ms, account=account(step.who), **given),
                self.build("transfer/1", account(step.who), time_ms, payee=account(step.whom), **given),
            ]
        )
        return [self.network.sign(each, name) for each, name in zip(parts, (bank, step.who), strict=True)]

    def repeat(self, step: Step, _time_ms: int) -> list[bytes] | None:
        return [self.sent[step.pick % len(self.sent)]] if self.sent else None
