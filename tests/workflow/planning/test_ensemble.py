"""Futures on workers: the same bytes on processes and on Dask, and nothing lost with a worker that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.plan.check import cost_of, needed_over
from assay.plan.model import Instance
from assay.plan.result import Plan
from assay.plan.scenario import draw, laid_over, reckoned
from assay.workflow.planning.document import Planned
from assay.workflow.planning.ensemble import _Pool, packed_base, percentiles, try_futures
from assay.workflow.planning.plan import make_plan, use_kernels, usual_effort
from assay.workflow.planning.problem import make_problem

EXAMPLE = Path(__file__).parents[3] / "examples" / "germany-2024"
SCENARIOS, SEED = 4, 5


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """A plan of the core and management of the German example: small, so that workers start and end quickly."""
    case = tmp_path_factory.mktemp("case")
    rows = (EXAMPLE / "estate.csv").read_text(encoding="utf-8").splitlines()
    kept = [rows[0], *[row for n, row in enumerate(rows[1:]) if ",ran," not in row or n % 40 == 0]]
    (case / "estate.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    for name in ("case.toml", "facts.toml", "plan.toml"):
        (case / name).write_bytes((EXAMPLE / name).read_bytes())
    use_kernels()
    problem = make_problem(case, date(2024, 7, 15), date(2024, 7, 15))
    found = make_plan(problem, date(2024, 7, 15), date(2024, 7, 15), (), usual_effort(1), 0, prices=False)
    assert isinstance(found, Planned)
    return found


@pytest.fixture(scope="module")
def alone(done: Planned) -> dict[str, Any]:
    return try_futures(done, SCENARIOS, SEED)


@pytest.fixture
def cluster(socket_enabled: None, tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, started as docs/futures.md says; a killed worker is not started again."""
    dask, file = str(Path(sys.executable).with_name("dask")), tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [
        subprocess.Popen([dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                          "--scheduler-file", str(file)], **quiet)
    ]  # fmt: skip
    try:
        address = _address(file)
        worker = [dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                  "--local-directory", str(tmp_path)]  # fmt: skip
        started += [subprocess.Popen(worker, **quiet) for _ in range(2)]
        from distributed import Client

        with Client(address, timeout="120s") as client:
            client.wait_for_workers(2, timeout=300)
        yield address, started[1:]
    finally:
        for one in reversed(started):
            one.kill()
            one.wait(60)


def _address(file: Path) -> str:
    """The address that the scheduler wrote; it is waited for five minutes at most."""
    for _ in range(3000):
        with suppress(OSError, ValueError):
            return str(json.loads(file.read_text(encoding="utf-8"))["address"])
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start")


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_bytes_though_a_worker_is_killed(
    done: Planned, alone: dict[str, Any], cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster

    def told(count: int, total: int) -> None:
        if workers[0].poll() is None:
            workers[0].kill()
            workers[0].wait(60)

    found = try_futures(done, SCENARIOS, SEED, 1, address, told)
    assert workers[0].returncode == -signal.SIGKILL
    assert json.dumps(found, sort_keys=True) == json.dumps(alone, sort_keys=True)


def test_a_killed_process_loses_nothing(done: Planned, alone: dict[str, Any]) -> None:
    import multiprocessing

    killed: list[int] = []

    def told(count: int, total: int) -> None:
        if not killed:
            victim = multiprocessing.active_children()[0]
            killed.append(victim.pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    runner = _Pool(packed_base(done, SEED), 2)
    rows = runner.run([("future", number, 0) for number in range(SCENARIOS)], [], told)
    assert killed
    assert [row["cost"] for row in rows] == [row["cost"] for row in alone["futures"]]


def test_scenario_0_is_the_plan_of_today_and_others_differ(done: Planned, alone: dict[str, Any]) -> None:
    first, *others = alone["futures"]
    assert first["drawn"]["price"] == first["drawn"]["crew"] == 1000
    assert abs(first["cost"] - done.verdict.cost) * 1000 < done.verdict.cost
    assert any(row["drawn"]["price"] != 1000 for row in others)
    assert all(row["cost"] < 0 or row["lower_bound"] <= row["cost"] for row in alone["futures"])
    assert first["range"][0] < first["cost"] < first["range"][1]


def test_no_date_moves_into_the_first_year_and_later_dates_move_both_ways(done: Planned) -> None:
    instance = done.problem.instance
    moves: dict[str, set[int]] = {}
    for number in range(200):
        for rule, shift in draw(instance, SEED, number).bars:
            moves.setdefault(rule, set()).add(shift)
    # core and management go by the ends of 2026 and 2029: far enough ahead for both directions
    assert moves == {rule: set(range(-4, 5)) for rule in ("de.contract2024.core", "de.contract2024.management")}
    soon = sooner(instance, 6)
    drawn = [dict(draw(soon, SEED, number).bars)["de.contract2024.core"] for number in range(200)]
    assert set(drawn) == set(range(5))


def sooner(instance: Instance, quarters: int) -> Instance:
    """Every bar on what stands so many quarters earlier."""
    masks = [replace(m, old=None if m.old is None else np.roll(m.old, -quarters) | m.old) for m in instance.masks]
    return replace(instance, masks=tuple(masks))


@pytest.mark.parametrize("number", range(1, 30))
def test_what_a_schedule_costs_in_a_future_is_reckoned_without_its_masks(done: Planned, number: int) -> None:
    instance = done.problem.instance
    scenario = draw(instance, SEED, number)
    whole, light = laid_over(instance, scenario), reckoned(instance, scenario)
    over = needed_over(whole, done.plan.labels)
    assert cost_of(whole, Plan(done.plan.labels, over)) == cost_of(light, Plan(done.plan.labels, over))
    assert (needed_over(light, done.plan.labels) == over).all()


def test_percentiles_are_by_rank() -> None:
    assert percentiles(range(100)) == {
        "least": 0, "p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95, "most": 99, "count": 100,
    }  # fmt: skip
    assert percentiles([]) == {}
