"""The EU toolbox as data: complete, closed in itself, and shown with how far it can be trusted."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from assay.reports.toolbox import render_toolbox
from assay.workflow.ground.library import LAWS


@pytest.fixture(scope="module")
def toolbox() -> dict[str, Any]:
    return tomllib.loads((LAWS / "eu" / "toolbox.toml").read_text(encoding="utf-8"))


def test_every_measure_of_the_toolbox_is_there_with_who_acts(toolbox: dict[str, Any]) -> None:
    wanted = [f"{kind}{n:02}" for kind, last in (("SM", 8), ("TM", 11), ("SA", 10)) for n in range(1, last + 1)]
    assert [row["id"] for row in toolbox["measure"]] == wanted
    assert all(row["who"] for row in toolbox["measure"])


def test_measures_name_assets_and_risks_and_supporting_actions_the_measures_they_support(
    toolbox: dict[str, Any],
) -> None:
    for row in toolbox["measure"]:
        wanted = ("supports",) if row["kind"] == "supporting" else ("assets", "risks")
        assert all(row[key] for key in wanted), row["id"]


def test_the_catalogue_refers_only_to_what_it_declares(toolbox: dict[str, Any]) -> None:
    known = {key: {row["id"] for row in toolbox[key]} for key in ("actor", "asset", "risk", "measure", "source")}
    for row in toolbox["measure"]:
        for key, kind in (("who", "actor"), ("assets", "asset"), ("risks", "risk"), ("supports", "measure")):
            assert set(row.get(key, ())) <= known[kind], (row["id"], key)
    for row in (*toolbox["measure"], *toolbox["criterion"]):
        assert {c["source"] for c in row.get("carriers", ())} <= known["source"], row["id"]


def test_reconstructed_fields_are_shown_as_such(toolbox: dict[str, Any]) -> None:
    text = "\n".join(render_toolbox(toolbox))
    assert f"risks: {toolbox['reading']['risks']}" in text
    assert all(missing in text for missing in toolbox["not-found"])


def test_a_supporting_action_shows_assets_and_risks_of_what_it_supports(toolbox: dict[str, Any]) -> None:
    lines = render_toolbox(toolbox)
    action = next(row for row in toolbox["measure"] if row["id"] == "SA08")
    supported = [row for row in toolbox["measure"] if row["id"] in action["supports"]]
    at = next(n for n, line in enumerate(lines) if line.startswith("SA08"))
    shown = next(line for line in lines[at:] if "supports" in line)
    assert all(risk in shown for row in supported for risk in row["risks"])


def test_a_pack_without_catalogue_shows_none() -> None:
    assert render_toolbox({}) == []
