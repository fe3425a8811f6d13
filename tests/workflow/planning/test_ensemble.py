"""Futures on workers: the same bytes on processes and on Dask, and nothing lost with a worker that is killed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

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
def cluster(socket_enabled: None) -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as found:
        yield found


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same_bytes_though_a_worker_is_killed(
    done: Planned, alone: dict[str, Any], cluster: Any
) -> None:
    killed: list[int] = []

    def told(count: int, total: int) -> None:
        if not killed:
            victim = next(iter(cluster.workers.values())).pid
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    found = try_futures(done, SCENARIOS, SEED, 1, cluster.scheduler_address, told)
    assert killed
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


def test_percentiles_are_by_rank() -> None:
    assert percentiles(range(100)) == {
        "least": 0, "p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95, "most": 99, "count": 100,
    }  # fmt: skip
    assert percentiles([]) == {}
