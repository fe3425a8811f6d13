"""`assay init DIR`: a new evidence store with its keys; and what the store's commands share."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from assay.cli.clock import moment
from assay.cli.options import examples, write_json
from assay.cli.passphrase import VARIABLE, new_passphrase
from assay.errors import UsageError
from assay.evidence.store import EvidenceStore
from assay.workflow.keeping.store import check_place, make_store, open_store

__all__ = ["add", "run", "store_options", "wanted_store"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("init")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--holder", default="the store's holder", metavar="NAME", help="who holds the signer key")
    parser.add_argument(
        "--origin",
        default="",
        metavar="NAME",
        help="the log's name for good: a URL without scheme in a domain of yours (default: one made up)",
    )
    parser.add_argument(
        "--no-passphrase", action="store_true",
        help=f"keep both private keys in the clear (default: encrypted, passphrase from {VARIABLE} or a prompt)",
    )  # fmt: skip
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Make the store and say what to note down."""
    # Before anyone is asked for a passphrase.
    check_place(args.folder, args.origin)
    made = make_store(args.folder, None if args.no_passphrase else new_passphrase(), moment(), args.holder, args.origin)
    if args.no_passphrase:
        print("the private keys lie in the clear: whoever reads the folder can sign in your name", file=sys.stderr)
    if args.format == "json":
        write_json(made)
        return 0
    print(f"store         {made['store']}")
    print(f"log key       {made['log']}")
    print(f"signer key    {made['signer']}")
    print(f"trust policy  sha256:{made['trust']}")
    if not args.origin:
        print("The log's name is made up: good for trying out. Give --origin where others shall know the log by it.")
    print("Note these elsewhere: they show later that nobody put another log or policy in this one's place.")
    return 0


def store_options(parser: argparse.ArgumentParser) -> None:
    """`--store` and `--format`."""
    parser.add_argument("--store", type=Path, metavar="DIR", help="the evidence store (default: ASSAY_STORE)")
    parser.add_argument("--format", choices=("human", "json"), default="human")


def wanted_store(args: argparse.Namespace) -> EvidenceStore:
    """The store that the command line or ASSAY_STORE names; raises UsageError (E0510, E0511)."""
    folder = args.store or os.environ.get("ASSAY_STORE")
    if not folder:
        raise UsageError("E0510", "no store is named", expected="--store DIR or ASSAY_STORE", remedy="assay init DIR")
    return open_store(Path(folder))
