"""What the commands that answer share about a store: `--store`, its facts, its words, the log of answers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.workflow.keeping.shelf import Shelf

__all__ = ["log_answers", "shelf_options", "wanted_shelf", "words_beside"]


def shelf_options(parser: argparse.ArgumentParser, *, logs: bool) -> None:
    """`--store`, and `--no-log` where the command logs what it answers."""
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="the evidence store whose facts count too (default: ASSAY_STORE)"
    )
    if logs:
        parser.add_argument("--no-log", action="store_true", help="with a store: do not sign and log the answer")


def wanted_shelf(args: argparse.Namespace) -> Shelf | None:
    """The store that the command line or ASSAY_STORE names, None if neither does; raises UsageError (E0511)."""
    folder = args.store or os.environ.get("ASSAY_STORE")
    if not folder:
        return None
    # Imported here: most questions are asked without a store and should not wait for cryptography.
    from assay.workflow.keeping.shelf import Shelf
    from assay.workflow.keeping.store import open_store

    return Shelf(open_store(Path(folder)))


def log_answers(
    args: argparse.Namespace, shelf: Shelf | None, founds: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Log answers unless told otherwise, and what to show of each: the statement's id, its entry and receipt."""
    if shelf is None or args.no_log or not founds:
        return []
    from assay.cli.clock import moment
    from assay.cli.passphrase import asking
    from assay.workflow.keeping.store import open_keys

    store = shelf.store
    return [
        {
            "statement": record.id, "entry": store.receipt(record.id).index,
            "receipt": store.receipt_path(record.id).relative_to(store.folder).as_posix(),
        }
        for record in shelf.log(founds, open_keys(store, None, asking()), moment())
    ]  # fmt: skip


def words_beside(shelf: Shelf | None, found: Mapping[str, Any], day: date) -> list[dict[str, Any]]:
    """What people state about an answer and what it rests on, by a day: also what was stated since it was given."""
    return shelf.beside(found, day) if shelf is not None else []
