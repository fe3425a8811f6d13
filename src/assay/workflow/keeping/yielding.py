"""What a piece of evidence yields: the facts that it makes of its own, and what it says that makes none."""

from __future__ import annotations

from datetime import date
from typing import Any

from assay.evidence.catalogue import open_catalogue
from assay.evidence.predicates import EVIDENCE
from assay.evidence.store import EvidenceStore
from assay.workflow.ground.library import load_library
from assay.workflow.ground.resolving import resolve
from assay.workflow.keeping.stored import facts_at, piece_of
from assay.workflow.keeping.trust import trust_of

__all__ = ["facts_of_evidence"]


def facts_of_evidence(store: EvidenceStore, text: str) -> dict[str, Any]:
    """What the bytes of a digest (or a statement's id, or its first digits) yield under all shipped law packs.

    Each statement about them makes facts of its own; that others supersede or correct them is not looked at here.
    Raises UsageError (E0514, E0515), EvidenceError.
    """
    wanted = text.removeprefix("sha256:")
    records = list(open_catalogue(store).records((EVIDENCE,), wanted))
    key = resolve(wanted, (one.digest if one.digest.startswith(wanted) else one.id for one in records))
    library, policy = load_library(None), trust_of(store).policy
    rows = []
    for record in records:
        if key in (record.digest, record.id):
            found = facts_at([piece_of(store, record)], policy, library, date.max)
            facts = [
                {
                    "id": fact.id, "attribute": fact.attribute, "value": str(fact.value), "supplier": fact.supplier,
                    "product": fact.product, "operator": fact.operator,
                    "from": fact.valid.start.isoformat() if fact.valid.start else "",
                    "until": fact.valid.end.isoformat() if fact.valid.end else "",
                }
                for fact in found.facts
            ]  # fmt: skip
            rows.append({"statement": record.id, "facts": facts, "left_out": [one.why for one in found.refused]})
    return {"schema": "assay-evidence-facts/1", "key": key, "statements": rows}
