"""A store that has begun, and its keys."""

from __future__ import annotations

import pytest

from assay.workflow.keeping.store import make_store, open_keys, open_store

BEGUN = "2026-11-24T00:00:00Z"


@pytest.fixture
def store(tmp_path):
    make_store(tmp_path / "store", None, BEGUN, "Archive North")
    return open_store(tmp_path / "store")


@pytest.fixture
def keys(store):
    return open_keys(store, None, None)
