"""`assay witness`: keep one checkpoint of each log and cosign what is consistent with it; have a log cosigned."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from assay.cli.clock import moment
from assay.cli.init import store_options, wanted_store
from assay.cli.options import examples, write_json
from assay.cli.passphrase import asking, new_passphrase
from assay.errors import UsageError
from assay.evidence.text import decode_time
from assay.evidence.witness import Answer
from assay.workflow.keeping.usual_witnesses import use_witnesses
from assay.workflow.keeping.witnessing import (
    AddCheckpoint,
    cosign_store,
    local_witness,
    make_witness,
    remote_witness,
    serve,
    trust_log,
)

__all__ = ["add", "run", "wanted_witness"]


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = examples("witness")
    sub = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    made = sub.add_parser("init", help="make a witness with its key")
    made.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    made.add_argument("--name", required=True, help="its name for good, as in example.org/witness")
    made.add_argument("--no-passphrase", action="store_true", help="keep the key in the clear")
    trust = sub.add_parser("trust", help="let it cosign for a log")
    trust.add_argument("folder", type=Path, metavar="DIR")
    trust.add_argument("vkey", metavar="VKEY", help="the log's key, as `assay log show` prints it")
    served = sub.add_parser("serve", help="answer add-checkpoint requests (C2SP tlog-witness) until interrupted")
    served.add_argument("folder", type=Path, metavar="DIR")
    served.add_argument("--listen", default="127.0.0.1:8600", metavar="HOST:PORT")
    asked = sub.add_parser("cosign", help="have the store's newest checkpoint cosigned")
    asked.add_argument("witness", metavar="URL|DIR", help="a witness's address, or the folder of one of your own")
    store_options(asked)
    used = sub.add_parser("use", help="ask these whenever a bundle leaves the store and no --witness is given")
    used.add_argument("witnesses", nargs="*", metavar="URL|DIR", help="whom to ask; none: ask nobody")
    store_options(used)
    for one in (made, trust):
        one.add_argument("--format", choices=("human", "json"), default="human")


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    match args.verb:
        case "init":
            _show(args, make_witness(args.folder, args.name, None if args.no_passphrase else new_passphrase()))
        case "trust":
            _show(args, trust_log(args.folder, args.vkey))
        case "serve":
            _serve(args)
        case "use":
            _use(args)
        case _:
            _cosign(args)
    return 0


def _show(args: argparse.Namespace, found: dict[str, Any]) -> None:
    if args.format == "json":
        write_json(found)
        return
    print(f"witness   {found['witness']}")
    for log in found["logs"]:
        print(f"log       {log}")


def _serve(args: argparse.Namespace) -> None:
    host, _, port = args.listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError("E0525", f"{args.listen!r} is no address", where="--listen", expected="127.0.0.1:8600")
    server = serve(local_witness(args.folder, asking()), host, int(port), lambda: int(time.time()))
    with server:
        print(f"listening on {host}:{server.server_port}", file=sys.stderr)
        server.serve_forever()


def _use(args: argparse.Namespace) -> None:
    found = use_witnesses(wanted_store(args), args.witnesses)
    if args.format == "json":
        write_json(found)
        return
    for text in found["ask"] or ["nobody: bundles leave without cosignatures unless --witness names some"]:
        print(f"asked     {text}")


def _cosign(args: argparse.Namespace) -> None:
    store = wanted_store(args)
    found = cosign_store(store, wanted_witness(args.witness))
    if args.format == "json":
        write_json(found)
        return
    print(f"cosigned  {found['size']} entries, root {found['root']}")
    for one in found["cosignatures"]:
        print(f"  by      {one['witness']}")
    for name in found["unknown"]:
        print(f"  by      {name}, which the trust policy does not know: assay trust witness VKEY")


def wanted_witness(text: str) -> AddCheckpoint:
    """The witness at an address, or in a folder of one's own."""
    if text.startswith(("http://", "https://")):
        return remote_witness(text)
    witness = local_witness(Path(text), asking())

    def ask(body: bytes) -> Answer:
        return witness.add_checkpoint(body, decode_time(moment()))

    return ask
