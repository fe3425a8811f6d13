"""What network functions say of themselves at the NRF, as far as the recording shows it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from assay.checks.log import Log
from assay.checks.sbi import exchanges, json_of
from assay.model.event import Event

__all__ = ["Profile", "profile_of", "profiles", "slices", "words"]

Profile = dict[str, Any]
_REGISTRATIONS: Final = ("/nnrf-nfm/v1/nf-instances/", "PUT")


def profiles(log: Log, before: Event | None = None) -> dict[str, tuple[Profile, Event]]:
    """The newest accepted registration of each instance, before an event where one is given."""
    held = log.once("registered", _registered)
    if before is None:
        return log.once("newest profiles", lambda own: _read(own, {name: rows[-1] for name, rows in held.rows.items()}))
    rows = {}
    for name, own in held.rows.items():
        count = bisect_right(own, before.number, key=held.numbers.__getitem__)
        if count:
            rows[name] = own[count - 1]
    return _read(log, rows)


class _Registered(NamedTuple):
    """Rows of the accepted registrations of each instance, and the numbers of all rows."""

    rows: dict[str, array[int]]
    numbers: array[int]


def _registered(log: Log) -> _Registered:
    found = _Registered({}, array("Q"))
    for row, one in enumerate(exchanges(log, *_REGISTRATIONS)):
        found.numbers.append(one.request.number)
        body = json_of(log, one.request)
        if isinstance(body, dict) and 200 <= one.status < 300:
            own = str(body.get("nfInstanceId") or one.path.rsplit("/", 1)[-1])
            found.rows.setdefault(own, array("I")).append(row)
    return found


def _read(log: Log, rows: dict[str, int]) -> dict[str, tuple[Profile, Event]]:
    held = exchanges(log, *_REGISTRATIONS)
    requests = {name: held[row].request for name, row in rows.items()}
    return {name: (json_of(log, request), request) for name, request in requests.items()}


def profile_of(log: Log, event: Event, end: str = "dst") -> Profile:
    """The profile of the function at one end of a message: the one that registered that address; else empty."""
    address = event.key(end)
    found = log.once("profiles by address", _by_address).get(address, [])
    return found[0] if len(found) == 1 else {}


def _by_address(log: Log) -> dict[str, list[Profile]]:
    found: dict[str, list[Profile]] = {}
    for body, _ in profiles(log).values():
        held = body.get("ipv4Addresses", ())
        for address in {one for one in held if isinstance(one, str)} if isinstance(held, list | tuple) else ():
            found.setdefault(address, []).append(body)
    return found


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
