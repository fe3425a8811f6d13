"""A packed problem reads back as it was, in the same bytes, and nothing broken is taken for a plan."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction

import numpy as np
import pytest

from assay.errors import InputError
from assay.plan.archive import pack, unpack
from assay.plan.model import Crew, Instance, Mask, Rule, Share
from assay.plan.result import Plan


def instance() -> Instance:
    cells = np.array([0, 1], dtype=np.int64)
    return Instance(
        2, ("supplier-north", "supplier-south"), ("k1", "k2"), np.array([0, -1]), np.arange(10).reshape(2, 5) * 10**10,
        {"sites": np.array([3, 4]), "people": np.array([7, 8])},
        np.array([3, 4]), np.array([3, 4]), np.ones((2, 2), np.int64),
        np.array([10**6, 9]),
        (Rule("r", "a rule", True), Rule("crew", "crews", False)),
        (Mask("r", cells, np.zeros((3, 2), np.bool_), np.ones((2, 2), np.bool_)),), (),
        (Share("r", (0,), cells, "sites", 0, 2, Fraction(7, 20)), Crew("crew", cells, 0, 5, 100)),
    )  # fmt: skip


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other))  # type: ignore[arg-type]
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return isinstance(other, dict) and all(same(one[k], other[k]) for k in one)
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))  # type: ignore[arg-type]
    return one == other


def test_a_problem_reads_back_as_it_was() -> None:
    members = pack(instance=instance())
    assert same(instance(), unpack(members, "instance", Instance))


def test_same_values_give_same_bytes_and_equal_arrays_are_kept_once() -> None:
    members = pack(instance=instance())
    assert members == pack(instance=unpack(members, "instance", Instance))
    assert len({bytes(v) for k, v in members.items() if k.startswith("arrays/")}) > 1
    assert len(members) < 1 + 12


@pytest.mark.parametrize("gone", ["problem.json", "arrays/000000"])
def test_a_missing_member_is_no_plan(gone: str) -> None:
    members = pack(instance=instance())
    del members[gone]
    with pytest.raises(InputError, match="cannot be read back"):
        unpack(members, "instance", Instance)


def test_a_cut_array_is_no_plan() -> None:
    members = pack(plan=Plan(np.arange(5), np.arange(3)))
    members["arrays/000000"] = members["arrays/000000"][:-1]
    with pytest.raises(InputError, match="cannot be read back"):
        unpack(members, "plan", Plan)


def test_another_value_is_no_instance() -> None:
    with pytest.raises(InputError, match="is Plan"):
        unpack(pack(instance=Plan(np.arange(5), np.arange(3))), "instance", Instance)
