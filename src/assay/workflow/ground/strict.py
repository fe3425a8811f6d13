"""What shipped packs must keep beyond the format: cases for every rule, every event accounted for, honest grades."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from assay.decide.cases import Case
from assay.decide.library import EVERYWHERE, Library
from assay.decide.program import Line, Program
from assay.decide.programs import Programs
from assay.errors import InputError
from assay.model.decision import Truth
from assay.model.expression import atoms
from assay.model.law import GRADES, Effect, Pack, Rule
from assay.workflow.ground.laws import events
from assay.workflow.ground.library import LAWS, load_cases

__all__ = ["HOSTS", "best_grades", "read_hosts", "strict_faults"]

HOSTS: Final = LAWS / "hosts.csv"


def strict_faults(library: Library, folders: Mapping[str, Path]) -> Iterator[str]:
    """Every fault of the packs of a library, one line each; private packs are held to their cases only."""
    grades, table, programs = best_grades(), events(), Programs(library)
    for pack in library.packs:
        yield from _place_faults(pack, folders)
        if pack.jurisdiction != EVERYWHERE:
            yield from _case_faults(pack, folders, programs)
        if not pack.private:
            yield from _grade_faults(pack, grades)
            yield from _citation_faults(pack)
            yield from _unknown_events(pack, table)
    for code in sorted({p.jurisdiction for p in library.packs if not p.private} - {EVERYWHERE}):
        yield from _missing_events(code, library, table)


def best_grades() -> dict[str, str]:
    """The best grade that a page of each host can have, from hosts.csv."""
    return read_hosts(HOSTS)


def read_hosts(path: Path) -> dict[str, str]:
    """A table `host,kind,best`. Raises InputError (E0221) for a row whose best grade is none of the grades."""
    out: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        for row in rows:
            if row["best"] not in GRADES:
                raise InputError(
                    "E0221", f"host {row['host']!r} has the grade {row['best']!r}",
                    where=f"{path.name}, line {rows.line_num}",
                    expected="host,kind,best; best is one of " + ", ".join(GRADES),
                )  # fmt: skip
            out[str(row["host"])] = str(row["best"])
    return out


def _place_faults(pack: Pack, folders: Mapping[str, Path]) -> Iterator[str]:
    folder = folders.get(pack.id)
    if folder is None or folder.name != pack.id:
        yield f"{pack.id}/pack.toml: the folder is not named like the pack"
    prefix = pack.id.split("-")[0]
    wanted = EVERYWHERE if prefix in ("common", "scheme") else prefix.upper()
    if pack.jurisdiction != wanted:
        yield f"{pack.id}/pack.toml: jurisdiction {pack.jurisdiction}, expected {wanted} from the folder's name"


def _case_faults(pack: Pack, folders: Mapping[str, Path], programs: Programs) -> Iterator[str]:
    cases = load_cases(pack, folders[pack.id]).cases if pack.id in folders else ()
    held: set[str] = set()
    for case in cases:
        held |= _named(case) | _exercised(case, pack, programs)
    for rule in pack.rules:
        if rule.id in held or not pack.instruments[rule.instrument].state.has_effect or _hits_nobody(rule, pack):
            continue
        yield f"{pack.id}/rules.toml, line {rule.line}: no case names or exercises {rule.id}"


def _citation_faults(pack: Pack) -> Iterator[str]:
    for rule in pack.rules:
        if not any(citation.at for citation in rule.cite):
            yield f"{pack.id}/rules.toml, line {rule.line}: {rule.id} names no place (`at`) in any of its sources"


def _hits_nobody(rule: Rule, pack: Pack) -> bool:
    """A rule about a list of suppliers that is empty, such as an unused designation: no case can make it hold."""
    lists = [pack.classes.get(str(atom.value)) for atom in atoms(rule.when) if atom.fact == "supplier"]
    return any(found is not None and not found.members for found in lists)


def _named(case: Case) -> set[str]:
    want = case.expected
    return {*(want.rules or ()), *want.duties, *want.powers, *want.not_duties, *want.not_powers}


def _exercised(case: Case, pack: Pack, programs: Programs) -> set[str]:
    """Rules that hold in this case, and definitions in effect that a rule with a true predicate reads."""
    found = programs.answer(case.question, presume=case.presume)
    pairs = list(zip(found.program.lines, found.finals, found.predicates, strict=True))
    held = {line.rule.id for line, final, _ in pairs if final is True}
    return held | set(_definitions(pack, found.program, pairs))


def _definitions(pack: Pack, program: Program, pairs: list[tuple[Line, Truth, Truth]]) -> Iterator[str]:
    read = {atom.fact for line, _, holds in pairs if holds is True for atom in atoms(line.rule.when)}
    for rule in pack.rules:
        if rule.effect is Effect.DEFINE and rule.define in read and _in_effect(rule, program):
            yield rule.id


def _in_effect(rule: Rule, program: Program) -> bool:
    return rule.valid.holds(program.as_of) and rule.known.holds(program.known_at)


def _grade_faults(pack: Pack, grades: Mapping[str, str]) -> Iterator[str]:
    for source in pack.sources.values():
        host = (urlsplit(source.url).hostname or "").lower()
        bare = host.removeprefix("www.")
        best = grades.get(host) or grades.get(bare) or grades.get(f"www.{bare}")
        if best is None:
            yield f"{pack.id}/pack.toml: source {source.id}: host {host or source.url!r} is not in hosts.csv"
        elif GRADES.index(source.grade) < GRADES.index(best):
            yield f"{pack.id}/pack.toml: source {source.id} is graded {source.grade}; {host} allows {best} at best"


def _unknown_events(pack: Pack, table: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for rule in pack.rules:
        for event in rule.events:
            if event not in table:
                yield f"{pack.id}/rules.toml, line {rule.line}: event {event} of {rule.id} is not in events.csv"
    for left in pack.not_encoded:
        if left.event not in table:
            yield f"{pack.id}/pack.toml: event {left.event} of not-encoded is not in events.csv"


def _missing_events(code: str, library: Library, table: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Events of a jurisdiction that none of its packs carries or leaves out with a reason."""
    packs = library.of(code)
    said = {event for pack in packs for rule in pack.rules for event in rule.events}
    said |= {left.event for pack in packs for left in pack.not_encoded}
    for event, row in table.items():
        if row["jurisdiction"] == code and event not in said:
            yield f"{packs[0].id}: event {event} stands in no rule's `events` and not in not-encoded"
