"""The command `assay`: finds the subcommand, runs it, turns errors into exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

from assay import __version__
from assay.errors import AssayError, UsageError

__all__ = ["COMMANDS", "main", "run"]

COMMANDS: Final = {
    "ask": "may this supplier's product be used here, for this act, on this date - and why?",
    "why": "the whole reason tree of an answer",
    "flip": "the smallest sets of facts that would change an answer",
    "diff": "what differs between two answers, and what caused it",
    "outlook": "one supplier in all jurisdictions and network parts on one date",
    "review": "a network: what is lawful now, what becomes unlawful when, shares against caps",
    "plan": "the cheapest lawful rollout and replacement plan found, with its proof and a price for every rule",
    "case": "start a case folder for your own inventory",
    "verify": "redo the answer of a bundle, and what that shows and does not",
    "read": "what an evidence file would yield: claims, unread fields, limits",
    "init": "make an evidence store with its log and keys",
    "add": "take evidence into the store: bytes kept, signed, logged",
    "evidence": "list and show what the store holds",
    "state": "sign and log what a person states: discretion, reply, correction, dispute ...",
    "trust": "show and change who may sign what",
    "inspect": "judge recordings of network functions against the security test cases of 3GPP",
    "cases": "the test cases: list, show, coverage, recipe; enter verdicts by hand",
    "selftest": "every test case against its examples, on this machine",
    "index": "rebuild and ask the store's SQLite index",
    "log": "show, check and watch the store's log",
    "witness": "cosign logs, and have a log cosigned",
    "backtest": "hold the law packs against a table of what law and advice said",
    "laws": "list, show, check and compare law packs",
    "explain": "what a message code means",
}
"""Subcommand -> one line of help. Each lives in its own module with `add(parser)` and `run(args)`."""

_CODES: Final = (
    "exit codes: 0 done or same, 1 different, 2 unknown, 3 integrity failure, 64 usage, 70 our fault, 130 interrupted"
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line as every other error is said."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("E0109", message, where=self.prog, remedy=f"{self.prog} --help shows options and examples")


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="assay", description="From evidence and dated law to an answer that anyone can redo.", epilog=_CODES
    )
    parser.add_argument("--version", action="version", version=f"assay {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        sub = subparsers.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + ("" if text.endswith("?") else "."),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        if wanted in (name, None):
            import_module(f"assay.cli.{name}").add(sub)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args_in = list(sys.argv[1:] if argv is None else argv)
    wanted = args_in[0] if args_in and args_in[0] in COMMANDS else "" if args_in else None
    try:
        args = _parser(wanted).parse_args(args_in or ["--help"])
        return int(import_module(f"assay.cli.{args.command}").run(args))
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0) if args_in else 64
    except AssayError as error:
        print(error, file=sys.stderr)
        print(f"  more      assay explain {error.code}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        try:  # noqa: SIM105  # a call before the `try` would already raise what is meant to be swallowed
            time.sleep(0)  # a library that watches signals itself may leave the same one pending
        except KeyboardInterrupt:
            pass
        print("interrupted; nothing half-written was left", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run() -> None:
    """Console entry point."""
    sys.exit(main())


if __name__ == "__main__":
    run()
