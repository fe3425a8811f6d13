"""Recordings of a split gNB that no peer's recording shows: ciphered RRC on F1; and path switches."""

from __future__ import annotations

from assay.wire.crypto import keys, nea, nia
from assay.wire.crypto.keys import Purpose
from assay.wire.crypto.parameters import DOWNLINK, UPLINK, Parameters
from encode.amf import OTHER
from encode.bits import Bits
from encode.n2 import AMF, Ue, amf_id, capabilities, length, ngap
from encode.tape import Tape

CU, DU = ("10.0.2.1", 38472), ("10.0.2.2", 38472)
ENQUIRY, DONE = bytes.fromhex("3402012001013400"), bytes.fromhex("2a00")


class Radio(Ue):
    """A UE whose messages travel in RRC on F1."""

    def __init__(self, tape, nea_as=2, nia_as=2):
        super().__init__(tape)
        self.nea_as, self.nia_as, self.numbers = nea_as, nia_as, {UPLINK: 0, DOWNLINK: 0}
        self.k_gnb, self.ciphered = None, False

    def carry(self, direction, rrc):
        """One RRC message on SRB 1: PDCP head, MAC-I, ciphering, F1AP."""
        number = self.numbers[direction]
        self.numbers[direction] += 1
        head, code = number.to_bytes(2, "big"), bytes(4)
        if self.k_gnb and self.nia_as:
            key = keys.algorithm_key(self.k_gnb, Purpose.RRC_INT, self.nia_as)
            code = nia.mac(self.nia_as, Parameters(key, number, 0, direction), head + rrc)
        text = rrc + code
        if self.ciphered and self.nea_as:
            key = keys.algorithm_key(self.k_gnb, Purpose.RRC_ENC, self.nea_as)
            text = nea.cipher(self.nea_as, Parameters(key, number, 0, direction), text)
        unit = head + text
        elements = (40, b"\0\1"), (41, b"\x40\x9b\x2d"), (64, b"\x20"), (50, length(len(unit)) + unit)
        ends = (DU, CU) if direction == UPLINK else (CU, DU)
        self.tape.sctp(*ends, ngap(0, 13 if direction == UPLINK else 12, *elements), ppid=62)

    def begin(self, nas):
        self.up(nas)

    def up(self, nas):
        self.carry(UPLINK, Bits("001110100").add(len(nas), 8).put(nas).done())

    def down(self, nas):
        self.carry(DOWNLINK, Bits("00101110100").add(len(nas), 8).put(nas).done())

    def secure(self):
        """The AS security mode procedure."""
        self.k_gnb = keys.k_gnb(self.k_amf, 0)
        chosen = Bits("00100010" + "00001" + "0").add(self.nea_as, 3).add(0, 1).add(self.nia_as, 3).done()
        self.carry(DOWNLINK, chosen)
        self.carry(UPLINK, DONE)
        self.ciphered = True


def ciphered(algorithm, later=True):
    tape = Tape()
    ue = Radio(tape, algorithm)
    ue.open()
    ue.secure()
    if later:
        ue.carry(DOWNLINK, ENQUIRY)
    return tape.pcap()


def switched(octets):
    tape = Tape()
    held = [(119, capabilities(octets))] if octets else []
    tape.sctp(OTHER, AMF, ngap(0, 25, (85, amf_id(3)), (100, amf_id(1)), *held))
    tape.sctp(
        AMF, OTHER, ngap(1, 25, (10, amf_id(1)), (85, amf_id(3)), (119, capabilities(b"\xf0" * 4)), (93, bytes(9)))
    )
    return tape.pcap()


def resumed(answer):
    """A UE that was inactive asks to resume; the gNB sets up anew, resumes, or says nothing that is recorded."""
    tape = Tape()
    du, cu, cell = (41, b"\x40\x9b\x2e"), (40, b"\0\2"), (111, b"\0\0\xf1\x10" + bytes(5))
    request = Bits("001").add(0x123456, 24).add(0xBEEF, 16).add(4, 4).add(0, 1).done()
    tape.sctp(DU, CU, ngap(0, 11, du, cell, (95, b"\0\0\7"), (50, length(len(request)) + request)), ppid=62)
    if answer == "setup":
        unit = Bits("001" + "00" + "0" + "00" + "000000").add(0, 8).done()
        tape.sctp(CU, DU, ngap(0, 12, cu, du, (64, b"\0"), (50, length(len(unit)) + unit)), ppid=62)
    elif answer == "resume":
        for ends, procedure, number in (((CU, DU), 12, 0), ((DU, CU), 13, 0)):
            unit = number.to_bytes(2, "big") + bytes(range(9)) + b"\xaa\xbb\xcc\xdd"
            tape.sctp(*ends, ngap(0, procedure, cu, du, (64, b"\x20"), (50, length(len(unit)) + unit)), ppid=62)
    return tape.pcap()


FILES = {
    "gnb-resume-setup": lambda: resumed("setup"), "gnb-resume-resumed": lambda: resumed("resume"),
    "gnb-resume-silent": lambda: resumed(""),
    "gnb-nea2": lambda: ciphered(2), "gnb-nea0": lambda: ciphered(0),
    "gnb-nea2-alone": lambda: ciphered(2, later=False),
    "gnb-switch": lambda: switched(b"\xf0" * 4), "gnb-switch-altered": lambda: switched(b"\x80" * 4),
    "gnb-switch-bare": lambda: switched(b""),
}  # fmt: skip
