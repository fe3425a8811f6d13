"""Many futures of one plan, on processes of this machine or on a Dask cluster; the same results for any workers.

A worker holds the packed base (problem, plan, certificate) and is sent numbers: what a future brings is drawn from its
number. A worker that dies loses nothing: what it had not given back is done again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np

from assay.errors import InputError, UsageError
from assay.evidence.container import read_container, write_container
from assay.plan.archive import pack, unpack
from assay.plan.check import cost_of, needed_over
from assay.plan.model import Instance
from assay.plan.result import Certificate, Plan
from assay.workflow.planning.document import Planned

__all__ = ["SCHEMA", "Told", "ensemble_document", "futures_page", "try_futures"]

SCHEMA: Final = "assay-plan-ensemble/1"
_TEMPLATE: Final = Path(__file__).parent.parent.parent / "reports" / "templates" / "futures.html.j2"
Json = dict[str, Any]
Told = Callable[[int, int], None]
Task = tuple[str, int, int]
"""Kind (`future` or `regret`), number of the scenario, and which first year is committed to (0 where none)."""
_SAMPLE: Final = 12
"""On how many futures the first years are tried."""
_CANDIDATES: Final = (25, 50, 75)
"""Futures whose first years are tried beside today's: those at these percentiles of cost."""
_RESTARTS: Final = 20
_BASE: dict[str, Any] = {}
"""What this process works with; set once in every worker."""


def packed_base(done: Planned, seed: int) -> bytes:
    """Problem, its ends, plan and certificate as one canonical container, with the seed of the futures."""
    instance, ends = done.problem.instance, done.problem.ends
    return write_container(
        pack(instance=instance, low=ends["low"], high=ends["high"], plan=done.plan,
             certificate=done.solution.certificate, seed=seed)
    )  # fmt: skip


def start_worker(base: bytes) -> None:
    """Unpack the base in a worker."""
    from assay.plan.ensemble import Base
    from assay.workflow.planning.plan import use_kernels

    use_kernels()
    members = read_container(base)
    _BASE["base"] = Base(
        unpack(members, "instance", Instance), unpack(members, "plan", Plan),
        unpack(members, "certificate", Certificate), unpack(members, "seed", int),
    )  # fmt: skip
    _BASE["ends"] = [unpack(members, end, Instance) for end in ("low", "high")]
    _BASE["bytes"] = base


def work(task: Task, years: Sequence[Sequence[int]]) -> Json:
    """One task in a worker: a future, or a future after a first year that was committed to."""
    from assay.plan.ensemble import future, regret

    kind, number, which = task
    base = _BASE["base"]
    if kind == "future":
        return _row(future(base, number), task)
    return _row(regret(base, number, np.array(years[which], dtype=np.int64)), task)


def work_from_bytes(task: Task, years: Sequence[Sequence[int]], base: bytes) -> Json:
    """One task on a Dask worker, which unpacks the base when it first sees it."""
    if _BASE.get("bytes") != base:
        start_worker(base)
    return work(task, years)


def _row(found: Any, task: Task) -> Json:  # noqa: ANN401  # a Future; the plan room is imported late
    drawn = found.scenario
    return {
        "kind": task[0], "number": task[1], "year": task[2], "cost": found.cost, "lower_bound": found.lower_bound,
        "overtime": found.overtime, "labels": list(found.labels), "range": _range(found),
        "drawn": {
            "caps": [list(row) for row in drawn.caps], "bars": [list(row) for row in drawn.bars],
            "stop": list(drawn.stop) if drawn.stop else None, "later": list(drawn.later) if drawn.later else None,
            "price": drawn.price, "crew": drawn.crew,
        },
    }  # fmt: skip


def _range(found: Any) -> list[int]:  # noqa: ANN401  # as above
    """What the schedule costs in this future where every figure is at the cheap or the dear end of its range."""
    from assay.plan.scenario import reckoned

    if found.cost < 0:
        return []
    labels, ends = np.array(found.labels, dtype=np.int64), [reckoned(end, found.scenario) for end in _BASE["ends"]]
    return [cost_of(end, Plan(labels, needed_over(end, labels))) for end in ends]


def try_futures(
    done: Planned, scenarios: int, seed: int, workers: int = 1, dask: str | None = None, told: Told | None = None
) -> Json:  # fmt: skip
    """Solve so many futures, then try today's first year and some others in a sample of them.

    Raises UsageError (E0715) for counts that cannot be meant, InputError (E0716) where workers keep dying.
    """
    if not 1 <= scenarios <= 100_000 or not 1 <= workers <= 256:
        raise UsageError("E0715", f"{scenarios} scenarios on {workers} workers", where="--scenarios, --workers",
                         expected="1 to 100,000 scenarios, 1 to 256 workers")  # fmt: skip
    base = packed_base(done, seed)
    runner = _Dask(base, dask) if dask else _Pool(base, workers)
    try:
        futures = runner.run([("future", number, 0) for number in range(scenarios)], [], told)
        years = _first_years(done, futures)
        sample = _spread(scenarios, _SAMPLE)
        tasks = [("regret", number, which) for which in range(len(years)) for number in sample]
        regrets = runner.run(tasks, years, told)
    finally:
        runner.close()
    return ensemble_document(done, seed, futures, years, regrets)


class _Rounds:
    """Workers that do tasks; what is lost with a worker is asked for again."""

    def run(self, tasks: Sequence[Task], years: Sequence[Sequence[int]], told: Told | None) -> list[Json]:
        """Do every task, in rounds with what is left.

        Raises InputError (E0716) where something is still left after some rounds.
        """
        results: dict[Task, Json] = {}
        for _ in range(_RESTARTS):
            left = [task for task in tasks if task not in results]
            if not left:
                break
            self._round(left, years, results, len(tasks), told)
        missing = [task for task in tasks if task not in results]
        if missing:
            raise InputError("E0716", f"workers died {_RESTARTS} times", where=f"scenario {missing[0][1]}",
                             expected="enough memory for each worker", remedy="give fewer --workers")  # fmt: skip
        return [results[task] for task in tasks]

    def _round(
        self, left: Sequence[Task], years: Sequence[Sequence[int]], results: dict[Task, Json], total: int,
        told: Told | None,
    ) -> None:  # fmt: skip
        """Do tasks and write down their results; where workers are lost, some may be left."""
        raise NotImplementedError


class _Pool(_Rounds):
    """Processes of this machine."""

    def __init__(self, base: bytes, workers: int) -> None:
        self.base, self.workers = base, workers

    def _round(
        self, left: Sequence[Task], years: Sequence[Sequence[int]], results: dict[Task, Json], total: int,
        told: Told | None,
    ) -> None:  # fmt: skip
        threads = {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
        os.environ.update(dict.fromkeys(threads, "1"))  # one thread a worker: sums of floats come in one order
        try:
            with ProcessPoolExecutor(self.workers, get_context("spawn"), start_worker, (self.base,)) as pool:
                waiting = {pool.submit(work, task, years): task for task in left}
                for one in as_completed(waiting):
                    results[waiting[one]] = one.result()
                    if told:
                        told(len(results), total)
        except BrokenProcessPool:
            return
        finally:
            for name, value in threads.items():
                os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)

    def close(self) -> None:
        """Nothing is held between rounds."""


class _Dask(_Rounds):
    """Workers of a Dask cluster: `dask scheduler`, and `dask worker ADDRESS` on every machine."""

    def __init__(self, base: bytes, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise UsageError("E0715", "Dask distributed is not installed", where="--dask",
                             remedy="pip install 'assay5g[dask]'") from error  # fmt: skip
        try:
            self.kit: Any = distributed  # its functions carry no types
            self.client = self.kit.Client(address, timeout="20s")
        except (OSError, ValueError) as error:
            raise UsageError("E0715", f"no scheduler answers: {error}", where=f"--dask {address}",
                             expected="an address such as tcp://127.0.0.1:8786") from error  # fmt: skip
        self.base = base

    def _round(
        self, left: Sequence[Task], years: Sequence[Sequence[int]], results: dict[Task, Json], total: int,
        told: Told | None,
    ) -> None:  # fmt: skip
        """The scheduler gives the tasks of a lost worker to another; what it gives up, a next round asks for."""
        base = self.client.scatter(self.base, broadcast=True, hash=False)
        waiting = {
            self.client.submit(work_from_bytes, task, years, base, pure=False, retries=_RESTARTS): task for task in left
        }
        for one in self.kit.as_completed(waiting):
            with suppress(CancelledError):
                results[waiting[one]] = one.result()
            if told:
                told(len(results), total)

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        self.client.close()


def _spread(count: int, wanted: int) -> list[int]:
    """So many numbers below `count`, evenly spread."""
    return sorted({n * count // wanted for n in range(min(wanted, count))}) if count > wanted else list(range(count))


def _first_years(done: Planned, futures: Sequence[Json]) -> list[list[int]]:
    """Today's first year, and those of the futures at some percentiles of cost; equal ones once."""
    from assay.plan.ensemble import first_year

    quarters = done.problem.instance.quarters
    solved = sorted((row for row in futures if row["cost"] >= 0), key=lambda row: (row["cost"], row["number"]))
    labels = [done.plan.labels.tolist()]
    labels += [solved[len(solved) * part // 100]["labels"] for part in _CANDIDATES if solved]
    out: list[list[int]] = []
    for one in labels:
        year = [int(v) for v in first_year(np.array(one, dtype=np.int64), quarters)]
        if year not in out:
            out.append(year)
    return out


def percentiles(values: Iterable[int]) -> Json:
    """The 5th, 25th, 50th, 75th and 95th percentile by rank, and the ends."""
    rows = sorted(values)
    if not rows:
        return {}
    out: Json = {f"p{part}": rows[min(len(rows) * part // 100, len(rows) - 1)] for part in (5, 25, 50, 75, 95)}
    return {"least": rows[0], **out, "most": rows[-1], "count": len(rows)}


def ensemble_document(
    done: Planned, seed: int, futures: Sequence[Json], years: Sequence[Sequence[int]], regrets: Sequence[Json]
) -> Json:  # fmt: skip
    """The distribution of cost, and what each first year costs too much at most; money in cents."""
    solved = [row for row in futures if row["cost"] >= 0]
    return {
        "schema": SCHEMA, "problem": done.digest, "case": done.problem.loaded.case.title, "on": done.on.isoformat(),
        "synthetic": done.problem.loaded.case.synthetic, "illustrative": done.problem.inputs.illustrative,
        "currency": done.problem.inputs.currency, "seed": seed, "scenarios": len(futures),
        "unsolved": [row["number"] for row in futures if row["cost"] < 0],
        "cost": percentiles(row["cost"] for row in solved),
        "cost_range": {end: percentiles(row["range"][n] for row in solved) for n, end in enumerate(("low", "high"))},
        "today": {"cost": done.verdict.cost, "lower_bound": done.verdict.lower_bound,
                  "range": [cost_of(done.problem.ends[end], done.plan) for end in ("low", "high")]},
        "assumed": [{"id": a.id, "from": a.start.isoformat()} for a in done.assumptions],
        "lower_bound": percentiles(row["lower_bound"] for row in futures),
        "gap_millionths": percentiles(
            -(-(row["cost"] - row["lower_bound"]) * 1_000_000 // row["cost"]) for row in solved if row["cost"] > 0
        ),
        "first_years": _regrets(futures, years, regrets),
        "futures": [{k: v for k, v in row.items() if k not in ("labels", "kind", "year")} for row in futures],
    }  # fmt: skip


def futures_page(found: Json) -> str:
    """The document of an ensemble as a self-contained page."""
    from assay.reports.futures import render_futures  # workers write no pages

    return render_futures(found, _TEMPLATE.read_text(encoding="utf-8"))


def _regrets(futures: Sequence[Json], years: Sequence[Sequence[int]], regrets: Sequence[Json]) -> list[Json]:
    """For each first year its regret over the sample, between certified ends; the least worst one is marked.

    At most: its schedule's cost less the future's bound. At least: its bound less the cost of the future's schedule.
    The range: what both schedules differ by in the worst future where every figure is at an end of its range.
    """
    out = []
    for which, year in enumerate(years):
        most, least, barred = [], [], []
        ends: list[list[int]] = []
        for row in (r for r in regrets if r["year"] == which):
            free = futures[row["number"]]
            if row["cost"] < 0:
                barred.append(row["number"])
            elif free["cost"] >= 0:
                most.append(row["cost"] - free["lower_bound"])
                least.append(max(row["lower_bound"] - free["cost"], 0))
                ends.append([a - b for a, b in zip(row["range"], free["range"], strict=True)])
        out.append({
            "first_year": "today's plan" if which == 0 else f"first year of another future ({which})",
            "acts": sum(label > 0 for label in year), "worst_at_most": max(most, default=0),
            "worst_at_least": max(least, default=0), "mean_at_most": sum(most) // max(len(most), 1),
            "range": _worst(max(least, default=0), max(most, default=0), ends),
            "cannot_be_done_in": barred, "tried_in": len(most) + len(barred),
        })  # fmt: skip
    best = min(range(len(out)), key=lambda n: (len(out[n]["cannot_be_done_in"]), out[n]["worst_at_most"], n))
    return [{**row, "robust": number == best} for number, row in enumerate(out)]


def _worst(least: int, most: int, ends: Sequence[Sequence[int]]) -> list[int]:
    """The worst regret over the ranges of the figures; what is certified at the stated figures lies within."""
    worst = [max(column) for column in zip(*ends, strict=True)]
    return [min([least, *worst]), max([most, *worst])]
