"""Writes the attributes of test cases into facts/attributes.toml: one for each case that recordings can show."""

from __future__ import annotations

import json
from pathlib import Path

from assay.readers.inspection import attribute_of
from assay.workflow.assessment.cases import load_cases
from assay.workflow.ground.library import FACTS

MARK = "# --- test cases: written by tools/make_case_attributes.py ---"


def block() -> str:
    rows = [MARK]
    for case in load_cases():
        if case.check and not case.void:
            title = f"passed test case {case.id}: {case.clause.title}"
            rows += [
                "", "[[attribute]]", f'id = "{attribute_of(case.id)}"', 'type = "bool"', 'facet = "technical"',
                f"title = {json.dumps(title, ensure_ascii=False)}", 'obtainable = ["supplier", "lab"]',
            ]  # fmt: skip
    return "\n".join(rows) + "\n"


def merged(text: str) -> str:
    return text.split(MARK)[0].rstrip("\n") + "\n\n" + block()


if __name__ == "__main__":
    path = Path(FACTS) / "attributes.toml"
    path.write_text(merged(path.read_text(encoding="utf-8")), encoding="utf-8")
