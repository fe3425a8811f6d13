"""No connection while something runs: `--offline` is held to by the interpreter, not promised."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from assay.errors import InternalError

__all__ = ["offline"]

_blocked = False
_hooked = False


@contextmanager
def offline() -> Iterator[None]:
    """Refuse every socket that is opened meanwhile (E0392)."""
    global _blocked, _hooked
    if not _hooked:
        # An audit hook sees sockets of every library and cannot be taken off again (PEP 578): it is made once.
        sys.addaudithook(_hook)
        _hooked = True
    before, _blocked = _blocked, True
    try:
        yield
    finally:
        _blocked = before


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _blocked and event.startswith("socket."):
        raise InternalError("E0392", "something tried to use the network", where=event, expected="no connection")
