"""Bytes changed in bundles of a review and of an inspection, each held against both verifiers with a pinned digest."""

from __future__ import annotations

import contextlib
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import redo

from assay.cli.main import main as assay
from assay.errors import AssayError
from assay.evidence.bundle import INSPECTION, read_bundle
from assay.evidence.container import read_container, write_container
from assay.evidence.manifest import MANIFEST, OUTSIDE, format_manifest
from assay.model.assessment import Product
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.inspect import inspect
from assay.workflow.assessment.inspection import document
from assay.workflow.assessment.keys import read_key_files
from assay.workflow.assessment.leaving import leaving
from assay.workflow.bundles.inspection_bundle import bundle_inspection
from counting import Row, bar, counts

RECORDING = RECORDINGS / "open5gs-lab" / "n2_o5gs_registration_simple-test.pcap"
CASE = """schema = "assay-case/1"
title = "Made up"
estate = "estate.csv"
jurisdictions = ["GB"]
synthetic = true
"""
ESTATE = """element,site,jurisdiction,part,supplier,operator,generation,function
e1,s1,GB,ran,huawei,Operator Alpha (fictional),5G,gNB
e2,s2,GB,core,ericsson,Operator Alpha (fictional),5G,AMF
"""


def review_bundle() -> bytes:
    """A bundle of a review of two made-up elements."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "case").mkdir()
        (home / "case" / "case.toml").write_text(CASE, encoding="utf-8")
        (home / "case" / "estate.csv").write_text(ESTATE, encoding="utf-8")
        out = home / "r.zip"
        words = ["review", str(home / "case"), "--on", "2026-11-24", "--known-at", "2026-11-24"]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as told:
            if assay([*words, "--out", str(home / "out"), "--bundle", str(out)]):
                raise SystemExit(told.getvalue())
        return out.read_bytes()


def inspection_bundle() -> bytes:
    """A bundle of an inspection: one recording of the product's own lab, keys of its sessions released."""
    keys = read_key_files([RECORDINGS / "keys.toml"])
    product = Product(
        "Northern Core 7.2", "Supplier North", "supplier-north", "7.2", functions=("AMF",), synthetic=True
    )
    given = leaving(inspect([RECORDING], keys, product), [RECORDING], keys, None, release=True)
    return bundle_inspection(document(given.done), given, release_keys=True).data


def tamper_kinds(flips: int, seed: int) -> list[Row]:
    """Change one byte of the file, and one of a member with all that is unsigned made to fit."""
    chance = random.Random(seed)
    rows = []
    for what, data, code in (("a review", review_bundle(), 0), ("an inspection", inspection_bundle(), 2)):
        if redo.verify(data, read_bundle(data).manifest)[0] != code:
            raise SystemExit(f"the second verifier says of {what}: {redo.verify(data)}")
        changed = _changed(data, flips, chance)
        rows.append(
            _refused(f"one byte changed in the file of a bundle of {what} ({len(data):,} bytes)", data, changed)
        )
        fitted = _fitted(data, flips, chance)
        rows.append(_refused(f"one byte changed in a member of a bundle of {what}, all made to fit", data, fitted))
    rows.append(_misreported(inspection_bundle(), flips, chance))
    return rows


def _changed(data: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    for _ in bar(range(count), "byte"):
        out = bytearray(data)
        out[chance.randrange(len(data))] ^= chance.randrange(1, 256)
        yield bytes(out)


def _fitted(data: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    members = read_container(data)
    names = sorted(name for name in members if members[name] and name not in OUTSIDE)
    for number in range(count):
        name = names[number % len(names)]
        yield _refit({**members, name: next(_changed(members[name], 1, chance))})


def _refit(members: dict[str, bytes]) -> bytes:
    return write_container({**members, MANIFEST: format_manifest(members, ())})


def _refused(what: str, data: bytes, changed: Iterator[bytes]) -> Row:
    """Both verifiers, told the digest of the manifest, have to refuse."""
    pin, by, total = read_bundle(data).manifest, Counter[str](), 0
    for other in changed:
        total += 1
        by["first"] += _first(other) != pin
        by["second"] += redo.verify(other, pin)[0] == 3
    text = f"{by['first']:,} and {by['second']:,} of {total:,} refused"
    return Row(what, "100 % refused by both verifiers, digest pinned", text, by["first"] == by["second"] == total,
               fewer=total < 1_000)  # fmt: skip


def _first(data: bytes) -> str:
    try:
        return read_bundle(data).manifest
    except AssayError as error:
        return error.code


def _misreported(data: bytes, count: int, chance: random.Random) -> Row:
    """No digest, and everything made to fit: what the second verifier still sees of a recording that was changed."""
    members = read_container(data)
    names = [name for name in members if name.startswith("recordings/")]
    by: Counter[str] = Counter()
    for _ in range(count):
        name = chance.choice(names)
        code, lines = redo.verify(_refit({**members, name: next(_changed(members[name], 1, chance))}))
        by["refused" if code == 3 else lines[-1]] += 1
    report = members[INSPECTION].replace(b'"verdict":"pass"', b'"verdict":"fail"', 1)
    told = redo.verify(_refit({**members, INSPECTION: report}))[0]
    good = by["refused"] == count and told == 3
    what = "an inspection without a digest: one byte of a recording changed, or one verdict"
    return Row(what, "refused by the second",
               f"{counts(by)} of {count:,}; changed verdict: {'refused' if told == 3 else 'taken'}", good,
               fewer=count < 1_000)  # fmt: skip
