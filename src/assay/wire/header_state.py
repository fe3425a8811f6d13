"""Header compression of HTTP/2 (RFC 7541) through the library `hpack`, for recordings that lack part of the stream.

The table of a direction holds what its header blocks put there, the newest first. Where blocks were not recorded the
older part is unknown; an index into it gives an unknown field, never another one. This is sound: entries are counted
from the newest, the oldest leave first, and an unknown entry counts as smaller than it was, so that an entry is held
here at least as long as at the sender.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hpack import Decoder
from hpack.exceptions import HPACKError
from hpack.table import HeaderTable

__all__ = ["Block", "HeaderState"]

_UNKNOWN: Final = b"\0"
"""No field has this name or value: RFC 9113 section 8.2.1 forbids the byte."""

_LARGEST_LIST: Final = 1 << 16
_LARGEST_TABLE: Final = 1 << 14


class Block(NamedTuple):
    """The fields of a header block. `unknown` counts those of which the name or the value is not known."""

    fields: tuple[tuple[str, str], ...]
    unknown: int


class _Table(HeaderTable):
    """A table that may have lost its older part."""

    lost = False

    def get_by_index(self, index: int) -> tuple[bytes, bytes]:
        if self.lost and index > self.STATIC_TABLE_LENGTH + len(self.dynamic_entries):
            return _UNKNOWN, _UNKNOWN
        return super().get_by_index(index)


class HeaderState:
    """The state of one direction of a connection."""

    def __init__(self, *, known: bool) -> None:
        self._decoder = Decoder(_LARGEST_LIST)
        self._table = _Table()
        self._table.lost = not known
        self._decoder.header_table = self._table
        self._decoder.max_allowed_table_size = _LARGEST_TABLE

    def forget(self) -> None:
        """Blocks were missed: what the table holds is not known any more."""
        size = self._table.maxsize
        self._table = _Table()
        self._table.maxsize = size
        self._table.lost = True
        self._decoder.header_table = self._table

    def read(self, block: bytes) -> Block | None:
        """The fields of a block; None where it breaks the rules or is too large, and then the table is lost."""
        try:
            found = self._decoder.decode(block, raw=True)
        except (HPACKError, IndexError):  # a block that ends within a number makes hpack look behind its end
            self.forget()
            return None
        known = [(name, value) for name, value in found if _UNKNOWN not in (name, value)]
        fields = tuple((_text(name), _text(value)) for name, value in known)
        return Block(fields, len(list(found)) - len(known))


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
