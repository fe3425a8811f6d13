"""CSAF 2.0 and 2.1: advisories and VEX documents with products by id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assay.model.law import Interval
from assay.readers.csaf_mandatory.table import check
from assay.readers.csaf_products import Products, products_of
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.kev import CVE
from assay.readers.refusal import refusal, wrong_version

__all__ = ["FORMAT"]

_VERSIONS: Final = ("2.0", "2.1")
_GROUPS: Final = {
    "first_affected": "affected", "known_affected": "affected", "last_affected": "affected",
    "known_not_affected": "not_affected", "first_fixed": "fixed", "fixed": "fixed",
    "under_investigation": "under_investigation", "unknown": "unknown", "recommended": "",
}  # fmt: skip
"""Status lists of CSAF and the one of four (2.1: five) states that each means; recommended contradicts none."""
_REFERRING: Final = (
    "first_known_exploitation_dates", "ids", "involvements", "metrics", "notes", "remediations", "scores", "threats",
)  # fmt: skip
"""Lists of a vulnerability whose entries may name products or groups."""
_LABELS: Final = (
    "component_not_present", "inline_mitigations_already_exist", "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path", "vulnerable_code_not_present",
)  # fmt: skip


def _fits(document: Document) -> bool:
    inner = document.json.get("document") if isinstance(document.json, dict) else None
    return isinstance(inner, dict) and "csaf_version" in inner


def _read(document: Document) -> Extract:
    top = root(document.json, "CSAF")
    head = top.needed("document")
    version = head.text("csaf_version")
    if version not in _VERSIONS:
        raise wrong_version("CSAF", version, _VERSIONS, "/document/csaf_version")
    top.text("$schema", "")
    category, title = head.filled("category"), head.filled("title")
    publisher = head.needed("publisher")
    who = Subject("entity", publisher.filled("name"), place=publisher.place)
    publisher.filled("namespace")
    publisher.filled("category")
    tracking = head.needed("tracking")
    name, issued = tracking.filled("id"), tracking.day("current_release_date")
    tracking.day("initial_release_date")
    tracking.filled("version")
    state = tracking.text("status", allowed=("draft", "final", "interim"))
    products = products_of(top.child("product_tree"))
    for note in head.items("notes"):
        products.check(note)
    claims: list[Claim] = []
    seen: set[str] = set()
    for node in top.items("vulnerabilities"):
        claims += _vulnerability(node, products, Interval(issued), f"{name}: {title}", seen)
    check(document.json, version)
    limits = ["whether the publisher may speak for the product is a matter of the trust policy"]
    limits += [f"the advisory is marked {state}"] if state != "final" else []
    limits += ["relations of products are taken by their own names only"]
    return Extract(
        "csaf", f"{version} {category}", tuple(claims), (who, *products.subjects.values()), collect(top), tuple(limits),
        issued,
    )  # fmt: skip


def _vulnerability(node: Node, products: Products, valid: Interval, text: str, seen: set[str]) -> Iterator[Claim]:
    name = _name(node, seen)
    reasons = _flags(node, products)
    status = node.child("product_status") or Node({}, node.place)
    given: dict[str, str] = {}
    for group in (key for key in status.value if key in _GROUPS):
        for number, product in enumerate(status.texts(group)):
            place = f"{status.at(group)}/{number}"
            about = products.named(product, place)
            state = _GROUPS[group]
            if state and given.setdefault(product, state) != state:
                raise refusal("E0810", f"{product[:60]!r} is {given[product]} and {state} at once", place)
            reason = reasons.get(product, "") if state == "not_affected" else ""
            value = f"{name}: {group}" + (f" ({reason})" if reason else "")
            yield Claim("product.vulnerability", value, place, about, valid, text=text)
    for key in _REFERRING:
        for entry in node.items(key):
            products.check(entry)


def _name(node: Node, seen: set[str]) -> str:
    """The CVE, else another id; one CVE names one entry (CSAF 6.1.23)."""
    cve = node.matching("cve", CVE, "a CVE id", "")
    if cve in seen:
        node.fail("cve", f"{cve} stands twice", code="E0810")
    seen |= {cve} if cve else set()
    ids = [entry.text("text", "") for entry in node.items("ids")]
    return cve or next(iter(ids), "") or node.text("title", "") or "vulnerability without id"


def _flags(node: Node, products: Products) -> dict[str, str]:
    found: dict[str, str] = {}
    for flag in node.items("flags"):
        label = flag.text("label", allowed=_LABELS)
        for product in products.check(flag):
            if found.setdefault(product, label) != label:
                flag.fail("product_ids", f"{product[:60]!r} has two justifications", code="E0810")
    return found


FORMAT: Final = Format(
    "csaf", "CSAF advisory or VEX document", _VERSIONS, "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html",
    _fits, _read,
    "document (category, title, publisher, tracking), product_tree (branches, full_product_names, relationships, "
    "product_groups), vulnerabilities (cve, ids, product_status, flags)",
    "`product.vulnerability` for each product in each status list; a document that breaks a mandatory test of the "
    "standard is refused; the tests that need more than the document (6.1.11, .48, .60.2, .60.3) are not made",
)  # fmt: skip
