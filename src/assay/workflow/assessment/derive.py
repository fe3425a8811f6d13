"""Derives an example from a recording: drops, copies, moves or patches frames, and seals NAS messages anew.

What is left alone keeps its bytes. Steps stand in the example's declaration (docs/case-format.md):
`drop`, `copy` and `move` with `after`, `frame` with `find` and `put`, `reseal`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from assay.errors import InputError
from assay.model.event import Event
from assay.wire import ip, link, nas
from assay.wire.capture import Capture, frames
from assay.wire.crypto import keys, nea, nia
from assay.wire.crypto.keys import Purpose, serving_network_name
from assay.wire.crypto.parameters import DOWNLINK, UPLINK, Parameters
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from assay.wire.nas_security import Session

__all__ = ["derive"]

_SCTP_HEAD: Final = 12
_BILLION: Final = 1_000_000_000
_STEP: Final = 1_000


@dataclass(slots=True)
class _Piece:
    """A frame under way: `place` is where its bytes began in the original file; copies are `fresh`."""

    number: int
    time: int
    place: int
    data: bytearray
    fresh: bool = False


@dataclass(slots=True)
class _Work:
    """The frames of a recording, and the NAS messages that stand in them."""

    link: int
    pieces: list[_Piece]
    seals: list[_Seal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Seal:
    """A protected NAS message of the original: where it stands and the context that made it."""

    frame: int
    start: int
    end: int
    direction: int
    count: int
    header: int
    k_amf: bytes = field(repr=False)
    algorithms: tuple[int, int]
    command: bool


def derive(original: bytes, edits: Sequence[Mapping[str, Any]], ring: Keyring) -> bytes:
    """The recording after the edits, as pcap. Raises InputError (E0647) for a step that does not fit the recording."""
    capture = Capture()
    found = list(frames([original], capture))
    pieces = [_Piece(one.number, one.time or one.number * _BILLION, one.start, bytearray(one.data)) for one in found]
    work = _Work(found[0].link if found else 1, pieces)
    if any("reseal" in one for one in edits):
        work.seals = _seals(original, ring)
    for step in edits:
        _apply(work, step)
    _renumber(work)
    return _pcap(work)


def _apply(work: _Work, step: Mapping[str, Any]) -> None:
    match step:
        case {"drop": numbers}:
            gone = set(numbers if isinstance(numbers, list) else [numbers])
            work.pieces = [one for one in work.pieces if one.number not in gone]
        case {"copy": number, "after": after}:
            piece = _find(work, number)
            fresh = _Piece(-number, 0, piece.place, bytearray(piece.data), fresh=True)
            _insert(work, fresh, after)
            _patch(fresh, step)
        case {"move": number, "after": after}:
            piece = _find(work, number)
            work.pieces.remove(piece)
            _insert(work, piece, after)
        case {"frame": number, "find": _, "put": _}:
            _patch(_find(work, number), step)
        case {"reseal": algorithms}:
            _reseal(work, str(algorithms), step.get("frames"))
        case _:
            raise InputError("E0647", f"no such step of an example: {dict(step)}")


def _find(work: _Work, number: int) -> _Piece:
    found = next((one for one in work.pieces if one.number == number), None)
    if found is None:
        raise InputError("E0647", f"the recording has no frame {number}")
    return found


def _insert(work: _Work, piece: _Piece, after: int) -> None:
    before = _find(work, after)
    at = work.pieces.index(before) + 1
    following = work.pieces[at].time if at < len(work.pieces) else before.time + 2 * _STEP
    piece.time = max(before.time + 1, min(before.time + _STEP, following))
    work.pieces.insert(at, piece)


def _patch(piece: _Piece, step: Mapping[str, Any]) -> None:
    if "find" not in step:
        return
    wanted, put = _bytes(step["find"]), _bytes(step["put"])
    at = piece.data.find(wanted)
    if at < 0 or len(wanted) != len(put):
        raise InputError("E0647", f"frame {piece.number} has no {step['find']}, or what is put has another length")
    piece.data[at : at + len(put)] = put


def _bytes(text: str) -> bytes:
    """Hex, or the text behind `text:`."""
    return text[5:].encode() if text.startswith("text:") else bytes.fromhex(text)


def _seals(original: bytes, ring: Keyring) -> list[_Seal]:
    """Every protected NAS message whose MAC is right, with its context, worked out again from the keys."""
    sessions: dict[str, Session] = {}
    held = {one.supi: one for one in ring.subscribers}
    out = []
    for event in events("original", [original], ring, Reading()):
        who, supi = event.key("who"), event.key("supi")
        if event.protocol != "nas-5gs" or event.key("inside") or supi not in held or len(event.spans) != 1:
            continue
        session = sessions.get(who)
        if session is None:
            plmn = event.key("plmn") or supi[:5]
            session = sessions[who] = Session(held[supi], (serving_network_name(plmn[:3], plmn[3:]),))
        found = _sealed(session, event, original)
        out += [found] if found else []
    return out


def _sealed(session: Session, event: Event, original: bytes) -> _Seal | None:
    span = event.spans[0]
    direction = UPLINK if event.key("direction") == "up" else DOWNLINK
    judged = session.feed(direction, original[span.start : span.end])
    if not judged.genuine or judged.count is None or session.current is None:
        return None
    own = session.current
    return _Seal(
        span.frame, span.start, span.end, direction, judged.count, judged.header, own.k_amf,
        (own.integrity, own.ciphering), judged.name == "security-mode-command",
    )  # fmt: skip


def _reseal(work: _Work, algorithms: str, only: list[int] | None) -> None:
    """Compute MACs anew over what now stands in the frames; `NIA1` or `NEA2` in `algorithms` changes the algorithm.

    The original must use NEA0: what stands in its frames is then the plain message.
    """
    for seal in work.seals:
        for piece in work.pieces:
            if abs(piece.number) != seal.frame or (only is not None and piece.number not in only):
                continue
            _seal_one(piece, seal, _chosen(seal, algorithms))


def _chosen(seal: _Seal, text: str) -> tuple[int, int]:
    integrity, ciphering = seal.algorithms
    for word in text.split():
        if word.startswith("NIA"):
            integrity = int(word[3:])
        elif word.startswith("NEA"):
            ciphering = int(word[3:])
    return integrity, ciphering


def _seal_one(piece: _Piece, seal: _Seal, chosen: tuple[int, int]) -> None:
    start, end = seal.start - piece.place, seal.end - piece.place
    message = bytes(piece.data[start:end])
    given = nas.unwrap(message)
    inner = bytearray(given.inner)
    if seal.command:
        inner[3] = chosen[1] << 4 | chosen[0]
    plain = bytes(inner)
    if given.ciphered and chosen[1]:
        key = keys.algorithm_key(seal.k_amf, Purpose.NAS_ENC, chosen[1])
        plain = nea.cipher(chosen[1], Parameters(key, seal.count, 1, seal.direction), plain)
    text = message[6:7] + plain
    code = bytes(4)
    if chosen[0]:
        key = keys.algorithm_key(seal.k_amf, Purpose.NAS_INT, chosen[0])
        code = nia.mac(chosen[0], Parameters(key, seal.count, 1, seal.direction), text)
    piece.data[start:end] = message[:2] + code + text


def _renumber(work: _Work) -> None:
    """Give copied SCTP chunks numbers of their own, and move those behind them: a copy is no retransmission."""
    shifts: dict[tuple[bytes, bytes, bytes], int] = {}
    for piece in work.pieces:
        found = link.locate(work.link, bytes(piece.data))
        if found is None or found[0] != link.IPV4 or piece.data[found[1] + 9] != ip.SCTP:
            continue
        at = found[1]
        head = (piece.data[at] & 15) * 4
        flow = bytes(piece.data[at + 12 : at + 16]), bytes(piece.data[at + 16 : at + 20]), bytes(
            piece.data[at + head : at + head + 8])  # fmt: skip
        shift = shifts.get(flow, 0)
        if piece.fresh:
            piece.data[at + 4 : at + 6] = struct.pack(
                ">H", (int.from_bytes(piece.data[at + 4 : at + 6], "big") ^ 0x5A5A)
            )
        shifts[flow] = _shifted(piece, at + head + _SCTP_HEAD, shift)


def _shifted(piece: _Piece, at: int, shift: int) -> int:
    """Move the numbers of the data chunks from `at` on; a fresh piece takes numbers far beyond and adds to none."""
    while at + 16 <= len(piece.data):
        kind, size = piece.data[at], int.from_bytes(piece.data[at + 2 : at + 4], "big")
        if size < 4:
            break
        if kind == 0:
            number = int.from_bytes(piece.data[at + 4 : at + 8], "big")
            moved = number + shift + (_FAR if piece.fresh else 0)
            piece.data[at + 4 : at + 8] = struct.pack(">I", moved % (1 << 32))
        at += (size + 3) & ~3
    return shift + (1 if piece.fresh else 0)


_FAR: Final = 1 << 12


def _pcap(work: _Work) -> bytes:
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, work.link)]
    for one in work.pieces:
        size = len(one.data)
        out.append(struct.pack("<IIII", one.time // _BILLION, one.time % _BILLION, size, size) + bytes(one.data))
    return b"".join(out)
