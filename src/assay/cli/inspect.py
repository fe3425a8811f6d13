"""`assay inspect FILE...`: judge every applicable case on recordings."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli.bundling import check_bundle_options, cosign_first, show_bundled
from assay.cli.clock import moment
from assay.cli.options import examples, paint, write_json
from assay.errors import UsageError
from assay.model.assessment import Product
from assay.reports.inspection import product_row, render_inspection
from assay.workflow.assessment.inspect import NEWEST_RELEASE, Told, inspect
from assay.workflow.assessment.inspection import document, evidence_rows, write_inspection
from assay.workflow.assessment.keys import KeySet, read_key_files
from assay.workflow.assessment.product import product_of
from assay.workflow.assessment.records import read_records
from assay.workflow.bundles.origin import Origin

if TYPE_CHECKING:
    from assay.evidence.store import EvidenceStore
    from assay.workflow.assessment.inspect import Inspection
    from assay.workflow.assessment.leaving import Leaving

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("inspect")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="recordings: pcap or pcapng")
    parser.add_argument(
        "--keys", type=Path, action="append", default=[], metavar="KEYS", help="keys of the lab (docs/keys-format.md)"
    )
    parser.add_argument(
        "--keylog", type=Path, action="append", default=[], metavar="FILE", help="TLS secrets in the NSS key log format"
    )
    parser.add_argument("--product", default="", metavar="P", help="product record (a .toml file), or only its name")
    parser.add_argument(
        "--nf", action="append", default=[], metavar="F", help="network function, as in AMF (repeatable)"
    )
    parser.add_argument(
        "--release", type=int, default=NEWEST_RELEASE, metavar="N", help=f"3GPP release (default: {NEWEST_RELEASE})"
    )
    parser.add_argument("--records", type=Path, metavar="FILE", help="verdicts entered by hand (assay cases record)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write report.html, .txt, .json, .sarif and .xml here")
    leaving = parser.add_argument_group("leaving")
    leaving.add_argument("--bundle", type=Path, metavar="OUT.zip", help="write what `assay verify` needs to redo it")
    leaving.add_argument(
        "--release-session-keys", action="store_true", help="with --bundle: let anyone redo what rests on keys"
    )
    leaving.add_argument("--store", type=Path, metavar="DIR", help="keep, sign and log report and recordings there")
    leaving.add_argument(
        "--key", type=Path, action="append", default=[], metavar="FILE", help="with --store: who signs"
    )
    leaving.add_argument(
        "--keep-identities", action="store_true", help="recordings leave as they are, else identities are replaced"
    )
    leaving.add_argument(
        "--attest", action="store_true",
        help="with --store and --product: whoever signs states that the recordings came from this product",
    )  # fmt: skip
    leaving.add_argument(
        "--witness", action="append", default=[], metavar="URL|DIR",
        help="with --bundle and --store: have its log cosigned",
    )  # fmt: skip
    leaving.add_argument("--dry-run", action="store_true", help="with --bundle: list what would leave, write nothing")
    leaving.add_argument("--report-only", action="store_true", help="with --store: the recordings stay at home")
    parser.add_argument(
        "--all", action="store_true", help="list also cases not applicable or not run (files always do)"
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit code 1 also for observations of our own, as cleartext N2"
    )
    parser.add_argument("--format", choices=("human", "json"), default="human")
    parser.set_defaults(no_log=False)


def run(args: argparse.Namespace) -> int:
    """Inspect, write, show. Exit code 1 where a case of a specification failed; see `failed`."""
    check_bundle_options(args)
    keys = read_key_files(args.keys, args.keylog)
    product = product_of(args.product) if args.product else Product()
    meter = _meter(args.files) if sys.stderr.isatty() else None
    done = inspect(args.files, keys, product, [one.upper() for one in args.nf], args.release, meter)
    entered = read_records(args.records) if args.records else ()
    given = _leaving(args, done, keys)
    done = given.done if given else done
    store = _store(args)
    origin = _origin(args, store, done) if store else Origin()
    found = document(done, entered, origin.stated, origin.refused)
    if args.out and not args.dry_run:
        write_inspection(found, args.out)
    if args.format == "json":
        write_json(found)
    else:
        print(render_inspection(found, paint, every=args.all))
        if args.out and not args.dry_run:
            print(f"\nwritten to {args.out}")
    if args.bundle:
        assert given is not None
        _bundle(args, found, given, store, origin)
    if store and not args.dry_run:
        _keep(args, found, None if args.report_only else given, store)
    return 1 if failed(found, strict=args.strict) else 0


def failed(found: dict[str, Any], *, strict: bool) -> bool:
    """Whether the inspection failed. Observations of our own are no test cases: they count with `strict` only."""
    return any(row["verdict"] == "fail" and (strict or row["spec"][:1].isdigit()) for row in found["cases"])


def _leaving(args: argparse.Namespace, done: Inspection, keys: KeySet) -> Leaving | None:
    """What may leave; None where nothing does."""
    if not args.bundle and (args.report_only or not args.store):
        return None
    import secrets

    from assay.workflow.assessment.leaving import leaving

    salt = None if args.keep_identities else secrets.token_bytes(32)
    return leaving(done, args.files, keys, salt, release=bool(args.bundle and args.release_session_keys))


def _store(args: argparse.Namespace) -> EvidenceStore | None:
    from assay.workflow.keeping.store import open_store

    if args.store:
        return open_store(args.store)
    if args.attest or args.witness:
        option = "--attest" if args.attest else "--witness"
        raise UsageError("E0651", f"{option} speaks of a store", expected="--store DIR")
    return None


def _origin(args: argparse.Namespace, store: EvidenceStore, done: Inspection) -> Origin:
    """Who stated that these recordings came from this product; with `--attest` whoever signs states it now."""
    from assay.workflow.bundles.inspection_bundle import entry_of
    from assay.workflow.bundles.origin import origin_in_store, state_origin

    at, product, evidence = moment(), product_row(done.product), evidence_rows(done)
    digests = [row["sha256"] for row in evidence]
    if args.attest and not args.dry_run:
        from assay.cli.passphrase import asking
        from assay.workflow.keeping.store import open_keys

        signers = open_keys(store, args.key or None, asking())
        for row in state_origin(store, product, digests, entry_of(product, evidence), signers, at):
            print(f"stated     {row['name']}  entry {row['entry']}  sha256 {row['sha256']}", file=sys.stderr)
    return origin_in_store(store, product, digests, date.fromisoformat(at[:10]))


def _bundle(
    args: argparse.Namespace, found: dict[str, Any], given: Leaving, store: EvidenceStore | None, origin: Origin
) -> None:
    """Write the bundle, sealed and cosigned where a store is named."""
    from assay.workflow.bundles.inspection_bundle import bundle_inspection, lending_of

    if store:
        cosign_first(args, store)
    made = bundle_inspection(
        found, given, release_keys=args.release_session_keys,
        lending=lending_of(store, origin) if store else None, dry=args.dry_run,
    )  # fmt: skip
    show_bundled(args, made, store)


def _keep(args: argparse.Namespace, found: dict[str, Any], given: Leaving | None, store: EvidenceStore) -> None:
    """Keep report and recordings in the store."""
    from assay.cli.passphrase import asking
    from assay.workflow.bundles.inspection_bundle import store_inspection
    from assay.workflow.keeping.store import open_keys

    signers = open_keys(store, args.key or None, asking())
    rows = store_inspection(store, found, given, signers, moment())
    for row in rows:
        print(f"stored     {row['name']}  entry {row['entry']}  sha256 {row['sha256']}", file=sys.stderr)


def _meter(files: list[Path]) -> Told:
    """A bar with rate and time left on the terminal."""
    from tqdm import tqdm

    total = sum(path.stat().st_size for path in files if path.is_file())
    bar = tqdm(total=total, unit="B", unit_scale=True, desc="reading", leave=False, file=sys.stderr)

    def told(count: int) -> None:
        bar.update(count)
        if bar.n >= total:
            bar.close()

    return told
