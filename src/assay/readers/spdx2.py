"""SPDX 2.2 and 2.3: packages of a product, as JSON or in tag-value form."""

from __future__ import annotations

import re
from typing import Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.refusal import wrong_version
from assay.readers.spdx2_tags import tree_of

__all__ = ["FORMAT"]

_VERSIONS: Final = ("SPDX-2.2", "SPDX-2.3")
_ID: Final = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
_NOTHING: Final = ("NOASSERTION", "NONE")
_PRODUCT: Final = "SPDXRef-DOCUMENT"


def _fits(document: Document) -> bool:
    if isinstance(document.json, dict):
        return "spdxVersion" in document.json
    return document.first_line().startswith("SPDXVersion:")


def _read(document: Document) -> Extract:
    value = document.json if document.json is not None else tree_of(document.text)
    top = root(value, "SPDX")
    version = top.text("spdxVersion")
    if version not in _VERSIONS:
        raise wrong_version("SPDX", version, _VERSIONS, "/spdxVersion")
    top.filled("name")
    top.text("documentNamespace", "")
    top.text("dataLicense", "")
    top.text("SPDXID", _PRODUCT)
    created = top.needed("creationInfo")
    issued = created.day("created")
    makers = [Subject("entity", name, place=created.place) for name in map(_entity, created.texts("creators")) if name]
    packages: dict[str, Subject] = {}
    suppliers: dict[str, Subject] = {}
    for node in top.items("packages"):
        _package(node, packages, suppliers)
    product = _described(top, packages)
    parts = [part for part in packages.values() if part is not product]
    claims = tuple(
        Claim(
            "product.component", dict(part.identifiers).get("purl") or part.title, part.place, product, Interval(issued)
        )
        for part in parts
    )
    limits = ["whether the list of packages is complete", "files and snippets are not read"]
    if product is None:
        limits.append("the document describes no one package as its product: the signed statement has to name it")
    subjects = (*([product] if product else []), *_once([*suppliers.values(), *makers]), *parts)
    return Extract("spdx-2", version, claims, subjects, collect(top), tuple(limits), issued)


def _once(subjects: list[Subject]) -> list[Subject]:
    return list({subject.name: subject for subject in subjects}.values())


def _entity(text: str) -> str:
    """The organisation of `Organization: Name (mail)`; empty for persons and tools."""
    kind, _, name = text.partition(":")
    return name.rsplit("(", 1)[0].strip() if kind.strip() == "Organization" else ""


def _package(node: Node, packages: dict[str, Subject], suppliers: dict[str, Subject]) -> None:
    key = node.matching("SPDXID", _ID, "SPDXRef- and letters, digits, . or -")
    if key in packages:
        node.fail("SPDXID", f"{key[:60]!r} stands twice", code="E0810")
    ids = [("spdx-id", key)]
    for entry in node.items("externalRefs"):
        kind, locator = entry.text("referenceType"), entry.text("referenceLocator")
        entry.text("referenceCategory", "")
        if kind in ("purl", "cpe22Type", "cpe23Type"):
            ids.append((kind.removesuffix("Type"), locator))
    for entry in node.items("checksums"):
        ids.append((entry.text("algorithm").lower(), entry.text("checksumValue").lower()))
    version = node.text("versionInfo", "")
    name = node.filled("name")
    packages[key] = Subject("component", name, version if version not in _NOTHING else "", tuple(ids), (), node.place)
    for role in ("supplier", "originator"):
        company = _entity(node.text(role, ""))
        if company:
            suppliers.setdefault(company, Subject("entity", company, place=node.at(role)))


def _described(top: Node, packages: dict[str, Subject]) -> Subject | None:
    """The one package that the document describes, as the product."""
    own = top.text("SPDXID", _PRODUCT)
    wanted = set(top.texts("documentDescribes"))
    for edge in top.items("relationships"):
        ends = (edge.text("spdxElementId"), edge.text("relationshipType"), edge.text("relatedSpdxElement"))
        match ends:
            case (start, "DESCRIBES", end) if start == own:
                wanted.add(end)
            case (start, "DESCRIBED_BY", end) if end == own:
                wanted.add(start)
    found = [packages[key] for key in wanted if key in packages]
    if len(found) != 1:
        return None
    part = found[0]
    key = dict(part.identifiers)["spdx-id"]
    packages[key] = Subject("product", part.name, part.version, part.identifiers, (), part.place)
    return packages[key]


FORMAT: Final = Format(
    "spdx-2", "SPDX 2 document, JSON or tag-value", _VERSIONS, "https://spdx.github.io/spdx-spec/v2.3/", _fits, _read,
    "spdxVersion, SPDXID, name, creationInfo (created, organisations), packages (SPDXID, name, versionInfo, supplier, "
    "originator, externalRefs, checksums), documentDescribes, relationships of the kind DESCRIBES",
    "`product.component` for each package; the product is the one package that the document describes",
)  # fmt: skip
