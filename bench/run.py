"""The table of docs/benchmarks.md: `python bench/run.py [--quick] [--out docs/benchmarks.md]`.

CPU clock (all threads of a process), medians over runs, peers in the same run on the same rows with the same policy;
every engine must give the same rule values or the row says so. Never a test.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
from tqdm import tqdm

from assay.decide import document as documents
from assay.decide.bind import bind
from assay.decide.combine import combine
from assay.decide.decide import Answer, answer, in_parts
from assay.decide.interpret import Interpreter
from assay.decide.program import Program, Values
from assay.decide.vectorise import RULE, decide_frame
from assay.model.decision import Truth
from assay.model.question import CONTEXT_KEYS, Question
from elements import elements, plain, write
from policy import DAY, build, document
from review import run_review, write_case

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYTHON = HERE / ".venv" / "bin" / "python"
ROWS = {"cel-expr-python": 5000, "cedarpy": 3000, "regopy": 300}
TARGETS = {"cel-expr-python": (4, 80), "cedarpy": (15, 350), "regopy": (150, 3000), "openfisca-core": (None, 3)}
SIGN: dict[Truth, str] = {True: "T", False: "F", None: "?"}
Row = tuple[str, str, str, str]


def cpu(act: Callable[[], object], runs: int) -> float:
    """Median CPU seconds over all threads."""
    spent = []
    for _ in range(runs):
        begun = time.process_time()
        act()
        spent.append(time.process_time() - begun)
    return statistics.median(spent)


def install() -> str:
    """The peers' own environment, made once; what cannot be had is reported, not mended."""
    if not PYTHON.exists():
        venv.create(HERE / ".venv", with_pip=True)
    missing = []
    for line in (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", line]
            if subprocess.run(pip, capture_output=True, check=False).returncode:
                missing.append(line)
    return ", ".join(missing)


def peer(script: str, *arguments: object) -> dict | None:
    """One peer in a process of its own; None where it cannot run."""
    done = subprocess.run(
        [str(PYTHON), str(HERE / script), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 and done.stdout else None


def values_of(frame: pl.DataFrame, program: Program) -> list[dict[str, Values]]:
    return [
        {fact: None if value is None else (value,) for fact, value in row.items()}
        for row in frame.select(list(program.spans)).iter_rows(named=True)
    ]


def digest(lines: list[str], between: str) -> str:
    return hashlib.sha256(between.join(lines).encode()).hexdigest()


def interpreter_rows(folder: Path, runs: int, frame: pl.DataFrame) -> tuple[list[Row], dict[str, float]]:
    """The interpreter against each peer, and how many elements a CPU second each of them does."""
    _, program = build()
    it = Interpreter(program)
    rows = values_of(frame, program)
    ours = len(rows) / cpu(lambda: [it.finals(it.truths(row)) for row in rows], runs)
    text = ["".join(SIGN[v] for v in it.finals(it.truths(row))) for row in rows]
    out: list[Row] = []
    rates = {"assay": ours}
    for name, count in ROWS.items():
        found = peer("peers.py", name, folder / "policy.json", folder / "rows.parquet", count, runs)
        what = f"interpreter, 40 rule values, vs {name}"
        if found is None:
            out.append((what, f"{TARGETS[name][0]}x", "not run", ""))
            continue
        rates[name] = found["elements"] / statistics.median(found["cpu"])
        same = "equal values" if found["digest"] == digest(text[:count], "\n") else "VALUES DIFFER"
        out.append(
            (
                what,
                f"{TARGETS[name][0]}x",
                f"{ours / rates[name]:.1f}x",
                f"{ours:,.0f} vs {rates[name]:,.0f}/CPU s, {same}",
            )
        )
    return out, rates


def tree_row(frame: pl.DataFrame, rates: dict[str, float], runs: int) -> list[Row]:
    """The outcome with its reason trees, from question to plain values, against Cedar's list of policy ids."""
    library, program = build()
    it = Interpreter(program)
    questions = []
    for row in frame.head(300).select(list(program.spans)).iter_rows(named=True):
        given = {"y.certified": row.pop("y.certified")}
        context = {
            key: (value.isoformat() if isinstance(value, date) else value,)
            for key, value in row.items() if value is not None and key in CONTEXT_KEYS
        }  # fmt: skip
        questions.append(Question(
            row["supplier"], row["part"], row["activity"], "YY", DAY, DAY, row["product"] or "", context,
            {key: value for key, value in given.items() if value is not None},
        ))  # fmt: skip
    facts = library.facts

    def explained(question: Question) -> object:
        bound = bind(program, question, facts)
        truths = it.truths(bound.values)
        views = tuple(in_parts(it, view) for view in it.views(truths, bound.values["part"]))
        verdict = combine(program, [view.finals for view in views])
        return documents.reasons(Answer(question, program, bound, verdict, (), (), (), (), tuple(truths), views))

    tree = len(questions) / cpu(lambda: [explained(q) for q in questions], runs)
    whole = len(questions) / cpu(
        lambda: [documents.document(answer(it, library, q, presume=False)) for q in questions], runs
    )
    note = f"{tree:,.0f}/CPU s, outcome and reason trees down to every atom"
    rest = f"{whole:,.0f}/CPU s: with every completion of missing facts, sources and what would settle it"
    return [
        ("outcome with full reason tree vs cedarpy with policy ids", "1x", _times(tree, rates.get("cedarpy")), note),
        ("the whole answer document vs the same", "-", _times(whole, rates.get("cedarpy")), rest),
    ]


def _times(ours: float, theirs: float | None) -> str:
    return "not run" if theirs is None else f"{ours / theirs:,.1f}x"


def estate_rows(folder: Path, count: int, runs: int, rates: dict[str, float]) -> Iterator[Row]:
    library, program = build()
    it = Interpreter(program)
    frame = elements(count)
    plain(frame).write_parquet(folder / "estate.parquet")
    lazy = frame.lazy()
    found = decide_frame(it, library.facts, lazy, settle=False)
    ours = count / cpu(lambda: decide_frame(it, library.facts, lazy, settle=False), runs)
    theirs = peer("peer_openfisca.py", folder / "policy.json", folder / "estate.parquet", count, min(runs, 3))
    note = f"{ours:,.0f}/CPU s, {found.classes.height:,} classes"
    for name in ROWS:
        yield f"estate path, {count:,} elements, vs {name}", f"{TARGETS[name][1]}x", _times(ours, rates.get(name)), note
    if theirs is None:
        yield f"estate path, {count:,} elements, vs openfisca-core", "3x", "not run", note
    else:
        rate = count / statistics.median(theirs["cpu"])
        same = "equal values" if theirs["digest"] == _estate_digest(found, program) else "VALUES DIFFER"
        text = f"{ours:,.0f} vs {rate:,.0f}/CPU s, {same}; OpenFisca is called with whole arrays, not per element"
        yield f"estate path, {count:,} elements, vs openfisca-core", "3x", _times(ours, rate), text
    blind = frozenset({"origin"})
    other = count / cpu(lambda: decide_frame(it, library.facts, lazy, settle=False, hidden=blind), runs)
    yield (
        "origin-blind pass against one decision pass",
        "1.2x at most",
        f"{ours / other:.2f}x",
        "same rows, origin hidden",
    )
    begun = time.process_time()
    full = decide_frame(it, library.facts, lazy).classes
    spent = time.process_time() - begun
    left = full.filter(pl.col("outcome") == "unknown")["size"].sum()
    before = found.classes.filter(pl.col("outcome") == "unknown")["size"].sum()
    text = f"unknown before {before:,} elements, after {left:,}; one run"
    yield f"the same with every completion of missing facts, {count:,}", "-", f"{spent:.1f} CPU s", text


def _estate_digest(found: object, program: Program) -> str:
    names = [RULE + line.rule.id for line in program.lines]
    signs = found.classes.select(
        pl.concat_str([
            pl.when(pl.col(name).is_null()).then(pl.lit("?")).when(name).then(pl.lit("T")).otherwise(pl.lit("F"))
            for name in names
        ]).alias("signs")
    )["signs"]  # fmt: skip
    whole = hashlib.sha256()
    for start in range(0, found.elements.len(), 100_000):
        whole.update("".join(signs.gather(found.elements[start : start + 100_000]).to_list()).encode())
    return whole.hexdigest()


def big_row(folder: Path, count: int) -> Row:
    source = folder / "big.parquet"
    write(count, source)
    here = [sys.executable, str(HERE / "ten_million.py"), str(source), str(folder)]
    read = json.loads(subprocess.run([*here, "--read-only"], capture_output=True, text=True, check=True).stdout)
    runs = [json.loads(subprocess.run(here, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    done = sorted(runs, key=lambda run: run["wall"])[1]
    note = (
        f"wall; {done['cpu']:.1f} CPU s; peak {done['peak'] / 1e6:,.0f} MB ({done['before'] / 1e6:,.0f} MB before the "
        f"start), input resident {read['resident'] / 1e6:,.0f} MB: {done['peak'] / read['resident']:.2f}x; "
        f"{done['classes']:,} classes, {done['shares']} shares"
    )
    return (
        f"{count:,} elements, Parquet in, decisions, classes and cap sums out",
        "10 s, 2x",
        f"{done['wall']:.1f} s",
        note,
    )


def review_row(folder: Path, rows: int) -> Row:
    case = write_case(folder, rows)
    done = run_review(case)
    shutil.rmtree(case)
    note = (
        f"wall {done.wall:.0f} s; peak {done.peak / 1e6:,.0f} MB, CSV of {done.size / 1e6:,.0f} MB; all files written; "
        f"{done.said}"
    )
    return f"`assay review`, {rows:,} rows, one of them bad", "-", f"{done.cpu:.1f} CPU s", note


def ask_row() -> Row:
    what = "`assay ask`, cold start, median of 20"
    question = [
        "ask",
        "--supplier",
        "ZTE",
        "--part",
        "ran",
        "--activity",
        "purchase",
        "--in",
        "GB",
        "--on",
        "2020-02-15",
    ]
    spent = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(20):
        begun = time.perf_counter()
        done = subprocess.run([str(Path(sys.executable).parent / "assay"), *question], capture_output=True, check=False)
        spent.append(time.perf_counter() - begun)
        if done.returncode not in range(10):
            return what, "300 ms", "not run", f"exit code {done.returncode}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 20
    low, high = min(spent) * 1000, max(spent) * 1000
    note = f"wall, fastest {low:.0f}, slowest {high:.0f} ms; {used * 1000:.0f} CPU ms on average"
    return what, "300 ms", f"{statistics.median(spent) * 1000:.0f} ms", note


def machine() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    cores = sum(line.startswith("processor") for line in lines)
    versions = f"Python {platform.python_version()}, Polars {pl.__version__}"
    return f"{model}, {cores} virtual cores, load {load()} at the start, {versions}"


def load() -> str:
    """How busy the machine is: the load of the last minute."""
    path = Path("/proc/loadavg")
    return path.read_text(encoding="ascii").split()[0] if path.exists() else "?"


def page(rows: list[Row], where: str, missing: str, command: str) -> str:
    lines = [
        "# Benchmarks", "", "Written by `bench/run.py`; never a timed test.", "", f"Machine: {where}.  ",
        f"Command: `{command}`, {date.today().isoformat()}.  ",
        "Policy: forty invented rules over seventeen facts (`bench/policy.py`), synthetic elements from "
        "`bench/elements.py`.  ",
        "Ratios: CPU time over all threads, medians, peers in the same run on the same rows with all 40 rule values.",
        "**cel-expr-python, cedarpy and regopy are called once per element from Python**; called natively, in Go or",
        "Rust, they would be far faster. Engines without unknown run each rule twice: `definitely` and `possibly`.",
        f"The machine is shared (load {load()} at the end): wall times depend on what else runs; CPU times less so.",
        "", "| what | at least | measured | how |", "|---|---|---|---|",
        *[f"| {' | '.join(row)} |" for row in rows], "",
    ]  # fmt: skip
    if missing:
        lines += [f"Not installed, so not run: {missing}.", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, one run: to see that it works")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    asked = parser.parse_args()
    where, missing, runs = machine(), install(), 1 if asked.quick else 5
    steps = tqdm(total=6, disable=not sys.stderr.isatty())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, program = build()
        (folder / "policy.json").write_text(json.dumps(document(program)), encoding="utf-8")
        frame = elements(max(ROWS.values()), seed=3)
        plain(frame).write_parquet(folder / "rows.parquet")
        rows, rates = interpreter_rows(folder, runs, frame)
        steps.update()
        rows += tree_row(frame, rates, runs)
        steps.update()
        rows += estate_rows(folder, 20_000 if asked.quick else 1_000_000, runs, rates)
        steps.update()
        rows.append(big_row(folder, 200_000 if asked.quick else 10_000_000))
        steps.update()
        rows += [review_row(folder, count) for count in ((20_000,) if asked.quick else (1_000_000, 10_000_000))]
        steps.update()
        rows.append(ask_row())
        steps.update()
    text = page(rows, where, missing, "make bench" if not asked.quick else "python bench/run.py --quick")
    old = asked.out.read_text(encoding="utf-8") if asked.out.is_file() else ""
    _, mark, others = old.partition("<!-- begin ")  # sections of other benches stay as they are
    asked.out.write_text(f"{text}\n{mark}{others}" if mark else text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
