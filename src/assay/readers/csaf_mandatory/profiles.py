"""Tests of the document's category: CSAF 6.1.26 and 6.1.27.1 to 6.1.27.19."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from assay.readers.csaf_mandatory.advisory import Advisory, Fault, Test, branches
from assay.readers.cursor import Node

__all__ = ["CATEGORY", "PROFILES"]

_OLD: Final = ("informational_advisory", "security_advisory", "security_incident_response", "vex")
_NEW: Final = (*_OLD, "deprecated_security_advisory", "superseded", "withdrawn")
_INFORMING: Final = ("csaf_informational_advisory", "csaf_security_incident_response")
_ENDED: Final = ("csaf_withdrawn", "csaf_superseded")
_ADVISORY: Final = ("csaf_security_advisory", "csaf_deprecated_security_advisory")
_PRODUCTS: Final = (*_ADVISORY, "csaf_vex")
_VEX: Final = ("csaf_vex",)
_STATES: Final = ("fixed", "known_affected", "known_not_affected", "under_investigation")
_AFFECTED: Final = ("first_affected", "known_affected", "last_affected")


def _plain(text: str) -> str:
    """Case, white space and every kind of dash or underscore dropped."""
    dropped = ("Pd", "Pc", "Zs")
    kept = (c for c in text if unicodedata.category(c) not in dropped and c not in "\u2212\u0332" and not c.isspace())
    return "".join(kept).casefold()


def category_is_free(advisory: Advisory) -> Iterator[Fault]:
    """6.1.26: what is of no profile does not look like one."""
    names = _OLD if advisory.version == "2.0" else _NEW
    category = advisory.category
    if category in {f"csaf_{name}" for name in (*names, "base")}:
        return
    like = _plain(category) in {_plain(form) for name in names for form in (name, f"csaf_{name}")}
    if like or category.casefold().startswith("csaf_"):
        yield Fault(advisory.document.at("category"), f"{category[:60]!r} looks like a profile and is none")


def _notes(advisory: Advisory) -> list[Node]:
    return advisory.document.items("notes")


def _has_note(*categories: str) -> Test:
    def test(advisory: Advisory) -> Iterator[Fault]:
        if not any(note.text("category", "") in categories for note in _notes(advisory)):
            yield Fault(advisory.document.at("notes"), "no note of the kind needed", "one of " + ", ".join(categories))

    return test


def _has_external_reference(advisory: Advisory) -> Iterator[Fault]:
    if not any(node.text("category", "external") == "external" for node in advisory.document.items("references")):
        yield Fault(advisory.document.at("references"), "no external reference")


def _present(key: str, wanted: bool) -> Test:
    def test(advisory: Advisory) -> Iterator[Fault]:
        if advisory.top.has(key) != wanted:
            yield Fault(f"/{key}", f"a {advisory.category} {'needs' if wanted else 'must not have'} `{key}`")

    return test


def _each_has(key: str) -> Test:
    def test(advisory: Advisory) -> Iterator[Fault]:
        for node in advisory.vulnerabilities:
            if not node.has(key):
                yield Fault(node.at(key), f"a vulnerability without `{key}`")

    return test


def _each_has_status(*lists: str) -> Test:
    def test(advisory: Advisory) -> Iterator[Fault]:
        for node in advisory.vulnerabilities:
            if not any(key in advisory.statuses(node) for key in lists):
                yield Fault(node.at("product_status"), "no such list of products", "one of " + ", ".join(lists))

    return test


def _each_has_id(advisory: Advisory) -> Iterator[Fault]:
    for node in advisory.vulnerabilities:
        ids = node.items("ids")
        if not node.has("cve") and not ids:
            yield Fault(node.place, "a vulnerability without `cve` and `ids`")
        if not node.has("cve") and ids and all(entry.has("product_ids") or entry.has("group_ids") for entry in ids):
            named = {product for entry in ids for product in advisory.products(entry)}
            for product in (one for products in advisory.statuses(node).values() for one in products):
                if product not in named:
                    yield Fault(node.at("ids"), f"no id of the vulnerability is for {product[:60]!r}")


def _impact(advisory: Advisory) -> Iterator[Fault]:
    for node in advisory.vulnerabilities:
        said = [*node.items("flags"), *(one for one in node.items("threats") if one.text("category", "") == "impact")]
        yield from _uncovered(advisory, node, "known_not_affected", said, "impact statement")


def _action(advisory: Advisory) -> Iterator[Fault]:
    for node in advisory.vulnerabilities:
        yield from _uncovered(advisory, node, "known_affected", node.items("remediations"), "action statement")


def _uncovered(advisory: Advisory, node: Node, key: str, said: list[Node], what: str) -> Iterator[Fault]:
    covered = {product for one in said for product in advisory.products(one)}
    for number, product in enumerate(advisory.statuses(node).get(key, ())):
        if product not in covered:
            yield Fault(f"{node.place}/product_status/{key}/{number}", f"no {what} for {product[:60]!r}")


def _fixed_was_affected(advisory: Advisory) -> Iterator[Fault]:
    """6.1.27.13: a fixed product has an affected version of the same product beside it, as far as a tree tells."""
    kin = _kin(advisory)
    for node in advisory.vulnerabilities:
        lists = advisory.statuses(node)
        hit = {kin.get(product, product) for key in _AFFECTED for product in lists.get(key, ())}
        for number, product in enumerate(lists.get("fixed", ())):
            if kin.get(product, product) not in hit:
                place = f"{node.place}/product_status/fixed/{number}"
                yield Fault(place, f"no affected version of {product[:60]!r} is listed")


def _kin(advisory: Advisory) -> dict[str, str]:
    """Products with what they are versions of: the branch above, or where a path of products begins and leads."""
    kin: dict[str, str] = {}
    if advisory.tree is None:
        return kin
    for branch, path in branches(advisory.tree):
        product = branch.child("product")
        if product is not None:
            steps = [node for node in path if not node.text("category", "").startswith("product_version")]
            kin[product.text("product_id", "")] = steps[-1].place if steps else path[0].place
    paths = advisory.tree.items("product_paths")
    for _ in range(2):  # a path may begin with another one that is defined later
        for node in paths:
            name = node.needed("full_product_name").text("product_id", "")
            steps_on = [step for step in node.items("subpaths") if step.text("category", "") != "installed_with"]
            ends = [node.text("beginning_product_reference", "")]
            ends += [step.text("next_product_reference", "") for step in steps_on]
            ends[0] = kin.get(ends[0], ends[0])
            kin[name] = ends[0] if len(ends) == 1 else sha256("\n".join(ends).encode()).hexdigest()
    return kin


def _two_revisions(advisory: Advisory) -> Iterator[Fault]:
    if len(advisory.revisions()) < 2:
        yield Fault(advisory.tracking.at("revision_history"), "one revision only", "two at least")


def _reasoned(title: str) -> Test:
    def test(advisory: Advisory) -> Iterator[Fault]:
        found = [note for note in _notes(advisory) if note.text("title", "") == title]
        if advisory.english and [note.text("category", "") for note in found] != ["description"]:
            yield Fault(advisory.document.at("notes"), f"not one description with the title {title!r}")

    return test


def _names_successor(advisory: Advisory) -> Iterator[Fault]:
    found = (
        node.text("category", "") == "external" and node.text("summary", "").startswith("Superseding Document")
        for node in advisory.document.items("references")
    )
    if advisory.english and not any(found):
        yield Fault(advisory.document.at("references"), "no external reference to the superseding document")


CATEGORY: Final[Test] = category_is_free
PROFILES: Final[tuple[tuple[str, str, tuple[str, ...], Test], ...]] = (
    ("6.1.27.1", "2.0", _INFORMING, _has_note("description", "details", "general", "summary")),
    ("6.1.27.2", "2.0", _INFORMING, _has_external_reference),
    ("6.1.27.3", "2.0", ("csaf_informational_advisory", *_ENDED), _present("vulnerabilities", False)),
    ("6.1.27.4", "2.0", _PRODUCTS, _present("product_tree", True)),
    ("6.1.27.5", "2.0", _PRODUCTS, _each_has("notes")),
    ("6.1.27.6", "2.0", _ADVISORY, _each_has("product_status")),
    ("6.1.27.7", "2.0", _VEX, _each_has_status(*_STATES)),
    ("6.1.27.8", "2.0", _VEX, _each_has_id),
    ("6.1.27.9", "2.0", _VEX, _impact),
    ("6.1.27.10", "2.0", _VEX, _action),
    ("6.1.27.11", "2.0", _PRODUCTS, _present("vulnerabilities", True)),
    ("6.1.27.12", "2.1", ("csaf_security_advisory",), _each_has_status("known_affected")),
    ("6.1.27.13", "2.1", ("csaf_security_advisory",), _fixed_was_affected),
    ("6.1.27.14", "2.1", _ENDED, _has_note("description")),
    ("6.1.27.15", "2.1", _ENDED, _present("product_tree", False)),
    ("6.1.27.16", "2.1", _ENDED, _two_revisions),
    ("6.1.27.17", "2.1", ("csaf_withdrawn",), _reasoned("Reasoning for Withdrawal")),
    ("6.1.27.18", "2.1", ("csaf_superseded",), _reasoned("Reasoning for Supersession")),
    ("6.1.27.19", "2.1", ("csaf_superseded",), _names_successor),
)
"""Number, version since which it is made, categories that it is for, test."""
