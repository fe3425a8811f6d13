"""Progress of a plan on the terminal: stage, bound, best cost and gap, rate and time left; an orderly early end."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from assay.plan.result import Progress

__all__ = ["meter"]


@contextmanager
def meter(*, ready: bool, limit: int | None = None) -> Iterator[Progress]:
    """A progress function for `solve`. Ctrl-C once, or `limit` seconds, ask for an orderly end with the best plan."""
    asked: list[int] = []
    started = time.monotonic()

    def stop(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        print("\nstopping after this step, the best plan so far is kept; again to leave at once", file=sys.stderr)

    before = signal.signal(signal.SIGINT, stop)
    shown = _Bar() if sys.stderr.isatty() else None
    if not ready and sys.stderr.isatty():
        print("the kernels are compiled once on this machine; this takes about a minute", file=sys.stderr)

    def progress(stage: str, done: int, total: int, bound: int | None, cost: int | None) -> bool:
        if shown:
            shown.tell(stage, done, total, bound, cost)
        if stage == "search" and cost is None:
            return False  # a stop comes after the first whole schedule: there must be something to keep
        return bool(asked) or (limit is not None and time.monotonic() - started > limit)

    try:
        yield progress
    finally:
        signal.signal(signal.SIGINT, before)
        if shown:
            shown.close()


class _Bar:
    """One bar for the stage at hand."""

    def __init__(self) -> None:
        from tqdm import tqdm

        self._make = tqdm
        self._stage = ""
        self._bar = tqdm(total=1, leave=False, file=sys.stderr)

    def tell(self, stage: str, done: int, total: int, bound: int | None, cost: int | None) -> None:
        if stage != self._stage:
            self._bar.close()
            self._stage, self._bar = stage, self._make(total=total, desc=stage, leave=False, file=sys.stderr)
        self._bar.n = done
        if bound is not None and cost:
            gap = 100 * (cost - bound) / cost
            self._bar.set_postfix_str(f"bound {bound / 1e8:.2f} m, cost {cost / 1e8:.2f} m, gap {gap:.3f} %")
        self._bar.refresh()

    def close(self) -> None:
        self._bar.close()
