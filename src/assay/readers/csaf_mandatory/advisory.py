"""What the mandatory tests look at: an advisory opened once, and how a test says what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

from assay.readers.cursor import Node
from assay.readers.refusal import refusal

__all__ = ["Advisory", "Fault", "Test", "branches", "instant", "text_of"]

MOST_NAMED: Final = 20_000_000
"""Products that all tests together look up; a small file can name very many through groups."""
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ENGLISH: Final = re.compile(r"(?i)en(-.*)?")
Instant = tuple[int, str]


class Fault(NamedTuple):
    """Where a test fails and how."""

    place: str
    what: str
    expected: str = ""


class Advisory:
    """One CSAF document: its parts and the products behind every reference to them."""

    def __init__(self, top: Node, version: str) -> None:
        self.top, self.version, self.document = top, version, top.needed("document")
        self.tracking = self.document.needed("tracking")
        self.category = self.document.text("category", "")
        self.status = self.tracking.text("status", "")
        self.tree = top.child("product_tree")
        self.vulnerabilities = top.items("vulnerabilities")
        groups = self.tree.items("product_groups") if self.tree else []
        self._groups = {group.text("group_id", ""): group.texts("product_ids") for group in groups}
        self._named = 0

    @property
    def english(self) -> bool:
        """Whether the document's language is English or unspecified."""
        language = self.document.text("lang", "")
        return not language or bool(_ENGLISH.fullmatch(language))

    def products(self, node: Node) -> list[str]:
        """The products that an object names, by id or through groups."""
        named = [*node.texts("product_ids"), *node.texts("products")]
        for group in node.texts("group_ids"):
            named += self._groups.get(group, ())
            if self._named + len(named) > MOST_NAMED:
                raise refusal(
                    "E0805", "too many products are named through groups", node.place, f"{MOST_NAMED:,} at most"
                )
        self._named += len(named)
        return list(dict.fromkeys(named))

    def revisions(self) -> list[Node]:
        """The revision history as the document writes it."""
        return self.tracking.items("revision_history")

    @cached_property
    def newest(self) -> Instant:
        """The date of the newest revision."""
        return max((instant(node, "date") for node in self.revisions()), default=(0, ""))

    def names(self) -> Iterator[Node]:
        """Every full product name."""
        if self.tree is None:
            return
        yield from self.tree.items("full_product_names")
        for branch, _ in branches(self.tree):
            product = branch.child("product")
            if product is not None:
                yield product
        for key in ("relationships", "product_paths"):
            for node in self.tree.items(key):
                yield node.needed("full_product_name")

    def helpers(self) -> Iterator[Node]:
        """Every product identification helper."""
        for name in self.names():
            helper = name.child("product_identification_helper")
            if helper is not None:
                yield helper

    def statuses(self, node: Node) -> dict[str, list[str]]:
        """The status lists of a vulnerability."""
        status = node.child("product_status")
        return {key: status.texts(key) for key in status.value} if status else {}


Test = Callable[[Advisory], Iterator[Fault]]


def branches(tree: Node) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every branch of a product tree with the branches above it, itself last."""
    waiting: list[tuple[Node, tuple[Node, ...]]] = [(node, (node,)) for node in reversed(tree.items("branches"))]
    while waiting:
        branch, path = waiting.pop()
        yield branch, path
        waiting += [(node, (*path, node)) for node in reversed(branch.items("branches"))]


def text_of(node: Node, key: str) -> str:
    """A text exactly as it stands; empty where it is absent."""
    return str(node.take(key, str, ""))


def instant(node: Node, key: str, leap: bool = True) -> Instant:
    """A date-time of RFC 3339 as what can be compared: seconds of UTC, digits of the fraction.

    Raises InputError (E0810) where it is none; or a leap second where `leap` is false.
    """
    text = text_of(node, key)
    found = _TIME.fullmatch(text)
    if found:
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        leaps = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        longest = 29 if month == 2 and leaps else _DAYS[month - 1] if 1 <= month <= 12 else 0
        if 1 <= day <= longest and (leap or second < 60):
            shift = int(f"{found[8]}1") * (int(found[9]) * 60 + int(found[10])) if found[8] else 0
            before = year - 1
            days = before * 365 + before // 4 - before // 100 + before // 400
            days += sum(_DAYS[: month - 1]) + (month > 2 and leaps) + day
            return ((days * 24 + hour) * 60 + minute - shift) * 60 + second, (found[7] or "").rstrip("0")
    raise refusal("E0810", f"{text[:40]!r} is no date-time", node.at(key), "a time such as 2026-01-31T23:59:59Z")
