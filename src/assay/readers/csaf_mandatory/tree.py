"""Tests of the product tree: CSAF 6.1.13, .25, .31, .34, .42 to .44, .50, .57 to .59, .61."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from assay.readers.csaf_mandatory.advisory import Advisory, Fault, Test, branches, text_of
from assay.readers.cursor import Node
from assay.readers.purl import parts

__all__ = [
    "algorithm_once", "branches_bounded", "categories_once", "model_numbers", "one_version_kind", "purls_alike",
    "purls_valid", "range_is_a_range", "range_obeys", "serial_numbers", "skus", "version_is_no_range",
]  # fmt: skip

_DEEPEST: Final = 30
_RANGE_SIGNS: Final = re.compile(r"[<>]")
_RANGE_WORDS: Final = frozenset(("after", "all", "before", "earlier", "later", "prior", "versions"))
_CONSTRAINT: Final = re.compile(r"(?:>=|<=|!=|<|>|=)?[^\s<>=!|*]+")
_VERS: Final = re.compile(r"vers:(?P<type>[a-z0-9.+-]*)/(?P<rest>.+)")
_WITHOUT_NAMESPACE: Final = frozenset(("cargo", "cocoapods", "cran", "gem", "hackage", "nuget", "oci", "pypi"))
_WITH_NAMESPACE: Final = frozenset(("alpm", "apk", "deb", "github", "gitlab", "bitbucket", "composer", "maven"))


def _purls(helper: Node) -> list[tuple[str, str]]:
    one = [(text_of(helper, "purl"), helper.at("purl"))] if helper.has("purl") else []
    return one + [(text, f"{helper.at('purls')}/{n}") for n, text in enumerate(helper.texts("purls"))]


def purls_valid(advisory: Advisory) -> Iterator[Fault]:
    """6.1.13: every package URL is one; a type without namespace has none, one that needs it has one."""
    for helper in advisory.helpers():
        for text, place in _purls(helper):
            found = parts(text)
            wrong = found is None or (found.type in _WITHOUT_NAMESPACE and found.namespace)
            if wrong or (found and found.type in _WITH_NAMESPACE and not found.namespace):
                yield Fault(place, f"{text[:80]!r} is no package URL of its type", "a package URL (purl-spec)")


def purls_alike(advisory: Advisory) -> Iterator[Fault]:
    """6.1.42: package URLs of one product differ in their qualifiers only."""
    for helper in advisory.helpers():
        stems = {re.split("[?#]", text)[0] for text in helper.texts("purls")}
        if len(stems) > 1:
            yield Fault(helper.at("purls"), "package URLs of one product differ in more than qualifiers")


def algorithm_once(advisory: Advisory) -> Iterator[Fault]:
    """6.1.25: no algorithm stands twice among the hashes of one file."""
    for helper in advisory.helpers():
        for node in helper.items("hashes"):
            names = [one.text("algorithm", "").lower() for one in node.items("file_hashes")]
            if len(set(names)) < len(names):
                yield Fault(node.at("file_hashes"), "a hash algorithm stands twice for one file")


def _stars(key: str) -> Test:
    def test(advisory: Advisory) -> Iterator[Fault]:
        for helper in advisory.helpers():
            for number, text in enumerate(helper.texts(key)):
                if re.sub(r"\\.", "", text).count("*") > 1:
                    yield Fault(f"{helper.at(key)}/{number}", f"{text[:60]!r} has several stars", "one star at most")

    return test


model_numbers: Final[Test] = _stars("model_numbers")
serial_numbers: Final[Test] = _stars("serial_numbers")
skus: Final[Test] = _stars("skus")


def _of_category(advisory: Advisory, wanted: str) -> Iterator[Node]:
    for branch, _ in branches(advisory.tree) if advisory.tree else ():
        if branch.text("category", "") == wanted:
            yield branch


def version_is_no_range(advisory: Advisory) -> Iterator[Fault]:
    """6.1.31: the name of a product version holds no sign or word of a range."""
    for branch in _of_category(advisory, "product_version"):
        name = branch.text("name", "")
        if _RANGE_SIGNS.search(name) or _RANGE_WORDS & set(name.casefold().split()):
            yield Fault(branch.at("name"), f"the version {name[:60]!r} is a range", "one version")


def range_obeys(advisory: Advisory) -> Iterator[Fault]:
    """6.1.50: a version range is written as vers or as constraints without spaces."""
    for branch in _of_category(advisory, "product_version_range"):
        name = text_of(branch, "name")
        found = _VERS.fullmatch(name)
        if name in ("vers:all/*", "vers:/all"):
            continue
        rest = found["rest"] if found else name
        plain = all(_CONSTRAINT.fullmatch(part) for part in rest.split("|"))
        if not plain or (found and found["type"] == "all") or (not found and "vers:" in name):
            yield Fault(branch.at("name"), f"{name[:60]!r} is no version range", "such as vers:npm/>=2.2.0|<2.3.0")


def range_is_a_range(advisory: Advisory) -> Iterator[Fault]:
    """6.1.59: a version range is more than one version."""
    for branch in _of_category(advisory, "product_version_range"):
        name = text_of(branch, "name")
        found = _VERS.fullmatch(name)
        rest = found["rest"] if found else name
        if "|" not in rest and not _RANGE_SIGNS.search(rest) and "*" not in rest and rest[:2] != "!=" and rest != "all":
            yield Fault(branch.at("name"), f"the range {name[:60]!r} is one version", "category product_version")


def branches_bounded(advisory: Advisory) -> Iterator[Fault]:
    """6.1.34: no product lies below more than 30 branches."""
    for branch, path in branches(advisory.tree) if advisory.tree else ():
        if branch.has("product") and len(path) > _DEEPEST:
            yield Fault(branch.place, f"{len(path)} branches above a product", f"{_DEEPEST} at most")


def _stacked(advisory: Advisory) -> Iterator[tuple[Node, list[str]]]:
    for branch, path in branches(advisory.tree) if advisory.tree else ():
        if branch.has("product"):
            yield branch, [node.text("category", "") for node in path]


def categories_once(advisory: Advisory) -> Iterator[Fault]:
    """6.1.57: above a product each category stands once, families apart."""
    for branch, names in _stacked(advisory):
        kept = [name for name in names if name != "product_family"]
        if len(set(kept)) < len(kept):
            yield Fault(branch.place, "a branch category stands twice above one product")


def one_version_kind(advisory: Advisory) -> Iterator[Fault]:
    """6.1.58: above a product stands a version or a range, not both."""
    for branch, names in _stacked(advisory):
        if {"product_version", "product_version_range"} <= set(names):
            yield Fault(branch.place, "a version and a version range stand above one product")
