"""SCIP on a model file: `python bench/peer_scip.py MODEL.mps CPU_SECONDS`; prints its curve and end as JSON.

Run in a process of its own with the Python of bench/.venv (bench/requirements.txt).
"""

from __future__ import annotations

import json
import sys
import time

from pyscipopt import SCIP_EVENTTYPE, Eventhdlr, Model


class Curve(Eventhdlr):  # type: ignore[misc]  # the library ships no types
    """Notes the gap whenever a better plan is found."""

    def __init__(self, begun: float) -> None:
        super().__init__()
        self.begun = begun
        self.points: list[tuple[float, float, float]] = []

    def eventinit(self) -> None:
        """SCIP asks what to listen to."""
        self.model.catchEvent(SCIP_EVENTTYPE.BESTSOLFOUND, self)

    def eventexec(self, event: object) -> None:
        """A better plan was found."""
        del event
        spent = time.process_time() - self.begun
        self.points.append((spent, self.model.getPrimalbound(), self.model.getDualbound()))


def main() -> None:
    begun = time.process_time()
    model = Model()
    model.hideOutput()
    model.readProblem(sys.argv[1])
    curve = Curve(begun)
    model.includeEventhdlr(curve, "curve", "notes the gap at each better plan")
    model.setParam("limits/time", float(sys.argv[2]))
    model.setParam("timing/clocktype", 1)
    model.optimize()
    cost = model.getPrimalbound() if model.getNSols() else None
    print(json.dumps({"cost": cost, "bound": model.getDualbound(), "curve": curve.points,
                      "cpu": time.process_time() - begun}))  # fmt: skip


if __name__ == "__main__":
    main()
