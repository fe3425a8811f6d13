"""Writes the derived pages, or with --check compares them: what is not derived cannot be trusted to be current.

docs/cli.md from --help, docs/codes.md from the table of message codes, docs/coverage.md from the packs,
docs/balance.md from the supplier facts, docs/backtest.md from the truth table,
docs/readers.md from the table of evidence formats.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from assay.cli.explain import codes
from assay.cli.main import COMMANDS, main
from assay.model.law import Effect
from assay.readers.table import FORMATS
from assay.reports.backtest import render_backtest
from assay.reports.cases import case_row, render_page
from assay.workflow.answers.backtest import Row, backtest, read_rows, summary
from assay.workflow.assessment.cases import cover, load_cases
from assay.workflow.ground.library import LAWS, load_library

ROOT = Path(__file__).parent.parent
KNOWN = date(2026, 11, 24)
HEADER = "<!-- made by `make docs`; do not edit -->\n"


def cli_page() -> str:
    os.environ["COLUMNS"] = "100"
    parts = [HEADER, "# The command line\n"]
    for name in ("", *COMMANDS):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            main([name, "--help"] if name else ["--help"])
        parts.append(f"## assay {name}\n\n```\n{out.getvalue().rstrip()}\n```\n")
    parts.append("## Exit codes\n\nOne table for every command: [evidence.md](evidence.md#exit-codes).\n")
    return "\n".join(parts)


def codes_page() -> str:
    rows = [f"| {code} | {row['means']} | {row['do']} |" for code, row in sorted(codes().items())]
    return "\n".join([HEADER, "# Message codes\n", "| code | means | to do |", "|---|---|---|", *rows, ""])


def coverage_page() -> str:
    library = load_library()
    rows = []
    for pack in library.packs:
        count = Counter(rule.effect for rule in pack.rules)
        deciding = sum(n for effect, n in count.items() if effect not in (Effect.DUTY, Effect.POWER))
        events = {event for rule in pack.rules for event in rule.events}
        read = sum(source.read is not None for source in pack.sources.values())
        rows.append(
            f"| {pack.id} | {pack.jurisdiction} | {len(pack.instruments)} | {deciding} | {count[Effect.DUTY]} | "
            f"{count[Effect.POWER]} | {len(events)} | {len(pack.not_encoded)} | {read} of {len(pack.sources)} |"
        )
    left = [f"| {n.event} | {p.id} | {n.reason} |" for p in library.packs for n in p.not_encoded]
    events = (LAWS / "events.csv").read_text(encoding="utf-8").count("\n") - 1
    return "\n".join([
        HEADER, "# What is coded\n", f"{events} dated events of `data/law/regimes.yaml`;",
        "each is carried by a rule, duty or power, or listed below.\n",
        "| pack | jurisdiction | instruments | rules | duties | powers | events | not coded | sources read |",
        "|---|---|---|---|---|---|---|---|---|", *rows,
        "", "## Not coded, and why\n", "| event | pack | reason |", "|---|---|---|", *left, "",
    ])  # fmt: skip


def balance_page() -> str:
    facts = load_library().facts
    facets = sorted({facts.attributes[f.attribute].facet for f in facts.facts})
    head = "| supplier | " + " | ".join(facets) + " | official source | all |"
    rows = []
    for supplier in sorted(facts.suppliers):
        own = [f for f in facts.facts if f.supplier == supplier]
        count = Counter(facts.attributes[f.attribute].facet for f in own)
        official = sum(f.source.grade.startswith("official") for f in own)
        rows.append(f"| {supplier} | " + " | ".join(str(count[x]) for x in facets) + f" | {official} | {len(own)} |")
    return "\n".join([
        HEADER, "# Balance: facts by supplier, facet and grade\n",
        "The same template and search effort for every supplier;",
        "more facts about one say that more was published, nothing else. A supplier without facts is one that a coded",
        "decision names and nothing was read about.\n",
        head, "|---" * (len(facets) + 3) + "|", *rows, "",
    ])  # fmt: skip


def backtest_page() -> str:
    rows = list(backtest(read_rows(ROOT / "data" / "law" / "backtest.csv"), KNOWN))
    return "\n".join([
        HEADER, "# Backtest against the truth table\n",
        f"`assay backtest data/law/backtest.csv`, known at {KNOWN}.\n",
        "```", render_backtest({"rows": rows, "summary": summary(rows)}), "```", "",
        *_explained(rows), *_reading("second"), *_reading("third"),
    ])  # fmt: skip


def _explained(rows: list[dict[str, Any]]) -> list[str]:
    """Every difference with its kind and reason from data/law/misses.csv, in both directions complete."""
    with (ROOT / "data" / "law" / "misses.csv").open(encoding="utf-8", newline="") as file:
        reasons = {(row["case_id"], row["field"]): row for row in csv.DictReader(file)}
    found = {(row["case_id"], field) for row in rows for field in _differing(row)}
    if found != set(reasons):
        raise SystemExit(f"data/law/misses.csv: without reason {found - set(reasons)}, no miss {set(reasons) - found}")
    head = ["## Differences explained\n", "| row | differs in | kind | reason |", "|---|---|---|---|"]
    return [*head, *(f"| {' | '.join(row.values())} |" for row in reasons.values()), ""]


def _differing(row: dict[str, Any]) -> list[str]:
    fields = ("outcome", "force", "deadline", "cap", "also")
    return [field for field in fields if not row[f"{field}_agrees"]]


READERS_HEAD = """# Evidence formats

`assay read FILE` shows what a file yields; the store reads the same way. The content tells the format;
`--type ID` insists on one. Every reader refuses unknown versions, keys that stand twice, numbers that are not exact,
XML with a document type, and more than 64 levels. What it does not read it lists as *not read*; the store keeps the
bytes.

A claim is a fact without its clock: the signed evidence statement names subject and days. `valid` begins where the
claim says, else on the effective day, else on the day of receipt; `known` is the day of receipt.

A full GLEIF copy is larger than any reader takes. `assay read COPY --only LEI|NAME --out CUT` passes over it once, in
bounded memory, and writes the wanted records byte for byte between head and end of the copy (XML or CSV; unpack it
first). It tells the sha256 of the whole: whoever has the same copy gets the same cut. `assay add CUT` then keeps it.

Tables that suppliers fill in are read through a mapping file: [questionnaires](questionnaire-format.md). Certificates
of schemes have a small format of their own: [certificates](certificate-format.md). With `--match SUPPLIERS` the names
of legal entities are compared with those of suppliers; every match is graded (exact, normalised, near with a score out
of 100), is for a person to review, and is read by no shipped rule. In a store the names of a list are compared with
the supplier that `assay add --supplier ID` names.

The field names of the official lists were held against four or more public readers and recorded headers of each real
list (US: sdn.xml, sdn.csv, consolidated.csv and .json; EU: 1.1, XML and CSV; UK: XML) on 2026-11-28 and agree; no real
list was at hand. The advanced form of the OFAC lists is refused by name.

No reader says that a listed entity is a supplier. A person does: `assay state --kind correction --about FACT --value
"same: LISTED NAME" --text WHY.txt --key K` confirms the match, without `--value` it takes the match away; either counts
once somebody who may judge signed or upheld it, is logged, and names list entry, signer and reason.
"""


def readers_page() -> str:
    parts = [HEADER, READERS_HEAD]
    for entry in sorted(FORMATS, key=lambda one: one.id):
        parts.append(
            f"## {entry.id}\n\n{entry.title[0].upper()}{entry.title[1:]}. Source: {entry.source}\n\n"
            f"* versions: {', '.join(entry.versions)}\n* reads: {entry.fields}\n* claims: {entry.claims}\n"
        )
    return "\n".join(parts)


_READINGS = {
    "second": [
        "The packs were written with the rows above in sight. The rows of `data/law/second_reading.csv` were written",
        "afterwards from the fact files alone, before a pack was opened, each with the event it was read from (column",
        "`from`). One reader, the same fact files: an estimate for unseen rows, not a proof.\n",
    ],
    "third": [
        "The rows of `data/law/third_reading.csv` were written later still, along axes on which the rows",
        "before are thin: the day before, of and after an event; two clocks (column `date_known`), also at",
        "the end of a rule that a later text ends; transport and management; maintaining, and supplies",
        "outside the United States; makers that nobody names; operators by several names. One reader, the",
        "same fact files. 418 rows were written before a pack was opened; the other 123 after the first had",
        "been asked and the packs EE, FR, GB, LT, SI and US (funding) looked at for their misses, and the",
        "two-clock rows among these after the ends of all rules had been listed.\n",
    ],
}  # fmt: skip


def _reading(name: str) -> list[str]:
    table = read_rows(ROOT / "data" / "law" / f"{name}_reading.csv")
    rows = list(backtest(table, KNOWN))
    first = [row for row in table if row.get("first_run").startswith("agreed")]
    hard = [row for row in table if row.get("outcome") != "permitted"]
    right = sum(row.get("first_run").startswith("agreed") for row in hard)
    settled = Counter(row.get("settled").partition(":")[0].partition(" (")[0] for row in table if row.get("settled"))
    return [
        f"# {name.capitalize()} reading: rows the packs had not seen\n", *_READINGS[name],
        f"**First run, before anything was mended: {len(first)} of {len(table)} rows agreed (outcome and force);",
        f"of the {len(hard)} rows that are not simply permitted, {right}.** The column `first_run` keeps what was",
        "answered then, `settled` what became of it:\n",
        *[f"* {count} x {what}" for what, count in sorted(settled.items())], "",
        *_open_misses(table),
        f"Since then (`assay backtest data/law/{name}_reading.csv`, known at {KNOWN}); these figures are no estimate,",
        "since the rows are known now:\n",
        "```", render_backtest({"rows": rows, "summary": summary(rows)}), "```", "",
    ]  # fmt: skip


def _open_misses(table: list[Row]) -> list[str]:
    """What stays a miss, with the reason that the table gives."""
    left = [row for row in table if row.get("settled").startswith("stays a miss")]
    return ["| row | stays a miss |", "|---|---|", *(f"| {r.get('case_id')} | {r.get('settled')} |" for r in left), ""]


def cases_page() -> str:
    cases = load_cases()
    return HEADER + render_page([case_row(case) for case in cases], cover(cases))


PAGES = {
    "cli.md": cli_page, "codes.md": codes_page, "coverage.md": coverage_page, "balance.md": balance_page,
    "backtest.md": backtest_page, "cases.md": cases_page, "readers.md": readers_page,
}  # fmt: skip


def run() -> int:
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / "docs" / name, make()
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print("stale, run `make docs`: " + ", ".join(stale))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(run())
