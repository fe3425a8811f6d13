"""From a bundle's members back to the law and facts that they hold, and from a question to its decision again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.canon import canonical
from assay.decide.decide import ask
from assay.decide.document import document
from assay.decide.facts import read_attributes, read_case_facts, read_supplier
from assay.decide.library import Library
from assay.decide.pack import read_pack
from assay.decide.program import Assumption
from assay.evidence.bundle import ATTRIBUTES, CASE_FACTS, PACK_FILES, pack_member
from assay.model.fact import Fact, FactSet, Supplier
from assay.model.law import Attribute, Pack
from assay.workflow.answers.whatif import question_of_document

__all__ = ["BundledLaw", "assumptions_in", "differences", "library_of", "pack_differences", "read_law", "redo"]

Json = Mapping[str, Any]
Members = Mapping[str, bytes]


@dataclass(frozen=True)
class BundledLaw:
    """The packs that a bundle holds, in the order in which its document names them, and the shared attributes."""

    packs: tuple[Pack, ...]
    attributes: dict[str, Attribute]


def read_law(members: Members, named: Iterable[Json], hidden: Iterable[str] = ()) -> BundledLaw:
    """Read the named packs (`id`, `private`); one that is not there, or partly `hidden`, is left out.

    Raises PackError with file and line.
    """
    attributes = read_attributes(ATTRIBUTES, members[ATTRIBUTES])
    withheld, own, packs = set(hidden), dict(attributes), []
    for row in named:
        names = {file: pack_member(row["id"], file) for file in PACK_FILES}
        if withheld & set(names.values()) or names["pack.toml"] not in members:
            continue
        files = {file: members[name] for file, name in names.items() if name in members}
        private = bool(row["private"])
        pack = read_pack(row["id"], files, own if private else attributes, private=private)
        if not private:
            own.update(pack.attributes)
        packs.append(pack)
    return BundledLaw(tuple(packs), attributes)


def pack_differences(law: BundledLaw, named: Iterable[Json], hidden: Iterable[str]) -> Iterable[str]:
    """Packs whose digest is another than the one named, and packs that are not there."""
    found = {pack.id: pack.digest for pack in law.packs}
    withheld = tuple(hidden)
    for row in named:
        name = str(row["id"])
        if name in found and found[name] != row["digest"]:
            yield f"pack {name} has digest {found[name][:16]}, the decision names {str(row['digest'])[:16]}"
        elif name not in found and not any(member.startswith(f"packs/{name}/") for member in withheld):
            yield f"pack {name} is named by the decision and not in the bundle"


def library_of(members: Members, law: BundledLaw, case_facts: str) -> Library:
    """The library that the members make; `case_facts` is the name under which a case's own facts are cited.

    Raises PackError with file and line.
    """
    suppliers: dict[str, Supplier] = {}
    facts: list[Fact] = []
    for name, data in members.items():
        if name.startswith("facts/suppliers/"):
            supplier, found = read_supplier(name, data, law.attributes)
            suppliers[supplier.id] = supplier
            facts += found
    if not case_facts:
        return Library(law.packs, FactSet(law.attributes, suppliers, tuple(facts)))
    every = dict(law.attributes)
    for pack in law.packs:
        every.update(pack.attributes)
    declared, own, memberships = read_case_facts(case_facts, members[CASE_FACTS], every)
    suppliers.update({one.id: one for one in declared})
    return Library(law.packs, FactSet(every, suppliers, (*facts, *own), memberships))


def assumptions_in(request: Json) -> tuple[Assumption, ...]:
    """What a request treats as in force."""
    return tuple(Assumption(row["id"], date.fromisoformat(row["from"])) for row in request["assumed"])


def redo(library: Library, request: Json) -> dict[str, Any]:
    """The decision document of a request (docs/evidence.md, question.json)."""
    answer = ask(
        library, question_of_document(library, request), assumptions=assumptions_in(request),
        presume=request["presume"], hidden=frozenset(request["hidden"]),
    )  # fmt: skip
    return dict(document(answer))


def differences(old: object, new: object, at: str = "") -> Iterable[str]:
    """Places at which two documents differ, as text."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key), new.get(key), f"{at}.{key}" if at else str(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{at}[{number}]")
    elif old != new:
        yield f"{at}: {_short(old)} in the bundle, {_short(new)} when redone"


def _short(value: object) -> str:
    text = canonical(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."
