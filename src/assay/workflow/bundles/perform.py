"""What doing something again gives: the verdict, what differs, what that shows; and the answer of a bundle, redone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from assay.canon import canonical, digest
from assay.decide.document import ENGINE, SCHEMA
from assay.decide.library import Library
from assay.errors import IntegrityError
from assay.evidence.bundle import (
    ATTRIBUTES,
    CASE_FACTS,
    DECISION,
    PACK_FILES,
    QUESTION,
    STORED,
    Bundle,
    pack_member,
    supplier_member,
)
from assay.evidence.profile import parse_canonical
from assay.workflow.bundles.attested import Attested
from assay.workflow.bundles.redo import differences, library_of, pack_differences, read_law, redo

__all__ = [
    "MOST_DIFFERENCES",
    "REQUEST",
    "Performed",
    "check_slice",
    "law_members",
    "other_engine",
    "perform_answer",
    "with_evidence",
]

REQUEST: Final = "assay-bundle-question/1"
MOST_DIFFERENCES: Final = 20
_REQUEST_KEYS: Final = {"schema", "question", "presume", "hidden", "assumed", "case_facts"}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Performed:
    """The verdict (`same`, `different`, `cannot-be-established`), the document that was redone, and what that shows.

    `shown` are things established, `open` are reasons why something could not be redone.
    """

    verdict: str
    document: Json
    differences: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()


def perform_answer(bundle: Bundle, attested: Attested) -> Performed:
    """Redo the one answer of a bundle. Raises what reading a malformed member raises."""
    decision = dict(parse_canonical(bundle.members[DECISION]))
    request = parse_canonical(bundle.members[QUESTION])
    _check_shape(decision, request)
    if decision["engine"] != ENGINE:
        return other_engine(decision)
    hidden = {entry.name for entry in bundle.withheld}
    check_slice({*bundle.members, *hidden}, decision["packs"], [request["question"]["supplier"]], request["case_facts"])
    law = read_law(bundle.members, decision["packs"], hidden)
    wrong = tuple(pack_differences(law, decision["packs"], hidden))
    shown: tuple[tuple[str, str], ...] = ()
    if not wrong:
        shown = (("law packs", f"{len(law.packs)} have the digests that the decision names"),)
    if hidden & law_members(decision["packs"], [request["question"]["supplier"]], request["case_facts"]):
        verdict = "different" if wrong else "cannot-be-established"
        return Performed(verdict, decision, wrong, ("the answer was not redone: members are withheld",), shown)
    known_at = date.fromisoformat(request["question"]["known_at"])
    library, seen = with_evidence(bundle, attested, library_of(bundle.members, law, request["case_facts"]), known_at)
    before = Performed("", decision, wrong + seen.differences, seen.open, shown + seen.shown)
    return _compared(bundle, decision, redo(library, request), before)


def with_evidence(
    bundle: Bundle, attested: Attested, library: Library, known_at: date
) -> tuple[Library, Performed]:  # fmt: skip
    """The library with a bundle's facts out of a store, and what reading their evidence again showed."""
    if STORED not in bundle.members:
        return library, Performed("", {})
    # Imported here: most bundles hold no evidence and should not wait for every reader.
    from assay.workflow.bundles.reread import reread
    from assay.workflow.keeping.stored_facts import lay_stored

    wrong, left, told = reread(bundle, attested, library, known_at)
    shown = (("facts of evidence", told),) if told else ()
    return lay_stored(library, bundle.members[STORED]), Performed("", {}, wrong, left, shown)


def _compared(bundle: Bundle, decision: Json, again: Json, before: Performed) -> Performed:
    wrong = before.differences
    if canonical(again) != bundle.members[DECISION]:
        wrong += tuple(differences(decision, again))[:MOST_DIFFERENCES]
        return replace(before, verdict="different", differences=wrong)
    told = f"redone from the bundle alone, same bytes: {digest(bundle.members[DECISION])}"
    return replace(before, verdict="different" if wrong else "same", shown=(*before.shown, ("decision", told)))


def other_engine(document: Json) -> Performed:
    """What can be said of a document that another version of the semantics made."""
    reason = f"the answer was made with engine {document['engine']}; this version runs engine {ENGINE}"
    return Performed("cannot-be-established", document, open=(reason,))


def law_members(packs: Iterable[Json], suppliers: Iterable[str], case_facts: str) -> set[str]:
    """The names of members that hold the law and the facts."""
    read = {pack_member(pack["id"], file) for pack in packs for file in PACK_FILES}
    read |= {ATTRIBUTES, *map(supplier_member, suppliers)}
    return read | {CASE_FACTS} if case_facts else read


def check_slice(names: set[str], packs: Iterable[Json], suppliers: Iterable[str], case_facts: str) -> None:
    """Refuse law and facts that nothing reads: they would travel unexamined under the manifest (E0388)."""
    read = law_members(packs, suppliers, case_facts)
    for name in sorted(names):
        loose = name.startswith(("packs/", "facts/")) and name != STORED and not name.endswith(".dsse.json")
        if loose and name not in read:
            raise IntegrityError("E0388", "the answer reads no such member", where=name)


def _check_shape(decision: Json, request: Json) -> None:
    """What is shown or branched on before anything is redone; the rest is held by comparing bytes."""
    if decision["schema"] != SCHEMA or request["schema"] != REQUEST:
        raise ValueError("the schema of decision.json or question.json is unknown")
    if set(request) != _REQUEST_KEYS or not isinstance(request["presume"], bool):
        raise ValueError("question.json has other fields than docs/evidence.md says")
    question, answer, sources = decision["question"], decision["answer"], decision["sources"]
    shown = [question[key] for key in ("jurisdiction", "supplier", "part", "activity", "as_of")]
    shown += [answer["outcome"], answer["force"], sources["oldest_reading"]]
    shown += [pack[key] for pack in decision["packs"] for key in ("id", "digest")]
    if not all(isinstance(text, str) for text in shown) or not isinstance(sources["not_read"], int):
        raise ValueError("decision.json is no decision")
    if sources["oldest_reading"]:
        date.fromisoformat(sources["oldest_reading"])
