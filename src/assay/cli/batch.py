"""`assay ask --batch QUESTIONS.csv` and `--format csv`: many answers as lines."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from assay.cli.clock import today
from assay.cli.options import note_ahead, paint, write_json
from assay.cli.shelf import log_answers, wanted_shelf
from assay.reports.answer import headline, sentence
from assay.workflow.answers.ask import Asked, parse_assumptions
from assay.workflow.answers.batch import Answered, answer_rows, read_questions

__all__ = ["run_batch", "write_rows"]

_COLUMNS: Final = (
    "line", "supplier", "part", "activity", "in", "on", "known-at", "context", "outcome", "force", "deadline", "cap",
    "also", "possible", "deciding", "missing", "weakest", "decision", "error",
)  # fmt: skip


def run_batch(args: argparse.Namespace) -> int:
    """Answer each row. Exit 64 where a row could not be asked (the others are answered), 2 where one is open."""
    rows, shelf = read_questions(args.batch), wanted_shelf(args)
    found = list(
        answer_rows(
            rows, today(), tuple(args.laws), args.facts, parse_assumptions(args.assume),
            presume=not args.no_presumptions, hidden=frozenset(args.hide), shelf=shelf,
        )
    )  # fmt: skip
    ahead = [one.row.line for one in found if one.asked and one.asked.found["question"]["known_at"] > str(today())]
    if ahead:
        note_ahead(f"known-at on line {ahead[0]}" + (f" and {len(ahead) - 1} more" if ahead[1:] else ""))
    log_answers(args, shelf, [one.asked.found for one in found if one.asked is not None])
    if args.format == "json":
        write_json({"schema": "assay-batch/1", "rows": [_json(one) for one in found]})
    elif args.format == "csv":
        _write([_cells(one.asked, one.row.line, one.error) for one in found])
    else:
        _print(found)
    if any(one.error for one in found):
        return 64
    return 2 if any(one.asked and one.asked.found["answer"]["outcome"] == "unknown" for one in found) else 0


def write_rows(asked: Sequence[Asked]) -> None:
    """Answers as CSV on standard output."""
    _write([_cells(one) for one in asked])


def _write(rows: Iterable[dict[str, object]]) -> None:
    writer = csv.DictWriter(sys.stdout, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _json(one: Answered) -> dict[str, object]:
    if one.asked is None:
        return {"line": one.row.line, "error": one.error}
    return {"line": one.row.line, **one.asked.found, "id": one.asked.id}


def _print(found: Iterable[Answered]) -> None:
    for one in found:
        if one.asked is None:
            print(f"line {one.row.line}: {one.error}", file=sys.stderr)
        else:
            words = paint(headline(one.asked.found), "headline")
            print(f"{words}   {sentence(one.asked.found, one.asked.supplier)}   {one.asked.id[:8]}")


def _cells(asked: Asked | None, line: int | str = "", error: str = "") -> dict[str, object]:
    if asked is None:
        return {"line": line, "error": error}
    question, answer = asked.found["question"], asked.found["answer"]
    return {
        "line": line, "supplier": question["supplier"], "part": question["part"], "activity": question["activity"],
        "in": question["jurisdiction"], "on": question["as_of"], "known-at": question["known_at"],
        "context": ";".join(f"{key}={'|'.join(values)}" for key, values in question["context"].items()),
        "outcome": answer["outcome"], "force": answer["force"], "deadline": answer["deadline"],
        "cap": answer["cap"]["share"] if answer["cap"] else "", "also": _pairs(answer["also"]),
        "possible": _pairs(answer["possible"]), "deciding": " ".join(asked.found["deciding"]),
        "missing": " ".join(row["fact"] for row in asked.found["missing"]),
        "weakest": asked.found["sources"]["weakest"], "decision": asked.id, "error": error,
    }  # fmt: skip


def _pairs(rows: Iterable[dict[str, Any]]) -> str:
    return " ".join(f"{row['outcome']}|{row['force']}" if row["force"] else row["outcome"] for row in rows)
