"""The report of an inspection: one document, worded once; the other forms are made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from assay.model.assessment import Finding, Product

__all__ = ["MARKS", "finding_row", "product_row", "render_inspection"]

Json = Mapping[str, Any]
Paint = Callable[[str, str], str]

MARKS: Final = {
    "pass": "PASS", "fail": "FAIL", "inconclusive": "OPEN", "error": "ERROR", "not-applicable": "N/A",
    "not-run": "NOT RUN",
}  # fmt: skip

_ORDER: Final = ("fail", "pass", "inconclusive", "error", "not-run", "not-applicable")
_UNJUDGED: Final = ("not-run", "not-applicable")
_MOST_REASONS: Final = 3
_LONGEST_REASON: Final = 70


def finding_row(found: Finding) -> dict[str, Any]:
    """One case as the document holds it."""
    case = found.case
    row: dict[str, Any] = {
        "id": case.id, "spec": case.clause.spec, "clause": case.clause.clause, "title": case.clause.title,
        "verdict": found.verdict.value, "reason": found.reason, "strength": found.strength.value,
        "count": found.count, "unjudged": list(found.unjudged), "coded_from": case.clause.coded_from,
        "proof": [
            {"file": one.file, "frame": one.frame, "bytes": [one.start, one.end], "what": one.says}
            for one in found.proof
        ],
        "examples": _examples(found),
    }  # fmt: skip
    if found.entered:
        row["entered"] = dict(found.entered)
    return row


def _examples(found: Finding) -> str:
    """On what the check itself was shown to work: the weaker of its passing and failing example."""
    origins = ["recorded", "derived", "synthesised"]
    best = {
        verdict: min((origins.index(one.origin.value) for one in found.case.examples if one.expect.value == verdict),
                     default=len(origins))
        for verdict in ("pass", "fail")
    }  # fmt: skip
    worst = max(best.values())
    return origins[worst] if worst < len(origins) else "none"


def product_row(product: Product) -> dict[str, Any]:
    """The product record as the document holds it."""
    return {
        "product": product.name, "vendor": product.vendor, "supplier": product.supplier, "release": product.release,
        "software_sha256": product.digest, "functions": list(product.functions),
        "supports": dict(sorted(product.supports.items())), "settings": dict(sorted(product.settings.items())),
        "lab": product.lab, "operator": product.operator, "place": product.place, "points": list(product.points),
        "clocks": product.clocks, "synthetic": product.synthetic,
    }  # fmt: skip


def plain(text: str, style: str) -> str:
    """Paint nothing: the style of files and pipes."""
    del style
    return text


def render_inspection(found: Json, paint: Paint = plain, *, every: bool = True) -> str:
    """The report for people: product, evidence, every clause with state and reason, what is not established."""
    product, counts = found["product"], found["counts"]
    name = product["product"] or "no product named"
    lines = [paint(f"{printable(name)} · {_counted(counts)}", "headline")]
    if product["synthetic"]:
        lines.append("  SYNTHETIC     the product is fictional")
    lines += [f"  coded from    {text}" for text in found["coded_from"]]
    for one in found["evidence"]:
        faults = ", ".join(f"{name} {count}" for name, count in one["faults"].items())
        lines.append(
            f"  recording     {printable(one['file'])} · {one['frames']:,} frames · sha256 {one['sha256'][:16]}"
        )
        lines += [f"  not read      {faults}"] if faults else []
        names = ", ".join(f"{name} {count}" for name, count in one.get("replaced", {}).items())
        lines += [f"  replaced      {names} · original sha256 {one['original_sha256'][:16]}"] if names else []
    lines += [f"  key           {one['kind']} · salted digest {one['digest'][:16]}" for one in found["keys"]]
    for spec in dict.fromkeys(row["spec"] for row in found["cases"]):
        rows = [row for row in found["cases"] if row["spec"] == spec]
        lines += ["", paint(_heading(spec), "label"), *_spec_lines(rows, every=every)]
    lines += ["", paint("established", "label"), *_bullets(found["established"])]
    lines += ["", paint("not established", "label"), *_bullets(found["not_established"])]
    return "\n".join(lines)


def _spec_lines(rows: Sequence[Json], *, every: bool) -> list[str]:
    """The cases of one specification, what was found first; what was not judged is one line where not all is asked."""
    out = []
    for verdict in _ORDER:
        of_it = [row for row in rows if row["verdict"] == verdict]
        if every or verdict not in _UNJUDGED:
            out += [line for row in of_it for line in _case_lines(row)]
        elif of_it:
            out.append(f"  {MARKS[verdict]:9} {_folded(of_it)}")
    return out


def _folded(rows: Sequence[Json]) -> str:
    """How many cases, and for which reasons, the commonest first."""
    reasons = Counter(row["reason"] for row in rows)
    told = [f"{count} × {_shortened(printable(text))}" for text, count in reasons.most_common(_MOST_REASONS)]
    more = [f"{len(reasons) - _MOST_REASONS} other reasons"] if len(reasons) > _MOST_REASONS else []
    return f"{len(rows)} cases: {'; '.join([*told, *more])} (--all lists them)"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 4].rstrip() + " ..."


def _heading(spec: str) -> str:
    return f"TS {spec}" if spec[:1].isdigit() else "observations of our own, no 3GPP test case"


def _bullets(rows: Sequence[Json]) -> list[str]:
    return [f"  {row['what']:20} {printable(row['detail'])}" for row in rows]


def _case_lines(row: Json) -> list[str]:
    state = MARKS[row["verdict"]] + (" weak" if row["strength"] == "weak" else "")
    out = [f"  {state:9} {row['id']:24} {row['title']}", f"  {'':9} {printable(row['reason'])}"]
    proof = [
        f"{one['file']} frame {one['frame']} bytes {one['bytes'][0]}-{one['bytes'][1]}" for one in row["proof"][:4]
    ]
    if proof and row["verdict"] in ("pass", "fail"):
        out.append(f"  {'':9} proof: {printable('; '.join(proof))}")
    out += [f"  {'':9} not judged: {printable(text)}" for text in row["unjudged"]]
    if row["verdict"] in ("pass", "fail") and row["examples"] == "synthesised":
        out.append(f"  {'':9} this check was tried on synthesised examples only")
    if row.get("rests_on"):
        out.append(f"  {'':9} rests on replaced bytes: redone only from the original recording")
    if row.get("entered"):
        out.append(f"  {'':9} entered by hand by {printable(row['entered'].get('by', ''))}")
    return out


def _counted(counts: Json) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in MARKS if counts.get(name))


def printable(text: str) -> str:
    """Recordings come from strangers: their texts may not steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)
