"""A review redone: every class asked again, byte for byte on its day, by its outcome on later days of the law."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from assay.decide.decide import Answer, answer
from assay.decide.document import ENGINE, decision_id, document
from assay.decide.interpret import Interpreter
from assay.decide.library import Library
from assay.decide.program import build_program
from assay.evidence.bundle import REVIEW, Bundle
from assay.evidence.profile import parse_canonical
from assay.model.estate import ElementClass
from assay.model.question import Question
from assay.workflow.bundles.attested import Attested
from assay.workflow.bundles.perform import (
    MOST_DIFFERENCES,
    Performed,
    check_slice,
    law_members,
    other_engine,
    with_evidence,
)
from assay.workflow.bundles.redo import assumptions_in, library_of, pack_differences, read_law

__all__ = ["SCHEMA", "class_rows", "classes_in", "decide_review", "perform_review"]

SCHEMA: Final = "assay-review-bundle/1"
_KEYS: Final = {
    "schema", "engine", "on", "known_at", "presume", "hidden", "assumed", "case_facts", "packs", "acts", "days",
    "classes", "answers", "elements",
}  # fmt: skip
_CLASS_KEYS: Final = {"id", "supplier", "product", "jurisdiction", "part", "context", "salted"}

Json = Mapping[str, Any]
Courses = dict[str, dict[str, Any]]
"""For each class and act: the id of the decision on the review's day, and the outcome from then on."""


def class_rows(classes: Iterable[ElementClass]) -> list[dict[str, Any]]:
    """Classes as review.json holds them; how many elements each has is the estate's own business."""
    return [
        {
            "id": one.id, "supplier": one.supplier, "product": one.product, "jurisdiction": one.jurisdiction,
            "part": one.part, "context": {key: list(values) for key, values in sorted(one.context.items())},
            "salted": {},
        }
        for one in classes
    ]  # fmt: skip


def classes_in(request: Json) -> list[ElementClass]:
    """The classes of a review.json that nothing hides."""
    return [_class(row) for row in request["classes"] if not row["salted"]]


def _class(row: Json) -> ElementClass:
    context = {key: tuple(values) for key, values in row["context"].items()}
    return ElementClass(row["id"], row["supplier"], row["product"], row["jurisdiction"], row["part"], context, 0)


def decide_review(library: Library, request: Json, classes: Sequence[ElementClass]) -> Courses:
    """Answer each class for each act on every day: the reference interpreter alone, one program a day."""
    known_at, assumed = date.fromisoformat(request["known_at"]), assumptions_in(request)
    out: Courses = {one.id: {} for one in classes}
    for code, days in sorted(request["days"].items()):
        here = [one for one in classes if one.jurisdiction == code]
        for day in map(date.fromisoformat, days):
            ask = Interpreter(build_program(library, code, day, known_at, assumed))
            for one in here:
                for act in request["acts"]:
                    asked = Question(one.supplier, one.part, act, code, day, known_at, one.product, one.context)
                    _follow(out[one.id], act, answer(ask, library, asked, presume=request["presume"]))
    return out


def _follow(acts: dict[str, Any], act: str, found: Answer) -> None:
    """Put one more day into a course: the first day's decision by its id, and each change of outcome."""
    verdict = found.verdict
    row = [
        verdict.outcome.value, verdict.force.value if verdict.force else "",
        verdict.deadline.isoformat() if verdict.deadline else "",
    ]  # fmt: skip
    day = found.question.as_of.isoformat()
    if act not in acts:
        acts[act] = {"decision": decision_id(document(found)), "course": [[day, *row]]}
    elif acts[act]["course"][-1][1:] != row:
        acts[act]["course"].append([day, *row])


def perform_review(bundle: Bundle, attested: Attested) -> Performed:
    """Redo every decision of a review. Raises what reading a malformed member raises."""
    request = dict(parse_canonical(bundle.members[REVIEW]))
    _check_shape(request)
    if request["engine"] != ENGINE:
        return other_engine(request)
    hidden = {entry.name for entry in bundle.withheld}
    suppliers = sorted({row["supplier"] for row in request["classes"]})
    check_slice({*bundle.members, *hidden}, request["packs"], suppliers, request["case_facts"])
    law = read_law(bundle.members, request["packs"], hidden)
    wrong = tuple(pack_differences(law, request["packs"], hidden))
    shown: tuple[tuple[str, str], ...] = ()
    if not wrong:
        shown = (("law packs", f"{len(law.packs)} have the digests that the review names"),)
    if hidden & law_members(request["packs"], suppliers, request["case_facts"]):
        verdict = "different" if wrong else "cannot-be-established"
        return Performed(verdict, request, wrong, ("the review was not redone: members are withheld",), shown)
    known_at = date.fromisoformat(request["known_at"])
    library, seen = with_evidence(bundle, attested, library_of(bundle.members, law, request["case_facts"]), known_at)
    before = Performed("", request, wrong + seen.differences, seen.open, shown + seen.shown)
    return _compared(before, decide_review(library, request, classes_in(request)))


def _compared(before: Performed, again: Courses) -> Performed:
    request = before.document
    wrong = before.differences + tuple(_course_differences(request["answers"], again))[:MOST_DIFFERENCES]
    salted = len(request["classes"]) - len(again)
    left = (f"{salted:,} classes were not redone: some of their columns are salted",) if salted else ()
    count = sum(map(len, again.values()))
    told = f"{count:,}, of {len(again):,} classes, redone from the bundle alone, same bytes; later days same outcome"
    shown = before.shown if wrong else (*before.shown, ("decisions", told))
    verdict = "different" if wrong else "cannot-be-established" if left else "same"
    return Performed(verdict, request, wrong, before.open + left, shown)


def _check_shape(request: Json) -> None:
    if request["schema"] != SCHEMA or set(request) != _KEYS or not isinstance(request["presume"], bool):
        raise ValueError("review.json has other fields than docs/evidence.md says")
    elements = request["elements"]
    if set(elements) != {"count", "root"} or type(elements["count"]) is not int or request["hidden"]:
        raise ValueError("review.json is no review")
    for text in (request["on"], request["known_at"]):
        date.fromisoformat(text)
    if any(days != sorted(set(days)) or days[:1] != [request["on"]] for days in request["days"].values()):
        raise ValueError("the days of review.json are not in order")
    _check_classes(request)


def _check_classes(request: Json) -> None:
    ids = [row["id"] for row in request["classes"]]
    if len(set(ids)) != len(ids) or set(request["answers"]) != set(ids) or not request["acts"]:
        raise ValueError("classes and answers of review.json do not fit")
    for row in request["classes"]:
        if set(row) != _CLASS_KEYS or row["jurisdiction"] not in request["days"]:
            raise ValueError("a class of review.json is malformed")


def _course_differences(old: Json, new: Courses) -> Iterable[str]:
    for name, acts in new.items():
        if set(old[name]) != set(acts):
            yield f"{name}: acts differ"
        for act, found in acts.items():
            told = old[name].get(act, {})
            if told == found:
                continue
            if told.get("course") != found["course"]:
                yield f"{name} {act}: {_told(told.get('course'))} in the bundle, {_told(found['course'])} when redone"
            if told.get("decision") != found["decision"]:
                ids = [str(told.get("decision"))[:16], found["decision"][:16]]
                yield f"{name} {act}: decision {ids[0]} in the bundle, {ids[1]} when redone"


def _told(course: object) -> str:
    text = str(course)
    return text if len(text) <= 80 else text[:77] + "..."
