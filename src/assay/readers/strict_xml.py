"""XML from strangers: no document type, no entities, bounded depth; and a cursor over its elements. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NoReturn
from xml.etree.ElementTree import Element as Tree
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from assay.readers.cursor import note
from assay.readers.extract import Foreign
from assay.readers.refusal import refusal
from assay.readers.strict_text import clean, read_day

__all__ = ["DEEPEST", "Element", "collect", "local", "parse", "space"]

DEEPEST: Final = 64
MOST_TAGS: Final = 5_000_000
"""Tags of one file, begin and end counted: a tree of so many elements takes under a gigabyte."""


def parse(data: bytes) -> Tree:
    """Read XML.

    Raises InputError: E0803 not well-formed, E0805 more than 64 levels or 5,000,000 tags, E0807 DTD or entities.
    """
    if data.count(b"<") > MOST_TAGS:
        raise refusal("E0805", "too many elements", expected=f"at most {MOST_TAGS:,} tags")
    try:
        found: Tree = ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise refusal(
            "E0807", f"the file brings a document type or entities ({type(error).__name__})", expected="plain XML",
            remedy="write the file without <!DOCTYPE>",
        ) from error  # fmt: skip
    except ParseError as error:
        line, column = error.position
        what = f"no valid XML: {str(error).split(':')[0]}"
        raise refusal("E0803", what, where=f"line {line}, column {column + 1}") from error
    except (LookupError, ValueError) as error:
        raise refusal("E0802", f"the encoding cannot be read: {error}", expected="UTF-8") from error
    _check_depth(found)
    return found


def _check_depth(top: Tree) -> None:
    level, depth = [top], 1
    while level:
        if depth > DEEPEST:
            raise refusal("E0805", "nested too deeply", expected=f"at most {DEEPEST} levels")
        level, depth = [child for item in level for child in item], depth + 1


def local(tag: str) -> str:
    """An element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]


def space(tag: str) -> str:
    """An element's namespace, empty where it has none."""
    return tag[1:].split("}", 1)[0] if tag.startswith("{") else ""


class Element:
    """One element. Children and attributes are read by local name; what was never read is foreign."""

    __slots__ = ("_children", "_taken", "place", "tree")

    def __init__(self, tree: Tree, place: str = "") -> None:
        self.tree, self.place = tree, place or f"/{local(tree.tag)}"
        self._taken: set[str] = set()
        self._children: dict[str, list[Element]] = {}

    def fail(self, key: str, what: str, expected: str = "", code: str = "E0809") -> NoReturn:
        """Refuse a child or attribute, with its place."""
        raise refusal(code, what, where=f"{self.place}/{key}" if key else self.place, expected=expected)

    def attribute(self, name: str, default: str | None = None) -> str:
        """An attribute's text in the form of claims; must be there unless a default is given."""
        self._taken.add(f"@{name}")
        value = self.tree.attrib.get(name)
        if value is None:
            if default is None:
                self.fail(f"@{name}", f"attribute `{name}` is missing", expected="a text")
            return default
        return clean(value)

    def children(self, name: str) -> list[Element]:
        """The child elements of this local name, in order."""
        if name not in self._children:
            self._taken.add(name)
            found = [child for child in self.tree if local(child.tag) == name]
            self._children[name] = [Element(c, f"{self.place}/{name}[{n}]") for n, c in enumerate(found, 1)]
        return self._children[name]

    def child(self, name: str) -> Element | None:
        """The only child of this name, or None. Raises InputError (E0809) where there are several."""
        found = self.children(name)
        if len(found) > 1:
            self.fail(name, f"<{name}> stands {len(found)} times", expected="once")
        return found[0] if found else None

    def needed(self, name: str) -> Element:
        """A child that must be there once."""
        found = self.child(name)
        if found is None:
            self.fail(name, f"<{name}> is missing")
        return found

    def text(self, name: str, default: str | None = None) -> str:
        """The text of an only child; must be there unless a default is given."""
        found = self.child(name)
        if found is None:
            if default is None:
                self.fail(name, f"<{name}> is missing", expected="a text")
            return default
        return found.content()

    def day(self, name: str) -> date | None:
        """The day of an only child that holds a date, None where it is absent or empty."""
        value = self.text(name, "")
        return read_day(value, f"{self.place}/{name}") if value else None

    def content(self) -> str:
        """The element's own text in the form of claims."""
        self._taken.add("#text")
        return clean(self.tree.text or "")

    def under(self, *path: str) -> list[Element]:
        """All descendants along a path of local names."""
        found = [self]
        for name in path:
            found = [child for element in found for child in element.children(name)]
        return found

    def skip(self) -> None:
        """Count everything in it as read: the whole element is accounted for elsewhere."""
        self._taken.update(f"@{local(name)}" for name in self.tree.attrib)
        self._taken.update(local(child.tag) for child in self.tree)
        self._taken.add("#text")

    def walk(self) -> Iterator[Element]:
        """The element itself and every one below it that was opened."""
        yield self
        for children in self._children.values():
            for child in children:
                yield from child.walk()

    def unread(self) -> Iterator[tuple[str, object]]:
        """Attributes, texts and children that nobody took."""
        for name, value in self.tree.attrib.items():
            if f"@{local(name)}" not in self._taken:
                yield f"@{local(name)}", value
        for child in self.tree:
            if local(child.tag) not in self._taken:
                yield local(child.tag), child.text or ""
        if "#text" not in self._taken and (self.tree.text or "").strip():
            yield "#text", self.tree.text


def collect(top: Element) -> tuple[Foreign, ...]:
    """Everything below `top` that was not read, grouped by path, sorted."""
    found: dict[str, tuple[int, str]] = {}
    for element in top.walk():
        base = re.sub(r"\[\d+\]", "", element.place)
        for key, value in element.unread():
            note(found, f"{base}/{key}", value)
    return tuple(Foreign(path, *found[path]) for path in sorted(found))
