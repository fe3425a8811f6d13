"""Opens bytes once: JSON, XML, text or binary, told by their first bytes; the formats then look inside. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element as Tree

from assay.readers import strict_json, strict_xml
from assay.readers.refusal import refusal
from assay.readers.strict_text import decode

__all__ = ["LARGEST", "MORE", "Document", "open_document"]

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of one file that is read unless the caller allows more."""
MORE: Final = "raise the limit with --max-bytes if the file is what it should be"
"""What to do about a file that is larger."""

_BLANK: Final = b" \t\r\n"
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes and what they hold: a JSON value, the root element of XML, text, or nothing (binary)."""

    data: bytes
    json: Any = None
    xml: Tree | None = None
    text: str = ""

    def first_line(self) -> str:
        """The first line of a text."""
        return self.text[:4_000].split("\n", 1)[0].strip("\r\ufeff")


def open_document(data: bytes, largest: int = LARGEST) -> Document:
    """Parse bytes strictly.

    Raises InputError: E0801 larger than `largest` bytes or empty, and what the parsers raise (E0802 to E0807).
    """
    if len(data) > largest:
        raise refusal("E0801", f"{len(data):,} bytes are too many", expected=f"at most {largest:,}", remedy=MORE)
    head = data.removeprefix(_MARK).lstrip(_BLANK)[:1]
    match head:
        case b"":
            raise refusal("E0801", "the file is empty")
        case b"{" | b"[":
            return Document(data, json=strict_json.parse(data))
        case b"<":
            return Document(data, xml=strict_xml.parse(data))
        case b"P" if data.startswith(b"PK\x03\x04"):
            raise refusal(
                "E0800",
                "an archive or workbook is no evidence by itself",
                remedy="for a questionnaire give --map MAP.toml",
            )
        case b"0" if data[:2] in (b"0\x80", b"0\x81", b"0\x82", b"0\x83"):
            return Document(data)
        case _:
            return Document(data, text=decode(data))
