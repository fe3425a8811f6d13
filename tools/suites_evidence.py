"""Peer suites against the evidence room and the second verifier: proofs, keys and signatures, tiles, canonical bytes.

Rows for tools/suites_readers.py: name of a suite, how many cases come out as they should, of how many.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import proof as second
from ground import public_key

from assay.canon import canonical
from assay.errors import AssayError
from assay.evidence import merkle, tiles
from assay.evidence.checkpoint import parse_checkpoint
from assay.evidence.keys import PublicKey
from assay.evidence.note import parse_note

UNSOUND = {"low_order_A", "low_order_component_A", "non_canonical_A"}
"""Flags of vectors whose key may not be enrolled; signatures with these others may not verify."""
UNSIGNED = {"low_order_residue", "non_canonical_R"}
Row = tuple[str, int, int]


def holds(check: Callable[[], object]) -> bool:
    """Whether a check passes in either verifier."""
    try:
        check()
    except (AssayError, second.Refused):
        return False
    return True


def counted(name: str, cases: Iterable[bool]) -> Row:
    found = list(cases)
    return name, sum(found), len(found)


def probes(folder: Path) -> list[Row]:
    """Each probe by both verifiers: refused exactly where the suite wants an error."""
    rows = []
    for kind in ("inclusion", "consistency"):
        found = [json.loads(path.read_bytes()) for path in sorted((folder / kind).rglob("*.json"))]
        for who, check in (("", _first), (", second verifier", _second)):
            agree = [holds(lambda p=probe, k=kind, c=check: c(k, p)) != probe["wantErr"] for probe in found]
            rows.append(counted(f"transparency-dev/merkle {kind} probes{who}", agree))
    return rows


def _raw(probe: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(probe[name] or "")


def _first(kind: str, probe: dict[str, Any]) -> None:
    path = [base64.b64decode(value) for value in probe["proof"] or []]
    if kind == "inclusion":
        leaf, root = _raw(probe, "leafHash"), _raw(probe, "root")
        merkle.verify_inclusion(leaf, probe["leafIdx"], probe["treeSize"], path, root)
    else:
        roots = _raw(probe, "root1"), _raw(probe, "root2")
        merkle.verify_consistency(probe["size1"], probe["size2"], path, *roots)


def _second(kind: str, probe: dict[str, Any]) -> None:
    path = [base64.b64decode(value) for value in probe["proof"] or []]
    if kind == "inclusion":
        leaf, root = _raw(probe, "leafHash"), _raw(probe, "root")
        second.inclusion(leaf, probe["leafIdx"], probe["treeSize"], path, root)
    else:
        second.consistency(probe["size1"], probe["size2"], path, _raw(probe, "root1"), _raw(probe, "root2"))


def edge_vectors(path: Path) -> list[Row]:
    vectors = json.loads(path.read_bytes()) if path.is_file() else []
    enrol, verify, other = [], [], []
    for vector in vectors:
        flags, raw = set(vector["flags"] or ()), bytes.fromhex(vector["key"])
        taken = holds(lambda raw=raw: PublicKey(raw))
        enrol.append(taken != bool(flags & UNSOUND))
        other.append(holds(lambda raw=raw: public_key(raw)) == taken)
        if taken:
            verify.append(_verifies(raw, vector["sig"], vector["msg"].encode()) != bool(flags & UNSIGNED))
    return [
        counted("C2SP/CCTV ed25519 vectors: unsound keys are not enrolled", enrol),
        counted("C2SP/CCTV ed25519 vectors: the second verifier enrols the same keys", other),
        counted("C2SP/CCTV ed25519 vectors with a sound key: verdict on the signature", verify),
    ]


def _verifies(raw: bytes, signature: str, message: bytes) -> bool:
    return holds(lambda: PublicKey(raw).verify(bytes.fromhex(signature), message))


def wycheproof(folder: Path) -> list[Row]:
    path = folder / "ed25519_test.json"
    groups = json.loads(path.read_bytes())["testGroups"] if path.is_file() else []
    agree = [
        _verifies(bytes.fromhex(group["publicKey"]["pk"]), case["sig"], bytes.fromhex(case["msg"]))
        == (case["result"] == "valid")
        for group in groups
        for case in group["tests"]
    ]
    return [counted("Wycheproof ed25519 (the one algorithm of signatures that is accepted)", agree)]


def canonical_bytes(folder: Path) -> list[Row]:
    """What the profile takes has the bytes of RFC 8785; floats are refused."""
    agree = []
    for path in sorted((folder / "input").glob("*.json")):
        value = json.loads(path.read_bytes())
        wanted = (folder / "output" / path.name).read_bytes()
        told = canonical(value) if holds(lambda value=value: canonical(value)) else b""
        agree.append(told == wanted if not _has_float(value) else not told)
    return [counted("RFC 8785 vectors: same bytes, or refused where they hold floats (two of them)", agree)]


def _has_float(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_float, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


def tiled_log(folder: Path) -> list[Row]:
    sizes = range(16) if (folder / "checkpoint.15").is_file() else ()
    return [
        counted(
            "tessera testdata/log: checkpoint, tiles, entries, all proofs, by size", (_size(folder, n) for n in sizes)
        )
    ]


def _size(folder: Path, size: int) -> bool:
    head = parse_checkpoint(parse_note((folder / f"checkpoint.{size}").read_bytes()).text)
    if not size:
        return head.root == merkle.EMPTY_ROOT
    nodes = tiles.tile_nodes(size, lambda tile: (folder / tile.path).read_bytes())
    data = (folder / tiles.Tile(tiles.ENTRIES, 0, size).path).read_bytes()
    hashes = [merkle.leaf_hash(entry) for entry in tiles.decode_entries(data, size)]
    proofs = (
        holds(lambda i=i: merkle.verify_inclusion(
            hashes[i], i, size, merkle.inclusion_proof(i, size, nodes), head.root)) for i in range(size)
    )  # fmt: skip
    return head.size == size and merkle.root_hash(hashes) == head.root and all(proofs)


def rows(shared: Path) -> list[Row]:
    """One row for each suite; a suite that is not there has no cases."""
    suites = shared / "suites"
    return [
        *probes(suites / "merkle" / "testdata"),
        *edge_vectors(suites / "cctv" / "ed25519" / "ed25519vectors.json"),
        *wycheproof(suites / "wycheproof"),
        *canonical_bytes(suites / "jcs" / "testdata"),
        *tiled_log(suites / "tessera" / "testdata" / "log"),
    ]
