"""SPDX 3.0.1 as JSON-LD: packages of a product, VEX relations, in the flat form that the specification publishes.

The context is taken at its word and never fetched: elements are read by the compact names of the official context.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Foreign, Subject
from assay.readers.format import Format
from assay.readers.refusal import refusal, wrong_version

__all__ = ["FORMAT"]

_CONTEXT: Final = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_SPACE: Final = "https://spdx.org/rdf/3."
_VERSION: Final = "3.0.1"
_PARTS: Final = ("software_Package", "ai_AIPackage", "dataset_DatasetPackage")
_VEX: Final = {
    "security_VexAffectedVulnAssessmentRelationship": "affected",
    "security_VexFixedVulnAssessmentRelationship": "fixed",
    "security_VexNotAffectedVulnAssessmentRelationship": "not_affected",
    "security_VexUnderInvestigationVulnAssessmentRelationship": "under_investigation",
}
_READ: Final = {"CreationInfo", "SpdxDocument", "software_Sbom", "Bom", "Organization", "security_Vulnerability"}


def _fits(document: Document) -> bool:
    context = document.json.get("@context") if isinstance(document.json, dict) else None
    return isinstance(context, str) and context.startswith(_SPACE)


def _read(document: Document) -> Extract:
    top = root(document.json, "SPDX 3")
    if top.text("@context") != _CONTEXT:
        raise wrong_version("SPDX context", top.text("@context"), (_CONTEXT,), "/@context")
    elements = list(_elements(top))
    issued = _created(elements)
    found = {_id(node): node for node in elements}
    product = _product(elements, found)
    parts = {key: _subject(node, "component") for key, node in found.items() if _type(node) in _PARTS}
    if product is not None:
        parts[product] = _subject(found[product], "product")
    about = parts.get(product) if product else None
    listed = [part for part in parts.values() if part is not about]
    valid = Interval(issued)
    claims = [
        Claim("product.component", dict(p.identifiers).get("purl") or p.title, p.place, about, valid) for p in listed
    ]
    claims += [claim for node in elements for claim in _vex(node, found, parts, valid)]
    companies = [Subject("entity", n.text("name", ""), place=n.place) for n in elements if _type(n) == "Organization"]
    limits = ["whether the list of packages is complete", "the context is taken at its word, not fetched"]
    if about is None:
        limits.append("the document has no one package as root: the signed statement has to name the product")
    subjects = (*([about] if about else []), *(company for company in companies if company.name), *listed)
    return Extract("spdx-3", _VERSION, tuple(claims), subjects, _foreign(top, elements), tuple(limits), issued)


def _elements(top: Node) -> Iterator[Node]:
    graph = top.items("@graph")
    if not graph:
        top.fail("@graph", "the graph is empty or missing", "a list of elements")
    seen: set[str] = set()
    for node in graph:
        if _type(node) in _READ or _type(node) in _PARTS:
            if _id(node) in seen:
                raise refusal("E0810", f"the element {_id(node)[:80]!r} stands twice", node.place, "once")
            seen.add(_id(node))
        yield node


def _id(node: Node) -> str:
    return node.text("spdxId", "") or node.text("@id", "") or node.place


def _type(node: Node) -> str:
    return node.text("type", "") or node.text("@type", "")


def _created(elements: list[Node]) -> Any:  # noqa: ANN401  date or None
    days = []
    for node in elements:
        if _type(node) == "CreationInfo":
            if node.text("specVersion") != _VERSION:
                raise wrong_version("SPDX", node.text("specVersion"), (_VERSION,), node.at("specVersion"))
            days.append(node.day("created"))
    if not days:
        raise refusal("E0809", "no CreationInfo says version and day", "/@graph", "an element of this type")
    return max(days)


def _product(elements: list[Node], found: dict[str, Node]) -> str | None:
    """The one package that a bill of materials, else the document, has as root."""
    for kinds in (("software_Sbom", "Bom"), ("SpdxDocument",)):
        roots = {ref for node in elements if _type(node) in kinds for ref in node.texts("rootElement")}
        packages = [ref for ref in roots if ref in found and _type(found[ref]) in _PARTS]
        if len(packages) == 1:
            return packages[0]
    return None


def _subject(node: Node, kind: str) -> Subject:
    ids = [("purl", node.text("software_packageUrl"))] if node.has("software_packageUrl") else []
    for entry in node.items("externalIdentifier"):
        scheme = {"packageUrl": "purl"}.get(entry.text("externalIdentifierType"), entry.text("externalIdentifierType"))
        ids.append((scheme, entry.text("identifier")))
    for entry in node.items("verifiedUsing"):
        if entry.text("type", "") == "Hash":
            ids.append((entry.text("algorithm"), entry.text("hashValue").lower()))
    return Subject(kind, node.filled("name"), node.text("software_packageVersion", ""), tuple(ids), (), node.place)


def _vex(node: Node, found: dict[str, Node], parts: dict[str, Subject], valid: Interval) -> Iterator[Claim]:
    status = _VEX.get(_type(node))
    if status is None:
        return
    flaw = found.get(node.text("from"))
    name = _vulnerability(flaw) if flaw else node.text("from")
    reason = node.text("security_justificationType", "")
    value = f"{name}: {status}" + (f" ({reason})" if reason else "")
    said = node.text("security_impactStatement", "") or node.text("security_actionStatement", "")
    day = node.day("security_publishedTime", valid.start)
    for number, ref in enumerate(node.texts("to")):
        about = parts.get(ref) or Subject("component", ref, place=node.place)
        yield Claim("product.vulnerability", value, f"{node.at('to')}/{number}", about, Interval(day), text=said)


def _vulnerability(node: Node) -> str:
    for entry in node.items("externalIdentifier"):
        if entry.text("externalIdentifierType") == "cve":
            return entry.text("identifier")
    return node.text("name", "") or _id(node)


def _foreign(top: Node, elements: list[Node]) -> tuple[Foreign, ...]:
    """Unread fields of the elements that are read; the others by their type only, since graphs are large."""
    count: dict[str, int] = {}
    for node in elements:
        kind = _type(node)
        if kind not in _READ and kind not in _PARTS and kind not in _VEX:
            count[kind] = count.get(kind, 0) + 1
            node.skip()
    others = [Foreign(f"/@graph/* of type {kind}", count[kind], "element not read") for kind in sorted(count)]
    return (*collect(top), *others)


FORMAT: Final = Format(
    "spdx-3", "SPDX 3 document, JSON-LD", (_VERSION,), "https://spdx.github.io/spdx-spec/v3.0.1/", _fits, _read,
    "@context, CreationInfo (specVersion, created), SpdxDocument and software_Sbom (rootElement), packages (name, "
    "version, purl, external identifiers, hashes), Organization, security_Vulnerability, the four VEX relationships",
    "`product.component` for each package, `product.vulnerability` for each VEX relationship; the product is the one "
    "package at the root",
)  # fmt: skip
