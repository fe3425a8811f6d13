"""What network functions say of themselves at the NRF, as far as the recording shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.checks.log import Log
from assay.checks.sbi import exchanges, json_of
from assay.model.event import Event

__all__ = ["Profile", "profile_of", "profiles", "slices", "words"]

Profile = dict[str, Any]


def profiles(log: Log, before: Event | None = None) -> dict[str, tuple[Profile, Event]]:
    """The newest accepted registration of each instance, before an event where one is given."""
    out: dict[str, tuple[Profile, Event]] = {}
    for one in exchanges(log, "/nnrf-nfm/v1/nf-instances/", "PUT"):
        body = json_of(log, one.request)
        late = before is not None and one.request.number > before.number
        if isinstance(body, dict) and not late and 200 <= one.status < 300:
            own = str(body.get("nfInstanceId") or one.path.rsplit("/", 1)[-1])
            out[own] = body, one.request
    return out


def profile_of(log: Log, event: Event, end: str = "dst") -> Profile:
    """The profile of the function at one end of a message: the one that registered that address; else empty."""
    address = event.key(end)
    found = [body for body, _ in profiles(log).values() if address in body.get("ipv4Addresses", ())]
    return found[0] if len(found) == 1 else {}


def slices(value: object) -> set[tuple[int, str]]:
    """S-NSSAIs as pairs that can be compared."""
    rows = value if isinstance(value, list) else []
    return {
        (row["sst"], str(row.get("sd", "")).lower())
        for row in rows if isinstance(row, dict) and isinstance(row.get("sst"), int)
    }  # fmt: skip


def words(value: object) -> set[str]:
    """A text or list of texts as a set."""
    if isinstance(value, str):
        return {value}
    return set(_texts(value)) if isinstance(value, list) else set()


def _texts(value: list[Any]) -> Iterator[str]:
    for one in value:
        if isinstance(one, str):
            yield one
