"""Breaks evidence samples on purpose: bytes, JSON values, XML texts. Seeded; same seed, same mutants.

python tools/mutate_readers.py [--each 100000] [--seed 0] [--only FORMAT]
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from assay.errors import InputError
from assay.readers.table import FORMATS, read

SAMPLES = Path(__file__).resolve().parent.parent / "tests" / "readers" / "samples"
ODD_VALUES = (
    None, True, False, 0, -1, 2**70, "", " ", "0", "\u0000", "e\u0301", "2026-02-30", "2026-13-01T00:00:00Z",
    "9999-12-31", [], {}, [[]], [{}], {"": ""}, "x" * 3000, "../../etc/passwd", "pkg:", "CVE-1-1", "urn:uuid:0",
)  # fmt: skip
ODD_BYTES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 200, b"{" * 200, b"<a>" * 100, b"1e999", b"-0", b"NaN", b"\\ud800",
    b'"a":1,"a":2,', b"<!DOCTYPE x>", b"&#0;", b"&amp;", b"]]>", b"\n", b",", b'"', b"\r", b";", b"\xc3\x28",
    b"9" * 5000,
)  # fmt: skip


@dataclass
class Counted:
    """What happened to the mutants of one format."""

    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    escaped: list[tuple[int, str]] = field(default_factory=list)
    slowest: float = 0.0


def samples() -> dict[str, list[bytes]]:
    """Format id -> its samples."""
    found: dict[str, list[bytes]] = {entry.id: [] for entry in FORMATS}
    for path in sorted(SAMPLES.iterdir()):
        found[path.name.split(".")[0]].append(path.read_bytes())
    return found


def mutant(data: bytes, chance: random.Random) -> bytes:
    """One to four changes of a sample."""
    ways: list[Callable[[bytes, random.Random], bytes]] = [_bytes]
    if data.lstrip()[:1] in (b"{", b"["):
        ways += [_json, _json]
    if data.lstrip()[:1] == b"<":
        ways += [_words]
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(ways)(data, chance)
    return data


def _bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    to = min(len(data), at + chance.choice((1, 1, 2, 8, 64)))
    match chance.randrange(6):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[to:]
        case 2:
            return data[:at] + chance.choice(ODD_BYTES) + data[at:]
        case 3:
            return data[:to] + data[at:]
        case 4:
            other = chance.randrange(len(data) + 1)
            return data[:at] + data[other : other + to - at] + data[to:]
        case _:
            changed = bytearray(data or b"0")
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            return bytes(changed)


def _json(data: bytes, chance: random.Random) -> bytes:
    """Replace, drop, repeat or rename one value somewhere in the tree."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return _bytes(data, chance)
    places = list(_places(tree))
    if not places:
        return _bytes(data, chance)
    holder, key = chance.choice(places)
    match chance.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(holder[key])
        case 2 if isinstance(holder, dict):
            holder[chance.choice(("", "type", "name", "id", "version", "x" * 200))] = holder.pop(key)
        case _:
            holder[key] = chance.choice((*ODD_VALUES, chance.choice(places)[0]))
    try:
        return json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return data


def _places(tree: object) -> Iterator[tuple[dict | list, str | int]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from _places(value)


def _words(data: bytes, chance: random.Random) -> bytes:
    """Swap or replace what stands between the signs of XML."""
    parts = data.split(b">")
    at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    match chance.randrange(3):
        case 0:
            parts[at], parts[other] = parts[other], parts[at]
        case 1:
            parts.insert(at, parts[other])
        case _:
            parts[at] = str(chance.choice(ODD_VALUES)).encode() + b"<" + parts[at].split(b"<")[-1]
    return b">".join(parts)


def count(name: str, originals: list[bytes], each: int, seed: int, show: Callable[..., object] = iter) -> Counted:
    """Read `each` mutants of one format; anything but an answer or an InputError is an escape."""
    found = Counted()
    for number in show(range(each)):
        chance = random.Random(f"{name} {seed} {number}")
        data = mutant(chance.choice(originals), chance)
        begun = time.process_time()
        try:
            read(data)
            found.read += 1
        except InputError as error:
            found.refused[error.code] += 1
        except BaseException as error:
            found.escaped.append((number, f"{type(error).__name__}: {error}"[:200]))
        found.slowest = max(found.slowest, time.process_time() - begun)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    escaped = 0
    for name, originals in samples().items():
        if asked.only in ("", name):
            bar = lambda of, name=name: tqdm(of, desc=name, unit="mutant", disable=not sys.stderr.isatty())  # noqa: E731
            found = count(name, originals, asked.each, asked.seed, bar)
            escaped += len(found.escaped)
            codes = ", ".join(f"{code} {number:,}" for code, number in sorted(found.refused.items()))
            print(f"{name}: {found.read:,} read, {sum(found.refused.values()):,} refused ({codes})")
            print(f"  {len(found.escaped)} escaped, slowest {found.slowest * 1000:.0f} ms", *found.escaped[:5])
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
