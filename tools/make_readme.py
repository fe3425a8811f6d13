"""Fills README.md: puts the true output of each `$ assay ...` command into its block."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

from assay.cli.main import main

README = Path(__file__).parent.parent / "README.md"
_BEGINNING = 16
"""Lines of an answer whose block ends with three dots."""


def filled(match: re.Match[str]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main(shlex.split(match[1])[1:])
    shown = out.getvalue()
    if match[2].rstrip().endswith("..."):  # a long answer: its beginning is shown
        shown = "".join(line + "\n" for line in shown.splitlines()[:_BEGINNING]) + "...\n"
    return f"```\n$ {match[1]}\n{shown}```"


if __name__ == "__main__":
    os.environ["ASSAY_STATE"] = ""
    text = README.read_text(encoding="utf-8")
    README.write_text(re.sub(r"```\n\$ (assay [^\n]*)\n(.*?)```", filled, text, flags=re.S), encoding="utf-8")
