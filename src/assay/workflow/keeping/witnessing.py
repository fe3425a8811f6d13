"""Witnesses and monitors at work: make, serve and ask a witness; hold each checkpoint against the last."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical
from assay.errors import InputError, IntegrityError, UsageError
from assay.evidence import disk
from assay.evidence.checkpoint import Checkpoint, open_checkpoint
from assay.evidence.cosign import follow, format_request, verify_cosignatures
from assay.evidence.errors import EvidenceError, NoteError
from assay.evidence.note import COSIGNATURE, Note, VerifierKey, format_note, parse_note, parse_signature, verifier_key
from assay.evidence.profile import parse_canonical
from assay.evidence.proof import checked_head
from assay.evidence.reader import LogReader
from assay.evidence.store import COSIGNED, EvidenceStore
from assay.evidence.text import decode_decimal
from assay.evidence.witness import Answer, Witness
from assay.workflow.keeping.store import Passphrase, load_signer, new_key
from assay.workflow.keeping.trust import trust_of

__all__ = ["Watched", "cosign_store", "local_witness", "make_witness", "remote_witness", "serve", "trust_log", "watch"]

_FORMAT: Final = "assay-witness/v1"
_CONFIG: Final = "witness.json"
_KEY: Final = "witness.pem"
_LARGEST: Final = 2**20
_TIMEOUT: Final = 30

AddCheckpoint = Callable[[bytes], Answer]
"""Puts the body of an add-checkpoint request to a witness."""


def make_witness(folder: Path, name: str, passphrase: bytes | None) -> dict[str, Any]:
    """Make a witness called `name` (best a URL without scheme) in a new or empty folder; it knows no log yet.

    Raises UsageError (E0512) if something is there, NoteError (E0313) for the name, InputError (E0401).
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("E0512", "a witness is made in a new or empty folder only", where=str(folder))
    try:
        disk.ensure_directory(folder.absolute())
        folder.chmod(0o700)
        vkey = verifier_key(name, new_key(folder / _KEY, passphrase).public_key, COSIGNATURE)
        disk.create(folder / _CONFIG, canonical({"format": _FORMAT, "key": str(vkey), "logs": []}))
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(folder)) from error
    return {"schema": "assay-witness/1", "witness": str(vkey), "logs": []}


def _config(folder: Path) -> tuple[VerifierKey, tuple[VerifierKey, ...]]:
    try:
        value = parse_canonical((folder / _CONFIG).read_bytes())
        if value["format"] != _FORMAT:
            raise ValueError("another format")
        return VerifierKey.parse(value["key"]), tuple(map(VerifierKey.parse, value["logs"]))
    except OSError as error:
        raise UsageError(
            "E0525", "no witness is here", where=str(folder), expected=_CONFIG, remedy="assay witness init DIR"
        ) from error
    except (EvidenceError, KeyError, TypeError, ValueError) as error:
        raise IntegrityError("E0526", f"the witness's head is broken: {error}", where=str(folder / _CONFIG)) from error


def trust_log(folder: Path, vkey: str) -> dict[str, Any]:
    """Let a witness cosign for a log, by the log's vkey; raises UsageError (E0525), NoteError (E0313)."""
    key, logs = _config(folder)
    known = sorted({*map(str, logs), str(VerifierKey.parse(vkey))})
    disk.replace(folder / _CONFIG, canonical({"format": _FORMAT, "key": str(key), "logs": known}))
    return {"schema": "assay-witness/1", "witness": str(key), "logs": known}


def local_witness(folder: Path, passphrase: Passphrase) -> Witness:
    """Open a witness with its key; raises UsageError (E0525), IntegrityError (E0526), KeyRefusedError (E0335)."""
    key, logs = _config(folder)
    signer = load_signer(folder / _KEY, passphrase)
    if signer.public_key != key.public_key:
        raise IntegrityError("E0526", "the private key is not that of the witness's head", where=str(folder / _KEY))
    by_origin: dict[str, list[VerifierKey]] = {}
    for log in logs:
        by_origin.setdefault(log.name, []).append(log)
    return Witness(folder / "seen", key.name, signer, by_origin)


def remote_witness(url: str) -> AddCheckpoint:
    """A witness behind a URL that ends before `/add-checkpoint` (C2SP tlog-witness); InputError (E0527) on calling."""
    target = url.rstrip("/") + "/add-checkpoint"
    if not target.startswith(("http://", "https://")):
        raise UsageError("E0527", "a witness has an http or https URL", where=url[:200])

    def ask(body: bytes) -> Answer:
        request = urllib.request.Request(target, data=body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as reply:
                return Answer(reply.status, reply.headers.get("Content-Type", ""), reply.read(_LARGEST))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers.get("Content-Type", ""), error.read(_LARGEST))
        except OSError as error:
            raise InputError("E0527", f"the witness cannot be reached: {error}", where=target) from error

    return ask


def cosign_store(store: EvidenceStore, ask: AddCheckpoint) -> dict[str, Any]:
    """Have a witness cosign the store's newest checkpoint, and keep what the trust policy's witnesses signed.

    Raises NoteError (E0319) where the witness saw what this log does not contain, InputError (E0528) for a refusal.
    """
    reader, policy = LogReader(store.log), trust_of(store).policy
    data = reader.checkpoint()
    head, note = open_checkpoint(data, store.log_key.name, (store.log_key,))
    answer = ask(format_request(0, (), data))
    if answer.status == 409:
        old = _old_size(answer, head)
        answer = ask(format_request(old, reader.consistency(old, head.size), data))
    if answer.status != 200:
        raise InputError("E0528", f"the witness refused with status {answer.status}", where=_words(answer))
    lines = tuple(parse_signature(line) for line in answer.body.decode("utf-8").splitlines())
    signed = Note(note.text, (*note.signatures, *lines))
    seen = verify_cosignatures(signed, policy.witness_keys(), 0)
    _keep_cosigned(store.log / COSIGNED, signed)
    return {
        "schema": "assay-cosigned/1", "size": head.size, "root": head.root.hex(),
        "cosignatures": [{"witness": one.key.name, "time": one.timestamp} for one in seen],
        "unknown": sorted({line.name for line in lines} - {one.key.name for one in seen}),
    }  # fmt: skip


def _old_size(answer: Answer, head: Checkpoint) -> int:
    try:
        old = decode_decimal(answer.body.decode("ascii").strip())
    except ValueError as error:
        raise InputError("E0528", "the witness's answer cannot be read", where=_words(answer)) from error
    if old > head.size:
        raise NoteError(
            "E0319", f"the witness saw {old} entries, the log has {head.size}", remedy="restore the newest copy"
        )
    return old


def _words(answer: Answer) -> str:
    text = answer.body.decode("utf-8", "replace").strip()[:200]
    return "".join(char if char.isprintable() else "?" for char in text)


def _keep_cosigned(path: Path, note: Note) -> None:
    """Keep one cosigned checkpoint; cosignatures of the same text come together."""
    lines = dict.fromkeys(note.signatures)
    if path.exists():
        known = parse_note(path.read_bytes())
        if known.text == note.text:
            lines = dict.fromkeys((*note.signatures, *known.signatures))
    newest = {(line.name, line.key_id): line for line in reversed(list(lines))}
    disk.replace(path, format_note(Note(note.text, tuple(reversed(newest.values())))))


def serve(witness: Witness, host: str, port: int, now: Callable[[], int]) -> ThreadingHTTPServer:
    """A server of C2SP tlog-witness; `serve_forever` runs it. `port` 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT

        def do_POST(self) -> None:
            size = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint" or not size.isdecimal() or int(size) > _LARGEST:
                self._reply(Answer(404 if self.path != "/add-checkpoint" else 413, "text/plain", b""))
                return
            self._reply(witness.add_checkpoint(self.rfile.read(int(size)), now()))

        def _reply(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: who asks a witness is nobody's business."""

    return ThreadingHTTPServer((host, port), Handler)


@dataclass(frozen=True, slots=True)
class Watched:
    """A log to watch: its folder, its key, known witnesses and how many must have cosigned."""

    folder: Path
    key: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    threshold: int = 0


def watch(watched: Watched, memory: Path) -> dict[str, Any]:
    """Hold a log's checkpoint, and its cosigned one, against the last seen, and remember the new one in `memory`.

    Every known witness's cosignature is checked. Raises NoteError: E0319 for a fork or rollback (the refused checkpoint
    is kept beside `memory`: together they prove it), E0311, E0312, E0317 for signatures; LogError for missing tiles.
    """
    reader = LogReader(watched.folder)
    last = _remembered(watched, memory)
    data = reader.checkpoint()
    head = checked_head(data, watched.key.name, (watched.key,)).checkpoint
    seen = _cosigned(watched)
    try:
        if last is not None:
            follow(last, head, reader.consistency(last.size, head.size) if last.size < head.size else ())
        if seen is not None:
            follow(seen[0], head, reader.consistency(seen[0].size, head.size) if seen[0].size < head.size else ())
    except NoteError:
        disk.replace(memory.with_name(memory.name + ".refused"), data)
        raise
    if last is None or head.size > last.size:
        disk.ensure_directory(memory.absolute().parent)
        disk.replace(memory, data)
    return {
        "schema": "assay-log-watch/1", "origin": head.origin, "size": head.size, "root": head.root.hex(),
        "before": last.size if last else 0, "cosigned": seen[0].size if seen else 0,
        "witnesses": [key.name for key in seen[1]] if seen else [],
    }  # fmt: skip


def _remembered(watched: Watched, memory: Path) -> Checkpoint | None:
    try:
        data = memory.read_bytes()
    except FileNotFoundError:
        return None
    return open_checkpoint(data, watched.key.name, (watched.key,))[0]


def _cosigned(watched: Watched) -> tuple[Checkpoint, Sequence[VerifierKey]] | None:
    path = watched.folder / COSIGNED
    if not path.exists():
        if watched.threshold:
            raise NoteError("E0317", f"0 of {watched.threshold} witnesses cosigned", where=str(path))
        return None
    head = checked_head(path.read_bytes(), watched.key.name, (watched.key,), watched.witnesses, watched.threshold)
    return head.checkpoint, [one.key for one in head.cosignatures]
