"""`assay trust`: who may sign what, and the keys that are enrolled for it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assay.cli.clock import moment
from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples, write_json
from assay.cli.passphrase import asking, new_passphrase
from assay.evidence.keys import PublicKey
from assay.evidence.note import VerifierKey
from assay.evidence.policy import ROLES, Policy
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time, encode_base64
from assay.workflow.answers.ask import parse_date
from assay.workflow.keeping import trust
from assay.workflow.keeping.store import new_key, open_keys

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("trust")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    show = sub.add_parser("show", help="the policy in force and the digest to pin")
    show.add_argument("--raw", action="store_true", help="write its bytes to standard output, nothing else")
    store_options(show)
    made = sub.add_parser("new-key", help="make a private key in a file, encrypted, its public half in .pub beside it")
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("--no-passphrase", action="store_true", help="keep it in the clear")
    made.add_argument("--format", choices=("human", "json"), default="human")
    enrol = sub.add_parser("enrol", help="let a key sign in a role")
    enrol.add_argument("public", metavar="KEY", help="a PEM file of the public key, or base64 of its 32 bytes")
    enrol.add_argument("--holder", required=True, metavar="NAME", help="the person or body that holds it")
    enrol.add_argument("--role", action="append", default=[], help=f"{', '.join(ROLES)} (repeatable)")
    enrol.add_argument("--until", metavar="DATE", help="the day from which it may sign no more")
    revoke = sub.add_parser("revoke", help="let a key sign no more")
    revoke.add_argument("id", metavar="ID", help="its key id, or the first six digits or more")
    revoke.add_argument("--reason", required=True, choices=("compromise", "retired"))
    revoke.add_argument("--at", metavar="TIME", help="from when, as in 2026-01-31T00:00:00Z (default: now)")
    threshold = sub.add_parser("threshold", help="how many holders must sign in a role")
    threshold.add_argument("role", choices=ROLES)
    threshold.add_argument("count", type=int, metavar="N")
    witness = sub.add_parser("witness", help="let a witness's cosignatures count")
    witness.add_argument("vkey", metavar="VKEY", help="as `assay witness init` prints it")
    witness.add_argument("--holder", required=True, metavar="NAME")
    witness.add_argument("--threshold", type=int, required=True, metavar="N", help="how many witnesses must cosign")
    for change in (enrol, revoke, threshold, witness):
        change.add_argument(
            "--key", type=Path, action="append", default=[], metavar="FILE",
            help="who signs the change (repeatable; default: the store's signer key)",
        )  # fmt: skip
        store_options(change)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    if args.verb == "new-key":
        return _new_key(args)
    store = wanted_store(args)
    now = trust.trust_of(store)
    if args.verb == "show" and args.raw:
        sys.stdout.buffer.write(now.data)
        sys.stdout.buffer.flush()
        return 0
    if args.verb != "show":
        at = moment()
        # Nobody is asked for a passphrase before what he wants is known to make sense.
        policy = _changed(args, now, decode_time(at))
        keys = open_keys(store, args.key, asking())
        now = trust.put_policy(store, policy, keys.signers, keys.log, at)
    _show(args, store, now)
    return 0


def _changed(args: argparse.Namespace, now: trust.Trust, at: int) -> Policy:
    match args.verb:
        case "enrol":
            until = decode_time(f"{parse_date(args.until, '--until')}T00:00:00Z") if args.until else None
            return trust.enrol(now, trust.read_public_key(args.public), args.holder, args.role, at, until)
        case "revoke":
            return trust.revoke(now, args.id, args.reason, trust.parse_time(args.at) if args.at else at)
        case "threshold":
            return trust.set_threshold(now, args.role, args.count)
        case _:
            return trust.add_witness(now, VerifierKey.parse(args.vkey), args.holder, args.threshold, at)


def _show(args: argparse.Namespace, store: EvidenceStore, now: trust.Trust) -> None:
    found = trust.show_trust(now, store.log_key.name)
    if args.format == "json":
        write_json(found)
        return
    print(f"trust policy  version {found['version']} of {found['received']}\nsha256        {found['sha256']}")
    for key in found["keys"]:
        roles = ", ".join(key["roles"]) or "log or witness"
        print(f"{key['id'][:12]}  {key['holder']}: {roles}{', revoked: ' + key['revoked'] if key['revoked'] else ''}")
    for role, count in found["thresholds"].items():
        if count > 1:
            print(f"{role} needs {count} holders")
    if found["witnesses"]:
        names = ", ".join(witness["name"] for witness in found["witnesses"])
        count = found["witness_threshold"]
        print(f"{count} witness{'es' if count != 1 else ''} needed of: {names}")


def _new_key(args: argparse.Namespace) -> int:
    public: PublicKey = new_key(args.file, None if args.no_passphrase else new_passphrase()).public_key
    if args.format == "json":
        write_json({"schema": "assay-key/1", "id": public.key_id, "public": encode_base64(public.raw)})
    else:
        print(
            f"key id      {public.key_id}\npublic key  {encode_base64(public.raw)}, in {args.file.with_suffix('.pub')}"
        )
    return 0
