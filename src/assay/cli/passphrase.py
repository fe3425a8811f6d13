"""Where the passphrase of a key comes from: ASSAY_PASSPHRASE, else a prompt on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from getpass import getpass

from assay.errors import UsageError

__all__ = ["VARIABLE", "asking", "new_passphrase"]

VARIABLE = "ASSAY_PASSPHRASE"


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
    return os.fsencode(os.environ.get(VARIABLE, ""))


def _prompt(text: str) -> bytes:
    # Without a terminal getpass would echo what is typed, or wait for ever in a job nobody watches.
    if not sys.stdin.isatty():
        raise UsageError("E0513", "no passphrase is given and nobody can be asked", expected=VARIABLE)
    try:
        typed = getpass(text)
    except EOFError:
        typed = ""
    if not typed:
        raise UsageError("E0513", "the passphrase is empty", expected=f"a passphrase, at the prompt or in {VARIABLE}")
    return os.fsencode(typed)
