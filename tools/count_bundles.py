"""Counts about bundles: answers redone, sizes, and bytes changed on purpose, each held against both verifiers."""

from __future__ import annotations

import contextlib
import io
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import redo

from assay.cli.main import main as assay
from assay.errors import AssayError
from assay.evidence.bundle import DECISION, read_bundle
from assay.evidence.container import read_container, write_container
from assay.evidence.manifest import MANIFEST, OUTSIDE, format_manifest
from assay.workflow.answers.ask import answer_question, question_of
from assay.workflow.bundles.attested import check_attested
from assay.workflow.bundles.bundle import bundle_answer
from assay.workflow.bundles.verify import judge
from assay.workflow.ground.library import FACTS, jurisdictions, load_library
from assay.workflow.keeping.store import open_store
from assay.workflow.keeping.trust import trust_of
from counting import Row, bar, counts

SUPPLIERS = 3  # those of whom most facts are known: their bundles are the largest
ON = date(2026, 11, 24)
CERTIFICATE = Path(__file__).resolve().parent.parent / "tests" / "readers" / "samples" / "certificate.json"


def bundles() -> tuple[list[Row], tuple[str, str]]:
    """Every jurisdiction with some suppliers: bundle, redo, compare. Gives the question with the largest bundle too."""
    files = sorted((FACTS / "suppliers").glob("*.toml"), key=lambda path: -path.stat().st_size)[:SUPPLIERS]
    sizes, verdicts, agreed = {}, Counter[str](), 0
    for code in bar(jurisdictions(), "jurisdiction"):
        for supplier in (path.stem for path in files):
            library = load_library(frozenset({code}), supplier=supplier)
            question = question_of(library, supplier, "ran", "purchase", code, ON, ON, {"generation": ("5G",)})
            for presume in (True, False):
                data = bundle_answer(answer_question(library, question, presume=presume), presume=presume).data
                verdicts[judge(read_bundle(data)).verdict] += 1
                agreed += redo.verify(data)[0] == 0
                sizes[code, supplier, presume] = len(data)
    code, supplier, _ = max(sizes, key=lambda key: sizes[key])
    total = sum(verdicts.values())
    most, middle = max(sizes.values()), statistics.median(sizes.values())
    return [
        Row("answers redone from their bundle alone by `assay verify`", "all, same bytes",
            f"{verdicts['same']:,} of {total:,} same", verdicts["same"] == total),
        Row("the same by the second verifier, every byte with the reason tree", "all, same bytes",
            f"{agreed:,} of {total:,} same", agreed == total),
        Row("size of a bundle of one answer", "200,000 bytes at most", f"{most:,} at most, median {middle:,.0f}",
            most <= 200_000),
    ], (code, supplier)  # fmt: skip


def stored_bundle() -> tuple[bytes, str]:
    """A bundle out of a store, with every kind of member, and the digest of its trust policy."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        facts, text = home / "facts.toml", home / "reply.txt"
        facts.write_text(
            'schema = "assay-case-facts/1"\nsynthetic = true\n'
            '[[supplier]]\nid = "supplier-north"\nname = "Supplier North"\n',
            encoding="utf-8",
        )
        text.write_text("Supplier North sees it otherwise.", encoding="utf-8")
        store, path = str(home / "store"), str(home / "b.zip")
        about = ["--supplier", "supplier-north", "--product", "Northern Core 7.2"]
        ask = ["ask", *about, "--part", "core", "--in", "DE", "--facts", str(facts), "--store", store]
        _quiet("init", store, "--no-passphrase")
        _quiet("add", str(CERTIFICATE), "--type", "certificate", *about, "--synthetic", "--store", store)
        _quiet(*ask, "--bundle", path, "--include-private")
        fact = next(
            row["fact"] for row in judge(read_bundle(Path(path).read_bytes())).document["evidence"] if "fact" in row
        )
        _quiet("state", "--kind", "reply", "--about", fact, "--text", str(text), "--store", store)
        _quiet(*ask, "--bundle", path, "--include-private")
        return Path(path).read_bytes(), trust_of(open_store(Path(store))).digest


def _quiet(*words: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as told:
        code = assay(list(words))
    if code:
        raise SystemExit(f"assay {words[0]}: {told.getvalue()}")


def tamper(flips: int, seed: int) -> list[Row]:
    """Change one byte: of the file, of a member, of a member with all that is unsigned made to fit."""
    data, pin = stored_bundle()
    chance = random.Random(seed)
    members = read_container(data)
    kinds = f"{len(members)} members"
    few = flips < 10_000
    return [
        _caught(f"one byte changed in the file of a bundle ({len(data):,} bytes)",
                _anywhere(data, flips, chance), pin, few),
        _caught(f"one byte changed in a member, in turn ({kinds}), container written anew",
                _in_members(members, flips, chance, refit=False), pin, few),
        _caught("one byte changed in a member, manifest and container written anew, policy pinned",
                _in_members(members, flips // 2, chance, refit=True), pin, few),
        _fitted(_unsigned(), flips // 10, chance),
    ]  # fmt: skip


def _changed(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    out[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    return bytes(out)


def _anywhere(data: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    for _ in bar(range(count), "byte"):
        yield _changed(data, chance)


def _in_members(members: dict[str, bytes], count: int, chance: random.Random, *, refit: bool) -> Iterator[bytes]:
    names = sorted(name for name in members if members[name] and not (refit and name in OUTSIDE))
    for number in bar(range(count), "byte"):
        name = names[number % len(names)]
        changed = {**members, name: _changed(members[name], chance)}
        if refit:
            changed[MANIFEST] = format_manifest(changed, ())
        yield write_container(changed)


def _caught(what: str, changed: Iterable[bytes], pin: str, few: bool) -> Row:
    first, second, total = Counter[str](), Counter[str](), 0
    for data in changed:
        total += 1
        first[_first(data, pin)] += 1
        second[_second(data, pin)] += 1
    missed = first["same"] + second["same"]
    caught = [total - by["same"] for by in (first, second)]
    text = f"{caught[0]:,} and {caught[1]:,} of {total:,} caught. First: {counts(first)}. Second: {counts(second)}"
    return Row(what, "100 % caught by both verifiers", text, missed == 0, fewer=few)


def _first(data: bytes, pin: str) -> str:
    try:
        bundle = read_bundle(data)
        return judge(bundle, check_attested(bundle, pin)).verdict
    except AssayError as error:
        return error.code


def _second(data: bytes, pin: str) -> str:
    code, lines = redo.verify(data, pin)
    return {0: "same", 1: "different", 2: "cannot be redone"}.get(code) or _short(lines[-1].removeprefix("refused"))


def _short(text: str) -> str:
    words = text.strip().split(":")[0]
    return " ".join(word for word in words.split() if not any(char.isdigit() for char in word))[:60]


def _unsigned() -> bytes:
    library = load_library(frozenset({"GB"}), supplier="zte")
    asked = question_of(library, "zte", "ran", "purchase", "GB", date(2020, 2, 15), ON, {})
    return bundle_answer(answer_question(library, asked)).data


def _fitted(data: bytes, count: int, chance: random.Random) -> Row:
    """No policy: somebody changes a member and writes manifest and container anew; only a digest or redoing notices."""
    members = read_container(data)
    pin = read_bundle(data).manifest
    pinned, by, other = 0, Counter[str](), 0
    names = sorted(set(members) - OUTSIDE)
    for number in bar(range(count), "byte"):
        name = names[number % len(names)]
        changed = {**members, name: _changed(members[name], chance)}
        changed[MANIFEST] = format_manifest(changed, ())
        again = write_container(changed)
        pinned += read_bundle(again).manifest != pin and redo.verify(again, pin)[0] == 3
        verdict = _first(again, "")
        by[verdict if name != DECISION or verdict != "same" else "same decision"] += 1
        other += (verdict == "same") != (redo.verify(again)[0] == 0)
    return Row(
        "the same of a bundle without signatures", "100 % caught by a pinned digest, both verifiers of one mind",
        f"{pinned:,} of {count:,} caught by the digest; without it: {counts(by)} (same: the answer reads nothing that "
        f"changed); the verifiers differ in {other:,}",
        pinned == count and not by["same decision"] and other == 0,
    )  # fmt: skip
