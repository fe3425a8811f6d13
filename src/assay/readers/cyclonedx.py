"""CycloneDX JSON: parts of a product, vulnerabilities with their analysis, attestations against standards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.cyclonedx_attest import attested
from assay.readers.cyclonedx_shape import SHAPE, VERSIONS
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.refusal import wrong_version
from assay.readers.strict_text import read_day

__all__ = ["FIELDS", "FORMAT", "SOURCE", "YIELDS", "read_bom"]

SOURCE: Final = "https://cyclonedx.org/specification/overview/ (ECMA-424)"
FIELDS: Final = (
    "metadata (timestamp, component, supplier, manufacturer), components with all below them, vulnerabilities "
    "(id, source, ratings, analysis, affects), declarations (assessors, attestations, claims, targets), "
    "definitions.standards; every other field is checked against the specification and listed as not read"
)
YIELDS: Final = (
    "`product.component` for each part; `product.vulnerability` for each vulnerability with its state and reason; "
    "`product.conformance` for each requirement in an attestation. The product is metadata.component"
)


def _fits(document: Document) -> bool:
    return isinstance(document.json, dict) and "bomFormat" in document.json


def _read(document: Document) -> Extract:
    return read_bom("cyclonedx", document.json)


def read_bom(name: str, value: dict[str, Any]) -> Extract:
    """Read a BOM in its JSON form. Raises InputError (E0808 version, E0809, E0810 shape)."""
    version = value.get("specVersion")
    if not isinstance(version, str) or version not in VERSIONS:
        raise wrong_version("CycloneDX", str(version), VERSIONS, "/specVersion")
    SHAPE.check(value, "bom", version)
    top = root(value, "CycloneDX")
    for key in ("$schema", "bomFormat", "specVersion", "serialNumber", "version"):
        top.take(key, (str, int), "")
    meta = top.child("metadata") or Node({}, "/metadata")
    issued = meta.day("timestamp", None)
    main = meta.child("component")
    product = _subject(main, "product") if main else None
    parts: dict[str, Subject] = {}
    for node in _parts(top, main):
        if parts.setdefault(_ref(node), part := _subject(node, "component")) is not part:
            node.fail("bom-ref", f"the reference {_ref(node)[:60]!r} stands twice", "unique references", "E0810")
    listed = [part for part in parts.values() if part is not product]
    valid = Interval(issued)
    claims = [Claim("product.component", _named(part), part.place, product, valid) for part in listed]
    names = {ref: part.title for ref, part in parts.items()} | ({_ref(main): product.title} if main and product else {})
    claims += [_vulnerability(node, product, names, valid) for node in top.items("vulnerabilities")]
    found, entities = attested(top, main, product, valid)
    subjects = (*((product,) if product else ()), *_makers(meta), *entities, *listed)
    return Extract(name, version, (*claims, *found), subjects, collect(top), _limits(top, product), issued)


def _limits(top: Node, product: Subject | None) -> tuple[str, ...]:
    limits = [
        "whether the list of parts is complete: the file says so at most itself",
        "signatures inside the file are not verified",
    ]
    if product is None:
        limits.append("the file names no product (metadata.component): the signed statement has to")
    if not top.has("components"):
        limits.append("the file lists no parts")
    return tuple(limits)


def _ref(node: Node) -> str:
    """A component's own reference, or its place where it has none."""
    return node.text("bom-ref", "") or node.place


def _parts(top: Node, main: Node | None) -> Iterator[Node]:
    """Components at any depth, those below the product too, in the order of the file."""
    for holder in (top, *([main] if main else [])):
        for node in holder.items("components"):
            yield node
            yield from _parts(node, None)


def _subject(node: Node, kind: str) -> Subject:
    node.text("type", "")
    group, name = node.text("group", ""), node.text("name", "")
    ids = [(scheme, node.text(scheme)) for scheme in ("purl", "cpe") if node.has(scheme)]
    ids += [(entry.text("alg").lower(), entry.text("content").lower()) for entry in node.items("hashes")]
    return Subject(kind, f"{group}/{name}" if group else name, node.text("version", ""), tuple(ids), (), node.place)


def _named(part: Subject) -> str:
    """A part by its package URL, else by name and version."""
    return dict(part.identifiers).get("purl") or part.title


def _makers(meta: Node) -> list[Subject]:
    """The organisations that supply or make the product; persons among their contacts are not read."""
    found = []
    for key in ("supplier", "manufacturer", "manufacture"):
        node = meta.child(key)
        if node is not None and node.text("name", ""):
            found.append(Subject("entity", node.text("name"), place=node.place))
    return found


def _vulnerability(node: Node, product: Subject | None, names: dict[str, str], valid: Interval) -> Claim:
    name = node.text("id", "") or node.text("bom-ref", "") or "vulnerability without id"
    analysis = node.child("analysis") or Node({}, f"{node.place}/analysis")
    state, reason = analysis.text("state", ""), analysis.text("justification", "")
    value = f"{name}: {state or 'listed without analysis'}" + (f" ({reason})" if reason else "")
    source = node.child("source")
    said = [source.text("name", "")] if source else []
    said += sorted(
        f"{rating.text('method', 'score')} {rating.text('severity', '')}" for rating in node.items("ratings")
    )
    said += sorted({names.get(ref, ref) for ref in (entry.text("ref") for entry in node.items("affects"))})
    said += [analysis.text("detail", "")]
    when = analysis.text("lastUpdated", "") or node.text("updated", "")
    day = read_day(when, node.place) if when else valid.start
    return Claim("product.vulnerability", value, node.place, product, Interval(day), text="; ".join(filter(None, said)))


FORMAT: Final = Format(
    "cyclonedx", "CycloneDX bill of materials, JSON", VERSIONS, SOURCE, _fits, _read, FIELDS, YIELDS
)  # fmt: skip
