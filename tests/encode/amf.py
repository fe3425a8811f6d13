"""Recordings of an AMF that no peer's recording shows: failed authentications, paging, hand-over, slices."""

from __future__ import annotations

import hashlib
import json

from encode.n2 import AMF, GNB, Ue, amf_id, capabilities, ngap, tlv
from encode.tape import Http2, Tape

AUSF, SMF, CLIENT, NSSAAF = ("10.0.0.11", 7777), ("10.0.0.4", 7777), ("10.0.0.5", 40001), ("10.0.0.14", 40002)
OTHER = ("10.0.0.8", 38412)


def _json(value):
    return json.dumps(value).encode()


def _end(tape, seconds=3):
    """Something unrelated, later: the recording goes on."""
    tape.wait(seconds)
    tape.sctp(GNB, AMF, ngap(0, 9, (15, b"\x40\x00")))
    return tape.pcap()


def unasked(answered):
    """A registered UE reports a synchronisation failure that nobody asked for."""
    tape = Tape()
    http = Http2(tape, CLIENT, AUSF)
    http.exchange(
        "POST", "/nausf-auth/v1/ue-authentications", _json({"supiOrSuci": "x"}), 201, _json({"authType": "5G_AKA"})
    )
    ue = Ue(tape)
    ue.register()
    ue.send(b"\x7e\0\x59\x15\x30\x0e" + bytes(14))
    if answered:
        held, message = ue.k_amf, ue.challenge()
        ue.k_amf = held
        ue.receive(message)
    return _end(tape)


def resync(early):
    """A failure in time; the AUSF answers at once, the new challenge comes after it (or before)."""
    tape = Tape()
    http = Http2(tape, CLIENT, AUSF)
    ue = Ue(tape)
    ue.begin(ue.registration())
    ue.down(ue.challenge())
    ue.up(b"\x7e\0\x59\x15\x30\x0e" + b"\x11" * 14)
    body = {
        "supiOrSuci": "suci-0-999-70-0-0-0-0000000001",
        "resynchronizationInfo": {"rand": ue.rand.hex(), "auts": "11" * 14},
    }
    stream = http.ask("POST", "/nausf-auth/v1/ue-authentications", _json(body))
    if early:
        ue.down(ue.challenge())
    http.answer(stream, 201, _json({"authType": "5G_AKA"}))
    if not early:
        ue.down(ue.challenge())
    return _end(tape)


def silent_ausf(again):
    """A failure that the AUSF never answers; a new challenge follows too early, or none."""
    tape = Tape()
    http = Http2(tape, CLIENT, AUSF)
    ue = Ue(tape)
    ue.begin(ue.registration())
    ue.down(ue.challenge())
    ue.up(b"\x7e\0\x59\x15\x30\x0e" + b"\x22" * 14)
    body = {"supiOrSuci": "x", "resynchronizationInfo": {"rand": ue.rand.hex(), "auts": "22" * 14}}
    http.ask("POST", "/nausf-auth/v1/ue-authentications", _json(body))
    tape.wait(1)
    if again:
        ue.down(ue.challenge())
    return _end(tape, 12)


def response(identity="suci", ausf="wrong-response", reaction="right", confirmed=True):
    """An authentication that fails by RES*, by the AUSF's word or by its silence, and what the AMF does."""
    tape = Tape()
    http = Http2(tape, CLIENT, AUSF)
    ue = Ue(tape)
    ue.begin(ue.registration(ue.guti(b"\xc0\0\0\x01") if identity == "guti" else None))
    challenge = ue.challenge()
    hashed = hashlib.sha256(ue.rand + ue.res_star).digest()[16:].hex()
    vector = {"rand": ue.rand.hex(), "autn": ue.autn.hex(), "hxresStar": hashed}
    back = _json({"authType": "5G_AKA", "5gAuthData": vector})
    http.exchange("POST", "/nausf-auth/v1/ue-authentications", _json({"supiOrSuci": "x"}), 201, back)
    ue.down(challenge)
    wrong = ausf == "wrong-response"
    ue.up(ue.response(wrong))
    if confirmed:
        sent = None if wrong and reaction != "passes-it-on" else ("00" * 16 if wrong else ue.res_star.hex())
        stream = http.ask("PUT", "/nausf-auth/v1/ue-authentications/1/5g-aka-confirmation", _json({"resStar": sent}))
        if ausf != "silent":
            http.answer(stream, 200, _json({"authResult": "AUTHENTICATION_FAILURE"}))
    reject, ask = b"\x7e\0\x58", b"\x7e\0\x5b\x01"
    if reaction == "goes-on":
        ue.down(ue.command())
    elif reaction != "nothing":
        ue.down(reject if identity == "suci" else ask)
    return _end(tape)


def paging(tmsi):
    """A paged UE answers; the AMF gives it `tmsi` (or nothing), then releases the connection."""
    tape = Tape()
    ue = Ue(tape)
    old = b"\xc0\0\0\x11"
    ue.register(old)
    ue.release()
    ue.ran, ue.core = 2, 2
    tape.sctp(AMF, GNB, ngap(0, 24, (115, b"\0\x40" + old), (103, b"\0\0")))
    ue.begin(ue.sealed(0, ue.service(old), 1))
    ue.setup(ue.sealed(1, b"\x7e\0\x4e"))
    if tmsi:
        ue.receive(ue.update(tmsi))
        ue.send(b"\x7e\0\x55")
    ue.release()
    return _end(tape)


def resume(tmsi):
    """A suspended UE resumes after paging; the AMF gives it `tmsi`."""
    tape = Tape()
    ue = Ue(tape)
    ue.register(b"\xc0\0\0\x11")
    tape.sctp(GNB, AMF, ngap(0, 59, (10, amf_id(1)), (85, amf_id(1))))
    tape.sctp(AMF, GNB, ngap(1, 59, (10, amf_id(1)), (85, amf_id(1))))
    tape.sctp(AMF, GNB, ngap(0, 24, (115, b"\0\x40\xc0\0\0\x11"), (103, b"\0\0")))
    tape.sctp(GNB, AMF, ngap(0, 58, (10, amf_id(1)), (85, amf_id(1)), (90, b"\x18")))
    tape.sctp(AMF, GNB, ngap(1, 58, (10, amf_id(1)), (85, amf_id(1))))
    if tmsi:
        ue.receive(ue.update(tmsi))
        ue.send(b"\x7e\0\x55")
    ue.release()
    return _end(tape)


def path_switch(back):
    """A target gNB claims other capabilities; the acknowledge brings `back` (stored, altered or none)."""
    tape = Tape()
    ue = Ue(tape)
    ue.register()
    altered = b"\x80\x80\x80\x80"
    tape.sctp(OTHER, AMF, ngap(0, 25, (85, amf_id(3)), (100, amf_id(1)), (119, capabilities(altered))))
    held = {"stored": [(119, capabilities(ue.capabilities))], "altered": [(119, capabilities(altered))], "none": []}[
        back
    ]
    tape.sctp(AMF, OTHER, ngap(1, 25, (10, amf_id(1)), (85, amf_id(3)), *held, (93, bytes(9))))
    return _end(tape)


def handover(container):
    """An N2 hand-over to another AMF; `container` is the octet of algorithms it names, or None."""
    tape = Tape()
    ue = Ue(tape)
    ue.register()
    elements = [(10, amf_id(1)), (29, b"\0"), (15, b"\0"), (119, capabilities(ue.capabilities))]
    held = [(37, b"\x08" + b"\x01\x02\x03\x04" + bytes((container, 0)) + b"\0\0")] if container is not None else []
    tape.sctp(AMF, OTHER, ngap(0, 13, *elements, *held))
    return _end(tape)


def mobility(integrity):
    """A mobility registration at a new AMF; it selects `integrity`, or accepts at once where that is 0."""
    tape = Tape()
    ue = Ue(tape, integrity=1, ciphering=1)
    ue.register(b"\xc0\0\0\x01")
    ue.release()
    ue.ran, ue.core = 2, 2
    request = ue.registration(ue.guti(b"\xc0\0\0\x01"), kind=2)
    ue.begin(ue.sealed(0, request, 1))
    if integrity:
        ue.down(ue.challenge())
        ue.up(ue.response())
        ue.integrity = ue.ciphering = integrity
        ue.down(ue.command())
        ue.up(ue.complete(request))
    ue.receive(ue.accept(b"\xc0\0\0\x22"))
    return _end(tape)


def relocation(confirmed):
    """A control-plane relocation with a MAC; the answer confirms it or not."""
    tape = Tape()
    ue = Ue(tape)
    ue.register()
    tape.sctp(OTHER, AMF, ngap(0, 57, (85, amf_id(4)), (26, bytes(6)), (211, bytes(3))))
    tape.sctp(AMF, OTHER, ngap(0, 65, (10, amf_id(1)), (85, amf_id(4)), *([(212, bytes(3))] if confirmed else [])))
    return _end(tape)


def slice_session(result, forwarded):
    """Slice authentication with `result` (3 success, 4 failure), then a session on it; forwarded to the SMF or back."""
    tape = Tape()
    http = Http2(tape, CLIENT, SMF)
    ue = Ue(tape)
    ue.register()
    ue.receive(b"\x7e\0\x52\x04\x01\x00\x00\x05\x00\x04" + bytes((result,)) + b"\x01\x00\x04")
    session = b"\x2e\x05\x01\xc1\xff\xff"
    ue.send(b"\x7e\0\x67\x01" + tlv(0, session, wide=True)[1:] + b"\x12\x05\x81" + tlv(0x22, b"\x01\x00\x00\x05"))
    if forwarded is True:
        http.exchange(
            "POST",
            "/nsmf-pdusession/v1/sm-contexts",
            _json({"sNssai": {"sst": 1, "sd": "000005"}, "pduSessionId": 5}),
            201,
            _json({}),
        )
    elif forwarded is False:
        ue.receive(b"\x7e\0\x68\x01" + tlv(0, session, wide=True)[1:] + b"\x12\x05\x58\x5a")
    return _end(tape)


def revocation(rejected):
    """A revoked slice: the UE is de-registered, the slice named, left out, or nothing follows."""
    tape = Tape()
    http = Http2(tape, NSSAAF, ("10.0.0.5", 7777))
    ue = Ue(tape)
    ue.register()
    http.exchange(
        "POST",
        "/callback/nssaa",
        _json({"notifType": "SLICE_REVOCATION", "gpsi": "x", "snssai": {"sst": 1, "sd": "000005"}}),
        204,
    )
    if rejected is not None:
        ue.receive(b"\x7e\0\x47\x01" + (tlv(0x6D, b"\x41\x01\x00\x00\x05") if rejected else b""))
    return _end(tape)


FILES = {
    "amf-unasked-quiet": lambda: unasked(False), "amf-unasked-challenged": lambda: unasked(True),
    "amf-resync-early": lambda: resync(True), "amf-resync-in-time": lambda: resync(False),
    "amf-ausf-silent": lambda: silent_ausf(False), "amf-ausf-silent-challenged": lambda: silent_ausf(True),
    **{f"amf-{ausf}-{identity}-{reaction}": (lambda i=identity, a=ausf, r=reaction: response(i, a, r))
       for identity in ("suci", "guti") for ausf in ("wrong-response", "failure", "silent")
       for reaction in ("right", "goes-on", "nothing")},
    "amf-wrong-response-suci-passed-on": lambda: response("suci", "wrong-response", "passes-it-on"),
    "amf-paging-new": lambda: paging(b"\xc0\0\0\x12"), "amf-paging-same": lambda: paging(b"\xc0\0\0\x11"),
    "amf-paging-none": lambda: paging(b""),
    "amf-resume-new": lambda: resume(b"\xc0\0\0\x12"), "amf-resume-none": lambda: resume(b""),
    "amf-path-switch-stored": lambda: path_switch("stored"), "amf-path-switch-altered": lambda: path_switch("altered"),
    "amf-path-switch-none": lambda: path_switch("none"),
    "amf-handover-nia2": lambda: handover(0x22), "amf-handover-nia1": lambda: handover(0x11),
    "amf-handover-bare": lambda: handover(None),
    "amf-mobility-nia2": lambda: mobility(2), "amf-mobility-kept": lambda: mobility(0),
    "amf-relocation-confirmed": lambda: relocation(True), "amf-relocation-unconfirmed": lambda: relocation(False),
    "amf-slice-success-forwarded": lambda: slice_session(3, True),
    "amf-slice-success-returned": lambda: slice_session(3, False),
    "amf-slice-failure-returned": lambda: slice_session(4, False),
    "amf-slice-failure-forwarded": lambda: slice_session(4, True),
    "amf-slice-success-open": lambda: slice_session(3, None), "amf-slice-failure-open": lambda: slice_session(4, None),
    "amf-revocation-named": lambda: revocation(True), "amf-revocation-unnamed": lambda: revocation(False),
    "amf-revocation-open": lambda: revocation(None),
}  # fmt: skip
"""File of the folder `made` -> how it is written."""
