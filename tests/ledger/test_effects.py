"""The recorded effects: complete for every verb, and of cases that exist."""

from __future__ import annotations

import re

import pytest

from payport.ledger.registry import Verb, verbs
from tests.ledger import effects

GOLDEN = effects.read_golden()


CANNOT_HAPPEN = {
    "bind_key/1": {"duplicate_key"},
    "open_account/1": {"duplicate_key"},
    "charge/1": {"static_daily_limit", "payee_closed"},
    "offer/1": {"static_daily_limit"},
    "redeem/1": {"static_daily_limit"},
    "take/1": {"static_daily_limit", "payee_closed"},
    "transfer/1": {"static_daily_limit"},
}
"""Declared with a list others share, and never raised: one key has no duplicate, none of these payments is by a static
code, and a closed account neither charges nor takes an offer.
"""


def codes_of(verb: Verb) -> set[str]:
    """Return every outcome recorded by the verb's own test file."""
    place = f"transactions/{verb.domain}/test_{verb.name}.py::"
    seen = [line.split()[0].removeprefix("seen=") for name, line in GOLDEN.items() if name.startswith(place)]
    return set(re.findall(r"\w+(?=[@,*]|$)", ",".join(seen)))


@pytest.mark.parametrize("verb", verbs().values(), ids=lambda verb: verb.kind)
def test_every_outcome_of_a_verb_is_recorded(verb: Verb) -> None:
    wanted = {"committed"} | {reason.code for reason in verb.refusals}
    assert wanted - codes_of(verb) == CANNOT_HAPPEN.get(verb.kind, set())


def test_recorded_cases_exist() -> None:
    for name in set(GOLDEN) - {effects.SETUP}:
        path, function = name.split("[")[0].split("::")
        text = (effects.ROOT / "tests/ledger" / path).read_text(encoding="utf-8")
        assert f"def {function}(" in text, f"{name} is recorded and gone; `make regenerate`"


def test_no_two_lines_are_one_case() -> None:
    lines = effects.GOLDEN.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(GOLDEN)
    assert lines == sorted(lines)
