"""OSV: one vulnerability record with the packages and versions that it affects."""

from __future__ import annotations

import re
from typing import Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.refusal import wrong_version

__all__ = ["FORMAT"]

_VERSION: Final = re.compile(r"1\.\d{1,3}\.\d{1,3}")
_EVENTS: Final = ("introduced", "fixed", "last_affected", "limit")
_MOST_VERSIONS: Final = 20


def _fits(document: Document) -> bool:
    return (
        isinstance(document.json, dict) and {"id", "modified"} <= set(document.json) and "spdxId" not in document.json
    )


def _read(document: Document) -> Extract:
    top = root(document.json, "OSV")
    version = top.text("schema_version", "1.0.0")
    if not _VERSION.fullmatch(version):
        raise wrong_version("OSV schema", version, ("1.x.y",), "/schema_version")
    name, changed = top.filled("id"), top.day("modified")
    aliases = tuple(top.texts("aliases"))
    published, withdrawn = top.day("published", changed), top.day("withdrawn", None)
    about = Subject("vulnerability", name, names=aliases, place="/id")
    valid = Interval(published, withdrawn) if withdrawn is None or withdrawn > published else Interval(published)
    summary = top.text("summary", "")
    claims = tuple(_affected(node, about, valid, summary) for node in top.items("affected"))
    limits = ["versions are compared by the rules of their ecosystem, not here"]
    if withdrawn:
        limits.append(f"the record was withdrawn on {withdrawn}")
    return Extract("osv", version, claims, (about,), collect(top), tuple(limits), changed)


def _affected(node: Node, about: Subject, valid: Interval, summary: str) -> Claim:
    package = node.child("package")
    name = f"{package.filled('ecosystem')} {package.filled('name')}" if package else "no package named"
    purl = package.text("purl", "") if package else ""
    spans = [_range(entry) for entry in node.items("ranges")]
    listed = node.texts("versions")
    if listed:
        more = f" and {len(listed) - _MOST_VERSIONS} more" if len(listed) > _MOST_VERSIONS else ""
        spans.append(f"versions {', '.join(listed[:_MOST_VERSIONS])}{more}")
    value = f"{purl or name}: {'; '.join(spans) or 'no versions named'}"
    return Claim("vulnerability.affects", value, node.place, about, valid, text=summary)


def _range(node: Node) -> str:
    kind = node.text("type", allowed=("SEMVER", "ECOSYSTEM", "GIT"))
    events = [f"{word} {event.text(word)}" for event in node.items("events") for word in _EVENTS if event.has(word)]
    if not events:
        node.fail("events", "a range without events", "introduced, fixed, last_affected or limit")
    repository = node.text("repo", "")
    return f"{kind} {repository} {', '.join(events)}".replace("  ", " ")


FORMAT: Final = Format(
    "osv", "OSV vulnerability record", ("1.x",), "https://ossf.github.io/osv-schema/", _fits, _read,
    "schema_version, id, modified, published, withdrawn, aliases, summary; affected (package, ranges, versions)",
    "`vulnerability.affects` for each entry of affected; of a vulnerability, so no fact about a product",
)  # fmt: skip
