"""The test cases as text: list, one case, coverage, recipe, the page of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assay.model.assessment import Case

__all__ = ["case_row", "render_case", "render_coverage", "render_list", "render_page", "render_recipe"]

Json = Mapping[str, Any]


def case_row(case: Case) -> dict[str, Any]:
    """One case as JSON."""
    clause = case.clause
    return {
        "id": case.id, "spec": clause.spec, "clause": clause.clause, "test_name": clause.test_name,
        "title": clause.title, "purpose": clause.purpose, "functions": list(clause.functions),
        "points": list(clause.points), "applies_if": case.applies_if or clause.applies_if,
        "releases": list(case.releases), "void": case.void, "preconditions": list(clause.preconditions),
        "provoke": case.provoke, "passes": case.passes, "fails": case.fails, "clause_passes": list(clause.passes),
        "clause_fails": list(clause.fails), "inconclusive": list(clause.opens), "check": case.check,
        "by_hand": case.by_hand, "needs": list(case.needs), "decisive_from": case.decisive_from,
        "coded_from": clause.coded_from, "limits": list(clause.limits),
        "examples": [
            {"expect": one.expect.value, "origin": one.origin.value, "recording": one.recording, "says": one.says}
            for one in case.examples
        ],
    }  # fmt: skip


def render_list(rows: Sequence[Json]) -> str:
    """One line a case."""
    lines = []
    for row in rows:
        how = "void" if row["void"] else "recording" if row["check"] else "by hand"
        lines.append(f"{row['id']:28} {how:10} {','.join(row['functions']):6} {row['title']}")
    return "\n".join([*lines, f"{len(rows)} cases, {sum(bool(row['check']) for row in rows)} judged from recordings"])


def render_case(row: Json) -> str:
    """Everything about one case."""
    lines = [f"{row['id']}  {row['title']}", f"  TS {row['spec']} {row['clause']} {row['test_name']}".rstrip(), ""]
    for label, key in (("purpose", "purpose"), ("applies if", "applies_if"), ("provoke", "provoke"),
                       ("passes", "passes"), ("fails", "fails"), ("by hand", "by_hand"), ("void", "void"),
                       ("coded from", "coded_from")):  # fmt: skip
        if row[key]:
            lines.append(f"  {label:14} {row[key]}")
    for label, key in (("record at", "points"), ("needs", "needs"), ("preconditions", "preconditions"),
                       ("clause passes", "clause_passes"), ("clause fails", "clause_fails"),
                       ("inconclusive", "inconclusive"), ("limits", "limits")):  # fmt: skip
        lines += [f"  {label if not number else '':14} {text}" for number, text in enumerate(row[key])]
    for one in row["examples"]:
        lines.append(f"  {'example':14} {one['expect']} · {one['origin']} · {one['recording']} {one['says']}".rstrip())
    return "\n".join(lines)


def render_coverage(found: Json) -> str:
    """Pairs by what their examples rest on."""
    lines = [
        f"{row['spec']:8} {row['clause']:16} {row['rests_on'] or 'examples missing':18} {' '.join(row['cases'])}"
        for row in found["rows"]
    ]
    counts = ", ".join(f"{count} {name}" for name, count in found["by_origin"].items())
    lines.append(
        f"{found['pairs']} (spec, clause) pairs judged from recordings; passing and failing example: {counts}; "
        f"{found['recorded_or_derived']} rest on recordings"
    )
    return "\n".join(lines)


def render_recipe(rows: Sequence[Json]) -> str:
    """What to provoke, where to record, which keys are needed."""
    lines = []
    for row in rows:
        if row["void"]:
            continue
        lines.append(f"{row['id']}  {row['title']}")
        lines.append(f"  provoke    {row['provoke']}")
        lines += [f"  record at  {', '.join(row['points'])}"] if row["points"] else []
        lines += [f"  needs      {', '.join(row['needs'])}"] if row["needs"] else []
        if not row["check"]:
            lines.append(f"  by hand    {row['by_hand']}; enter it with: assay cases record {row['id']}")
    return "\n".join(lines)


_ORIGIN: Final = (
    "**Where a recording came from.** Nothing in a recording shows which product made it. With `--store DIR",
    "--attest` whoever signs (`--key`, role `lab-report`) states that these recordings came from the product",
    "of `--product`: a file `origin.json` (`schema` = `assay-origin/1`, `product` with name, vendor, supplier,",
    "release, software digest and `recordings` with the sha256 of each), signed and logged like all evidence.",
    "Reports made with that store, and bundles of them, then name who stated it, when, and the statement;",
    "`assay verify` checks it under the trust policy and calls a report that claims it without such a",
    "statement different. Statements about other products, other recordings or by keys that do not count are",
    "named under *not established* with the reason.",
)
_IDENTITIES: Final = (
    "**Identities of subscribers.** A recording in which anybody can read SUPI, MSISDN or equipment identities is not",
    "stored or bundled as it is unless `--keep-identities` says that they are subscribers of a lab: identities are",
    "replaced first, in the same length, where they stand in clear bytes (text, Huffman code of HPACK, NAS, PFCP).",
    "Verdicts that rest on replaced bytes are marked `rests_on: original`; `assay verify` redoes all others. What",
    "cannot be replaced (E0648 names it) does not leave. `--report-only` stores the report and leaves the recording",
    "at home. Reasons and price: docs/adr/0011-identities-leave-under-other-names.md.",
)


def render_page(rows: Sequence[Json], coverage: Json) -> str:
    """The page of all cases in Markdown."""
    lines = [
        "# Test cases", "",
        "In own words; 3GPP text is not copied. Each case says what it was coded from: a third-party extract, not the",
        "3GPP document. `assay cases show ID` prints one, `assay cases recipe --nf AMF` what a lab has to provoke.", "",
        f"{coverage['pairs']} (spec, clause) pairs are judged from recordings; the passing and failing examples of "
        f"{coverage['recorded_or_derived']} rest on recordings.", "", *_ORIGIN, "", *_IDENTITIES, "",
    ]  # fmt: skip
    for row in rows:
        lines += [
            f"## {row['id']}",
            "",
            f"**{row['title']}** · TS {row['spec']} {row['clause']}",
            "",
            row["purpose"],
            "",
        ]
        how = row["void"] or (f"from recordings (`{row['check']}`)" if row["check"] else row["by_hand"])
        lines += [
            f"- judged: {how}",
            f"- provoke: {row['provoke']}",
            f"- passes: {row['passes']}",
            f"- fails: {row['fails']}",
        ]
        lines += [f"- inconclusive: {'; '.join(row['inconclusive'])}"] if row["inconclusive"] else []
        lines += [f"- record at: {', '.join(row['points'])}"] if row["points"] else []
        lines += [f"- needs: {', '.join(row['needs'])}"] if row["needs"] else []
        lines += [f"- applies if the product supports `{row['applies_if']}`"] if row["applies_if"] else []
        origins = sorted({f"{one['expect']} {one['origin']}" for one in row["examples"]})
        lines += [f"- examples: {', '.join(origins)}"] if origins else []
        lines += [f"- coded from: {row['coded_from']}", *(f"- limit: {text}" for text in row["limits"]), ""]
    return "\n".join(lines)
