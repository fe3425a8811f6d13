"""The canonical container: a zip archive that has exactly one byte form for its members. Pure.

Members sorted by name, stored, fixed times and flags, nothing before, between or after. The reader
rebuilds the archive from what it read and compares bytes, so no byte of the container is free.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from typing import Final

from assay.evidence.errors import ContainerError

__all__ = ["read_container", "write_container"]

# APPNOTE.TXT 6.3.10 sections 4.3.7, 4.3.12 and 4.3.16.
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_DAY: Final = 0x0021  # 1 January 1980, the first day that zip can write
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_MOST_MEMBERS: Final = 0xFFFE
_LARGEST: Final = 0xFFFFFFFE


def write_container(members: Mapping[str, bytes]) -> bytes:
    """Write members as the canonical container.

    Names are lower-case ASCII segments of `a-z 0-9 . _ -`, each starting with a letter or digit, joined by `/`.
    Raises ContainerError: E0370 a name not allowed or one that is also a folder of another, E0373 too large.
    """
    _check_names(members)
    total = sum(len(data) + 2 * len(name) + _LOCAL.size + _CENTRAL.size for name, data in members.items())
    if len(members) > _MOST_MEMBERS or total + _END.size > _LARGEST:
        raise ContainerError("E0373", "too much for one container", expected="65,534 members, 4 GiB")
    body, directory, at = [], [], 0
    for name in sorted(members):
        data, raw = members[name], name.encode("ascii")
        common = (_VERSION, 0, 0, 0, _DAY, zlib.crc32(data), len(data), len(data), len(raw), 0)
        local = _LOCAL.pack(b"PK\x03\x04", *common) + raw
        body += [local, data]
        directory.append(_CENTRAL.pack(b"PK\x01\x02", _VERSION, *common, 0, 0, 0, 0, at) + raw)
        at += len(local) + len(data)
    central = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(central), at, 0)
    return b"".join((*body, central, end))


def read_container(data: bytes) -> dict[str, bytes]:
    """Read a canonical container; gives the members, sorted by name.

    Raises ContainerError: E0371 cut short or not a stored zip, E0370 a name not allowed, E0372 any byte
    that the members do not determine.
    """
    members: dict[str, bytes] = {}
    at = 0
    if data[:2] != b"PK":
        raise _changed("no container begins here: another kind of file, or something stands before it", "byte 0")
    while data[at : at + 4] == b"PK\x03\x04":
        name, content, at = _read_member(data, at)
        if name in members:
            raise _changed("a member occurs twice", name)
        if members and name < max(members):
            raise _changed("the members are not in the order of their names", name)
        members[name] = content
    rebuilt = write_container(members)
    if rebuilt != data:
        raise _changed(*_difference(data, rebuilt))
    return members


def _difference(data: bytes, rebuilt: bytes) -> tuple[str, str]:
    if data.startswith(rebuilt):
        return "bytes stand behind its end", f"byte {len(rebuilt)}"
    if rebuilt.startswith(data):
        return "its end is missing", f"byte {len(data)}"
    same = next(at for at, (one, other) in enumerate(zip(rebuilt, data, strict=False)) if one != other)
    return "the container is not the canonical one of its members", f"byte {same}"


def _changed(what: str, where: str) -> ContainerError:
    return ContainerError(
        "E0372", what, where=where,
        remedy="get the bundle again from who published it; one that was unpacked and packed anew is another file",
    )  # fmt: skip


def _read_member(data: bytes, at: int) -> tuple[str, bytes, int]:
    if at + _LOCAL.size > len(data):
        raise ContainerError("E0371", "the container is cut short", where=f"byte {at}")
    fields = _LOCAL.unpack_from(data, at)
    size, name_size = fields[8], fields[9]
    if fields[3]:
        raise ContainerError("E0371", "a member is compressed", where=f"byte {at}", expected="stored as it is")
    if fields[10]:
        raise ContainerError("E0371", "a member has extra fields, as zip64 writes them", where=f"byte {at}")
    begin = at + _LOCAL.size + name_size
    if begin + size > len(data):
        raise ContainerError("E0371", "a member is cut short", where=f"byte {at}")
    name, content = data[at + _LOCAL.size : begin].decode("ascii", "replace"), data[begin : begin + size]
    if zlib.crc32(content) != fields[6]:
        raise _changed("the bytes of a member are not those of its checksum: it was changed", name)
    return name, content, begin + size


def _check_names(members: Mapping[str, bytes]) -> None:
    folders: set[str] = set()
    for name in members:
        if not _NAME.fullmatch(name) or len(name) > 200:
            raise ContainerError("E0370", f"member name {name[:80]!r} is not allowed", expected="a-z 0-9 . _ - and /")
        parts = name.split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    # Otherwise it could not be unpacked on every file system.
    clash = folders & set(members)
    if clash:
        raise ContainerError("E0370", "a member is also a folder", where=min(clash))
