"""Recordings in, findings out: one pass over each file into one log, then every applicable case."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from assay import __version__
from assay.canon import canonical, digest
from assay.checks.judge import judge_all
from assay.checks.log import NAS, Log
from assay.model.assessment import Case, Finding, Product
from assay.model.event import Event
from assay.model.shelf import BUDGET, Shelf
from assay.wire.errors import Finding as Fault
from assay.wire.fields import fields
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from assay.wire.nas_security import Context
from assay.workflow.assessment.cases import DECLARATIONS, cases_for
from assay.workflow.assessment.keys import KeySet
from assay.workflow.assessment.merge import merged
from assay.workflow.assessment.recordings import pieces
from assay.workflow.assessment.spill import Spill

__all__ = ["NEWEST_RELEASE", "Inspection", "Recording", "cases_digest", "inspect", "inspect_events", "read_recording"]

NEWEST_RELEASE: Final = 18
_UNUSED: Final = frozenset(("sctp",))
"""Protocols of whose events no case asks anything: they are not kept."""

Told = Callable[[int], None]
"""Told how many bytes were read since the last time."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording as evidence: name, digest, size, frames and times; faults met while reading it.

    Where identities were replaced before it left, `original` is the digest of what was judged, and `replaced` counts.
    """

    name: str
    sha256: str
    size: int
    frames: int
    first: int | None
    last: int | None
    faults: dict[str, int]
    examples: tuple[Fault, ...] = ()
    original: str = ""
    replaced: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything a report says, before it is worded."""

    product: Product
    functions: tuple[str, ...]
    release: int
    recordings: tuple[Recording, ...]
    findings: tuple[Finding, ...]
    keys: tuple[dict[str, str], ...]
    cases_digest: str
    tool: str = f"assay {__version__}"
    counts: dict[str, int] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    """Cases whose verdict rests on bytes that were replaced before the recordings left."""


def inspect(
    paths: Sequence[Path], keys: KeySet, product: Product, functions: Sequence[str] = (),
    release: int = NEWEST_RELEASE, told: Told | None = None, budget: int = BUDGET,
) -> Inspection:  # fmt: skip
    """Judge every applicable case on recordings. Beyond `budget` bytes events go to a temporary file without a name.

    Raises InputError (E0401) for a file that cannot be read, WireError (E0600) for one that is no capture.
    """
    chosen = tuple(functions or product.functions)
    cases = cases_for(chosen)
    recordings = []
    with Spill() as spill:
        held, after = Shelf(spill, budget), 0
        for path, name in zip(paths, _names(paths), strict=True):
            sha256, size = _digest(path)
            reading = Reading()
            held.add(_kept(name, path, keys.ring(sha256, path.name), reading, after, told))
            after += reading.events
            recordings.append(_recording(name, sha256, size, reading))
        return inspect_events(held, cases, recordings, keys, product, chosen, release)


def read_recording(
    name: str, data: bytes, keys: KeySet, after: int, taken: list[tuple[str, Context]] | None = None
) -> tuple[list[Event], Recording]:
    """One recording that is in memory: its events, numbered from `after` on, and what it is as evidence.

    `taken` collects the sessions whose keys were seen in use.
    """
    sha256, reading = digest(data), Reading()
    ring = replace(keys.ring(sha256, name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]), taken=taken)
    held = [event for event in events(name, [data], ring, reading, after=after) if event.protocol not in _UNUSED]
    return held, _recording(name, sha256, len(data), reading)


def inspect_events(
    held: Iterable[Event], cases: Iterable[Case], recordings: Sequence[Recording], keys: KeySet, product: Product,
    functions: Sequence[str], release: int,
) -> Inspection:  # fmt: skip
    """The same on events that were read before."""
    faults: Counter[str] = Counter()
    for one in recordings:
        faults.update(one.faults)
    end = max((one.last for one in recordings if one.last is not None), default=None)
    settings = {**product.settings, **{f"supports-{name}": value for name, value in product.supports.items()}}
    log = Log(merged(_shelf(held)), fields, settings, faults, end)
    findings = judge_all(cases, log, product, release)
    met = {event.key("supi") for event in log.of(NAS)}
    salt = digest("".join(sorted(one.sha256 for one in recordings)).encode())
    counts = Counter(one.verdict.value for one in findings)
    return Inspection(
        product, tuple(functions), release, tuple(recordings), tuple(findings), tuple(keys.marks(salt, met)),
        cases_digest(), counts=dict(sorted(counts.items())),
    )  # fmt: skip


def cases_digest() -> str:
    """The version of the declared cases: a digest over their files."""
    held = {path.name: digest(path.read_bytes()) for path in sorted(DECLARATIONS.glob("*.toml"))}
    return digest(canonical(held))


def _names(paths: Sequence[Path]) -> list[str]:
    """The files' own names; the folder before them where two are alike. Never a whole path."""
    count = Counter(path.name for path in paths)
    named = [path.name if count[path.name] == 1 else f"{path.resolve().parent.name}/{path.name}" for path in paths]
    return [name if named.count(name) == 1 else f"{number}:{name}" for number, name in enumerate(named, 1)]


def _digest(path: Path) -> tuple[str, int]:
    """The digest comes first: keys may be bound to it."""
    summed, size = hashlib.sha256(), 0
    for chunk in pieces(path):
        summed.update(chunk)
        size += len(chunk)
    return summed.hexdigest(), size


def _kept(
    name: str, path: Path, ring: Keyring, reading: Reading, after: int, told: Told | None
) -> Iterator[Event]:  # fmt: skip
    def counted() -> Iterator[bytes]:
        for chunk in pieces(path):
            if told:
                told(len(chunk))
            yield chunk

    found = events(name, counted(), ring, reading, after=after)
    return (event for event in found if event.protocol not in _UNUSED)


def _shelf(held: Iterable[Event]) -> Shelf:
    if isinstance(held, Shelf):
        return held
    out = Shelf()
    out.add(held)
    return out


def _recording(name: str, sha256: str, size: int, reading: Reading) -> Recording:
    faults = dict(sorted(reading.findings.counts.items()))
    return Recording(
        name, sha256, size, reading.frames, reading.first, reading.last, faults, tuple(reading.findings.first[:40])
    )
