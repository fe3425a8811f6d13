"""Observations of our own, no 3GPP test cases: what a recording shows of null ciphering and of links in the clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from assay.checks.log import NAS, NGAP, Log
from assay.checks.sbi import Exchange, Sieve, sifted
from assay.model.assessment import Seen
from assay.model.event import Event

__all__ = ["SIEVES", "cleartext_n2", "cleartext_sbi", "null_ciphering"]


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
    yield from _readable((one.request for one, _ in sifted(log, _PLAIN)), "HTTP of the service-based interface")
    for one, _ in sifted(log, _SEALED):
        yield Seen.good("requests of the service-based interface are under TLS", one.request)


def _sealed(log: Log, one: Exchange) -> str:
    del log
    return "sealed" if one.request.point == "SBI" and one.request.key("sealed") == "tls" else ""


def _plain(log: Log, one: Exchange) -> str:
    """The two ends of a request in the clear."""
    del log
    asked = one.request
    return " ".join(_ends(asked)) if asked.point == "SBI" and asked.key("sealed") != "tls" else ""


_SEALED: Final = Sieve(_sealed)
_PLAIN: Final = Sieve(_plain, first=True)
SIEVES: Final = (_SEALED, _PLAIN)


def _ends(event: Event) -> tuple[str, str]:
    src, dst = event.key("src"), event.key("dst")
    return min(src, dst), max(src, dst)


def _readable(events: Iterable[Event], what: str) -> Iterator[Seen]:
    ends: dict[tuple[str, str], Event] = {}
    for event in events:
        ends.setdefault(_ends(event), event)
    for event in ends.values():
        yield Seen.bad(f"{what} is readable where it was recorded", event)
