"""`assay laws check` and `assay laws mutants`: what the authors of a pack run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from assay.decide.cases import Miss, compare
from assay.decide.library import Library, check_library
from assay.decide.mutate import Score, score
from assay.decide.programs import Programs
from assay.model.law import Pack
from assay.workflow.ground.library import code_of, load_cases, load_library, pack_folders, picked

__all__ = ["checked_library", "run_cases", "run_mutants"]

_SHARED: Final = "COMMON"


def checked_library(laws: tuple[Path, ...] = (), names: Iterable[str] = ()) -> tuple[Library, dict[str, Path]]:
    """The packs of the named packs' jurisdictions (all for none), checked alone and together, and each one's folder.

    The shared pack is seen only through the packs that read it, so naming it loads all.
    """
    wanted = frozenset(code_of(name.split("-")[0]) for name in names)
    library = load_library(None if not wanted or _SHARED in wanted else wanted, laws)
    check_library(library)
    return library, pack_folders(laws)


def run_cases(
    library: Library, folders: dict[str, Path], names: Iterable[str] = ()
) -> Iterator[tuple[Pack, int, list[Miss]]]:
    """Run the cases of each pack: the pack, how many cases, what missed."""
    programs = Programs(library)
    for pack in picked(library, names):
        cases = load_cases(pack, folders[pack.id]).cases
        misses = [
            miss for case in cases
            for miss in compare(case, programs.answer(case.question, presume=case.presume))
        ]  # fmt: skip
        yield pack, len(cases), misses


def run_mutants(library: Library, folders: dict[str, Path], names: Iterable[str] = ()) -> Iterator[Score]:
    """Break each pack on purpose and count what its cases notice."""
    for pack in picked(library, names):
        yield score(library, pack, load_cases(pack, folders[pack.id]))
