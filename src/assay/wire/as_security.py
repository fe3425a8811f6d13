"""The security of a UE's radio connection, computed: K_gNB, PDCP counts, MAC-I, deciphering (TS 33.501, 38.323)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from assay.wire.crypto import keys, nea, nia
from assay.wire.crypto.keys import Purpose
from assay.wire.crypto.parameters import Parameters
from assay.wire.nas_security import Session
from assay.wire.rrc import Algorithms

__all__ = ["Opened", "RadioSecurity"]

_NUMBERS: Final = 4096
"""Sequence numbers of signalling bearers have twelve bits."""

_GREATEST: Final = 3
_TRIED: Final = 4


class Opened(NamedTuple):
    """What was established of a PDCP unit; `genuine` is None where no key is at hand or NIA0 makes it void."""

    genuine: bool | None
    pdcp_count: int | None
    plain: bytes


@dataclass(slots=True)
class RadioSecurity:
    """The security context of one radio connection. `chosen` stands once a command was seen, with or without key."""

    chosen: Algorithms | None = None
    ciphering: bool = False
    k_gnb: bytes | None = field(default=None, repr=False)
    counts: dict[tuple[int, int], int] = field(default_factory=dict)

    def begin(self, session: Session, chosen: Algorithms, srb: int, direction: int, unit: bytes) -> Opened:
        """Judge a Security Mode Command; K_gNB is bound to the count of an uplink NAS message shortly before it."""
        self.chosen, self.ciphering, self.k_gnb = chosen, False, None
        self.counts.clear()
        for k_amf, count in session.anchors(_TRIED):
            self.k_gnb = keys.k_gnb(k_amf, count)
            opened = self.open(srb, direction, unit)
            if opened.genuine:
                return opened
        self.k_gnb = None
        return Opened(None, None, unit[2:-4])

    def open(self, srb: int, direction: int, unit: bytes) -> Opened:
        """Judge a PDCP unit of a signalling bearer: two bytes of head, the message, four bytes of MAC-I."""
        chosen = self.chosen
        if self.k_gnb is None or chosen is None or max(chosen.ciphering, chosen.integrity or 0) > _GREATEST:
            return Opened(None, None, unit[2:-4])
        number = (unit[0] & 15) << 8 | unit[1]
        last = self.counts.get((srb, direction))
        counts = (number,) if last is None else (_above(last, number), _not_above(last, number))
        for count in counts:
            body = unit[2:]
            if self.ciphering:
                body = nea.cipher(chosen.ciphering, self._parameters(Purpose.RRC_ENC, count, srb, direction), body)
            if self._right(count, srb, direction, unit[:2] + body[:-4], body[-4:]):
                self.counts[srb, direction] = max(count, last or 0)
                return Opened(True if chosen.integrity else None, count, body[:-4])
        return Opened(False, None, unit[2:-4])

    def _parameters(self, purpose: Purpose, count: int, srb: int, direction: int) -> Parameters:
        assert self.chosen is not None
        assert self.k_gnb is not None
        algorithm = (self.chosen.integrity or 0) if purpose is Purpose.RRC_INT else self.chosen.ciphering
        return Parameters(keys.algorithm_key(self.k_gnb, purpose, algorithm), count, srb - 1, direction)

    def _right(self, count: int, srb: int, direction: int, text: bytes, code: bytes) -> bool:
        assert self.chosen
        if not self.chosen.integrity:
            return code == bytes(4)
        made = nia.mac(self.chosen.integrity, self._parameters(Purpose.RRC_INT, count, srb, direction), text)
        return hmac.compare_digest(made, code)

    def forget(self) -> None:
        """The key was changed in a way that is not followed here: what comes is not judged."""
        self.k_gnb = None


def _above(last: int, number: int) -> int:
    return last + 1 + (number - last - 1) % _NUMBERS


def _not_above(last: int, number: int) -> int:
    return max(0, last - (last - number) % _NUMBERS)
