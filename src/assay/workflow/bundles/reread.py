"""Evidence of a bundle read again: whether its bytes give the facts that the bundle answers from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assay.decide.library import Library
from assay.errors import IntegrityError
from assay.evidence.bundle import STORED, Bundle, body_member
from assay.evidence.predicates import ERASURE, EVIDENCE, PERSON
from assay.model.fact import Fact
from assay.workflow.bundles.attested import Attested
from assay.workflow.keeping.erasing import erased_by
from assay.workflow.keeping.stored import Piece, Stored, facts_at
from assay.workflow.keeping.stored_facts import format_stored, parse_stored
from assay.workflow.keeping.words import fact_id

__all__ = ["Reread", "reread"]

Reread = tuple[tuple[str, ...], tuple[str, ...], str]
"""What differs, what could not be read again and why, and what is shown."""
Facts = tuple[tuple[Fact, ...], frozenset[str]]
"""Facts, and the ids of those that upheld corrections took away."""


def reread(bundle: Bundle, attested: Attested, library: Library, known_at: date) -> Reread:
    """Read a bundle's evidence again over the library that it holds beside, and compare facts with its member.

    A body that is not in the bundle leaves its facts unproven. Raises IntegrityError (E0388) for facts without
    statements, and what a malformed member raises.
    """
    if attested.policy is None:
        raise IntegrityError("E0388", "facts of a store without its trust policy", where=STORED)
    pieces = [
        Piece(one.record, bundle.members.get(body_member(one.record.digest)))
        for one in attested.seen
        if one.record.type in (EVIDENCE, PERSON)
    ]
    again = facts_at(pieces, attested.policy, library, known_at)
    absent = [piece for piece in pieces if piece.body is None]
    told = parse_stored(bundle.members[STORED], library.attributes)
    if not absent:
        same = format_stored(again.facts, again.gone) == bundle.members[STORED]
        wrong = () if same else _differing(told[0], again)
    else:
        # Both as they are written: a fact may carry more than the member says of it.
        written = parse_stored(format_stored(again.facts, again.gone), library.attributes)
        wrong = _unfounded(told, written, absent)
    reasons = {entry.name: entry.reason for entry in bundle.withheld} | erasures(attested)
    left = tuple(
        f"{'text' if piece.record.type == PERSON else 'facts'} of {piece.record.statement.subjects[0].name}: "
        + reasons.get(body_member(piece.record.digest), "its bytes are missing: neither withheld nor erased")
        for piece in absent
    )
    read = len(pieces) - len(absent)
    return wrong, left, "" if wrong else f"{len(again.facts)} facts follow from {read} signed pieces, read again"


def erasures(attested: Attested) -> dict[str, str]:
    """Members that signed statements of a bundle erase, and what each says."""
    found = {}
    for one in attested.seen:
        if one.record.type == ERASURE:
            holders = one.standing.holders if one.standing.enough else ()
            found[body_member(one.record.digest)] = str(erased_by(one.record, holders, one.logged.index))
    return found


def _differing(told: Sequence[Fact], again: Stored) -> tuple[str, ...]:
    old, new = {fact.id: fact for fact in told}, {fact.id: fact for fact in again.facts}
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return tuple(f"fact {name}: the evidence does not give it so" for name in names) or (
        "facts: their order or `gone`",
    )


def _unfounded(told: Facts, again: Facts, absent: Sequence[Piece]) -> tuple[str, ...]:
    """Facts that are told and neither read again nor out of bytes that are absent, and the other way round."""
    begins = tuple(fact_id(piece.record.id, person=piece.record.type == PERSON) for piece in absent)
    old, new = ({fact.id: fact for fact in facts} for facts, _ in (told, again))
    names = [name for name in old if name not in new and not name.startswith(begins)]
    names += [name for name in new if old.get(name) != new[name] and name not in told[1]]
    return tuple(f"fact {name}: the evidence does not give it so" for name in sorted({*names, *(again[1] - told[1])}))
