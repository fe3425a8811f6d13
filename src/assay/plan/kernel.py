"""Compiled kernels: one decorator, so that how they are compiled is said once.

`cache=True`: compiled once on a machine, into NUMBA_CACHE_DIR where that is set (the command line sets it to the user's
cache folder). No fast math: the same input gives the same bits.
`nogil`: threads run them side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["bare", "inner", "kernel"]

_F = TypeVar("_F", bound=Callable[..., Any])


def kernel(function: _F) -> _F:
    """The function compiled on its first call, and kept on disk."""
    return cast(_F, njit(cache=True, error_model="numpy", nogil=True)(function))


def bare(function: _F) -> _F:
    """A kernel that allocates nothing, compiled without reference counts: they would cost sixty times its body."""
    return _bare(function)


def inner(function: _F) -> _F:
    """A bare kernel laid into those that call it: a call hands over each array of a problem, about 200 words."""
    return _bare(function, forceinline=True)


def _bare(function: _F, **more: bool) -> _F:
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True, "_nrt": False, **more}
    return cast(_F, njit(**options)(function))
