"""Further fields of an HTTP message that single cases ask for; read on demand."""

from __future__ import annotations

from typing import Any

from assay.wire import http
from assay.wire.errors import WireError

__all__ = ["fields"]


def fields(body: bytes) -> dict[str, Any]:
    """`headers` as pairs, `content` as bytes, `json` where the body holds such a document, `duplicates` its keys."""
    found = http.message(body)
    out: dict[str, Any] = {"headers": found.fields, "content": found.content, "parts": ()}
    try:
        out["parts"] = tuple(
            (part.field("content-type"), part.field("content-id"), part.content) for part in found.parts()
        )
        if found.content:
            out["json"] = found.json()
            out["duplicates"] = found.duplicates()
    except WireError as error:
        out["fault"] = error.what
    return out
