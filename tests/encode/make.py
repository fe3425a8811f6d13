"""Writes every made recording: `python tests/encode/make.py` from the project's folder. A test compares the bytes."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MADE = ROOT / "src" / "assay" / "checks" / "recordings" / "made"
sys.path.insert(0, str(ROOT / "tests"))


def files():
    """Name -> function that makes the bytes, over every module here that has FILES."""
    out = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in ("make", "__init__"):
            out |= getattr(import_module(f"encode.{path.stem}"), "FILES", {})
    return out


if __name__ == "__main__":
    MADE.mkdir(parents=True, exist_ok=True)
    for name, write in files().items():
        (MADE / f"{name}.pcap").write_bytes(write())
