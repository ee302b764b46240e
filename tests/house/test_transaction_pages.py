from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tools.transaction_pages import COMMON_FIELDS, python_example, transaction_pages

from payport.ledger.registry import TRANSACTIONS, verbs
from payport.values import codec, envelopes

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", TRANSACTIONS)
def test_the_python_of_a_page_builds_and_signs_its_example(kind: str) -> None:
    verb = verbs()[kind]
    names: dict[str, Any] = {}
    exec(python_example(verb), names)
    made, example = names["transaction"], verb.example()
    assert type(made) is type(example)
    values = [[getattr(each, name) for name in each.__struct_fields__] for each in (made, example)]
    assert values[0][COMMON_FIELDS:] == values[1][COMMON_FIELDS:]
    assert values[0][:3] == values[1][:3]
    assert codec.decode(names["envelope"], envelopes.Envelope).body == codec.encode(made)


def test_every_verb_has_its_place_and_no_page_is_left_over() -> None:
    pages = transaction_pages()
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "docs/reference/transactions").iterdir()} == set(pages)
    index = pages["docs/reference/transactions/index.md"]()
    for kind, verb in verbs().items():
        assert f"[{kind}]({verb.domain}.md#" in index
        page = pages[f"docs/reference/transactions/{verb.domain}.md"]()
        section = page.split(f"\n## {kind}\n")[1].split("\n## ")[0]
        for reason in verb.refusals:
            assert reason.en in section
