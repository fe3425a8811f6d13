"""Breaks evidence samples on purpose: bytes, JSON values, XML texts. Seeded; same seed, same mutants.

python tools/mutate_readers.py [--each 100000] [--seed 0] [--only FORMAT]
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent))

from assay.errors import InputError
from assay.readers.questionnaire import csv_rows, parse_mapping, read_rows
from assay.readers.table import FORMATS, read
from assay.workflow.ground.sheet import read_sheet
from reliability_page import circumstances, write_section

TESTS = Path(__file__).resolve().parent.parent / "tests" / "readers"
SAMPLES, QUESTIONNAIRE = TESTS / "samples", TESTS / "questionnaire"
MAPPING = parse_mapping("map.toml", (QUESTIONNAIRE / "map.toml").read_bytes())
MOST_SECONDS, MOST_MEGABYTES = 1.0, 400
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


Reader = Callable[[bytes], object]


def readers() -> dict[str, tuple[Reader, list[bytes]]]:
    """What is counted: a reader with its samples, by name."""
    found: dict[str, tuple[Reader, list[bytes]]] = {entry.id: (read, []) for entry in FORMATS}
    for path in sorted(SAMPLES.iterdir()):
        found[path.name.split(".")[0]][1].append(path.read_bytes())
    own = {path.name: path.read_bytes() for path in QUESTIONNAIRE.iterdir()}
    found["questionnaire-csv"] = (lambda data: read_rows(csv_rows(data, MAPPING), MAPPING), [own["answers.csv"]])
    found["questionnaire-map"] = (lambda data: parse_mapping("map.toml", data), [own["map.toml"]])
    found["questionnaire-workbook"] = (
        lambda data: read_rows(read_sheet(data, "answers.xlsx"), MAPPING),
        [own["answers.xlsx"]],
    )
    return found


def mutant(data: bytes, chance: random.Random) -> bytes:
    """One to four changes of a sample."""
    ways: list[Callable[[bytes, random.Random], bytes]] = [_bytes]
    if data.lstrip()[:1] in (b"{", b"["):
        ways += [_json, _json]
    if data.lstrip()[:1] == b"<":
        ways += [_words]
    if data[:2] == b"PK":
        ways = [_member, _member, _bytes]
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


def _member(data: bytes, chance: random.Random) -> bytes:
    """Change one member of an archive and write the archive anew."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # a broken archive raises nearly anything; it is broken further as bytes
        return _bytes(data, chance)
    if not members:
        return _bytes(data, chance)
    name = chance.choice(sorted(members))
    members[name] = chance.choice((_bytes, _words))(members[name], chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for key, member in members.items():
            archive.writestr("../" + key if key == name and chance.random() < 0.05 else key, member)
    return out.getvalue()


def count(name: str, each: int, seed: int, show: Callable[..., object] = iter) -> Counted:
    """Read `each` mutants of one format; anything but an answer or an InputError is an escape."""
    reader, originals = readers()[name]
    found = Counted()
    for number in show(range(each)):
        chance = random.Random(f"{name} {seed} {number}")
        data = mutant(chance.choice(originals), chance)
        begun = time.process_time()
        try:
            reader(data)
            found.read += 1
        except InputError as error:
            found.refused[error.code] += 1
        except Exception as error:  # exactly what must not happen, so it is counted and named
            found.escaped.append((number, f"{type(error).__name__}: {error}"[:200]))
        found.slowest = max(found.slowest, time.process_time() - begun)
    return found


def row(name: str, found: Counted) -> str:
    """One line of the page."""
    total = found.read + found.refused.total() + len(found.escaped)
    codes = ", ".join(f"{code} {number:,}" for code, number in sorted(found.refused.items()))
    good = "good" if not found.escaped and found.slowest <= MOST_SECONDS else "**missed**"
    slowest = f"{found.slowest * 1000:.0f} ms"
    return f"| {name} | {total:,} | {found.read:,} | {codes} | {len(found.escaped)} | {slowest} | {good} |"


def section(rows: list[str], peak: int, asked: argparse.Namespace) -> str:
    """The section of the page."""
    command = f"python tools/mutate_readers.py --each {asked.each} --seed {asked.seed}"
    return (
        f"""## Evidence readers under mutation

{circumstances(command)}* Peak memory of the whole count: {peak} MiB (at most {MOST_MEGABYTES}).

Samples are broken in bytes, JSON values, XML texts and members of archives, one to four times each. Wanted: an extract
or one of our errors, within {MOST_SECONDS:.0f} CPU second.

| format | mutants | read | refused | escaped | slowest | |
|---|---|---|---|---|---|---|
"""
        + "\n".join(rows)
        + "\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    rows, good = [], True
    for name in readers():
        if asked.only in ("", name):
            bar = partial(tqdm, desc=name, unit="mutant", disable=not sys.stderr.isatty())
            found = count(name, asked.each, asked.seed, bar)
            good &= not found.escaped and found.slowest <= MOST_SECONDS
            rows.append(row(name, found))
            print(rows[-1], *found.escaped[:5], sep="\n  ", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory {peak} MiB")
    if not asked.no_write and not asked.only:
        write_section("readers", section(rows, peak, asked))
    return 0 if good and peak <= MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
