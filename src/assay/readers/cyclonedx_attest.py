"""CycloneDX attestations: what an assessor says about requirements of a standard, counter-claims included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assay.model.law import Interval
from assay.readers.cursor import Node
from assay.readers.extract import Claim, Subject
from assay.readers.strict_text import write_decimal

__all__ = ["attested"]

_NOBODY: Final = "no assessor named"


@dataclass(frozen=True, slots=True)
class _Book:
    """What attestations refer to, by reference."""

    requirements: dict[str, str]
    assessors: dict[str, str]
    targets: dict[str, Subject]
    claims: dict[str, Node]


def attested(
    top: Node, main: Node | None, product: Subject | None, valid: Interval
) -> tuple[list[Claim], list[Subject]]:
    """Conformance claims of `declarations`, and the organisations that assess or are assessed."""
    declared = top.child("declarations")
    if declared is None:
        return [], []
    organisations: list[Subject] = []
    book = _Book(
        _requirements(top), _assessors(declared, organisations), _targets(declared, main, product),
        {node.text("bom-ref", ""): node for node in declared.items("claims")},
    )  # fmt: skip
    organisations += [target for target in book.targets.values() if target.kind == "supplier"]
    claims = []
    for attestation in declared.items("attestations"):
        assessor = book.assessors.get(attestation.text("assessor", ""), _NOBODY)
        summary = attestation.text("summary", "")
        claims += [_mapped(node, assessor, summary, book, product, valid) for node in attestation.items("map")]
    return claims, organisations


def _requirements(top: Node) -> dict[str, str]:
    """Reference -> standard and identifier of a requirement."""
    found: dict[str, str] = {}
    definitions = top.child("definitions")
    for standard in definitions.items("standards") if definitions else []:
        title = f"{standard.text('name', '')} {standard.text('version', '')}".strip()
        for node in standard.items("requirements"):
            name = node.text("identifier", "") or node.text("title", "")
            found[node.text("bom-ref", "")] = f"{title} {name}".strip()
    return found


def _assessors(declared: Node, organisations: list[Subject]) -> dict[str, str]:
    found = {}
    for node in declared.items("assessors"):
        third = "third party" if node.take("thirdParty", bool, False) else "not a third party"
        body = node.child("organization")
        name = body.text("name", "") if body else ""
        if body is not None and name:
            organisations.append(Subject("entity", name, place=body.place))
        found[node.text("bom-ref", "")] = f"{name or _NOBODY}, {third}"
    return found


def _targets(declared: Node, main: Node | None, product: Subject | None) -> dict[str, Subject]:
    found = {main.text("bom-ref", ""): product} if main is not None and product is not None else {}
    targets = declared.child("targets") or Node({}, "/declarations/targets")
    for node in targets.items("components"):
        found[node.text("bom-ref", "")] = Subject(
            "product", node.text("name"), node.text("version", ""), place=node.place
        )
    for node in targets.items("organizations"):
        found[node.text("bom-ref", "")] = Subject("supplier", node.text("name", ""), place=node.place)
    return found


def _mapped(
    node: Node, assessor: str, summary: str, book: _Book, product: Subject | None, valid: Interval
) -> Claim:  # fmt: skip
    reference = node.text("requirement", "")
    requirement = book.requirements.get(reference, reference or "no requirement named")
    parts = [f"{word} {_score(node.child(word))}" for word in ("conformance", "confidence")]
    counter = len(node.texts("counterClaims"))
    parts += [f"counter-claims {counter}"] if counter else []
    claims = [book.claims[ref] for ref in node.texts("claims") if ref in book.claims]
    about = next((book.targets[ref] for c in claims if (ref := c.text("target", "")) in book.targets), product)
    said = [assessor, summary, *(c.text("predicate", "") for c in claims)]
    value = f"{requirement}: {', '.join(parts)}"
    return Claim("product.conformance", value, node.place, about, valid, text="; ".join(filter(None, said)))


def _score(node: Node | None) -> str:
    """An exact score between 0 and 1, or that none is given."""
    if node is None or not node.has("score"):
        return "not stated"
    number = node.number("score")
    if not 0 <= number <= 1:
        node.fail("score", f"a score of {number}", "0 to 1", "E0810")
    return write_decimal(number)
