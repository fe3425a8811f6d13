"""Loads the optional codec (pycrate), late and silently: it is big, and it prints while it is imported."""

from __future__ import annotations

import importlib
import warnings
from contextlib import redirect_stderr, redirect_stdout
from types import ModuleType

from assay.wire.errors import WireError

__all__ = ["load"]


class _Silence:
    """A stream that keeps nothing."""

    def write(self, text: str) -> int:
        """Take the text and forget it."""
        return len(text)

    def flush(self) -> None:
        """Nothing is held, so nothing is written out."""


def load(module: str, layer: str) -> ModuleType:
    """A module of pycrate; an error with the remedy where it is not installed."""
    silence = _Silence()
    try:
        # it prints that an optional library for deciphering is absent; deciphering is done in wire.crypto
        with redirect_stdout(silence), redirect_stderr(silence), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own syntax, where it is compiled only now
            return importlib.import_module(module)
    except ImportError:
        raise WireError("E0630", f"the fields of {layer} need pycrate", remedy="pip install pycrate") from None
