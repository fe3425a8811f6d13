"""Origin statements (`assay-origin/1`): a lab says which product its recordings were made from."""

from __future__ import annotations

import re
from typing import Final

from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Extract, Subject
from assay.readers.format import Format
from assay.readers.refusal import wrong_version

__all__ = ["FORMAT", "IDENTITY", "SCHEMA", "origin_in"]

SCHEMA: Final = "assay-origin/1"
IDENTITY: Final = ("product", "vendor", "supplier", "release", "software_sha256")
"""What of a product record says which product it is; the rest says how and where it was tested."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def _fits(document: Document) -> bool:
    schema = document.json.get("schema") if isinstance(document.json, dict) else None
    return isinstance(schema, str) and schema.startswith("assay-origin/")


def _parts(document: Document) -> tuple[Node, dict[str, str], tuple[str, ...]]:
    top = root(document.json, "origin")
    if top.text("schema") != SCHEMA:
        raise wrong_version("origin statement", top.text("schema"), (SCHEMA,), "/schema")
    product = top.needed("product")
    named = {name: product.text(name, "") for name in IDENTITY}
    digests = tuple(row.matching("sha256", _DIGEST, "64 lower-case hex digits") for row in top.items("recordings"))
    return top, named, digests


def origin_in(document: Document) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which product (by the fields of IDENTITY) and the sha256 of the recordings made from it; InputError otherwise."""
    _, named, digests = _parts(document)
    return named, digests


def _read(document: Document) -> Extract:
    top, named, digests = _parts(document)
    name, release = named["product"], named["release"]
    about = Subject("product", name, "" if release and name.endswith(release) else release)
    limits = (
        f"that {len(digests)} recordings came from this product is the word of whoever signed the statement",
        "it makes no fact: reports of inspections of these recordings name it",
    )
    return Extract("origin", SCHEMA, (), (about,) if name else (), collect(top), limits)


FORMAT: Final = Format(
    "origin", "statement of a lab about where recordings came from", (SCHEMA,), "docs/cases.md", _fits, _read,
    "product (name, vendor, supplier, release, software digest); sha256 of each recording",
    "no fact: `assay inspect --store` names who stated it",
)  # fmt: skip
