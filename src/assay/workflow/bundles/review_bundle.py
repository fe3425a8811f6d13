"""From a review to its bundle: the classes and their decisions, the law and facts they read, and no element."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.canon import canonical
from assay.decide.document import ENGINE
from assay.decide.program import Assumption, build_program
from assay.errors import InputError, IntegrityError, InternalError, UsageError
from assay.evidence.bundle import REVIEW, STORED, Part
from assay.evidence.elements import check_elements, commit_elements
from assay.evidence.manifest import commit
from assay.evidence.profile import parse_canonical
from assay.model.estate import ACTS, CONTEXT_COLUMNS, ElementClass
from assay.model.law import Pack
from assay.workflow.bundles.bundle import Bundled, bundled, fact_parts, pack_parts, sliced, store_parts
from assay.workflow.bundles.perform_review import SCHEMA, class_rows, decide_review
from assay.workflow.bundles.redo import library_of, read_law
from assay.workflow.bundles.verify import read_bundle_file
from assay.workflow.estates.case import Loaded
from assay.workflow.estates.review import Reviewed

if TYPE_CHECKING:
    from assay.workflow.bundles.attach import Lending

__all__ = ["ELEMENTS_SALT", "ReviewOptions", "bundle_review", "open_elements"]

ELEMENTS_SALT: Final = "elements"
"""Under this name the salt of the elements stands among those that stay at home."""
_COLUMN_SALT: Final = "columns"
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What leaves with a review's bundle: private law, a case's own facts, what a store lends; salted columns stay."""

    laws: tuple[Path, ...] = ()
    case_facts: Path | None = None
    include_private: bool = False
    salted: tuple[str, ...] = ()
    lending: Lending | None = None


def bundle_review(
    loaded: Loaded, reviewed: Reviewed, on: date, known_at: date, assumptions: tuple[Assumption, ...],
    options: ReviewOptions,
) -> Bundled:  # fmt: skip
    """Bundle a review. Every decision is made again from the bundle's own members before it is handed out.

    Raises UsageError (E0385) for a column that no class has, InternalError (E0389) where the members would not give
    the review's decisions again.
    """
    _check_columns(reviewed.classes, options.salted)
    packs = _packs(loaded, reviewed, known_at, assumptions)
    parts = sliced([
        *pack_parts(packs, options.laws, options.include_private, signed=options.lending is not None),
        *fact_parts({one.supplier for one in reviewed.classes}, options.case_facts, options.include_private),
    ])  # fmt: skip
    case = options.case_facts.name if options.case_facts else ""
    named = [{"id": p.id, "digest": p.digest, "private": p.private} for p in packs]
    if options.lending is not None:
        parts += store_parts(options.lending, parts, named, case, known_at)
    salts = {ELEMENTS_SALT: secrets.token_bytes(32), _COLUMN_SALT: secrets.token_bytes(32)}
    rows = elements_of(reviewed.decisions)
    request: dict[str, Any] = {
        "schema": SCHEMA, "engine": ENGINE, "on": on.isoformat(), "known_at": known_at.isoformat(), "presume": True,
        "hidden": [], "assumed": [{"id": a.id, "from": a.start.isoformat()} for a in assumptions],
        "case_facts": case, "packs": named, "acts": list(ACTS),
        "days": {code: [day.isoformat() for day in days] for code, days in sorted(reviewed.days.items())},
        "classes": class_rows(reviewed.classes),
        "elements": {"count": len(rows), "root": commit_elements(salts[ELEMENTS_SALT], rows)},
    }  # fmt: skip
    request["answers"] = _answers(request, parts, reviewed)
    for row in request["classes"]:
        _salt(row, request["answers"][row["id"]], options.salted, salts[_COLUMN_SALT])
    if not options.salted:
        del salts[_COLUMN_SALT]
    parts.append(Part(REVIEW, canonical(request)))
    return bundled(parts, salts, columns=_columns(reviewed, options.salted))


def elements_of(decisions: pl.LazyFrame) -> list[tuple[str, str]]:
    """Each element, by its id or else its line in the estate's file, with its class, in the order of the estate."""
    named = "element" in decisions.collect_schema()
    name = pl.col("element").fill_null("") if named else pl.col("line").cast(pl.String)
    return list(decisions.select(name, pl.col("class").cast(pl.String)).collect().iter_rows())


def open_elements(bundle: Path, decisions: Path, salts: Path) -> int:
    """Check that a review's `decisions.parquet` is what its bundle committed to; gives the number of elements.

    Raises ContainerError (E0375) if it is not, UsageError (E0385) for a bundle of another kind, InputError (E0401)
    for a file that cannot be read.
    """
    members = read_bundle_file(bundle).members
    if REVIEW not in members:
        raise UsageError("E0385", "only the bundle of a review commits to elements", where=str(bundle))
    committed = parse_canonical(members[REVIEW])["elements"]
    try:
        master = bytes.fromhex(json.loads(salts.read_bytes())[ELEMENTS_SALT])
        rows = elements_of(pl.scan_parquet(decisions))
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise InputError("E0401", f"cannot be read: {error}", where=f"{decisions}, {salts}") from error
    check_elements(committed["root"], master, rows)
    return len(rows)


def _packs(
    loaded: Loaded, reviewed: Reviewed, known_at: date, assumptions: tuple[Assumption, ...]
) -> list[Pack]:  # fmt: skip
    """The packs that take part on some day, in the order of the library."""
    taking = {
        pack.id
        for code, days in reviewed.days.items() for day in days
        for pack in build_program(loaded.library, code, day, known_at, assumptions).packs
    }  # fmt: skip
    return [pack for pack in loaded.library.packs if pack.id in taking]


def _answers(request: Json, parts: Sequence[Part], reviewed: Reviewed) -> dict[str, Any]:
    members = {part.name: part.data for part in parts}
    try:
        library = library_of(members, read_law(members, request["packs"]), request["case_facts"])
        if STORED in members:
            from assay.workflow.keeping.stored_facts import lay_stored

            library = lay_stored(library, members[STORED])
        answers = decide_review(library, request, reviewed.classes)
    except IntegrityError as error:
        raise InternalError("E0389", "the bundle would not give the review again", where=error.what) from error
    columns = [f"{act}_decision" for act in ACTS]
    told = reviewed.decisions.select(pl.col("class").cast(pl.String), *columns).unique().collect(engine="streaming")
    for name, *ids in told.iter_rows():
        if ids != [answers[name][act]["decision"] for act in ACTS]:
            raise InternalError(
                "E0389", "the bundle would not give the review again", where=name,
                remedy="review again: a law or fact file may have changed meanwhile; else please report the case",
            )  # fmt: skip
    return answers


def _check_columns(classes: Iterable[ElementClass], salted: Sequence[str]) -> None:
    there = {key for one in classes for key in one.context}
    for column in salted:
        if CONTEXT_COLUMNS.get(column) not in there:
            raise UsageError(
                "E0385", f"no class has a column `{column}`", where="--salt",
                expected="one of " + ", ".join(sorted(c for c, key in CONTEXT_COLUMNS.items() if key in there)),
            )  # fmt: skip


def _salt(row: dict[str, Any], answers: dict[str, Any], columns: Sequence[str], salt: bytes) -> None:
    """Put commitments in the place of some columns of a class, and of its decisions: their ids would betray the values.

    Equal values have equal commitments, so that classes stay comparable.
    """
    for key in (CONTEXT_COLUMNS[column] for column in columns):
        if key in row["context"]:
            row["salted"][key] = commit(salt, canonical([key, row["context"].pop(key)]))
    if row["salted"]:
        for act, found in answers.items():
            found["decision"] = commit(salt, canonical([row["id"], act, found["decision"]]))


def _columns(reviewed: Reviewed, salted: Sequence[str]) -> dict[str, Any]:
    """What of the estate leaves: the columns that classes carry, with how many values each; all else stays."""
    values: dict[str, set[object]] = {"jurisdiction": set(), "part": set(), "supplier": set(), "product": set()}
    for one in reviewed.classes:
        for column, value in (
            ("jurisdiction", one.jurisdiction), ("part", one.part), ("supplier", one.supplier), ("product", one.product)
        ):  # fmt: skip
            values[column].add(value)
        for column, key in CONTEXT_COLUMNS.items():
            if key in one.context:
                values.setdefault(column, set()).add(one.context[key])
    leaving = {c: len(found - {""}) for c, found in values.items() if found - {""} and c not in salted}
    made = ("class", *(f"{act}_" for act in ACTS))
    staying = [c for c in reviewed.decisions.collect_schema() if c not in values and not c.startswith(made)]
    return {"leave": leaving, "salted": list(salted), "stay": staying}
