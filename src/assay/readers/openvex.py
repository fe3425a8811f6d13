"""OpenVEX: what an author says about products and vulnerabilities."""

from __future__ import annotations

from typing import Final

from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.purl import name_and_version
from assay.readers.refusal import refusal, wrong_version
from assay.readers.strict_text import clean

__all__ = ["FORMAT"]

_SPACE: Final = "https://openvex.dev/ns"
_VERSIONS: Final = {"": "0.0.1", "/v0.0.1": "0.0.1", "/v0.2.0": "0.2.0"}
_STATUSES: Final = ("not_affected", "affected", "fixed", "under_investigation")
_REASONS: Final = (
    "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist",
)  # fmt: skip


def _fits(document: Document) -> bool:
    context = document.json.get("@context") if isinstance(document.json, dict) else None
    return isinstance(context, str) and context.startswith(_SPACE)


def _read(document: Document) -> Extract:
    top = root(document.json, "OpenVEX")
    context = top.text("@context")
    version = _VERSIONS.get(context.removeprefix(_SPACE))
    if version is None:
        raise wrong_version("OpenVEX", context, tuple(_SPACE + end for end in _VERSIONS), "/@context")
    top.text("@id", "")
    author = top.filled("author")
    issued = top.day("timestamp", None)
    claims: list[Claim] = []
    products: dict[str, Subject] = {}
    for statement in top.items("statements"):
        claims += _statement(statement, version, products, Interval(issued))
    limits = ["whether the author may speak for the product is a matter of the trust policy"]
    if issued is None:
        limits.append("the document carries no time of its own")
    if not claims:
        limits.append("no statement names a product: the signed statement has to")
    who = Subject("author", author, place="/author")
    return Extract("openvex", version, tuple(claims), (who, *products.values()), collect(top), tuple(limits), issued)


def _statement(node: Node, version: str, products: dict[str, Subject], document: Interval) -> list[Claim]:
    status = node.text("status", allowed=_STATUSES)
    reason = node.text("justification", "", allowed=_REASONS)
    impact, action = node.text("impact_statement", ""), node.text("action_statement", "")
    if status == "not_affected" and not reason and not impact:
        raise refusal(
            "E0810",
            "`not_affected` needs a reason",
            node.place,
            "justification or impact_statement (OpenVEX, statuses)",
        )
    if reason and status != "not_affected":
        node.fail("justification", f"`{status}` takes no justification", code="E0810")
    day = node.day("timestamp", document.start)
    node.text("status_notes", "")
    value = f"{_vulnerability(node, version)}: {status}" + (f" ({reason})" if reason else "")
    said = "; ".join(filter(None, (impact, action)))
    return [
        Claim("product.vulnerability", value, place, about, Interval(day), text="; ".join(filter(None, (part, said))))
        for about, part, place in _products(node, version, products)
    ]


def _vulnerability(node: Node, version: str) -> str:
    if version == "0.0.1":
        return node.filled("vulnerability")
    found = node.needed("vulnerability")
    found.text("@id", "")
    found.texts("aliases")
    return found.filled("name")


def _products(node: Node, version: str, products: dict[str, Subject]) -> list[tuple[Subject, str, str]]:
    """Each product with the part of it that is meant and the place."""
    found = []
    if version == "0.0.1":
        parts = ", ".join(node.texts("subcomponents"))
        for number, name in enumerate(node.texts("products")):
            place = f"{node.at('products')}/{number}"
            found.append((products.setdefault(name, _product(name, {}, place)), parts, place))
    else:
        for item in node.items("products"):
            about = _product(item.text("@id", ""), _identifiers(item), item.place)
            key = item.text("@id", "") or item.place
            found.append((products.setdefault(key, about), _parts(item), item.place))
    return found


def _identifiers(item: Node) -> dict[str, str]:
    found = {}
    for key in ("identifiers", "hashes"):
        holder = item.child(key) or Node({}, item.place)
        found.update({name: holder.text(name) for name in holder.value})
    return found


def _parts(item: Node) -> str:
    return ", ".join(part.text("@id", "") or str(_identifiers(part)) for part in item.items("subcomponents"))


def _product(name: str, ids: dict[str, str], place: str) -> Subject:
    name = name or next(iter(ids.values()), "")
    if not name:
        raise refusal("E0809", "a product has neither @id nor identifiers", place)
    pairs = tuple(sorted(ids.items()))
    parsed = name_and_version(name)
    if parsed is None:
        return Subject("product", clean(name), identifiers=pairs, place=place)
    return Subject("product", *parsed, identifiers=(("purl", name), *(p for p in pairs if p[0] != "purl")), place=place)


FORMAT: Final = Format(
    "openvex", "OpenVEX document", ("0.0.1", "0.2.0"), "https://github.com/openvex/spec", _fits, _read,
    "@context, @id, author, timestamp; statements with vulnerability, products, subcomponents, status, justification, "
    "impact_statement, action_statement, timestamp",
    "`product.vulnerability` for each product of each statement",
)  # fmt: skip
