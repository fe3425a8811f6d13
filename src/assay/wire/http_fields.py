"""Further fields of an HTTP message that single cases ask for; each is read when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from assay.wire import http
from assay.wire.errors import WireError

__all__ = ["Fields"]

_ALWAYS: Final = frozenset(("headers", "content", "parts"))
_DOCUMENT: Final = frozenset(("json", "duplicates", "fault"))


class Fields(Mapping[str, Any]):
    """Fields by name, each read late: most checks ask for a header or two, and no document is read for them.

    `headers` as pairs, `content` as bytes, `parts` of a multipart body as (type, id, content); `json` where the body
    holds such a document, with the `duplicates` among its keys, or the `fault` of what should be one.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._held: dict[str, Any] = {}
        self._known: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  a field is text, bytes, pairs or a JSON value
        if name not in self._known:
            self._read(name)
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        self._read("parts")
        self._read("json")
        return iter(self._held)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _read(self, name: str) -> None:
        if name in _DOCUMENT:
            self._held |= self._document()
            self._known |= _DOCUMENT
        elif name == "parts":
            parts = http.Message(self["headers"], self["content"]).parts()
            self._held["parts"] = tuple(
                (one.field("content-type"), one.field("content-id"), one.content) for one in parts
            )
            self._known |= {"parts"}
        elif name in _ALWAYS:
            self._held["headers"], self._held["content"] = http.message(self._body)
            self._known |= {"headers", "content"}

    def _document(self) -> dict[str, Any]:
        if not self["content"]:
            return {}
        try:
            found, duplicates = http.Message(self["headers"], self["content"]).document()
        except WireError as error:
            return {"fault": error.what}
        return {"json": found, "duplicates": duplicates}
