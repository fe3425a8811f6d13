"""Cuts the wanted records out of a GLEIF copy of any size: byte for byte, in bounded memory, one pass. Pure.

A full copy holds millions of entities in several gigabytes; the readers take a cut of it. The cut is a file of the
same format: head and end of the copy, between them the records that bear a wanted number or name. Whoever has the
copy gets the same bytes again. Records that are not wanted are not looked into beyond numbers and names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from assay.readers.legal_forms import normal_form
from assay.readers.refusal import refusal

__all__ = ["Counted", "Wish", "cut", "wish_of"]

LARGEST_RECORD: Final = 4 * 1024 * 1024
"""Bytes of one record, and of what stands before the first and after the last."""
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_ROOT: Final = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)(LEIData|RelationshipData)[\s>]")
_ENCODING: Final = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""")
_RECORDS: Final = {b"LEIData": b"LEIRecord", b"RelationshipData": b"RelationshipRecord"}
_HIDING: Final = (b"<!", b"<?")
"""What could make a record look like one without being one: comments, sections, document types, instructions."""
_NUMBERS: Final = re.compile(rb"<(?:[\w.-]+:)?(?:LEI|NodeID)\s*>\s*([A-Z0-9]{20})\s*<")
_NAMES: Final = re.compile(
    rb"<(?:[\w.-]+:)?(?:LegalName|OtherEntityName|TransliteratedOtherEntityName)(?:\s[^>]*)?>([^<]*)<"
)
_COLUMNS: Final = ("LEI", "Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID")
_NAME_COLUMN: Final = re.compile(r"Entity\.(LegalName|(Transliterated)?OtherEntityNames\.\w+\.\d+)")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which records are wanted: numbers (ISO 17442), and names in their normal form."""

    numbers: frozenset[str]
    names: frozenset[str]


@dataclass(slots=True)
class Counted:
    """How many records went by and how many were taken; filled while the cut is made."""

    records: int = 0
    taken: int = 0


def wish_of(words: Iterable[str]) -> Wish:
    """A wish out of numbers and names; names count as the same by `normal_form`."""
    found = [word.strip() for word in words]
    names = (normal_form(word) for word in found if not _LEI.fullmatch(word))
    return Wish(frozenset(w for w in found if _LEI.fullmatch(w)), frozenset(name for name in names if name))


def cut(chunks: Iterable[bytes], wish: Wish, counted: Counted) -> Iterator[bytes]:
    """The pieces of the cut, in order.

    Raises InputError: E0800 no GLEIF file in XML or CSV, E0802 not UTF-8, E0803 something else between records or no
    end, E0805 a record of more than 4 MiB, E0807 comments, sections or instructions in XML.
    """
    stream = iter(chunks)
    first = next(stream, b"")
    if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        yield from _cut_xml(first, stream, wish, counted)
    else:
        yield from _cut_csv(first, stream, wish, counted)


def _cut_xml(first: bytes, stream: Iterator[bytes], wish: Wish, counted: Counted) -> Iterator[bytes]:
    root = _ROOT.search(first[:LARGEST_RECORD])
    if root is None:
        raise refusal(
            "E0800", "no GLEIF file", expected="LEIData, RelationshipData, or CSV", remedy="see docs/readers.md"
        )
    encoding = _ENCODING.search(first[: root.start()])
    if encoding and encoding[1].upper() != b"UTF-8":
        raise refusal("E0802", "the file is not UTF-8", expected="UTF-8")
    name = root[1] + _RECORDS[root[2]]
    opening = re.compile(rb"<" + re.escape(name) + rb"[\s>]")
    head: int | None = root.start()
    for before, record in _records(first, stream, opening, b"</" + name + b">"):
        if not record:
            yield _rest(before, opening, head or 0)
            return
        _check(before, record, opening, counted, head)
        counted.records += 1
        wanted = _wanted(record, wish)
        counted.taken += wanted
        if wanted or head is not None:
            yield before
        yield record if wanted else b""
        head = None


def _records(
    buffer: bytes, stream: Iterator[bytes], opening: re.Pattern[bytes], closing: bytes
) -> Iterator[tuple[bytes, bytes]]:
    """What stands before each record, and the record; at last what is left, without one."""
    at = 0
    while True:
        start = opening.search(buffer, at)
        end = buffer.find(closing, start.start()) if start else -1
        if start and end >= 0:
            yield buffer[at : start.start()], buffer[start.start() : end + len(closing)]
            at = end + len(closing)
            continue
        more = next(stream, b"")
        if not more or len(buffer) - at > 2 * LARGEST_RECORD:
            yield buffer[at:], b""
            return
        buffer, at = buffer[at:] + more, 0


def _check(before: bytes, record: bytes, opening: re.Pattern[bytes], counted: Counted, head: int | None) -> None:
    where = f"record {counted.records + 1:,}"
    if head is None and before.strip():
        raise refusal("E0803", "something stands between records", where, "records one after another")
    if any(sign in record or sign in before[head or 0 :] for sign in _HIDING):
        raise refusal("E0807", "comments, sections or instructions among records", where, "plain XML")
    if len(record) > LARGEST_RECORD or opening.search(record, 1):
        raise refusal("E0805", "a record is too large, or holds another", where, f"at most {LARGEST_RECORD:,} bytes")


def _rest(left: bytes, opening: re.Pattern[bytes], head: int) -> bytes:
    """What stands after the last record."""
    if opening.search(left) or len(left) > LARGEST_RECORD or not left.rstrip().endswith(b">"):
        raise refusal("E0803", "the file ends within a record, or a record is too large", expected="a whole GLEIF copy")
    if any(sign in left[head:] for sign in _HIDING):
        raise refusal("E0807", "comments, sections or instructions after the records", expected="plain XML")
    return left


def _wanted(record: bytes, wish: Wish) -> bool:
    if wish.numbers and any(found.decode() in wish.numbers for found in _NUMBERS.findall(record)):
        return True
    return bool(wish.names) and any(_named(found, wish) for found in _NAMES.findall(record))


def _named(name: bytes, wish: Wish) -> bool:
    return normal_form(unescape(name.decode("utf-8", "replace"))) in wish.names


def _cut_csv(first: bytes, stream: Iterator[bytes], wish: Wish, counted: Counted) -> Iterator[bytes]:
    passed: list[bytes] = []
    reader = csv.reader(_lines(first, stream, passed), strict=True)
    try:
        header = next(reader, [])
        columns = {place for place, name in enumerate(header) if name in _COLUMNS}
        names = {place for place, name in enumerate(header) if _NAME_COLUMN.fullmatch(name)}
        if not columns:
            raise refusal("E0800", "no GLEIF file", "line 1", "a column LEI or Relationship.StartNode.NodeID")
        yield b"".join(passed)
        passed.clear()
        for row in reader:
            counted.records += 1
            numbers = any(place < len(row) and row[place] in wish.numbers for place in columns)
            if numbers or (wish.names and any(normal_form(row[p]) in wish.names for p in names if p < len(row))):
                counted.taken += 1
                yield b"".join(passed)
            passed.clear()
    except csv.Error as error:
        raise refusal("E0803", f"no valid CSV: {error}", f"line {reader.line_num}") from error


def _lines(first: bytes, stream: Iterator[bytes], passed: list[bytes]) -> Iterator[str]:
    """The lines of a table as texts; their bytes are put into `passed`, which the reader of rows empties."""
    held, mark = first, True
    while True:
        lines = held.split(b"\n")
        held = lines.pop()
        for line in lines:
            yield _line(line + b"\n", passed, mark)
            mark = False
        if len(held) > LARGEST_RECORD:
            raise refusal("E0805", "a line is too large", expected=f"at most {LARGEST_RECORD:,} bytes")
        more = next(stream, b"")
        if not more:
            break
        held += more
    if held:
        yield _line(held, passed, mark)


def _line(data: bytes, passed: list[bytes], mark: bool) -> str:
    passed.append(data)
    if len(passed) > 10_000:
        raise refusal("E0805", "one row takes more than 10,000 lines", expected="a quote that closes")
    try:
        return data.decode("utf-8-sig" if mark else "utf-8")
    except UnicodeDecodeError as error:
        raise refusal("E0802", "the file is not UTF-8", expected="UTF-8") from error
