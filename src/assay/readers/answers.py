"""A questionnaire as one file (`assay-answers/1`): its mapping and its rows, so that anyone reads the same from it.

A table alone says nothing without the mapping that tells what its answers state, and a store reads each file by itself.
`assay read TABLE --map MAP.toml --out ANSWERS.json` writes this file; the digest of the table it was made from stands
in it. Its rows are what counts: that they are those of the table is said by whoever signs it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Extract
from assay.readers.format import Format
from assay.readers.questionnaire import Rows, parse_mapping, read_rows
from assay.readers.refusal import wrong_version

__all__ = ["FORMAT", "SCHEMA", "answers_of"]

SCHEMA: Final = "assay-answers/1"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def answers_of(name: str, sha256: str, mapping: str, rows: Rows) -> dict[str, Any]:
    """The file's JSON value: the table's name and digest, the mapping's text, the rows with their lines."""
    return {
        "schema": SCHEMA,
        "table": name,
        "sha256": sha256,
        "mapping": mapping,
        "rows": [[line, list(cells)] for line, cells in rows],
    }


def _fits(document: Document) -> bool:
    schema = document.json.get("schema") if isinstance(document.json, dict) else None
    return isinstance(schema, str) and schema.startswith("assay-answers/")


def _read(document: Document) -> Extract:
    top = root(document.json, "answers")
    if top.text("schema") != SCHEMA:
        raise wrong_version("answers format", top.text("schema"), (SCHEMA,), "/schema")
    table = top.filled("table")
    digest = top.matching("sha256", _DIGEST, "64 lower-case hex digits")
    mapping = parse_mapping("/mapping", top.take("mapping", str).encode("utf-8"))
    found = read_rows(_rows(top), mapping)
    limit = f"that the rows are those of {table} (sha256 {digest}) is said by whoever signs this file"
    foreign = (*found.foreign, *collect(top))
    return replace(found, foreign=foreign, limits=(*found.limits, limit))


def _rows(top: Node) -> list[tuple[int, list[str]]]:
    rows = []
    last = 0
    for number, row in enumerate(top.take("rows", list)):
        match row:
            case [int(line), list(cells)] if line > last and all(isinstance(cell, str) for cell in cells):
                rows.append((line, cells))
                last = line
            case _:
                top.fail(f"rows/{number}", "no row stands here", "a line number above the last, and a list of texts")
    return rows


FORMAT: Final = Format(
    "questionnaire", "questionnaire with its mapping", (SCHEMA,), "docs/questionnaire-format.md", _fits, _read,
    "table, sha256, mapping, rows", "what the mapping says of each question",
)  # fmt: skip
