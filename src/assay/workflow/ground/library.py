"""Reads law packs and facts from disk: the shipped ones and private ones laid over them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from assay.decide.cases import CaseFile, read_cases
from assay.decide.facts import read_attributes, read_case_facts, read_names, read_supplier
from assay.decide.library import Library
from assay.decide.pack import read_pack
from assay.errors import InputError, PackError, UsageError
from assay.model.fact import Fact, FactSet, Supplier
from assay.model.law import Attribute, Pack

__all__ = [
    "FACTS", "LAWS", "aliases", "code_of", "is_shipped", "jurisdictions", "load_cases", "load_library", "pack_folders",
    "picked", "supplier_name",
]  # fmt: skip

LAWS: Final = Path(__file__).parent.parent.parent / "laws"
FACTS: Final = Path(__file__).parent.parent.parent / "facts"
_ALWAYS: Final = ("common", "eu")
_FILES: Final = ("pack.toml", "classes.toml", "rules.toml")
_KNOWN_FILES: Final = (*_FILES, "cases.toml", "requirements.toml", "toolbox.toml")


def pack_folders(roots: Iterable[Path] = ()) -> dict[str, Path]:
    """Every pack folder by its name, shipped ones first; a private folder may not reuse a shipped name."""
    out: dict[str, Path] = {}
    for root in (LAWS, *roots):
        for path in _packs_in(root):
            if path.name in out:
                raise PackError(
                    "E0206", f"pack `{path.name}` is there twice", where=str(path), remedy="rename the folder"
                )
            out[path.name] = path
    return out


def _packs_in(root: Path) -> list[Path]:
    """The pack folders of a root; one that holds none is refused, since its law would silently be missing."""
    found = [path for path in sorted(root.iterdir()) if (path / _FILES[0]).is_file()] if root.is_dir() else []
    if not found:
        alone = (root / _FILES[0]).is_file()
        raise InputError(
            "E0220", f"no law packs in {root}", where="--laws", expected="a folder of pack folders",
            remedy=f"this is a pack itself: give the folder that holds it, {root.parent}" if alone else "",
        )  # fmt: skip
    return found


def jurisdictions(roots: Iterable[Path] = ()) -> tuple[str, ...]:
    """The codes that shipped and private packs cover, from the folder names."""
    names = {name.split("-")[0].upper() for name in pack_folders(roots) if not name.startswith(("common", "scheme"))}
    return tuple(sorted(names))


def code_of(text: str) -> str:
    """The ISO 3166 code that people mean, by `laws/aliases.csv` (`UK`, `Germany`); other texts in upper case."""
    wanted = text.strip().upper()
    return aliases().get(wanted, wanted)


@cache
def aliases() -> dict[str, str]:
    """Other codes and English names of jurisdictions, in upper case, with the code that is meant."""
    rows = csv.DictReader((LAWS / "aliases.csv").read_text(encoding="utf-8").splitlines())
    return {row["alias"]: row["code"] for row in rows}


def load_library(
    wanted: frozenset[str] | None = None,
    laws: tuple[Path, ...] = (),
    case_facts: Path | None = None,
    supplier: str | None = None,
) -> Library:
    """Load the packs that some jurisdictions need (all packs for None), private packs and facts.

    With `supplier`, a name or id, only that supplier's facts are read; the others are known by name alone.
    Raises PackError or InputError with the place.
    """
    attributes = _attributes()
    packs = [_read(p, attributes) for n, p in pack_folders().items() if _needed(n, wanted)]
    private = {n: p for n, p in pack_folders(laws).items() if p.parent != LAWS}
    own: dict[str, Attribute] = dict(attributes)
    for pack in packs:
        own.update(pack.attributes)
    packs += [_read(path, own, private=True) for path in private.values()]
    facts = _shipped_facts(attributes, supplier)
    if case_facts is not None:
        facts = _with_case(facts, case_facts, packs)
    return Library(tuple(packs), facts)


def picked(library: Library, names: Iterable[str]) -> list[Pack]:
    """The packs of these ids or jurisdictions; all for none. Raises UsageError (E0120) for a name of neither."""
    wanted = list(names)
    out: dict[str, Pack] = {}
    for name in wanted:
        found = [pack for pack in library.packs if pack.id == name.lower()]
        found = found or [pack for pack in library.packs if pack.jurisdiction == code_of(name)]
        if not found:
            raise UsageError("E0120", f"no pack `{name}`", expected="an id or a code of `assay laws list`, such as gb")
        out |= {pack.id: pack for pack in found}
    return list(out.values()) if wanted else list(library.packs)


def supplier_name(found: Mapping[str, Any]) -> str:
    """What people call the supplier of a decision document, by the shipped facts; its id where they do not know it."""
    wanted = str(found["question"]["supplier"])
    for path in sorted((FACTS / "suppliers").glob("*.toml")):
        known = read_names(path.name, path.read_bytes())
        if known.id == wanted:
            return (*known.aliases, known.name)[0]
    return wanted


def is_shipped(supplier: str) -> bool:
    """Whether facts about a real supplier of this id are shipped."""
    return any(read_names(p.name, p.read_bytes()).id == supplier for p in (FACTS / "suppliers").glob("*.toml"))


def load_cases(pack: Pack, folder: Path) -> CaseFile:
    """The cases of a pack; an empty file where it has none."""
    path = folder / "cases.toml"
    data = path.read_bytes() if path.is_file() else b""
    return read_cases(pack.id, data, "EU" if pack.jurisdiction == "*" else pack.jurisdiction, pack.coded)


def _needed(name: str, wanted: frozenset[str] | None) -> bool:
    return wanted is None or name in _ALWAYS or name.split("-")[0].upper() in wanted


def _read(path: Path, attributes: Mapping[str, Attribute], *, private: bool = False) -> Pack:
    unknown = sorted(file.name for file in path.glob("*.toml") if private and file.name not in _KNOWN_FILES)
    if unknown:
        raise PackError(
            "E0201", f"unknown file `{unknown[0]}`", where=path.name, expected="one of " + ", ".join(_KNOWN_FILES),
            remedy="a misspelt file is never ignored",
        )  # fmt: skip
    files = {name: _bytes_of(path / name) for name in _FILES if os.path.lexists(path / name)}
    return read_pack(path.name, files, attributes, private=private)


def _bytes_of(path: Path) -> bytes:
    """A file of a pack. Something else of its name is refused: law that is not read would look like no law."""
    where = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        raise PackError("E0401", "cannot be read: this is no file", where=where, expected="a file, or nothing")
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackError("E0401", f"cannot be read: {error.strerror}", where=where) from error


def _attributes() -> dict[str, Attribute]:
    return read_attributes("facts/attributes.toml", (FACTS / "attributes.toml").read_bytes())


def _shipped_facts(attributes: dict[str, Attribute], wanted: str | None) -> FactSet:
    suppliers: dict[str, Supplier] = {}
    facts: list[Fact] = []
    for path in sorted((FACTS / "suppliers").glob("*.toml")):
        name, data = f"facts/suppliers/{path.name}", path.read_bytes()
        supplier = read_names(name, data)
        suppliers[supplier.id] = supplier
        if wanted is None or supplier.goes_by(wanted):
            facts.extend(read_supplier(name, data, attributes)[1])
    return FactSet(attributes, suppliers, tuple(facts))


def _with_case(facts: FactSet, path: Path, packs: list[Pack]) -> FactSet:
    attributes = dict(facts.attributes)
    for pack in packs:
        attributes.update(pack.attributes)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            "E0500", f"cannot be read: {error.strerror}", where=str(path), expected="facts as in docs/fact-format.md"
        ) from error
    suppliers, own, memberships = read_case_facts(str(path.name), data, attributes)
    taken = {s.id for s in suppliers} & set(facts.suppliers)
    if taken:
        raise InputError(
            "E0214", f"the case declares `{min(taken)}`, a real supplier", where=str(path.name),
            remedy="a synthetic supplier carries a plainly fictional name",
        )  # fmt: skip
    merged = {**facts.suppliers, **{s.id: s for s in suppliers}}
    return FactSet(attributes, merged, (*facts.facts, *own), memberships)
