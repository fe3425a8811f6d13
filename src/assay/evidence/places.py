"""Where appended entries stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

__all__ = ["Appended", "Places"]


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry is durably in the log at `index`; the signed checkpoint of `size` entries covers it."""

    index: int
    size: int
    checkpoint: bytes


@dataclass(frozen=True, slots=True)
class Places(Sequence[Appended]):
    """An `Appended` for each of many entries, made when it is asked for: a million would cost more than the hashes.

    Entries were appended in batches of `width`, the last one shorter; `heads` are size and checkpoint after each.
    `which` of them these are.
    """

    indexes: Sequence[int]
    heads: Sequence[tuple[int, bytes]]
    width: int
    which: range

    def __len__(self) -> int:
        return len(self.which)

    @overload
    def __getitem__(self, at: int) -> Appended: ...
    @overload
    def __getitem__(self, at: slice) -> Places: ...
    def __getitem__(self, at: int | slice) -> Appended | Places:
        if isinstance(at, slice):
            return Places(self.indexes, self.heads, self.width, self.which[at])
        place = self.which[at]
        return Appended(self.indexes[place], *self.heads[place // self.width])
