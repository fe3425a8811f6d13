"""The keys of a lab: a TOML file (docs/keys-format.md), or a table with the columns of lab_keys.csv.

A key is bound to recordings by their digest or name, or serves all. No value of a key leaves this process: reports
carry a digest salted with the recordings' own digests.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from assay.canon import digest
from assay.decide.toml import Table, parse
from assay.errors import InputError
from assay.wire.crypto import milenage, tuak
from assay.wire.keyring import HomeKey, Keyring
from assay.wire.nas_security import Subscriber

__all__ = ["Bound", "KeySet", "read_key_files"]

_PROFILES: Final = {"A": 1, "B": 2}
_COLUMNS: Final = ("supi", "k", "opc")


@dataclass(frozen=True, slots=True)
class Bound:
    """A key and the recordings it opens; none named: all."""

    key: Subscriber | HomeKey = field(repr=False)
    files: tuple[str, ...]

    def opens(self, sha256: str, name: str) -> bool:
        """True for a recording that the key is for, by digest or name."""
        return not self.files or any(one in (sha256, f"sha256:{sha256}", name) for one in self.files)


@dataclass(frozen=True, slots=True)
class KeySet:
    """All keys that were given."""

    bound: tuple[Bound, ...] = ()
    secrets: tuple[bytes, ...] = field(default=(), repr=False)

    def ring(self, sha256: str, name: str) -> Keyring:
        """The keys for one recording."""
        held = [one.key for one in self.bound if one.opens(sha256, name)]
        return Keyring(
            tuple(key for key in held if isinstance(key, Subscriber)),
            tuple(key for key in held if isinstance(key, HomeKey)), self.secrets,
        )  # fmt: skip

    def marks(self, salt: str, used: Collection[str]) -> list[dict[str, str]]:
        """What a report may say of the keys: kind and salted digest of those whose subscribers were met."""
        met = [one.key for one in self.bound if not isinstance(one.key, Subscriber) or one.key.supi in used]
        found = {(_kind(key), _mark(salt, key)) for key in met}
        found |= {("tls-secrets", digest(b"assay-key\0" + salt.encode() + text)) for text in self.secrets}
        return [{"kind": kind, "digest": mark} for kind, mark in sorted(found)]


def _kind(key: Subscriber | HomeKey) -> str:
    return "subscriber" if isinstance(key, Subscriber) else "home-network"


def _mark(salt: str, key: Subscriber | HomeKey) -> str:
    secret = key.k + key.opc + key.topc + key.supi.encode() if isinstance(key, Subscriber) else key.private
    return digest(b"assay-key\0" + salt.encode() + secret)


def read_key_files(paths: Sequence[Path], logs: Sequence[Path] = ()) -> KeySet:
    """Read key files and TLS key logs. Raises PackError or InputError with file and line, never with a value."""
    bound: list[Bound] = []
    for path in paths:
        data = _read(path)
        bound += _table(path.name, data) if path.suffix.lower() == ".csv" else _toml(path.name, data)
    return KeySet(tuple(bound), tuple(_read(path) for path in logs))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error


def _toml(name: str, data: bytes) -> list[Bound]:
    top = parse(name, data).top
    top.choice("schema", ("assay-keys/1",))
    out = [_subscriber(table) for table in top.tables("subscriber")]
    out += [_home(table) for table in top.tables("home-network")]
    top.take("note", str, "")
    top.done()
    return out


def _bytes(table: Table, name: str, *sizes: int) -> bytes:
    text = table.take(name, str, "")
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if text and len(found) not in sizes:
        # the value itself is never repeated: an error message ends in logs
        table.fail(
            f"`{name}` is no key of the right length", expected=" or ".join(f"{size} bytes in hex" for size in sizes)
        )
    return found


def _subscriber(table: Table) -> Bound:
    supi = table.take("supi", str).removeprefix("imsi-")
    k = _bytes(table, "k", 16, 32)
    op, opc = _bytes(table, "op", 16), _bytes(table, "opc", 16)
    top, topc = _bytes(table, "top", 32), _bytes(table, "topc", 32)
    table.take("amf", str, "")
    table.take("note", str, "")
    if not supi.isdecimal() or not k or sum(map(bool, (op, opc, top, topc))) != 1:
        table.fail("a subscriber has supi, k and one of op, opc, top, topc", remedy="see docs/keys-format.md")
    if op:
        opc = milenage.opc(k, op)
    if top:
        topc = tuak.topc(k, top)
    files = table.texts("files")
    table.done()
    return Bound(Subscriber(supi, k, opc, topc), files)


def _home(table: Table) -> Bound:
    number, profile = table.take("id", int), table.choice("profile", tuple(_PROFILES))
    private = _bytes(table, "key", 32)
    table.take("note", str, "")
    if not private:
        table.fail("a home-network key has `key`: 32 bytes in hex")
    files = table.texts("files")
    table.done()
    return Bound(HomeKey(number, _PROFILES[profile], private), files)


def _table(name: str, data: bytes) -> list[Bound]:
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8", "replace"))))
    missing = [column for column in _COLUMNS if rows and column not in rows[0]]
    if missing or not rows:
        raise InputError("E0643", f"the key table lacks {missing or 'rows'}", where=name, expected=", ".join(_COLUMNS))
    out = []
    for line, row in enumerate(rows, 2):
        if row["k"] and row["opc"]:
            out.append(_row(f"{name}, line {line}", row))
    return _merged(out)


def _row(where: str, row: dict[str, str]) -> Bound:
    try:
        k, opc = bytes.fromhex(row["k"]), bytes.fromhex(row["opc"])
    except ValueError:
        k = opc = b""
    if len(k) != 16 or len(opc) != 16:
        raise InputError("E0643", "a key is no 16 bytes in hex", where=where)
    capture = (row.get("capture") or "").replace("\\", "/").rsplit("/", 1)[-1]
    return Bound(Subscriber(row["supi"].removeprefix("imsi-"), k, opc), (capture,) if capture else ())


def _merged(found: Iterable[Bound]) -> list[Bound]:
    """One entry a key, with all recordings it was listed for."""
    out: dict[Subscriber | HomeKey, Bound] = {}
    for one in found:
        held = out.get(one.key)
        files = () if held and not held.files else ((held.files if held else ()) + one.files if one.files else ())
        out[one.key] = replace(one, files=files)
    return list(out.values())
