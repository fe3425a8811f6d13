"""The tag-value form of SPDX 2 as the JSON form: only the tags that the reader reads, the others by name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from assay.readers.refusal import refusal

__all__ = ["tree_of"]

_OPEN, _CLOSE = "<text>", "</text>"
_DOCUMENT: Final = {
    "SPDXVersion": "spdxVersion", "DataLicense": "dataLicense", "SPDXID": "SPDXID", "DocumentName": "name",
    "DocumentNamespace": "documentNamespace",
}  # fmt: skip
_PACKAGE: Final = {
    "SPDXID": "SPDXID", "PackageVersion": "versionInfo", "PackageSupplier": "supplier",
    "PackageOriginator": "originator",
}  # fmt: skip
_SECTIONS: Final = ("FileName", "SnippetSPDXID", "LicenseID", "Reviewer", "Annotator")
"""Tags that begin something which is not read."""


def tree_of(text: str) -> dict[str, Any]:
    """Read tag-value text. Raises InputError (E0803) for a line that is no tag, E0809 for a document tag twice."""
    top: dict[str, Any] = {"creationInfo": {"creators": []}, "packages": [], "relationships": []}
    here: dict[str, Any] | None = top
    for number, tag, value in _tags(text):
        if tag == "PackageName":
            here = {"name": value, "externalRefs": [], "checksums": []}
            top["packages"].append(here)
        elif tag in _SECTIONS:
            here = None
        elif tag == "Relationship":
            top["relationships"].append(_edge(value, number))
        elif here is top:
            _document(top, tag, value, number)
        elif here is not None:
            _package(here, tag, value, number)
    return top


def _tags(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, tag and value; a value in <text> may run over lines."""
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        tag, sign, value = line.partition(":")
        if not sign or not tag.strip().isalnum():
            raise refusal("E0803", "the line is no tag", f"line {number}", "Tag: value")
        parts = [value.strip()]
        if parts[0].startswith(_OPEN):
            while _CLOSE not in parts[-1]:
                more = next(lines, None)
                if more is None:
                    raise refusal("E0803", "<text> is never closed", f"line {number}", _CLOSE)
                parts.append(more[1])
        yield number, tag.strip(), "\n".join(parts).removeprefix(_OPEN).split(_CLOSE)[0].strip()


def _document(top: dict[str, Any], tag: str, value: str, number: int) -> None:
    if tag == "Created":
        top["creationInfo"]["created"] = value
    elif tag == "Creator":
        top["creationInfo"]["creators"].append(value)
    else:
        _put(top, _DOCUMENT.get(tag, tag), value, number)


def _package(here: dict[str, Any], tag: str, value: str, number: int) -> None:
    if tag == "ExternalRef":
        words = value.split(None, 2)
        if len(words) != 3:
            raise refusal("E0809", "an external reference has three parts", f"line {number}", "category type locator")
        pairs = zip(("referenceCategory", "referenceType", "referenceLocator"), words, strict=True)
        here["externalRefs"].append(dict(pairs))
    elif tag == "PackageChecksum":
        kind, _, digest = value.partition(":")
        here["checksums"].append({"algorithm": kind.strip(), "checksumValue": digest.strip()})
    else:
        _put(here, _PACKAGE.get(tag, tag), value, number)


def _put(holder: dict[str, Any], key: str, value: str, number: int) -> None:
    if key in _DOCUMENT.values() and key in holder:
        raise refusal("E0809", f"`{key}` stands twice", f"line {number}", "once")
    holder.setdefault(key, value)


def _edge(value: str, number: int) -> dict[str, str]:
    words = value.split()
    if len(words) != 3:
        raise refusal("E0809", "a relationship has three parts", f"line {number}", "element TYPE element")
    return dict(zip(("spdxElementId", "relationshipType", "relatedSpdxElement"), words, strict=True))
