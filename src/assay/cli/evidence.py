"""`assay evidence`: list what a store holds, show one piece or its bytes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from assay.cli.clock import moment
from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples, write_json
from assay.cli.passphrase import asking
from assay.workflow.keeping.erasing import erase_bytes
from assay.workflow.keeping.evidence import list_evidence, read_bytes_of, show_evidence
from assay.workflow.keeping.logged import evidence_why
from assay.workflow.keeping.store import open_keys

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("evidence")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    rows = sub.add_parser("list", help="everything that was added, oldest first")
    rows.add_argument("--type", default="", metavar="T", help="of this type only")
    rows.add_argument("--subject", default="", metavar="S", help="about this product or supplier only")
    store_options(rows)
    show = sub.add_parser("show", help="what is said of one piece, checked")
    show.add_argument("digest", metavar="DIGEST", help="its sha256, or the first six digits or more")
    show.add_argument("--raw", action="store_true", help="write the original bytes to standard output, nothing else")
    show.add_argument("--facts", action="store_true", help="the facts that it makes, and what it says that makes none")
    store_options(show)
    why = sub.add_parser("why", help="which answers cite it; for an answer, what it cites")
    why.add_argument("digest", metavar="DIGEST", help="evidence, statement or decision: the first six digits or more")
    store_options(why)
    erase = sub.add_parser("erase", help="erase its bytes for good, by a signed and logged statement; proofs stay")
    erase.add_argument("digest", metavar="DIGEST", help="its sha256, or the first six digits or more")
    erase.add_argument("--reason", required=True, help="why, as in a court's order: signed and logged")
    erase.add_argument("--key", type=Path, metavar="FILE", help="who signs (default: the store's signer key)")
    store_options(erase)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    store = wanted_store(args)
    if args.verb == "show" and args.raw:
        sys.stdout.buffer.write(read_bytes_of(store, args.digest))
        sys.stdout.buffer.flush()
        return 0
    if args.verb == "show" and args.facts:
        return _facts(args)
    if args.verb in ("erase", "why"):
        return _erase(args) if args.verb == "erase" else _why(args)
    listed = args.verb == "list"
    found = list_evidence(store, args.type, args.subject) if listed else show_evidence(store, args.digest)
    if args.format == "json":
        write_json(found)
    elif listed:
        for row in found["evidence"]:
            print(_line(row))
        print(f"{len(found['evidence'])} pieces of evidence")
    else:
        print("\n\n".join(_block(row) for row in found["statements"]))
    return 0


def _facts(args: argparse.Namespace) -> int:
    from assay.workflow.keeping.yielding import facts_of_evidence

    found = facts_of_evidence(wanted_store(args), args.digest)
    if args.format == "json":
        write_json(found)
        return 0
    for row in found["statements"]:
        print(f"statement {row['statement'][:12]}: {len(row['facts'])} facts")
        for fact in row["facts"]:
            about = " ".join(filter(None, (fact["supplier"], fact["product"], fact["operator"])))
            days = f"from {fact['from'] or 'always'}" + (f" until {fact['until']}" if fact["until"] else "")
            print(_printable(f"  fact    {about}: {fact['attribute']} = {fact['value']}, {days}"))
        for why in row["left_out"]:
            print(_printable(f"  no fact {why}"))
    return 0


def _erase(args: argparse.Namespace) -> int:
    store = wanted_store(args)
    gone = erase_bytes(store, args.digest, args.reason, open_keys(store, args.key, asking()), moment())
    if args.format == "json":
        write_json(gone)
    else:
        print(f"erased     {gone['sha256']}  {_printable(gone['name'])}\n  {_gone(gone)}")
    return 0


def _why(args: argparse.Namespace) -> int:
    found = evidence_why(wanted_store(args), args.digest)
    if args.format == "json":
        write_json(found)
        return 0
    for row in found["answers"]:
        q = row["question"]
        what = f"{q['jurisdiction']} {q['supplier']} {q['part']} {q['activity']}: {row['outcome']}" if q else "review"
        print(_printable("  ".join([row["decision"][:12], f"received {row['received']}", what, *row["facts"]])))
    for row in found.get("cites", ()):
        print(_printable(f"  cites {row['sha256'][:12]}  {row['type']}  {row['name']}  {' '.join(row['facts'])}"))
        if row["erased"]:
            print(f"    erased {_gone(row['erased'])}")
    if found.get("erased"):
        print(f"erased {_gone(found['erased'])}")
    if not found["answers"]:
        print("no logged answer cites it")
    return 0


def _line(row: dict[str, Any]) -> str:
    notes = [f"superseded by {later[:12]}" for later in row["superseded_by"]]
    if gone := row["erased"]:
        notes.append(f"erased {gone['on']} by {', '.join(gone['by']) or 'nobody who may'}")
    head = f"{row['sha256'][:12]}  {row['type']:14} {row['effective'] or '-':10}  received {row['received']}"
    return _printable("  ".join([f"{head}  {row['name']}", *notes]))


def _block(row: dict[str, Any]) -> str:
    fields = [
        ("name", row["name"]), ("type", row["type"]), ("about", row["subject"]), ("effective", row["effective"]),
        ("received", row["received"]), ("bytes", f"{row['bytes']:,}"), ("supersedes", " ".join(row["supersedes"])),
        ("superseded", " ".join(row["superseded_by"])), ("erased", _gone(row["erased"])),
        ("signed by", " ".join(row["signed_by"])), ("log entry", str(row["entry"])), ("receipt", row["receipt"]),
    ]  # fmt: skip
    return "\n".join([row["sha256"], *(f"  {label:11} {_printable(text)}" for label, text in fields if text)])


def _gone(row: dict[str, Any]) -> str:
    if not row:
        return ""
    by = ", ".join(row["by"]) or "nobody who may"
    return _printable(f"on {row['on']} by {by}, because: {row['reason']} (log entry {row['entry']}; proof still valid)")


def _printable(text: str) -> str:
    """A store may come from strangers: its texts may not steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)
