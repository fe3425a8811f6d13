"""Clusters: bounded, complete, contiguous, the same for the same table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.plan.clusters import border_weights, cut

SPOT = st.tuples(st.integers(-500_000, 500_000), st.integers(4_900_000, 5_500_000))


def columns(spots: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [x for x, _ in spots], [y for _, y in spots]


@given(st.lists(SPOT, max_size=120), st.integers(1, 20))
def test_each_site_lies_in_exactly_one_patch_of_at_most_the_wanted_size(
    spots: list[tuple[int, int]], most: int
) -> None:
    patches = cut(*columns(spots), most, 40)
    assert sorted(n for patch in patches for n in patch.sites) == list(range(len(spots)))
    assert all(len(patch.sites) <= most for patch in patches)


@given(st.lists(SPOT, min_size=1, max_size=120), st.integers(20, 60))
def test_a_region_is_bounded_and_whole(spots: list[tuple[int, int]], region: int) -> None:
    patches = cut(*columns(spots), 10, region)
    sizes: dict[int, int] = {}
    for patch in patches:
        sizes[patch.region] = sizes.get(patch.region, 0) + len(patch.sites)
    assert all(size <= region for size in sizes.values())
    assert sorted(sizes) == list(range(len(sizes)))


@given(st.lists(SPOT, min_size=2, max_size=80))
def test_touching_is_mutual_and_joins_all_patches(spots: list[tuple[int, int]]) -> None:
    patches = cut(*columns(spots), 3, 12)
    seen, waiting = {0}, [0]
    while waiting:
        for near in patches[waiting.pop()].touches:
            assert waiting is not None
            if near not in seen:
                seen.add(near)
                waiting.append(near)
    assert seen == {patch.number for patch in patches}
    assert all(patch.number in patches[near].touches for patch in patches for near in patch.touches)


def test_a_grid_of_four_patches_touches_along_sides_and_not_across_the_corner() -> None:
    spots = [(x * 1000, 5_000_000 + y * 640) for y in range(8) for x in range(8)]
    patches = cut(*columns(spots), 16, 64)
    assert len(patches) == 4
    assert sum(len(patch.touches) for patch in patches) in (8, 10)  # a corner may fall on a piece of a side


def test_sites_at_one_spot_are_cut_too() -> None:
    patches = cut([7] * 50, [5_000_000] * 50, 8, 50)
    assert all(len(patch.sites) <= 8 for patch in patches)


def test_clusters_of_one_patch_face_each_other_by_the_root_of_the_smaller() -> None:
    patches = cut([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [5_000_000] * 10, 10, 10)
    weights = border_weights(patches, ["north"] * 4 + ["south"] * 6)
    assert weights == {("north", "south"): 2}


def test_no_site_makes_no_patch() -> None:
    assert cut([], [], 5, 5) == ()
