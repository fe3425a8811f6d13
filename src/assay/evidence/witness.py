"""A witness on disk: one checkpoint per log, stored before its cosignature leaves the house."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.evidence import disk
from assay.evidence.checkpoint import Checkpoint, parse_checkpoint
from assay.evidence.cosign import AddCheckpoint, cosign, judge, parse_request
from assay.evidence.errors import NoteError
from assay.evidence.keys import Signer
from assay.evidence.note import Note, VerifierKey, format_note, format_signature, parse_note

__all__ = ["Answer", "Witness"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of a witness: status, content type, body."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Witness:
    """Cosigns checkpoints of known logs under `name` and remembers the last one of each in `folder`."""

    folder: Path
    name: str
    signer: Signer
    logs: Mapping[str, Sequence[VerifierKey]]

    def add_checkpoint(self, body: bytes, now: int) -> Answer:
        """Answer an add-checkpoint request; `now` is the time to sign, in seconds since the Epoch.

        A fork or rollback is refused with a status and never cosigned. Source: C2SP tlog-witness.
        """
        try:
            request = parse_request(body)
        except NoteError as error:
            return _plain(400, error.what)
        origin = request.checkpoint.origin
        if origin not in self.logs:
            return _plain(404, "unknown log")
        disk.ensure_directory(self.folder)
        # Checking and storing under one lock: otherwise two requests could roll the record back.
        with disk.exclusive(self._path(origin).with_suffix(".lock")):
            return self._decide(request, now)

    def latest(self, origin: str) -> Checkpoint | None:
        """The checkpoint last cosigned for a log, None if there is none."""
        data = self.checkpoint(origin)
        return parse_checkpoint(parse_note(data).text) if data is not None else None

    def checkpoint(self, origin: str) -> bytes | None:
        """The last cosigned checkpoint's bytes with the log's signature and ours, None if there is none."""
        try:
            return self._path(origin).read_bytes()
        except FileNotFoundError:
            return None

    def _decide(self, request: AddCheckpoint, now: int) -> Answer:
        origin, text = request.checkpoint.origin, request.note.text
        verdict = judge(request, self.logs[origin], self.latest(origin))
        if verdict.status == 409:
            return Answer(409, "text/x.tlog.size", f"{verdict.reason}\n".encode("ascii"))
        if verdict.status != 200:
            return _plain(verdict.status, verdict.reason)
        signature = cosign(text, now, self.name, self.signer)
        trusted = {(key.name, key.key_id) for key in self.logs[origin]}
        kept = tuple(line for line in request.note.signatures if (line.name, line.key_id) in trusted)
        disk.replace(self._path(origin), format_note(Note(text, (*kept, signature))))
        return Answer(200, "text/plain; charset=utf-8", format_signature(signature).encode("utf-8"))

    def _path(self, origin: str) -> Path:
        return self.folder / hashlib.sha256(origin.encode("utf-8")).hexdigest()


def _plain(status: int, reason: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{reason}\n".encode())
