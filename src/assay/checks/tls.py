"""TS 33.117: which TLS versions and suites a product's server takes, judged from hellos in the clear.

The profile is that of TS 33.210 section 6.2 as generally known, not read: what it mandates and what it forbids.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from assay.checks.log import Log
from assay.checks.settings import texts_of, true_of
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["forbidden_offers", "mandated_offers"]

_MANDATED: Final = {"c02b": "tls-1.2", "c02f": "tls-1.2", "009e": "tls-1.2", "1301": "tls-1.3", "1302": "tls-1.3"}
_OLD: Final = frozenset(("ssl-2.0", "ssl-3.0", "tls-1.0", "tls-1.1"))
_WEAK: Final = frozenset(
    f"{number:04x}" for number in (
        *range(0x0010), *range(0x0010, 0x002F), 0x003B, 0x0034, 0x003A, 0x006C, 0x006D, 0x0018, 0x001B,
        0xC001, 0xC002, 0xC006, 0xC007, 0xC00B, 0xC00C, 0xC010, 0xC011, 0xC012, 0xC015, 0xC016, 0xC017, 0xC018, 0xC019,
    )
)  # fmt: skip
"""Suites without encryption, without authentication, of export strength, or with RC4, DES, 3DES or MD5."""

_NO_AGREEMENT: Final = ("40", "70", "71")


def _all(event: Event, name: str) -> list[str]:
    return [value for own, value in event.keys if own == name]


def _hellos(log: Log) -> Iterator[tuple[Event, list[Event]]]:
    """Every offer to the product (to anyone where it is not stated), with what follows on its connection."""
    own = texts_of(log, "product-addresses")
    connections = log.once("tls connections", _connections)
    for hello in log.of("tls", "client-hello"):
        if not own or hello.key("dst") in own:
            after = (log.at(place) for place in connections[hello.key("conn")])
            yield hello, [one for one in after if one.number > hello.number]


def _connections(log: Log) -> dict[str, array[int]]:
    """The places of the events of each connection: a long recording has many."""
    found: dict[str, array[int]] = defaultdict(lambda: array("Q"))
    held = log.of("tls")
    for place, event in zip(held.places, held, strict=True):
        found[event.key("conn")].append(place)
    return found


def _forbidden(hello: Event) -> bool:
    """True where nothing allowed is offered: an old version only, or weak suites only."""
    return set(_all(hello, "version")) <= _OLD or set(_all(hello, "suite")) - {"00ff", "5600"} <= _WEAK


def forbidden_offers(log: Log) -> Iterator[Seen]:
    """33.117 4.2.2.2.2, sub-case 3: an offer of forbidden versions or suites only does not connect."""
    for hello, after in _hellos(log):
        if not _forbidden(hello):
            continue
        server = next((one for one in after if one.kind == "server-hello"), None)
        alert = next((one for one in after if one.kind == "alert"), None)
        if server is not None:
            yield Seen.bad(
                f"a forbidden offer is accepted: {server.key('version')} {server.key('suite')}", hello, server
            )
        elif alert is not None:
            yield Seen.good("a forbidden offer is refused with an alert", hello, alert)
        else:
            yield Seen.open("neither an answer nor an alert is in the recording", hello)


def mandated_offers(log: Log) -> Iterator[Seen]:
    """33.117 4.2.2.2.2, sub-case 2: an offer of a mandated suite connects, and both sides authenticate."""
    for hello, after in _hellos(log):
        offered = set(_all(hello, "suite")) - {"00ff", "5600"}
        if not offered or not offered <= set(_MANDATED):
            continue
        server = next((one for one in after if one.kind == "server-hello"), None)
        alert = next((one for one in after if one.kind == "alert"), None)
        if server is not None:
            yield _both(log, hello, server, after)
        elif alert is not None and alert.key("description") in _NO_AGREEMENT:
            yield Seen.bad("an offer of mandated suites only is refused: no agreement", hello, alert)
        else:
            yield Seen.open(
                "no answer, or refused for another reason than the suites", hello, *([alert] if alert else [])
            )


def _both(log: Log, hello: Event, server: Event, after: list[Event]) -> Seen:
    asked = any(one.kind == "certificate-request" for one in after)
    suite = server.key("suite")
    if asked or true_of(log, "mutual-tls"):
        return Seen.good(
            f"{server.key('version')} with mandated suite {suite}, a client certificate is asked for", hello, server
        )
    full = {one.kind for one in after} >= {"certificate", "protected"}
    if full and server.key("version") == "tls-1.2":
        return Seen.bad("no client certificate is asked for", hello, server)
    return Seen.open(f"{suite} is chosen; whether a client certificate is asked for is not visible", hello, server)
