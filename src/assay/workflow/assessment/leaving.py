"""What of an inspection may leave: its recordings with the identities of subscribers replaced, and the report on them.

The verdicts stay those of the original recordings. They are judged again from the replaced ones, with the keys of the
single sessions: what then comes out otherwise rests on bytes that were replaced and is marked so (ADR 0011).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay.canon import canonical
from assay.errors import UsageError
from assay.model.event import Event
from assay.reports.inspection import finding_row
from assay.wire.nas_security import Context
from assay.workflow.assessment.cases import cases_for
from assay.workflow.assessment.identities import IMSI
from assay.workflow.assessment.inspect import Inspection, Recording, inspect_events, read_recording
from assay.workflow.assessment.keys import KeySet
from assay.workflow.assessment.pseudonyms import Pseudonyms, remaining, replaced
from assay.workflow.assessment.recordings import whole
from assay.workflow.assessment.session_keys import Sessions, format_session_keys, read_session_keys

__all__ = ["Leaving", "leaving"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """An inspection as it leaves: with the bytes of its recordings, and the keys of the sessions that were seen."""

    done: Inspection
    held: tuple[bytes, ...] = field(repr=False)
    sessions: Sessions = field(default_factory=dict, repr=False)


def leaving(done: Inspection, paths: Sequence[Path], keys: KeySet, salt: bytes | None, *, release: bool) -> Leaving:
    """Replace identities by names made from `salt` (random, to be forgotten); with None recordings stay as they are.

    `release` says that session keys leave too: what they open must name nobody either. Raises InputError (E0401),
    UsageError (E0648) with every kind of identity that could not be replaced and the frame where it stands.
    """
    held = tuple(map(whole, paths))
    taken: list[tuple[str, Context]] = []
    events, _ = _events(done, held, keys, taken)
    sessions = _sessions(taken)
    if salt is None:
        return Leaving(done, held, sessions)
    names = Pseudonyms(salt)
    names.note(events)
    if not names.old:
        return Leaving(done, held, sessions)
    made, counts = [], []
    for one, data in zip(done.recordings, held, strict=True):
        fresh, count = replaced(data, [event for event in events if event.file == one.name], names)
        made.append(fresh)
        counts.append(count)
    sessions = {names.names.get((IMSI, supi), supi): found for supi, found in sessions.items()}
    opened = KeySet(read_session_keys(format_session_keys(sessions)))
    _refuse(done, made, names, opened if release else KeySet())
    again, read = _events(done, made, opened)
    recordings = [
        replace(one, sha256=now.sha256, original=one.sha256, replaced=count) if count else one
        for one, now, count in zip(done.recordings, read, counts, strict=True)
    ]
    return Leaving(
        replace(done, recordings=tuple(recordings), bound=_bound(done, again, read, opened)), tuple(made), sessions
    )


def _events(
    done: Inspection, held: Sequence[bytes], keys: KeySet, taken: list[tuple[str, Context]] | None = None
) -> tuple[list[Event], list[Recording]]:
    found: list[Event] = []
    read = []
    for one, data in zip(done.recordings, held, strict=True):
        events, recording = read_recording(one.name, data, keys, found[-1].number if found else 0, taken)
        found += events
        read.append(recording)
    return found, read


def _sessions(taken: Iterable[tuple[str, Context]]) -> Sessions:
    out: Sessions = {}
    for supi, one in taken:
        out.setdefault(supi, {})[one.challenge] = one.k_amf, one.res_star
    return out


def _refuse(done: Inspection, made: Sequence[bytes], names: Pseudonyms, opened: KeySet) -> None:
    events, _ = _events(done, made, opened)
    left = remaining(events, names, b"".join(made))
    if left:
        raise UsageError(
            "E0648", f"identities of subscribers could not be replaced: {'; '.join(left[:3])}",
            remedy="--keep-identities if these are lab subscribers, or leave the recordings at home (--report-only)",
        )  # fmt: skip


def _bound(done: Inspection, again: list[Event], read: Sequence[Recording], opened: KeySet) -> frozenset[str]:
    """Cases that come out otherwise from the replaced recordings, though the keys of their sessions are at hand."""
    cases = cases_for(done.functions)
    now = inspect_events(again, cases, read, opened, done.product, done.functions, done.release)
    same = {one.case.id: canonical(finding_row(one)) for one in now.findings}
    return frozenset(one.case.id for one in done.findings if canonical(finding_row(one)) != same.get(one.case.id))
