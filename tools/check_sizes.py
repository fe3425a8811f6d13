"""Holds the size budget: 400 lines a file, 50 lines a function. Exemptions stand here, each with its reason."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FILE_LINES, FUNCTION_LINES = 400, 50
EXEMPT: dict[str, str] = {}


def faults(root: Path) -> list[str]:
    out = []
    for path in sorted(root.rglob("*.py")):
        if any(part.startswith(".") for part in path.relative_to(root).parts):
            continue  # a virtual environment of the benches
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root.parent).as_posix()
        if len(text.splitlines()) > FILE_LINES and name not in EXEMPT:
            out.append(f"{name}: {len(text.splitlines())} lines, at most {FILE_LINES}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES and f"{name}:{node.name}" not in EXEMPT:
                    out.append(f"{name}:{node.lineno} {node.name}: {length} lines, at most {FUNCTION_LINES}")
    return out


def main() -> int:
    here = Path(__file__).parent.parent
    found = [fault for folder in ("src", "tests", "bench", "tools") for fault in faults(here / folder)]
    print("\n".join(found) or "sizes: all files and functions are within the budget")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
