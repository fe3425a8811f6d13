"""A store with a certificate, and commands run on it."""

from __future__ import annotations

import pytest
from tests.workflow.lent import ASK, CASE, CERTIFICATE, ESTATE, FACTS

from assay.cli.main import main
from assay.workflow.keeping import trust
from assay.workflow.keeping.store import open_store
from second import load


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_STORE", str(tmp_path / "store"))

    def ran(*argv):
        code = main([str(word) for word in argv])
        out = capsys.readouterr()
        return code, out.out, out.err

    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    assert ran("init", tmp_path / "store", "--no-passphrase")[0] == 0
    added = ("--type", "certificate", "--supplier", "supplier-north", "--product", "Northern Core 7.2", "--synthetic")
    assert ran("add", CERTIFICATE, *added)[0] == 0
    return ran


@pytest.fixture
def ask(run, tmp_path):
    def asked(*more, path=None):
        path = path or tmp_path / "b.zip"
        code, _, err = run(
            "ask", *ASK, "--facts", tmp_path / "facts.toml", "--bundle", path, "--include-private", *more
        )
        assert code == 0, err
        return path

    return asked


@pytest.fixture
def pin(run, tmp_path):
    return trust.trust_of(open_store(tmp_path / "store")).digest


@pytest.fixture(scope="module")
def second():
    return load("redo")


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    for name, data in (("case.toml", CASE), ("estate.csv", ESTATE), ("facts.toml", FACTS)):
        (folder / name).write_text(data, encoding="utf-8")
    return folder
