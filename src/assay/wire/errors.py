"""Errors of the wire room and the list of their codes.

InputError (assay.errors)
└── WireError    bytes are not what the layer says they are

A fault inside a capture is no error but a `Finding`: reading goes on behind it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from assay.errors import InputError

__all__ = ["CODES", "Finding", "Findings", "WireError", "need"]

CODES: Final = {
    "E0600": "the file is no pcap and no pcapng",
    "E0601": "the head of a capture is cut short or makes no sense",
    "E0610": "a key, a counter or a parameter of a security algorithm has the wrong length or range",
    "E0611": "an algorithm is not known",
    "E0620": "a concealed identifier (SUCI) is malformed",
    "E0621": "a home-network key cannot be used with the protection scheme",
    "E0630": "a codec is not installed",
    "E0631": "a message cannot be decoded",
    "E0632": "the body of a message cannot be read as what it should be",
}


class WireError(InputError):
    """Bytes are not what the layer says they are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault met while reading: what it is by name, where, and a number that shows its size.

    `frame` counts from 1 as capture viewers do; 0 speaks of the file.
    """

    name: str
    frame: int
    detail: str = ""


@dataclass(slots=True)
class Findings:
    """Faults in the order met: all are counted by name, the first of each name are kept whole."""

    kept_of_each: int = 20
    counts: Counter[str] = field(default_factory=Counter)
    first: list[Finding] = field(default_factory=list)

    def add(self, name: str, frame: int, detail: str = "") -> None:
        """Count a fault and keep it if few of its name came before."""
        self.counts[name] += 1
        if self.counts[name] <= self.kept_of_each:
            self.first.append(Finding(name, frame, detail))


def need(what: str, value: bytes, *lengths: int) -> bytes:
    """`value` if it has one of the `lengths`."""
    if len(value) not in lengths:
        expected = " or ".join(str(length) for length in lengths)
        raise WireError("E0610", f"{what} has {len(value)} bytes", expected=f"{expected} bytes")
    return value
