"""`assay init DIR`: a new evidence store with its keys; and what the store's commands share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import cache
from getpass import getpass
from pathlib import Path

from assay.cli.options import examples, moment, write_json
from assay.errors import UsageError
from assay.evidence.store import EvidenceStore
from assay.workflow.store import make_store, open_store

__all__ = ["add", "asking", "new_passphrase", "run", "store_options", "wanted_store"]

_VARIABLE = "ASSAY_PASSPHRASE"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("init")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--holder", default="the store's holder", metavar="NAME", help="who holds the signer key")
    parser.add_argument(
        "--origin", default="", metavar="NAME", help="the log's name for good, as in example.org/log (default: made up)"
    )
    parser.add_argument(
        "--no-passphrase", action="store_true",
        help=f"keep both private keys in the clear (default: encrypted, passphrase from {_VARIABLE} or a prompt)",
    )  # fmt: skip
    parser.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Make the store and say what to note down."""
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


def asking() -> Callable[[str], bytes]:
    """What gives the passphrase of a key file: ASSAY_PASSPHRASE, else a prompt, once a file and command."""
    return lambda name: _given() or _asked(name)


@cache
def _asked(name: str) -> bytes:
    return _prompt(f"passphrase of {name}: ")


def new_passphrase() -> bytes:
    """The passphrase of a new key: ASSAY_PASSPHRASE, else asked for twice; raises UsageError (E0513)."""
    given = _given()
    if given:
        return given
    first = _prompt("new passphrase: ")
    if first != _prompt("the same again: "):
        raise UsageError("E0513", "the two passphrases differ", remedy="try again; nothing was made")
    return first


def _given() -> bytes:
    return os.fsencode(os.environ.get(_VARIABLE, ""))


def _prompt(text: str) -> bytes:
    # Without a terminal getpass would echo what is typed, or wait for ever in a job nobody watches.
    if not sys.stdin.isatty():
        raise UsageError("E0513", "no passphrase is given and nobody can be asked", expected=_VARIABLE)
    try:
        typed = getpass(text)
    except EOFError:
        typed = ""
    if not typed:
        raise UsageError("E0513", "the passphrase is empty", expected=f"a passphrase, at the prompt or in {_VARIABLE}")
    return os.fsencode(typed)
