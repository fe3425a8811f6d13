"""Holds our decoder against tshark where it is installed: message counts of each type must be equal.

tshark runs as a process of its own (it is under the GPL) and only here; nothing else in the product starts one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from assay.errors import InputError
from assay.model.event import Event
from assay.wire import aper, nas
from assay.wire.errors import WireError
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events

__all__ = ["Comparison", "Difference", "compare", "cross_check", "find_tshark"]

_TIMEOUT: Final = 600
_CHUNK: Final = 1 << 20
_FIELDS: Final = (
    "frame.number", "icmp.type", "gtp.message", "ngap.procedureCode", "ngap.NGAP_PDU", "f1ap.procedureCode",
    "f1ap.F1AP_PDU", "{nas}.mm.message_type", "{nas}.sm.message_type", "pfcp.msg_type", "http2.type",
    "http.request.method", "http.response.code", "tls.handshake.type",
)  # fmt: skip
_MOBILITY, _SESSION = "nas-mobility", "nas-session"
_HEADERS: Final = "1"
_USER: Final = "255"
_HELLOS: Final = {"1": "client-hello", "2": "server-hello"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A type of message of which the decoders counted different numbers; `why` is empty where nothing explains it."""

    protocol: str
    message: str
    ours: int
    theirs: int
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one recording showed: types and messages compared, and where the counts differ."""

    file: str
    types: int
    messages: int
    differences: tuple[Difference, ...]


_Counts = Counter[tuple[str, str]]


def find_tshark() -> str | None:
    """Where tshark is installed, None where it is not."""
    return shutil.which("tshark")


def cross_check(paths: Iterable[Path]) -> dict[str, Any]:
    """Compare on every recording, as a document; `tool` is empty and nothing is compared where tshark is absent.

    A recording that one of the two cannot read stands under `failed` with the reason.
    """
    tshark = find_tshark()
    out: dict[str, Any] = {"tool": _version(tshark) if tshark else "", "recordings": [], "failed": [], "unexplained": 0}
    for path in paths if tshark else ():
        try:
            found = compare(path, tshark or "")
        except InputError as error:
            out["failed"].append({"file": path.name, "reason": f"{error.code} {error.what}"})
            continue
        out["recordings"].append(asdict(found))
        out["unexplained"] += sum(not one.why for one in found.differences)
    return out


def _version(tshark: str) -> str:
    return (_run([tshark, "-v"]).splitlines() or [""])[0].split(" (Git")[0].rstrip(".")


def compare(path: Path, tshark: str) -> Comparison:
    """Counts of both decoders for one recording. InputError E0633 where tshark fails."""
    reading = Reading()
    found = list(events(path.name, _chunks(path), Keyring(), reading))
    ours, theirs = _ours(found), _theirs(path, tshark, _ports(found))
    unread = any(event.kind == "unreadable" for event in found)
    differences = [
        Difference(*key, ours[key], theirs[key], _reason(key[0], reading, unread))
        for key in sorted({*ours, *theirs})
        if ours[key] != theirs[key]
    ]
    return Comparison(path.name, len({*ours, *theirs}), ours.total(), tuple(differences))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _ports(found: Iterable[Event]) -> list[str]:
    """Ports at which HTTP/2 was recognised: tshark finds it by port where the preface is not recorded."""
    both = [(event.key("src_port"), event.key("dst_port")) for event in found if event.key("version") == "2"]
    return sorted({min(pair, key=int) for pair in both}, key=int)


_EVERYWHERE: Final = {
    "duplicate": "a packet recorded at several interfaces is read once",
    "frame-cut": "frames are cut by the snap length",
    "link-unknown": "the link type is not read here",
}
_OVER_SCTP: Final = {"sctp-repeated": "a chunk sent again is read once"}
_OVER_TCP: Final = {
    "tcp-gap": "bytes are missing, and the two look for the next message in different ways",
    "tcp-start-missing": "the beginning of a connection is not recorded",
}


def _reason(protocol: str, reading: Reading, unread: bool) -> str:
    """What of the recording itself may make the counts of a protocol differ."""
    names = _EVERYWHERE | (_OVER_TCP if protocol in ("http1", "http2", "tls") else _OVER_SCTP)
    texts = [text for name, text in names.items() if reading.findings.counts[name]]
    if unread and protocol in (_MOBILITY, _SESSION):
        texts.append(
            "a message that is ciphered, or whose inner head is that of no plain message, is named with keys only"
        )
    return "; ".join(texts)


def _ours(found: Iterable[Event]) -> _Counts:
    out: _Counts = Counter()
    for event in found:
        key = _key(event)
        if key:
            out[key] += int(event.key("packets")) if event.kind == "tunnel" else 1
    return out


def _key(event: Event) -> tuple[str, str] | None:
    match event.protocol:
        case "ngap" | "f1ap":
            return _procedure(event)
        case "nas-5gs" if event.kind != "unreadable":
            session = event.body[0] == nas.SESSION
            return (_SESSION, str(event.body[3])) if session else (_MOBILITY, str(event.body[2]))
        case "pfcp" if event.kind != "undecodable":
            return "pfcp", str(event.body[1])
        case "gtp-u" if event.kind == "tunnel":
            return "gtp-u", _USER
        case "http":
            return _http(event)
        case "tls" if event.kind in _HELLOS.values() and not event.key("sealed"):
            return "tls", event.kind
        case _:
            return None


def _procedure(event: Event) -> tuple[str, str] | None:
    try:
        pdu = aper.split(event.body, marked=event.protocol == "ngap")
    except WireError:
        return None
    return event.protocol, f"{pdu.procedure}-{pdu.kind}"


def _http(event: Event) -> tuple[str, str] | None:
    if event.key("sealed"):
        return None
    if event.key("version") == "2":
        return "http2", "header blocks"
    return "http1", event.key("method") if event.kind == "request" else event.key("status")


def _theirs(path: Path, tshark: str, ports: list[str]) -> _Counts:
    version = _run([tshark, "-v"])
    found = re.search(r"(\d+)\.(\d+)\.\d+", version)
    modern = found is not None and (int(found[1]), int(found[2])) >= (4, 2)
    fields = [field.format(nas="nas-5gs" if modern else "nas_5gs") for field in _FIELDS]
    command = [tshark, "-n", "-r", str(path), "-o", "nas-5gs.null_decipher:TRUE", "-T", "fields"]
    command += ["-E", "separator=;", "-E", "occurrence=a", "-E", "aggregator=,"]
    command += [part for field in fields for part in ("-e", field)]
    out = _counted(command, len(fields))
    if ports:  # told that a port speaks HTTP/2, it sees nothing else there, so this is a pass of its own
        told = _counted(
            [*command, *(part for port in ports for part in ("-d", f"tcp.port=={port},http2"))], len(fields)
        )
        out = Counter({key: told[key] if key[0] == "http2" else out[key] for key in {*out, *told}})
    return +out


def _counted(command: list[str], width: int) -> _Counts:
    out: _Counts = Counter()
    for line in _run(command).splitlines():
        row = line.split(";")
        if len(row) == width:
            out.update(_row([cell.split(",") if cell else [] for cell in row]))
    return out


def _row(cells: list[list[str]]) -> Iterator[tuple[str, str]]:
    """The messages of one frame. What an ICMP message quotes, and what users send through tunnels, is not counted."""
    _, icmp, gtp, ngap, ngap_kind, f1ap, f1ap_kind, mobility, session, pfcp, http2, method, status, tls = cells
    if icmp and not gtp:
        return
    yield from (("gtp-u", str(int(one, 0))) for one in gtp if int(one, 0) == int(_USER))
    yield from (("ngap", f"{one}-{aper.KINDS[int(kind)]}") for one, kind in zip(ngap, ngap_kind, strict=False))
    yield from (("f1ap", f"{one}-{aper.KINDS[int(kind)]}") for one, kind in zip(f1ap, f1ap_kind, strict=False))
    if ngap or f1ap:  # NAS also travels in bodies of the SBI
        yield from ((_MOBILITY, str(int(one, 0))) for one in mobility)
        yield from ((_SESSION, str(int(one, 0))) for one in session)
    if gtp:
        return
    yield from (("pfcp", str(int(one, 0))) for one in pfcp)
    yield from (("http2", "header blocks") for one in http2 if one == _HEADERS)
    yield from (("http1", one) for one in (*method, *status) if not http2)
    yield from (("tls", _HELLOS[one]) for one in tls if one in _HELLOS)


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError("E0633", f"tshark did not run: {type(error).__name__}", where=command[0]) from None
    if done.returncode and not done.stdout:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError("E0633", f"tshark failed: {last}", where=command[0], remedy="leave the cross-check out")
    return done.stdout
