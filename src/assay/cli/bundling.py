"""The options by which an answer or a review leaves as a bundle, and how that is shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.options import write_json
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.evidence.store import EvidenceStore
    from assay.workflow.bundles.bundle import Bundled

__all__ = [
    "bundle_options",
    "check_bundle_options",
    "cosign_first",
    "lending_options",
    "show_bundled",
    "withheld_bodies",
]


def bundle_options(parser: argparse.ArgumentParser, what: str) -> argparse._ArgumentGroup:
    """`--bundle`, `--dry-run` and `--include-private`."""
    group = parser.add_argument_group("bundle")
    group.add_argument("--bundle", type=Path, metavar="OUT.zip", help=f"write what `assay verify` needs to redo {what}")
    group.add_argument("--dry-run", action="store_true", help="with --bundle: list what would leave, write nothing")
    group.add_argument(
        "--include-private", action="store_true", help="with --bundle: private packs and a case's own facts leave too"
    )
    return group


def lending_options(group: argparse._ArgumentGroup) -> None:
    """`--with-evidence` and `--withhold`, for bundles of what was answered from a store."""
    group.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="URL|DIR",
        help="with a store: have its log cosigned (default: by those of `assay witness use`)",
    )
    group.add_argument("--with-evidence", action="store_true", help="with a store: evidence over 1 MB leaves too")
    group.add_argument(
        "--withhold", action="append", default=[], metavar="DIGEST=REASON", help="with a store: this body stays at home"
    )


def withheld_bodies(texts: Sequence[str]) -> dict[str, str]:
    """`DIGEST=REASON` texts; raises UsageError (E0385)."""
    out = {}
    for text in texts:
        begun, sign, reason = text.removeprefix("sha256:").partition("=")
        if not sign or len(begun) < 6 or not reason.strip():
            raise UsageError(
                "E0385",
                f"{text[:80]!r} is no DIGEST=REASON",
                where="--withhold",
                expected='3fa9c1="a secret"',
            )
        out[begun] = reason.strip()
    return out


_NEED_A_BUNDLE = ("dry_run", "witness", "include_private", "salt", "with_evidence", "withhold")


def check_bundle_options(args: argparse.Namespace) -> None:
    """Refuse options that speak of a bundle where none is written (E0385)."""
    used = [name for name in _NEED_A_BUNDLE if getattr(args, name, None)]
    if used and not args.bundle:
        option = "--" + used[0].replace("_", "-")
        raise UsageError("E0385", f"{option} speaks of a bundle", expected="--bundle OUT.zip")


def cosign_first(args: argparse.Namespace, store: EvidenceStore) -> None:
    """Have what will be lent cosigned, unless nothing is written.

    Raises UsageError (E0385) where the policy wants witnesses and too few are named.
    """
    from assay.workflow.keeping.trust import trust_of

    wanted = trust_of(store).policy.log.threshold
    if len(_witnesses(args, store)) < wanted and not args.no_log:
        raise UsageError(
            "E0385", f"the trust policy wants the cosignatures of {wanted} witnesses", where="--bundle",
            remedy="assay witness use URL|DIR once, or give the same command with" + " --witness URL|DIR" * wanted,
        )  # fmt: skip
    if not args.dry_run:
        _cosign(_witnesses(args, store), store)


def _witnesses(args: argparse.Namespace, store: EvidenceStore) -> Sequence[str]:
    """Those that the command names, else those that the store usually asks."""
    from assay.workflow.keeping.usual_witnesses import usual_witnesses

    return args.witness or usual_witnesses(store)


def _cosign(witnesses: Sequence[str], store: EvidenceStore) -> None:
    from assay.cli.witness import wanted_witness
    from assay.workflow.keeping.witnessing import cosign_store

    for text in witnesses:
        cosign_store(store, wanted_witness(text))


def show_bundled(
    args: argparse.Namespace, bundled: Bundled, store: EvidenceStore | None
) -> int:  # fmt: skip
    """Write the bundle, sealed where a store is named and logs, or with `--dry-run` list what it would hold."""
    from assay.reports.verify import render_bundled, render_members
    from assay.workflow.bundles.bundle import write_bundle

    sealing = store is not None and not args.no_log
    if args.dry_run:
        listing = {**bundled.listing, "on_writing": list(_ON_WRITING) if sealing else []}
        if args.format == "json":
            write_json(listing)
        else:
            print(render_members(listing))
        return 0
    if store is not None and sealing:
        bundled = _sealed(store, bundled, _witnesses(args, store))
    write_bundle(args.bundle, bundled)
    # JSON and CSV keep standard output to themselves.
    line = render_bundled(bundled.listing, str(args.bundle), salts=bool(bundled.salts))
    print(line, file=sys.stdout if args.format == "human" else sys.stderr)
    return 0


_ON_WRITING = ("an answer's own signed statement and its log proof", "seal.dsse.json", "seal.tlog-proof")


def _sealed(store: EvidenceStore, bundled: Bundled, witnesses: Sequence[str]) -> Bundled:
    from assay.cli.clock import moment
    from assay.cli.passphrase import asking
    from assay.workflow.bundles.attach import seal
    from assay.workflow.keeping.store import open_keys
    from assay.workflow.keeping.trust import trust_of

    data = seal(store, bundled.data, open_keys(store, None, asking()), moment(), lambda: _cosign(witnesses, store))
    listing = {**bundled.listing, "bytes": len(data), "trust_policy": trust_of(store).digest}
    return replace(bundled, data=data, listing=listing)
