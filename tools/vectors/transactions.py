"""One valid example of each verb: readable fields, typed elements, signed bytes and id."""

from __future__ import annotations

from tools.vector_form import plain, typed

from payport.ledger.registry import verbs
from payport.values import codec, envelopes

ABOUT = "The body is the array of the elements in order; its tagged hash is the id."


def make() -> dict[str, object]:
    """Return the vectors."""
    made = []
    for kind, verb in verbs().items():
        example = verb.example()
        body = codec.encode(example)
        made.append(
            {
                "kind": kind,
                "roles": sorted(verb.roles),
                "confidential": verb.confidential,
                "fields": plain(example),
                "elements": typed(example)["value"],
                "body": body.hex(),
                "transaction_id": envelopes.transaction_id(body).hex(),
            }
        )
    return {"transactions": made}
