"""What the lab states of the product's configuration, read for one case."""

from __future__ import annotations

from collections.abc import Mapping

from assay.checks.log import Log

__all__ = ["number_of", "order_of", "text_of", "texts_of", "true_of"]


def order_of(log: Log, name: str, file: str) -> tuple[int, ...]:
    """An ordered list of algorithms as numbers (`["NIA2", "NIA1"]`), one for all files or a table by file name."""
    value = log.settings.get(name)
    if isinstance(value, Mapping):
        value = value.get(file.rsplit("/", 1)[-1])
    if not isinstance(value, list | tuple):
        return ()
    digits = ["".join(sign for sign in str(one) if sign.isdigit()) for one in value]
    return tuple(int(one) for one in digits if one)


def number_of(log: Log, name: str) -> int | None:
    """A whole number; None where it is not stated."""
    value = log.settings.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(log: Log, name: str) -> str:
    """A text; empty where it is not stated."""
    value = log.settings.get(name)
    return value if isinstance(value, str) else ""


def true_of(log: Log, name: str) -> bool | None:
    """A yes or no; None where it is not stated."""
    value = log.settings.get(name)
    return value if isinstance(value, bool) else None


def texts_of(log: Log, name: str) -> tuple[str, ...]:
    """A list of texts; empty where it is not stated."""
    value = log.settings.get(name)
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
