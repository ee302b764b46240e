"""A small network for tests: pre-state, transaction, post-state through one helper."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from payport import _native
from payport.ledger import admission, genesis, registry
from payport.ledger.block import Executed, Outcome
from payport.ledger.invariants import law
from payport.ledger.machine import Machine
from payport.ledger.state import assets, balances, institutions, keys, parameters, restrictions
from payport.ledger.state.state import State
from payport.ledger.transaction import Role
from payport.values import authorities, bindings, codec, envelopes, orders
from payport.values.authorities import Authority, SignedAuthority
from payport.values.orders import Order, SignedOrder
from payport.values.refusals import Refusal

START_MS = 1_790_000_000_000
MINUTE_MS = 60_000
DAY_MS = 86_400_000


def seed(name: str) -> bytes:
    """Return the signing seed of a party."""
    return name.encode().ljust(32, b".")


def public_key(name: str) -> bytes:
    """Return the public key of a party."""
    return _native.public_key_ed25519(seed(name))


def account(name: str) -> bytes:
    """Return the account id of a party."""
    return name.encode().ljust(16, b"_")


def member(name: str, role: institutions.InstitutionRole) -> genesis.Member:
    """Return a founding member with one key."""
    record = institutions.Institution(
        name=name.title(),
        role=role,
        keys=(institutions.InstitutionKey("ed25519", public_key(name)),),
        threshold=1,
        utc_offset_seconds=28_800,
        fees_account=account(f"{name}/fees"),
        unclaimed_account=account(f"{name}/uncl"),
        admitted_height=0,
    )
    return genesis.Member(name, record, name.encode().ljust(32, b"v"))


def example_genesis() -> genesis.Genesis:
    """Return a network of an operator and two banks with a 0.6 % fee."""
    settings = {
        "authority/admit_institution": parameters.AuthorityPolicy("operator", 0),
        "authority/issue": parameters.AuthorityPolicy("sender", 1),
        "currencies": ("CNY", "HKD"),
        "fees/default": parameters.FeeSchedule(6_000, 1, 10_000, 300_000, 100_000),
        "fees/4111": parameters.FeeSchedule(0, 0, 0, 0, 0),
        "fees_account_floor_minor": -1_000_000,
        "operator": "operator",
        "refund_period_ms": 180 * 86_400_000,
    }
    return genesis.Genesis(
        format=genesis.FORMAT,
        name="test",
        suite="sha256",
        time_ms=START_MS,
        members=(
            member("east", institutions.InstitutionRole.BANK),
            member("operator", institutions.InstitutionRole.OPERATOR),
            member("west", institutions.InstitutionRole.BANK),
        ),
        parameters=tuple(
            genesis.Setting(name, parameters.encode_value(name, value)) for name, value in sorted(settings.items())
        ),
        rp_ids=("wallet.example",),
        origins=("https://wallet.example",),
    )


@dataclass
class Network:
    """A machine with accounts to play with; every block checks every law in both forms."""

    genesis: genesis.Genesis = field(default_factory=example_genesis)
    state: State = field(default_factory=State)
    blocks: list[Executed] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """Outcome codes in order; ``code@door`` where admission refused."""
    setup: str = ""
    """Recorded effects of what came before the test; see :mod:`tests.ledger.effects`."""
    families_before: dict[str, str] = field(default_factory=dict)
    """Hash of every record family when the test began."""
    nonce: int = 0

    def __post_init__(self) -> None:
        """Start the machine."""
        self.machine = Machine(self.genesis, self.state)

    @property
    def now_ms(self) -> int:
        """Time the next block will have unless told otherwise."""
        return self.machine.time_ms + 1_000

    def build(self, kind: str, sender: bytes | str, **fields: Any) -> Any:
        """Build a transaction; common fields may be overridden."""
        self.nonce += 1
        common = {
            "chain_id": self.machine.chain_id,
            "nonce": self.nonce.to_bytes(16, "big"),
            "valid_from_ms": self.machine.time_ms,
            "valid_until_ms": self.machine.time_ms + 2 * MINUTE_MS,
            "group": None,
            "attachment": None,
        }
        return registry.verbs()[kind].record(kind=kind, sender=sender, **{**common, **fields})

    def sign(self, transaction: Any, *names: str) -> bytes:
        """Sign with the keys of the named parties."""
        return self.sign_body(codec.encode(transaction), *names)

    def sign_body(self, body: bytes, *names: str) -> bytes:
        """Sign the exact bytes of a body."""
        message = envelopes.signing_bytes(body)
        signatures = sorted((public_key(name), _native.sign_ed25519(seed(name), message)) for name in names)
        return codec.encode(
            envelopes.Envelope(body, tuple(envelopes.Signature("ed25519", key, made) for key, made in signatures))
        )

    def read(self, *encoded: bytes) -> admission.Item:
        """Read an item and insist on its signatures."""
        try:
            item = self.machine.read_item(encoded)
            refusal = self.machine.verify_items([item])[0]
            if refusal is not None:
                raise refusal
        except Refusal as refused:
            self.seen.append(f"{refused.code}@door")
            raise
        return item

    def block(self, *items: admission.Item, time_ms: int | None = None) -> Executed:
        """Execute one block and check every law over the whole state."""
        executed = self.machine.execute(self.machine.height + 1, time_ms or self.now_ms, items)
        self.blocks.append(executed)
        self.seen += [outcome.code for item in executed.outcomes for outcome in item]
        assert law.broken_laws(self.state) == {}
        return executed

    def run(self, *encoded: bytes, time_ms: int | None = None) -> Outcome:
        """Execute one item alone; return its last member's outcome."""
        return self.block(self.read(*encoded), time_ms=time_ms).outcomes[0][-1]

    def do(
        self, kind: str, sender: bytes | str, signer: str | tuple[str, ...], time_ms: int | None = None, **fields: Any
    ) -> Outcome:
        """Build, sign by one or several, and execute one transaction."""
        names = (signer,) if isinstance(signer, str) else signer
        return self.run(self.sign(self.build(kind, sender, **fields), *names), time_ms=time_ms)

    def must(self, kind: str, sender: bytes | str, signer: str | tuple[str, ...], **fields: Any) -> Outcome:
        """Do one transaction that commits."""
        outcome = self.do(kind, sender, signer, **fields)
        assert outcome.code == "committed", outcome
        return outcome

    def later(self, milliseconds: int) -> None:
        """Let time pass in an empty block."""
        self.block(time_ms=self.machine.time_ms + milliseconds)

    def new_key(self, holder: bytes, name: str) -> bindings.NewKey:
        """Return a key with its proof of possession."""
        message = bindings.signing_bytes(self.machine.chain_id, holder, public_key(name))
        return bindings.NewKey("ed25519", public_key(name), _native.sign_ed25519(seed(name), message))

    def open(self, name: str, bank: str, category: str = "0000", money: int = 0) -> bytes:
        """Open an account, with money in it if asked."""
        opened = account(name)
        outcome = self.do(
            "open_account/1",
            bank,
            bank,
            account=opened,
            category=category,
            view_key=name.encode().ljust(32, b"v"),
            owner=self.new_key(opened, name),
        )
        assert outcome.code == "committed", outcome
        if money:
            outcome = self.do("issue/1", bank, bank, account=opened, asset="CNY", amount_minor=money)
            assert outcome.code == "committed", outcome
        return opened

    def session_key(self, holder: str, name: str, **overrides: Any) -> Outcome:
        """Bind a session key to an account."""
        fields = {
            "key": self.new_key(account(holder), name),
            "role": Role.SESSION,
            "scope": (),
            "limits": keys.Limits("CNY", 10_000, 15_000, 5_000),
            "expires_at_ms": self.now_ms + 86_400_000,
        }
        return self.do("bind_key/1", account(holder), holder, **{**fields, **overrides})

    def order(self, merchant: str, order_id: str, amount_minor: int, **overrides: Any) -> bytes:
        """Return an order signed by the merchant."""
        signer = overrides.pop("signer", merchant)
        fields = {
            "chain_id": self.machine.chain_id,
            "merchant": account(merchant),
            "order_id": order_id,
            "amount_minor": amount_minor,
            "asset": "CNY",
            "expires_at_ms": self.now_ms + 10 * MINUTE_MS,
        }
        body = codec.encode(Order(**{**fields, **overrides}))
        signature = _native.sign_ed25519(seed(signer), orders.signing_bytes(body))
        return codec.encode(SignedOrder(body, "ed25519", public_key(signer), signature))

    def freeze(self, name: str, bank: str, mode: str = "debit", **overrides: Any) -> Outcome:
        """Freeze an account by its own bank."""
        fields = {
            "account": account(name),
            "mode": restrictions.FreezeMode(mode),
            "asset": None,
            "amount_minor": None,
            "reason": restrictions.FreezeReason.FRAUD,
            "expires_at_ms": self.now_ms + DAY_MS,
            "second": None,
        }
        return self.do("freeze/1", bank, bank, **{**fields, **overrides})

    def recover(self, name: str, bank: str, new_key: str = "lost") -> Outcome:
        """Begin to recover an account."""
        return self.do("recover/1", bank, bank, account=account(name), owner=self.new_key(account(name), new_key))

    def close(self, name: str) -> None:
        """Empty an account of the usual currency and close it."""
        if self.balance(name):
            self.must("redeem/1", account(name), name, asset="CNY", amount_minor=self.balance(name))
        self.must("close/1", account(name), name)

    def cap(self, bank: str, cap_minor: int | None, asset: str = "CNY") -> None:
        """Set a net debit cap."""
        fields = {"institution": bank, "asset": asset, "cap_minor": cap_minor}
        self.must("set_net_debit_cap/1", "operator", "operator", **fields)

    def points(self, holder: str = "alice", amount_minor: int = 10_000) -> str:
        """Register points of the east bank, issue some, and return their asset id."""
        fields = {"asset": "east:POINTS", "asset_class": assets.AssetClass.POINTS, "name": "Points", "decimals": 0}
        self.must("register_asset/1", "east", "east", **fields)
        self.must("issue/1", "east", "east", account=account(holder), asset="east:POINTS", amount_minor=amount_minor)
        return "east:POINTS"

    def hold(self, payer: str, merchant: str, amount_minor: int, **overrides: Any) -> Outcome:
        """Authorise a payment."""
        signer = overrides.pop("signer", payer)
        fields = {
            "merchant": account(merchant),
            "asset": "CNY",
            "amount_minor": amount_minor,
            "order": None,
            "expires_at_ms": self.now_ms + 60 * MINUTE_MS,
        }
        return self.do("authorise/1", account(payer), signer, **{**fields, **overrides})

    def offer(self, maker: str, give: tuple[str, int], want: tuple[str, int], **overrides: Any) -> Outcome:
        """Offer an amount of one asset for one of another."""
        signer = overrides.pop("signer", maker)
        fields = {
            "give_asset": give[0],
            "give_minor": give[1],
            "want_asset": want[0],
            "want_minor": want[1],
            "taker": None,
            "expires_at_ms": self.now_ms + 60 * MINUTE_MS,
        }
        return self.do("offer/1", account(maker), signer, **{**fields, **overrides})

    def authority(self, payer: str, **overrides: Any) -> bytes:
        """Return an authority signed by a key of the payer."""
        signer = overrides.pop("signer", payer)
        fields = {
            "chain_id": self.machine.chain_id,
            "account": account(payer),
            "asset": "CNY",
            "cap_minor": 20_000,
            "issued_at_ms": self.now_ms,
            "expires_at_ms": self.now_ms + MINUTE_MS,
            "counter": self.nonce,
            "digits_digest": None,
        }
        body = codec.encode(Authority(**{**fields, **overrides}))
        signature = _native.sign_ed25519(seed(signer), authorities.signing_bytes(body))
        return codec.encode(SignedAuthority(body, "ed25519", public_key(signer), signature))

    def balance(self, name: str, asset: str = "CNY") -> int:
        """Return a balance in minor units."""
        return balances.of(self.state, account(name), asset).amount_minor
