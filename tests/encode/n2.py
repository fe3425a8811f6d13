"""Writes NGAP and NAS: the outer frame of aligned PER by hand, NAS messages byte by byte, protected under a lab key.

Only the algorithms of `assay.wire.crypto` are shared with the readers; they are held against the vectors of 3GPP.
"""

from __future__ import annotations

from assay.wire.crypto import keys, milenage, nea, nia
from assay.wire.crypto.keys import Purpose, serving_network_name
from assay.wire.crypto.parameters import DOWNLINK, UPLINK, Parameters

K, OPC = bytes.fromhex("465B5CE8B199B49FAA5F0A2EE238A6BC"), bytes.fromhex("E8ED289DEBA952E4283B54E88E6183CA")
AMF, GNB = ("10.0.0.5", 38412), ("10.0.0.9", 38412)
CAPABILITIES = b"\xf0\xf0\xf0\xf0"


def length(size):
    return bytes((size,)) if size < 128 else bytes((0x80 | size >> 8, size & 255))


def ngap(kind, procedure, *elements):
    body = b"\0" + len(elements).to_bytes(2, "big")
    for ident, value in elements:
        body += ident.to_bytes(2, "big") + b"\0" + length(len(value)) + value
    return bytes((kind << 5, procedure, 0)) + length(len(body)) + body


def amf_id(number):
    return b"\0" + bytes((number,))


def nas_pdu(data):
    return length(len(data)) + data


def capabilities(nas_octets):
    """Octets of NAS as the four bit strings of NGAP."""
    bits = "00"
    for octet in (nas_octets + bytes(4))[:4]:
        bits += "0" + f"{(octet << 1) & 255:08b}" + "00000000"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def plmn(text="99970"):
    d = text if len(text) == 6 else text[:3] + text[3:] + "f"
    return bytes((int(d[1] + d[0], 16), int(d[5] + d[2], 16), int(d[4] + d[3], 16)))


def tlv(ident, value, wide=False):
    return bytes((ident,)) + len(value).to_bytes(2 if wide else 1, "big") + value


class Ue:
    """A UE with a lab key, and the network's view of it: builds messages and sends them over N2."""

    def __init__(self, tape, supi="999700000000001", ids=(1, 1), integrity=2, ciphering=2, seed=7, amf=AMF, gnb=GNB):
        self.tape, self.supi, (self.ran, self.core), self.amf, self.gnb = tape, supi, ids, amf, gnb
        self.integrity, self.ciphering, self.capabilities = integrity, ciphering, CAPABILITIES
        self.seed, self.counts, self.k_amf = seed, {UPLINK: 0, DOWNLINK: 0}, None
        self.network = serving_network_name("999", "70")

    # --- carriage ---
    def begin(self, nas):
        self.tape.sctp(
            self.gnb,
            self.amf,
            ngap(
                0,
                15,
                (85, amf_id(self.ran)),
                (38, nas_pdu(nas)),
                (121, b"\x40" + plmn() + bytes(5) + plmn() + b"\0\0\1"),
                (90, b"\x18"),
            ),
        )

    def up(self, nas):
        self.tape.sctp(
            self.gnb, self.amf, ngap(0, 46, (10, amf_id(self.core)), (85, amf_id(self.ran)), (38, nas_pdu(nas)))
        )

    def down(self, nas):
        self.tape.sctp(
            self.amf, self.gnb, ngap(0, 4, (10, amf_id(self.core)), (85, amf_id(self.ran)), (38, nas_pdu(nas)))
        )

    def setup(self, nas=b"", octets=None):
        elements = [(10, amf_id(self.core)), (85, amf_id(self.ran)), (119, capabilities(octets or self.capabilities))]
        self.tape.sctp(self.amf, self.gnb, ngap(0, 14, *elements, *([(38, nas_pdu(nas))] if nas else [])))

    def release(self):
        self.tape.sctp(self.gnb, self.amf, ngap(1, 41, (10, amf_id(self.core)), (85, amf_id(self.ran))))

    # --- protection ---
    def sealed(self, direction, plain, header=2, count=None):
        number = self.counts[direction] if count is None else count
        if count is None:
            self.counts[direction] += 1
        inner = plain
        if header in (2, 4):
            key = keys.algorithm_key(self.k_amf, Purpose.NAS_ENC, self.ciphering)
            inner = (
                nea.cipher(self.ciphering, Parameters(key, number, 1, direction), plain) if self.ciphering else plain
            )
        text = bytes((number & 255,)) + inner
        key = keys.algorithm_key(self.k_amf, Purpose.NAS_INT, self.integrity)
        code = nia.mac(self.integrity, Parameters(key, number, 1, direction), text) if self.integrity else bytes(4)
        return bytes((0x7E, header)) + code + text

    def send(self, plain, header=2):
        self.up(self.sealed(UPLINK, plain, header))

    def receive(self, plain, header=2):
        self.down(self.sealed(DOWNLINK, plain, header))

    # --- messages ---
    def suci(self, scheme=0, key=0, output=None):
        digits = self.supi[5:]
        packed = bytes(
            int(digits[i + 1 : i + 2] or "f", 16) << 4 | int(digits[i], 16) for i in range(0, len(digits), 2)
        )
        return (
            b"\x01" + plmn(self.supi[:5]) + b"\xf0\xff" + bytes((scheme, key)) + (packed if output is None else output)
        )

    @staticmethod
    def guti(tmsi):
        return b"\xf2" + plmn() + b"\x02\x00\x40" + tmsi

    def registration(self, identity=None, kind=1, octets=None):
        return (
            b"\x7e\x00\x41"
            + bytes((0x78 | kind,))
            + len(identity or self.suci()).to_bytes(2, "big")
            + (identity or self.suci())
            + tlv(0x2E, octets or self.capabilities)
        )

    def challenge(self, resend=False):
        """An Authentication Request with a fresh vector; `self.k_amf` is what it leads to."""
        self.seed += 0 if resend else 1
        self.rand, sqn = bytes([self.seed] * 16), bytes([0, 0, 0, 0, self.seed, 32])
        out = milenage.f2345(K, OPC, self.rand)
        hidden = bytes(a ^ b for a, b in zip(sqn, out.ak, strict=True))
        self.autn = hidden + b"\x80\0" + milenage.f1(K, OPC, self.rand, sqn, b"\x80\0")[0]
        k_ausf = keys.k_ausf(out.ck, out.ik, self.network, hidden)
        self.k_amf = keys.k_amf(keys.k_seaf(k_ausf, self.network), self.supi, b"\0\0")
        self.res_star = keys.res_star(out.ck, out.ik, self.network, self.rand, out.res)
        return b"\x7e\0\x56\0\x02\0\0\x21" + self.rand + b"\x20\x10" + self.autn

    def response(self, wrong=False):
        return b"\x7e\0\x57\x2d\x10" + (bytes(16) if wrong else self.res_star)

    def command(self):
        self.counts = {UPLINK: 0, DOWNLINK: 0}
        plain = (
            b"\x7e\0\x5d"
            + bytes((self.ciphering << 4 | self.integrity,))
            + b"\0"
            + bytes((len(self.capabilities),))
            + self.capabilities
        )
        return self.sealed(DOWNLINK, plain, 3)

    def complete(self, request=b""):
        return self.sealed(UPLINK, b"\x7e\0\x5e" + (tlv(0x71, request, wide=True) if request else b""), 4)

    def accept(self, tmsi=b"", rest=b""):
        return b"\x7e\0\x42\x01\x01" + (tlv(0x77, self.guti(tmsi), wide=True) if tmsi else b"") + rest

    def update(self, tmsi=b""):
        return b"\x7e\0\x54" + (tlv(0x77, self.guti(tmsi), wide=True) if tmsi else b"\xd1")

    def service(self, tmsi):
        return b"\x7e\0\x4c\x10\0\x07\xf4\0\x40" + tmsi

    def open(self, identity=None, kind=1, octets=None):
        """Registration up to the answered Security Mode Command."""
        request = self.registration(identity, kind, octets)
        self.begin(request)
        self.down(self.challenge())
        self.up(self.response())
        self.down(self.command())
        self.up(self.complete(request))

    def register(self, tmsi=b"\xc0\0\0\x11", identity=None, kind=1):
        self.open(identity, kind)
        self.setup(self.sealed(DOWNLINK, self.accept(tmsi)))
        self.send(b"\x7e\0\x43")
