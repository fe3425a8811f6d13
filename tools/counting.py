"""One counted figure of docs/reliability.md, and the bar that is shown while it is counted."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line of the page: what, what it should be, what was counted, and whether that is good."""

    what: str
    wanted: str
    measured: str
    good: bool
    fewer: bool = False  # counted less than the goal asks for


def bar(of: Iterable[T], unit: str) -> Iterable[T]:
    return tqdm(of, unit=unit, disable=not sys.stderr.isatty())


def counts(by: Counter[str]) -> str:
    return ", ".join(f"{key} {number:,}" for key, number in sorted(by.items()))
