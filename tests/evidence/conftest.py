"""Where the peer suites lie; a test that needs an absent one is reported as not run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def suites():
    shared = Path(os.environ.get("ASSAY_SHARED", CHECKOUT.parent / "shared"))
    folder = shared / "suites"
    if not folder.is_dir():
        pytest.skip("not run: ../shared absent")
    return folder
