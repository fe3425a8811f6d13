"""Observations of our own, no 3GPP test cases: what a recording shows of null ciphering and of links in the clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assay.checks.log import NAS, NGAP, Log
from assay.checks.sbi import HTTP
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["cleartext_n2", "cleartext_sbi", "null_ciphering"]


def null_ciphering(log: Log) -> Iterator[Seen]:
    """The AMF selects NEA0 for a UE that offers more: NAS is readable for whoever sees N1 or N2."""
    for command in log.of(NAS, "security-mode-command"):
        offered = bytes.fromhex(command.key("capabilities") or "00")
        more = offered[:1] and offered[0] & 0x70
        if command.key("nea") == "0":
            if more:
                yield Seen.bad("NEA0 is selected though the UE offers ciphering", command)
            else:
                yield Seen.open("NEA0 is selected; the UE offers nothing else", command)
        elif command.key("nea"):
            yield Seen.good(f"NEA{command.key('nea')} is selected", command)


def cleartext_n2(log: Log) -> Iterator[Seen]:
    """NGAP is readable in the recording: neither DTLS nor IPsec protects it where it was recorded."""
    yield from _readable(log.of(NGAP), "NGAP")
    for event in log.of("dtls", "protected"):
        if event.point == "N2":
            yield Seen.good("N2 is protected by DTLS where it was recorded", event)


def cleartext_sbi(log: Log) -> Iterator[Seen]:
    """Service-based requests are readable without TLS secrets: the link is in the clear where it was recorded."""
    asked = log.of(HTTP, "request")
    plain = (event for event in asked if event.point == "SBI" and event.key("sealed") != "tls")
    yield from _readable(plain, "HTTP of the service-based interface")
    for event in log.of(HTTP, "request"):
        if event.point == "SBI" and event.key("sealed") == "tls":
            yield Seen.good("requests of the service-based interface are under TLS", event)


def _readable(events: Iterable[Event], what: str) -> Iterator[Seen]:
    ends: dict[tuple[str, str], Event] = {}
    for event in events:
        pair = min(event.key("src"), event.key("dst")), max(event.key("src"), event.key("dst"))
        ends.setdefault(pair, event)
    for event in ends.values():
        yield Seen.bad(f"{what} is readable where it was recorded", event)
