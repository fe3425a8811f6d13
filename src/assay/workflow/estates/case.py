"""A case folder: read case.toml and what it names, or write a commented template."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assay.decide.library import Library, check_library
from assay.decide.toml import Table, each, parse
from assay.errors import InputError, UsageError
from assay.model.estate import COLUMNS, Case, CaseSource, ColumnMap
from assay.workflow.answers.ask import resolve_jurisdiction
from assay.workflow.estates.estate import Estate, load_estate, read_map
from assay.workflow.ground.library import jurisdictions, load_library

__all__ = ["Loaded", "load_case", "new_case", "read_case"]

_TEMPLATE: Final = {
    "case.toml": """# A case: your network and what is asked about it. All keys: docs/estate-format.md
schema = "assay-case/1"
title = "Our network"
estate = "estate.csv"            # or .xlsx, .parquet
jurisdictions = ["GB"]           # ISO 3166 codes of the countries whose law is asked
note = ""                        # what a reader of the report should know
synthetic = false                # true: every page says that the data are synthetic
# map = "map.toml"               # take the # away when your columns or names differ from ours
# [[source]]                     # where the data come from, printed in the report
# title = "Inventory export"
# url = ""
# licence = "internal"
""",
    "estate.csv": ",".join(COLUMNS) + "\n",
    "map.toml": """# How your own columns and names become ours; used when case.toml names it or with --map.
schema = "assay-map/1"
# separator = ";"
# encoding = "cp1250"
keep-unknown-columns = true      # ignore columns that are neither ours nor mapped here
[columns]                        # our column = "your column"
# supplier = "Vendor"
[defaults]                       # our column = "the same value in each row"; never for a supplier
# jurisdiction = "GB"
[values.supplier]                # "your name" = "id of a supplier"
# "Vendor Networks Ltd" = "vendor"
[values.part]                    # "your word" = core | ran | transport | management
# "Radio" = "ran"
""",
    "facts.toml": """# Optional: fictional suppliers and operators, and how the law's lists are taken to treat them.
# Everything declared here is printed on top of every page. Real suppliers cannot be named here.
# Delete this file when your network holds real suppliers only.
schema = "assay-case-facts/1"
synthetic = true
operators = []                   # names of fictional operators
# [[supplier]]
# id = "supplier-north"
# name = "Supplier North"
# [[membership]]
# class = "xx:designated"        # a class of a law pack: assay laws show PACK
# value = "supplier-north"
# says = "Supplier North is treated as if designated by ..."
# valid = { from = 2022-10-13 }
""",
}


@dataclass(frozen=True)
class Loaded:
    """A case with its estate and the law and facts that its questions need."""

    case: Case
    estate: Estate
    library: Library
    codes: tuple[str, ...]


def read_case(folder: Path) -> Case:
    """Read case.toml. Raises InputError or PackError with file and line."""
    path = folder / "case.toml"
    if not path.is_file():
        raise InputError(
            "E0500",
            "no case folder: case.toml is missing",
            where=str(folder),
            remedy="start one with assay case new DIR",
        )
    top = parse("case.toml", path.read_bytes()).top
    top.choice("schema", ("assay-case/1",))
    facts = folder / "facts.toml"
    case = Case(
        top.take("title", str), top.take("estate", str), top.texts("jurisdictions"), top.take("note", str, ""),
        top.take("synthetic", bool, False), top.take("map", str, ""),
        top.take("facts", str, "facts.toml" if facts.is_file() else ""), tuple(each(top.tables("source"), _source)),
    )  # fmt: skip
    top.done()
    if not case.jurisdictions:
        top.fail("`jurisdictions` is empty", expected='such as ["GB"]')
    for name in (case.estate, case.map, case.facts):
        if Path(name).is_absolute() or ".." in Path(name).parts:
            top.fail(f"{name!r} lies outside the case folder", expected="a file of the folder")
    return case


def _source(table: Table) -> CaseSource:
    return CaseSource(
        table.take("title", str), table.take("url", str, ""), table.take("licence", str), table.take("note", str, "")
    )


def load_case(folder: Path, laws: tuple[Path, ...] = (), map_file: Path | None = None) -> Loaded:
    """Read a whole case. Raises AssayError with the place of the first thing that is wrong."""
    case = read_case(folder)
    coded = jurisdictions(laws)
    codes = tuple(sorted({resolve_jurisdiction(code, coded) for code in case.jurisdictions}))
    facts = folder / case.facts if case.facts else None
    if facts is not None and not facts.is_file():
        raise InputError("E0500", "there is no such file", where=str(facts), expected="the facts that case.toml names")
    library = load_library(frozenset(codes), laws, facts)
    if laws:
        check_library(library)
    _check_memberships(library)
    path = map_file or (folder / case.map if case.map else None)
    cmap = read_map(path) if path else ColumnMap()
    return Loaded(case, load_estate(folder / case.estate, cmap, library, codes), library, codes)


def _check_memberships(library: Library) -> None:
    classes = library.classes
    for membership in library.facts.memberships:
        if membership.of_class not in classes:
            raise InputError(
                "E0208", f"class `{membership.of_class}` is not there", where="facts.toml",
                expected="a class of a pack that this case loads: assay laws show PACK",
                remedy="mend the id, or add the jurisdiction to case.toml",
            )  # fmt: skip


def new_case(folder: Path) -> tuple[str, ...]:
    """Write a commented template; whole or not at all. Raises UsageError (E0506) where something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("E0506", "there is something already", where=str(folder), expected="a new or empty folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        for name, text in _TEMPLATE.items():
            (draft / name).write_text(text, encoding="utf-8")
        draft.chmod(0o755)
        draft.replace(folder)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(folder)) from error
    return tuple(_TEMPLATE)
