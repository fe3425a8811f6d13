"""Recordings of the user plane: its policies on N2, tunnels on N3, N4 and N9, identities at the UDM, charging."""

from __future__ import annotations

import json
import struct

from encode.amf import OTHER, _end
from encode.bits import Bits
from encode.n2 import AMF, GNB, Ue, amf_id, capabilities, ngap
from encode.tape import Http2, Tape

WORDS = {"required": 0, "preferred": 1, "not-needed": 2}
UDM, UDM_CLIENT = ("10.0.0.12", 7777), ("10.0.0.11", 40003)
UPF, SMF, FAR, GNB_U = ("10.0.0.7", 8805), ("10.0.0.4", 8805), "192.0.2.7", "10.0.0.9"


def _indication(bits, integrity, confidentiality):
    return bits.add(0, 3).add(0, 1).add(WORDS[integrity], 2).add(0, 1).add(WORDS[confidentiality], 2)


def setup_transfer(policy):
    held = b"" if policy is None else b"\x00\x8a\x00\x02" + _indication(Bits(), *policy).done()
    return b"\0" + (1 if held else 0).to_bytes(2, "big") + held


def session_setup(tape, policy, session=1):
    inner = setup_transfer(policy)
    item = (
        Bits()
        .add(0, 3)
        .octets(bytes((session,)))
        .add(0, 3)
        .add(1, 8)
        .align()
        .octets(bytes((len(inner),)) + inner)
        .done()
    )
    tape.sctp(AMF, GNB, ngap(0, 29, (10, amf_id(1)), (85, amf_id(1)), (74, b"\0" + item)))


def switch(tape, policy, back, session=1):
    bits = Bits().add(0b0010, 4).add(0, 1).add(0, 2).add(0, 1).add(31, 8).octets(b"\x0a\0\0\x08").octets(b"\0\0\0\x01")
    bits.add(0, 2).add(0, 2).add(0, 1).add(0, 1).add(0, 1).add(0, 1)
    inner = _indication(bits, *policy).add(0, 6).add(0, 2).add(0, 1).add(1, 6).done()
    item = b"\0" + Bits().add(0, 2).octets(bytes((session, len(inner))) + inner).done()
    tape.sctp(OTHER, AMF, ngap(0, 25, (85, amf_id(3)), (100, amf_id(1)), (119, capabilities(b"\xf0" * 4)), (76, item)))
    answer = Bits().add(0b0010 if back else 0, 4)
    inner = (_indication(answer, *back) if back else answer).done()
    item = b"\0" + Bits().add(0, 2).octets(bytes((session, len(inner))) + inner).done()
    tape.sctp(
        AMF,
        OTHER,
        ngap(1, 25, (10, amf_id(1)), (85, amf_id(3)), (119, capabilities(b"\xf0" * 4)), (93, bytes(33)), (77, item)),
    )


def path_policy(stored, asked, back):
    tape = Tape()
    ue = Ue(tape)
    ue.register()
    if stored:
        session_setup(tape, stored)
    switch(tape, asked, back)
    return _end(tape)


def precedence(sent):
    """The UDM wants both required; `sent` is what goes to the gNB."""
    tape = Tape()
    http = Http2(tape, ("10.0.0.4", 40004), UDM)
    ue = Ue(tape)
    ue.register()
    data = [
        {
            "singleNssai": {"sst": 1},
            "dnnConfigurations": {"internet": {"upSecurity": {"upIntegr": "REQUIRED", "upConfid": "REQUIRED"}}},
        }
    ]
    http.exchange("GET", f"/nudm-sdm/v2/imsi-{ue.supi}/sm-data?dnn=internet", back=json.dumps(data).encode())
    session_setup(tape, sent)
    return _end(tape)


def charging(count, twice):
    tape = Tape()
    http = Http2(tape, ("10.0.0.4", 40005), ("10.0.0.15", 7777))
    for number in range(count):
        own = 7 if twice and number == count - 1 else number + 7
        body = {
            "subscriberIdentifier": f"imsi-99970000000000{number % 10}",
            "pDUSessionChargingInformation": {
                "chargingId": own,
                "pduSessionInformation": {"pduSessionID": 1 + number // 10},
            },
        }
        http.exchange("POST", "/nchf-convergedcharging/v3/chargingdata", json.dumps(body).encode(), 201, b"{}")
    return _end(tape)


# --- UDM ---
def suci(scheme, output, answer, status=200, supi="999700000000001"):
    tape = Tape()
    http = Http2(tape, UDM_CLIENT, UDM)
    ue = Ue(tape, supi)
    ue.begin(ue.registration(ue.suci(scheme, 1, output)))
    body = json.dumps({"servingNetworkName": "5G:mnc070.mcc999.3gppnetwork.org"}).encode()
    path = f"/nudm-ueau/v1/suci-0-999-70-0-{scheme}-1-{output.hex()}/security-information/generate-auth-data"
    http.exchange("POST", path, body, status, json.dumps(answer).encode())
    if status == 200:
        ue.down(ue.challenge())
        ue.up(ue.response())
        ue.down(ue.command())
        ue.up(ue.complete())
    return _end(tape)


GIVEN = {"authType": "5G_AKA", "authenticationVector": {"rand": "11" * 16}, "supi": "imsi-999700000000001"}
CONCEALED = bytes(range(45))
"""Nobody opens it here: whose it is shows in the authentication that follows."""

NO_POINT = b"\x02" + b"\xff" * 32 + bytes(13)
A_POINT = bytes.fromhex("026b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296") + bytes(13)


# --- tunnels ---
def _ie(kind, value):
    return struct.pack(">HH", kind, len(value)) + value


def _pfcp(kind, seid, sequence, *elements):
    body = seid.to_bytes(8, "big") + sequence.to_bytes(3, "big") + b"\0" + b"".join(elements)
    return struct.pack(">BBH", 0x21, kind, len(body)) + body


def _session(tape, number, teid, chosen=True, sequence=0):
    address = b"\x0a\0\0\x07"
    f_teid = b"\x05" if chosen else b"\x01" + teid.to_bytes(4, "big") + address
    pdi = _ie(2, _ie(20, b"\0") + _ie(21, f_teid))
    ask = (
        _ie(60, b"\0\x0a\0\0\x04")
        + _ie(57, b"\2" + number.to_bytes(8, "big") + b"\x0a\0\0\x04")
        + _ie(1, _ie(56, b"\0\1") + _ie(29, bytes(4)) + pdi)
    )
    tape.udp(SMF, UPF, _pfcp(50, 0, sequence or number, ask))
    made = _ie(8, _ie(56, b"\0\1") + _ie(21, b"\x01" + teid.to_bytes(4, "big") + address)) if chosen else b""
    back = (
        _ie(60, b"\0\x0a\0\0\x07")
        + _ie(19, b"\1")
        + _ie(57, b"\2" + (100 + number).to_bytes(8, "big") + address)
        + made
    )
    tape.udp(UPF, SMF, _pfcp(51, number, sequence or number, back))


def _delete(tape, number, sequence):
    tape.udp(SMF, UPF, _pfcp(54, 100 + number, sequence))
    tape.udp(UPF, SMF, _pfcp(55, number, sequence, _ie(19, b"\1")))


def teids(second, between=False, chosen=True):
    tape = Tape()
    _session(tape, 1, 0x11, chosen)
    if between:
        _delete(tape, 1, 2)
    _session(tape, 2, second, chosen, 3 if between else 2)
    return tape.pcap()


def _gtp(tape, src, dst, teid, inner=("198.51.100.1", "10.45.0.2")):
    import ipaddress

    packed = [ipaddress.ip_address(one).packed for one in inner]
    packet = struct.pack(">BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + packed[0] + packed[1] + bytes(8)
    tape.udp((src, 2152), (dst, 2152), struct.pack(">BBHI", 0x30, 255, len(packet), teid) + packet)


def ipups(teid, forwarded, n3=True):
    """A packet from the other network on `teid`; the session's own is 11."""
    tape = Tape()
    _session(tape, 1, 0x11)
    if n3:
        _gtp(tape, UPF[0], GNB_U, 0x99, ("198.51.100.9", "10.45.0.9"))
    _gtp(tape, FAR, UPF[0], teid)
    if forwarded:
        _gtp(tape, UPF[0], GNB_U, 0x99)
    return tape.pcap()


def esp(plain=()):
    tape = Tape()
    for number in range(1, 5):
        tape.raw("10.0.1.1", "10.0.1.2", 50, struct.pack(">II", 0xABCD, number) + bytes(48))
    if "gtp" in plain:
        _gtp(tape, UPF[0], GNB_U, 0x99)
    if "n9" in plain:
        _gtp(tape, FAR, UPF[0], 0x11)
    if "pfcp" in plain:
        _session(tape, 1, 0x11)
    return tape.pcap()


R, N = ("required", "required"), ("not-needed", "not-needed")
FILES = {
    "smf-path-stored": lambda: path_policy(R, N, R), "smf-path-altered": lambda: path_policy(R, N, N),
    "smf-path-none": lambda: path_policy(R, N, None), "smf-path-unknown": lambda: path_policy(None, N, R),
    "smf-policy-udm": lambda: precedence(R), "smf-policy-local": lambda: precedence(N),
    "smf-policy-none": lambda: precedence(None),
    "smf-charging": lambda: charging(12, False), "smf-charging-twice": lambda: charging(12, True),
    "udm-profile-a": lambda: suci(1, CONCEALED, GIVEN),
    "udm-profile-a-other": lambda: suci(1, CONCEALED, {**GIVEN, "supi": "imsi-999700000000002"}),
    "udm-profile-b": lambda: suci(2, A_POINT, GIVEN),
    "udm-profile-b-other": lambda: suci(2, A_POINT, {**GIVEN, "supi": "imsi-999700000000002"}),
    "udm-no-point-refused": lambda: suci(2, NO_POINT, {"cause": "INVALID_SCHEME_OUTPUT"}, 403),
    "udm-no-point-served": lambda: suci(2, NO_POINT, GIVEN),
    "udm-no-point-broken": lambda: suci(2, NO_POINT, {"cause": "SYSTEM_FAILURE"}, 500),
    "upf-teids": lambda: teids(0x12), "upf-teids-twice": lambda: teids(0x11),
    "upf-teids-reused": lambda: teids(0x11, between=True), "upf-teids-of-smf": lambda: teids(0x12, chosen=False),
    "upf-n9-own": lambda: ipups(0x11, True), "upf-n9-own-lost": lambda: ipups(0x11, False),
    "upf-n9-foreign-dropped": lambda: ipups(0x77, False), "upf-n9-foreign-forwarded": lambda: ipups(0x77, True),
    "upf-n9-foreign-unseen": lambda: ipups(0x77, False, n3=False),
    "upf-esp": lambda: esp(), "upf-esp-and-gtp": lambda: esp(("gtp",)), "upf-esp-and-pfcp": lambda: esp(("pfcp",)),
    "upf-esp-and-n9": lambda: esp(("n9",)),
}  # fmt: skip
