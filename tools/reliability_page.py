"""docs/reliability.md in sections: each long count writes its own and leaves those of the others as they are."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
HEAD = """# Reliability

Written by `make reliability`, each section by its own count. CI runs a seeded slice of each as tests.
"""


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Replace the section `name`, or add it at the end; `text` begins with its own heading."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->\n"
    old = page.read_text(encoding="utf-8") if page.is_file() else HEAD
    body = begin + text.strip("\n") + "\n" + end
    if begin in old and end in old:
        before, rest = old.split(begin, 1)
        new = before + body + rest.split(end, 1)[1]
    else:
        new = old.rstrip("\n") + "\n\n" + body
    page.write_text(new, encoding="utf-8")


def circumstances(command: str) -> str:
    """Machine, day and command, as every section states them."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    return (
        f"* Machine: {model}, {os.cpu_count()} virtual cores, Python {platform.python_version()}, shared with others.\n"
        f"* Date: {datetime.now(UTC).date().isoformat()}\n* Command: `{command}`\n"
    )
