"""`assay explain CODE`: what a message means and what to do, more fully than the message can."""

from __future__ import annotations

import argparse
import tomllib
from importlib.resources import files

from assay.cli.options import examples, write_json
from assay.errors import UsageError

__all__ = ["add", "codes", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("explain")
    parser.add_argument("code", nargs="?", help="a code such as E0102; all codes when left out")
    parser.add_argument("--format", choices=("human", "json"), default="human")


def codes() -> dict[str, dict[str, str]]:
    """Every code with its meaning and remedy, from codes.toml."""
    return tomllib.loads(files("assay.cli").joinpath("codes.toml").read_text(encoding="utf-8"))


def run(args: argparse.Namespace) -> int:
    """Show one code or all."""
    table = codes()
    if args.code and args.code.upper() not in table:
        raise UsageError("E0108", f"no message has the code {args.code!r}", remedy="assay explain lists all codes")
    wanted = [args.code.upper()] if args.code else sorted(table)
    if args.format == "json":
        write_json({code: table[code] for code in wanted})
        return 0
    for code in wanted:
        print(f"{code}  {table[code]['means']}\n       {table[code]['do']}")
    return 0
