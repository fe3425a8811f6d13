"""Link layers: where in a frame the network packet begins and of what kind it is."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

__all__ = ["ANY_LINKS", "IPV4", "IPV6", "OTHER", "ethernet", "locate"]

IPV4, IPV6, OTHER = 0x0800, 0x86DD, 0
_VLAN: Final = frozenset((0x8100, 0x88A8, 0x9100))
_MOST_TAGS: Final = 4
_FAMILIES: Final = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
"""Address families of loopback links; the number of IPv6 differs among systems."""

ANY_LINKS: Final = frozenset((113, 276))
"""Recordings of several interfaces at once: a packet may appear once an interface it passed."""


def _tagged(data: bytes, type_at: int, at: int) -> tuple[int, int]:
    kind: int = struct.unpack_from(">H", data, type_at)[0]
    for _ in range(_MOST_TAGS):
        if kind not in _VLAN:
            break
        (kind,) = struct.unpack_from(">H", data, at + 2)
        at += 4
    return kind, at


def ethernet(data: bytes, at: int = 0) -> tuple[int, int]:
    """(kind, where it begins) of the packet in an Ethernet frame that begins at `at`."""
    return _tagged(data, at + 12, at + 14)


def _cooked(data: bytes) -> tuple[int, int]:
    return _tagged(data, 14, 16)


def _cooked_2(data: bytes) -> tuple[int, int]:
    return _tagged(data, 0, 20)


def _raw(data: bytes) -> tuple[int, int]:
    return {4: IPV4, 6: IPV6}.get(data[0] >> 4, OTHER), 0


def _null(data: bytes) -> tuple[int, int]:
    # The family stands in the byte order of the recording host: small numbers show which it was.
    (family,) = struct.unpack_from(">I", data)
    if family > 0xFFFF:
        (family,) = struct.unpack_from("<I", data)
    return _FAMILIES.get(family, OTHER), 4


_LINKS: Final[dict[int, Callable[[bytes], tuple[int, int]]]] = {
    0: _null,
    1: ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _null,
    113: _cooked,
    228: lambda _: (IPV4, 0),
    229: lambda _: (IPV6, 0),
    276: _cooked_2,
}


def locate(link: int, data: bytes) -> tuple[int, int] | None:
    """(kind, where it begins) of the packet in a frame; None where the link type is not known.

    A frame too short for its own head holds nothing, so its kind is OTHER.
    """
    reader = _LINKS.get(link)
    if reader is None:
        return None
    try:
        return reader(data)
    except (struct.error, IndexError):
        return OTHER, len(data)
