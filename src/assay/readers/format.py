"""What one evidence format brings to the table of formats. Frozen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assay.readers.document import Document
from assay.readers.extract import Extract

__all__ = ["Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One evidence format: how it is told from others, how it is read, and what its page in docs/ says.

    `fits` looks at an opened document only as far as needed and never raises; `read` raises InputError with the
    place. `source` names the specification; `fields` and `claims` say in words what is read and what comes out.
    """

    id: str
    title: str
    versions: tuple[str, ...]
    source: str
    fits: Callable[[Document], bool]
    read: Callable[[Document], Extract]
    fields: str
    claims: str
