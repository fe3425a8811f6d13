"""Completeness is a test: codes are explained, packs are whole, Python names no company and no country."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from assay.cli.explain import codes
from assay.workflow.answers.check import checked_library, run_cases
from assay.workflow.ground.library import FACTS, LAWS, load_library

SOURCE = Path(__file__).parent.parent / "src" / "assay"
PYTHON = sorted(SOURCE.rglob("*.py"))


def test_every_message_code_is_explained_and_every_explained_code_is_used():
    used = {code for path in PYTHON for code in re.findall(r'"(E0\d{3})"', path.read_text(encoding="utf-8"))}
    assert used == set(codes())


def test_python_names_no_supplier():
    names = {p.stem for p in (FACTS / "suppliers").glob("*.toml")} - {"casa"}
    for path in PYTHON:
        words = set(re.findall(r"[a-z-]+", path.read_text(encoding="utf-8").lower()))
        assert not words & names, path


def test_all_cases_of_all_packs_come_out_as_their_instruments_say():
    library, folders = checked_library()
    found = [(pack.id, miss.case.name, miss.what) for pack, _, misses in run_cases(library, folders) for miss in misses]
    assert found == []


def test_every_event_is_encoded_or_listed_with_a_reason():
    library = load_library()
    carried = {event for pack in library.packs for rule in pack.rules for event in rule.events}
    listed = {n.event for pack in library.packs for n in pack.not_encoded if n.reason}
    rows = (LAWS / "events.csv").read_text(encoding="utf-8").splitlines()[1:]
    events = {row.split(",", 1)[0] for row in rows}
    assert len(events) == 159
    assert events - carried - listed == set()


def test_every_pack_file_is_known_to_the_loader():
    known = {"pack.toml", "classes.toml", "rules.toml", "cases.toml", "requirements.toml", "toolbox.toml"}
    for path in LAWS.glob("*/*"):
        assert path.name in known, path
        tomllib.loads(path.read_text(encoding="utf-8"))
