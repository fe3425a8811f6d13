"""Package URLs (purl-spec): type, namespace, name and version, without qualifiers and subpath. Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from assay.readers.strict_text import clean

__all__ = ["Parts", "name_and_version", "parts"]

_FORM: Final = re.compile(
    r"pkg:/{0,2}(?P<type>[A-Za-z][A-Za-z0-9.+-]*)/(?P<path>[^?#@]+)(?:@(?P<version>[^?#]*))?(?:[?#].*)?"
)
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


class Parts(NamedTuple):
    """Type, namespace and name of a package URL, as it writes them."""

    type: str
    namespace: str
    name: str


def parts(text: str) -> Parts | None:
    """The parts of a package URL; None where the text is none or a part of its path is empty."""
    match = _FORM.fullmatch(text)
    steps = match["path"].strip("/").split("/") if match else []
    if match is None or not all(steps) or any(char.isspace() for char in text):
        return None
    return Parts(match["type"].lower(), "/".join(steps[:-1]), steps[-1])


def name_and_version(text: str) -> tuple[str, str] | None:
    """The last part of the path and the version, percent-decoded; None where the text is no package URL."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    name = _decoded(match["path"].rstrip("/").rsplit("/", 1)[-1])
    return (name, _decoded(match["version"] or "")) if name else None


def _decoded(text: str) -> str:
    data = _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8"))
    return clean(data.decode("utf-8", "replace"))
