"""Who may sign: thresholds, policies, roles, and refusals in their order of precedence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from payport.ledger import genesis
from payport.ledger.state import institutions, keys, parameters
from payport.ledger.transaction import Role
from payport.values import codec
from tests.ledger.network import Network, account, example_genesis, public_key

MINUTE_MS = 60_000


def network_with(threshold: int = 1, policy: parameters.AuthorityPolicy | None = None) -> Network:
    """Return a network whose east bank has three keys."""
    made = example_genesis()
    names = sorted(("east", "east2", "east3"), key=public_key)
    own = tuple(institutions.InstitutionKey("ed25519", public_key(name)) for name in names)
    east = made.members[0]
    record = msgspec.structs.replace(east.record, keys=own, threshold=threshold)
    settings = {each.name: each.value for each in made.parameters}
    settings.pop("authority/issue")
    if policy is not None:
        settings["authority/issue"] = codec.encode(policy)
    return Network(
        msgspec.structs.replace(
            made,
            members=(msgspec.structs.replace(east, record=record), *made.members[1:]),
            parameters=tuple(genesis.Setting(name, value) for name, value in sorted(settings.items())),
        )
    )


def issue(network: Network, *signers: str) -> str:
    given = {"account": account("east/uncl"), "asset": "CNY", "amount_minor": 1}
    return network.run(network.sign(network.build("issue/1", "east", **given), *signers)).code


@pytest.mark.parametrize(
    ("threshold", "policy", "signers", "code"),
    [
        (1, None, ["east"], "committed"),
        (1, None, ["east", "east2", "east3"], "committed"),
        (2, None, ["east"], "too_few_signatures"),
        (2, None, ["east2", "east3"], "committed"),
        (2, None, ["east", "west"], "unbound_key"),
        (1, ("sender", 3), ["east", "east2"], "too_few_signatures"),
        (1, ("sender", 3), ["east", "east2", "east3"], "committed"),
        (3, ("sender", 1), ["east"], "committed"),
        (2, ("sender", 0), ["east"], "too_few_signatures"),
        (1, ("operator", 0), ["east"], "not_the_operator"),
    ],
)
def test_an_institutions_signatures(
    threshold: int, policy: tuple[str, int] | None, signers: list[str], code: str
) -> None:
    wanted = None if policy is None else parameters.AuthorityPolicy(*policy)
    assert issue(network_with(threshold, wanted), *signers) == code


def test_an_institution_signs_for_its_own_accounts() -> None:
    network = network_with(threshold=2)
    assert issue(network, "east", "east2") == "committed"
    given = {"payee": account("west/uncl"), "asset": "CNY", "amount_minor": 1}
    for signers, code in (
        (["east"], "too_few_signatures"),
        (["west"], "unbound_key"),
        (["east", "east3"], "committed"),
    ):
        built = network.build("transfer/1", account("east/uncl"), **given)
        assert network.run(network.sign(built, *signers)).code == code


def test_a_customer_is_no_institution(network: Network) -> None:
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    assert network.do("transfer/1", account("alice"), "east", **given).code == "unbound_key"
    assert network.do("issue/1", "east", "alice", account=account("alice"), asset="CNY", amount_minor=1).code == (
        "unbound_key"
    )


def device(network: Network, **overrides: Any) -> str:
    terms = {"role": Role.DEVICE, "expires_at_ms": None, **overrides}
    return network.session_key("alice", "till", **terms).code


def test_roles_of_keys(network: Network) -> None:
    assert device(network) == "committed"
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    assert network.do("transfer/1", account("alice"), "till", **given).code == "committed"
    revoke = {"public_key": public_key("till")}
    assert network.do("revoke_key/1", account("alice"), "till", **revoke).code == "out_of_scope"
    assert network.do("revoke_key/1", account("alice"), "alice", **revoke).code == "committed"


@pytest.mark.parametrize(("signer", "longest_ms"), [("till", 10 * MINUTE_MS), ("alice", 24 * 60 * MINUTE_MS)])
def test_validity_by_role(network: Network, signer: str, longest_ms: int) -> None:
    device(network)
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    for span_ms, code in ((longest_ms, "committed"), (longest_ms + 1, "validity_too_long")):
        window = {"valid_from_ms": network.machine.time_ms, "valid_until_ms": network.machine.time_ms + span_ms}
        if signer == "alice" and code != "committed":
            continue  # 24 hours are the door's limit for anyone
        assert network.do("transfer/1", account("alice"), signer, **given, **window).code == code


def test_a_refused_signer_makes_nothing_final(network: Network) -> None:
    network.session_key("alice", "phone", scope=("purchase",))
    built = network.build("transfer/1", account("alice"), payee=account("bob"), asset="CNY", amount_minor=1)
    for signers in (["bob"], ["alice", "bob"], ["phone"]):
        outcome = network.run(network.sign(built, *signers))
        assert (outcome.code != "committed", outcome.final) == (True, False)
    assert network.run(network.sign(built, "alice")).code == "committed"


def test_a_key_signs_under_its_own_scheme_only(network: Network) -> None:
    own = keys.find(network.state, public_key("alice"))
    assert own is not None
    keys.table(network.state).put(public_key("alice"), msgspec.structs.replace(own, scheme="webauthn"))
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    assert network.do("transfer/1", account("alice"), "alice", **given).code == "out_of_scope"
