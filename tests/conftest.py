"""No test reaches the network; what lies in a shared folder is read when it is there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from pytest_socket import disable_socket

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))


@pytest.fixture(autouse=True)
def _no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disable_socket(allow_unix_socket=True)
    monkeypatch.setenv("ASSAY_STATE", str(tmp_path / "state"))


@pytest.fixture
def shared() -> Path:
    """The folder of other people's test data, or a skip that says so."""
    found = Path(os.environ.get("ASSAY_SHARED", ROOT.parent / "shared"))
    if not found.is_dir():
        pytest.skip("not run: ../shared absent")
    return found
