"""Loads the second verifier's files, which are scripts in a folder and no package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
VERIFIER = ROOT / "verifier"


def load(name: str, folder: Path = VERIFIER) -> ModuleType:
    """One script as a module, with the scripts beside it to import."""
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
