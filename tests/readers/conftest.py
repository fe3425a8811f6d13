"""Peer suites that may not lie in ../shared: clones of other people's repositories in a cache folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def cache() -> Path:
    """`ASSAY_SUITES`, else .cache/suites: clones named csaf, spdx-examples and attestation; or a skip that says so."""
    found = Path(os.environ.get("ASSAY_SUITES", ROOT / ".cache" / "suites"))
    if not found.is_dir():
        pytest.skip("not run: no cache of peer suites (ASSAY_SUITES or .cache/suites)")
    return found
