"""Every evidence format goes into a store by the command line, and what it yields or withholds can be shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli.main import main

SAMPLES = sorted((Path(__file__).parents[1] / "readers" / "samples").iterdir())


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with every sample, each added by its own command under the format that its content tells."""
    home = tmp_path_factory.mktemp("formats") / "store"
    assert main(["init", str(home), "--no-passphrase"]) == 0
    about = ["--supplier", "supplier-north", "--product", "Northern Core 7.2", "--synthetic", "--store", str(home)]
    assert main(["add", *map(str, SAMPLES), "--type", "document", *about]) == 0
    return home


def test_every_format_is_kept_with_its_own_bytes(store, capsys):
    assert main(["evidence", "list", "--store", str(store), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["evidence"]
    assert {row["name"] for row in rows} == {path.name for path in SAMPLES}
    assert {row["bytes"] for row in rows} == {path.stat().st_size for path in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_what_a_file_yields_is_shown_before_it_is_added(sample, capsys):
    assert main(["read", str(sample), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["claims"] or told["limits"]
    assert all(claim["place"] for claim in told["claims"])
    assert {"foreign", "limits", "sha256"} <= set(told)
