"""Recordings of service-based interfaces: tokens, assertions, bodies, headers, discovery, TLS hellos."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct

from encode.tape import START, Http2, Tape

NRF, PRODUCER, CONSUMER, AF, NEF = (
    ("10.0.0.10", 7777), ("10.0.0.12", 7777), ("10.0.0.4", 41001), ("10.9.0.1", 41002), ("10.0.0.20", 443),
)  # fmt: skip
NOW = START // 10**9
GOOD = {
    "iss": "nrf", "sub": "consumer", "aud": "UDM", "scope": "nudm-sdm", "exp": NOW + 3600,
}  # fmt: skip
PATH = "/nudm-sdm/v2/imsi-999700000000001/am-data"
FAULTS = {
    "signature": {}, "audience": {"aud": "SMF"}, "scope": {"scope": "nudm-uecm"}, "expired": {"exp": NOW - 3600},
    "slices": {"producerSnssaiList": [{"sst": 9}]}, "nsi": {"producerNsiList": ["nsi-9"]},
    "set": {"producerNfSetId": "set9"}, "additional-scope": {"scope": "nudm-sdm nudm-sdm:sm-data:read"},
}  # fmt: skip
FOREIGN = {"consumerPlmnId": {"mcc": "001", "mnc": "01"}}
HOME = {"mcc": "999", "mnc": "70"}
AWAY = {**GOOD, "producerPlmnId": HOME, **FOREIGN}
PLMNS = {
    "plmn-wrong": {**FOREIGN, "producerPlmnId": {"mcc": "002", "mnc": "02"}}, "plmn-absent": FOREIGN,
}  # fmt: skip


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwt(claims, signature=b"made-up signature"):
    """A token as it looks; nobody can verify its signature, and nobody here does."""
    tail = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    return f"{_part({'alg': 'ES256', 'typ': 'JWT'})}.{_part(claims)}.{tail}"


def _bearer(text):
    return [("authorization", f"Bearer {text}")]


def tokens(change, status, control=200, good=None, signature=b"made-up signature"):
    """A faultless token is issued and used, then one with a changed item."""
    tape = Tape()
    right = jwt(good or GOOD)
    Http2(tape, CONSUMER, NRF).exchange(
        "POST", "/oauth2/token", b"x=y", 200, json.dumps({"access_token": right}).encode()
    )
    http = Http2(tape, (CONSUMER[0], 41010), PRODUCER)
    if control:
        http.exchange("GET", PATH, b"", control, b"{}", _bearer(right))
    http.exchange("GET", PATH, b"", status, b'{"cause":"x"}', _bearer(jwt({**(good or GOOD), **change}, signature)))
    return tape.pcap()


def assertion(change, status, control=True):
    tape = Tape()
    http = Http2(tape, CONSUMER, PRODUCER)
    claims = {"sub": "consumer", "aud": ["UDM"], "exp": NOW + 60}
    if control:
        http.exchange("GET", PATH, b"", 200, b"{}", [("3gpp-sbi-client-credentials", jwt(claims))])
    http.exchange("GET", PATH, b"", status, b"{}", [("3gpp-sbi-client-credentials", jwt({**claims, **change}))])
    return tape.pcap()


def signed_assertion(status):
    """Assertions under a shared secret of zeros, the second with another signature."""
    tape = Tape()
    http = Http2(tape, CONSUMER, PRODUCER)
    claims = {"sub": "consumer", "aud": ["UDM"], "exp": NOW + 60}
    signed = f"{_part({'alg': 'HS256'})}.{_part(claims)}"
    right = hmac.new(bytes(32), signed.encode(), hashlib.sha256).digest()
    for made, answer in ((right, 200), (right[::-1], status)):
        tail = base64.urlsafe_b64encode(made).rstrip(b"=").decode()
        http.exchange("GET", PATH, b"", answer, b"{}", [("3gpp-sbi-client-credentials", f"{signed}.{tail}")])
    return tape.pcap()


def body(text, status, after=204):
    """A body, its answer, and a valid request after it."""
    tape = Tape()
    http = Http2(tape, CONSUMER, PRODUCER)
    http.exchange("POST", "/nudm-sdm/v2/subscriptions", text, status, b'{"status":400}')
    if after:
        http.exchange("POST", "/nudm-sdm/v2/subscriptions", b'{"sst":1}', after, b"")
    return tape.pcap()


def oversized(status):
    """A body that is announced as too long and answered before it is all there."""
    tape = Tape()
    http = Http2(tape, CONSUMER, PRODUCER)
    stream = http.ask("POST", "/nudm-sdm/v2/subscriptions", b'{"a":"' + b"x" * 200 + b'"}', announced=2_000_001)
    if status:
        http.answer(stream, status, b"{}")
    return tape.pcap()


def canary(fetched, status=204):
    tape = Tape()
    http = Http2(tape, CONSUMER, PRODUCER)
    http.exchange("POST", "/nudm-sdm/v2/subscriptions", b'{"name":"http://canary.example/x"}', status, b"")
    if fetched:
        Http2(tape, (PRODUCER[0], 42000), ("192.0.2.99", 80)).exchange("GET", "/x", b"", 200, b"")
    tape.wait(3)
    http.exchange("GET", "/nudm-sdm/v2/shared-data", back=b"[]")
    return tape.pcap()


def web(server="", error=b'{"cause":"NOT_FOUND"}', kinds=(404, 400)):
    tape = Tape()
    http = Http2(tape, CONSUMER, PRODUCER)
    told = [("server", server)] if server else []
    stream = http.ask("GET", PATH)
    http.answer(stream, 200, b"{}", told)
    for status in kinds:
        stream = http.ask("GET", "/nothing")
        http.answer(stream, status, error, told)
    return tape.pcap()


def method(name, status, path="/nudm-sdm/v2/", back=b""):
    tape = Tape()
    http = Http2(tape, CONSUMER, PRODUCER)
    stream = http.ask(name, path)
    http.answer(stream, status, back, kind="text/html")
    return tape.pcap()


def discovery(answer, status, query="", allowed=None, asker=None):
    """A producer registers with parameters; a consumer asks for it."""
    tape = Tape()
    http = Http2(tape, CONSUMER, NRF)
    smf = {
        "nfInstanceId": "smf-1",
        "nfType": "SMF",
        "nfStatus": "REGISTERED",
        "ipv4Addresses": ["10.0.0.40"],
        **(allowed or {}),
    }
    amf = {
        "nfInstanceId": "amf-1",
        "nfType": "AMF",
        "nfStatus": "REGISTERED",
        "ipv4Addresses": ["10.0.0.4"],
        **(asker or {}),
    }
    for one in (smf, amf):
        http.exchange(
            "PUT",
            f"/nnrf-nfm/v1/nf-instances/{one['nfInstanceId']}",
            json.dumps(one).encode(),
            201,
            json.dumps(one).encode(),
        )
    back = json.dumps({"nfInstances": [smf] if answer else []}).encode()
    http.exchange(
        "GET", f"/nnrf-disc/v1/nf-instances?target-nf-type=SMF&requester-nf-type=AMF{query}", b"", status, back
    )
    return tape.pcap()


def function(given, status, control=True):
    """An application function at the NEF: a token for one API, then another API without, or with another token."""
    tape = Tape()
    right = jwt({"scope": "3gpp-monitoring-event", "exp": NOW + 3600})
    Http2(tape, AF, ("10.0.0.21", 7777)).exchange(
        "POST", "/token", b"x=y", 200, json.dumps({"access_token": right}).encode()
    )
    http = Http2(tape, (AF[0], 41020), NEF)
    if control:
        http.exchange("GET", "/3gpp-monitoring-event/v1/af1/subscriptions", b"", 200, b"[]", _bearer(right))
    fields = {"none": [], "other": _bearer(right), "fake": _bearer("fake.fake.fake")}[given]
    http.exchange("POST", "/3gpp-traffic-influence/v1/af1/subscriptions", b"{}", status, b"{}", fields)
    return tape.pcap()


# --- TLS ---
def _handshake(kind, content):
    inner = bytes((kind,)) + len(content).to_bytes(3, "big") + content
    return b"\x16\x03\x03" + len(inner).to_bytes(2, "big") + inner


def _hello(kind, version, suites, versions=()):
    extension = b""
    if versions and kind == 1:
        held = b"".join(struct.pack(">H", one) for one in versions)
        extension = struct.pack(">HHB", 43, 1 + len(held), len(held)) + held
    elif versions:
        extension = struct.pack(">HHH", 43, 2, versions[0])
    listed = b"".join(struct.pack(">H", one) for one in suites)
    middle = struct.pack(">H", len(listed)) + listed + b"\x01\x00" if kind == 1 else listed + b"\x00"
    return _handshake(
        kind, struct.pack(">H", version) + bytes(32) + b"\x00" + middle + struct.pack(">H", len(extension)) + extension
    )


def tls(version, suites, answer, request=True):
    """A client offers; the server chooses a suite, or sends an alert (40 no agreement, 70 version)."""
    tape = Tape()
    client, server = (CONSUMER[0], 43000), (PRODUCER[0], 443)
    tape.tcp(client, server, flags=0x02)
    tape.tcp(server, client, flags=0x12)
    tape.tcp(client, server, flags=0x10)
    tape.tcp(client, server, _hello(1, version, suites))
    if answer in (40, 70):
        tape.tcp(server, client, b"\x15\x03\x03\x00\x02\x02" + bytes((answer,)))
    elif answer:
        asked = _handshake(13, b"\x01\x40\x00\x02\x04\x03\x00\x00") if request else b""
        shown = _handshake(11, b"\0\0\x08\0\0\x05" + b"\x30\x03\x02\x01\x00")
        tape.tcp(server, client, _hello(2, version, (answer,)) + shown + asked + _handshake(14, b""))
        tape.tcp(client, server, b"\x17\x03\x03\x00\x10" + bytes(16))
    return tape.pcap()


SLICE_A, SLICE_B = {"allowedNssais": [{"sst": 1, "sd": "00000a"}]}, {"sNssais": [{"sst": 2, "sd": "00000b"}]}
TYPES = {"allowedNfTypes": ["PCF"]}
DOMAINS = {"allowedNfDomains": ["a.example"]}
ASKER_DOMAIN = {"fqdn": "amf.b.example"}
PLMN_A, PLMN_B = {"allowedPlmns": [HOME]}, {"plmnList": [{"mcc": "001", "mnc": "01"}]}
PARAMETERS = {
    "slice": (SLICE_A, SLICE_B),
    "nf-type": (TYPES, {}),
    "domain": (DOMAINS, ASKER_DOMAIN),
    "plmn": (PLMN_A, PLMN_B),
}
LEAVES = b'{"a":[' + b",".join([b"1"] * 16001) + b"]}"
DEEP = b'{"a":' + b"[" * 40 + b"1" + b"]" * 40 + b"}"
FILES = {
    **{f"sbi-token-{fault}-{word}": (lambda f=fault, c=change, s=status: tokens(
        c, s, signature=b"another signature" if f == "signature" else b"made-up signature"))
       for fault, change in FAULTS.items() for word, status in (("refused", 401), ("served", 200), ("broken", 500))},
    **{f"sbi-{fault}-{word}": (lambda c=change, s=status: tokens({"producerPlmnId": None, **c}, s, good=AWAY))
       for fault, change in PLMNS.items() for word, status in (("refused", 403), ("served", 200), ("broken", 500))},
    **{f"sbi-assertion-{fault}-{word}": (lambda c=change, s=status: assertion(c, s))
       for fault, change in (("audience", {"aud": ["SMF"]}), ("expired", {"exp": NOW - 60}))
       for word, status in (("refused", 403), ("served", 200), ("broken", 500))},
    "sbi-duplicate-refused": lambda: body(b'{"sst":1,"sst":2}', 400),
    "sbi-duplicate-accepted": lambda: body(b'{"sst":1,"sst":2}', 201),
    "sbi-duplicate-unauthorised": lambda: body(b'{"sst":1,"sst":2}', 401, 0),
    "sbi-duplicate-broken": lambda: body(b'{"sst":1,"sst":2}', 400, 500),
    "sbi-range-refused": lambda: body(b'{"snssai":{"sst":300}}', 400),
    "sbi-range-accepted": lambda: body(b'{"snssai":{"sst":300}}', 201),
    "sbi-range-unauthorised": lambda: body(b'{"snssai":{"sst":300}}', 401),
    "sbi-leaves-refused": lambda: body(LEAVES, 400), "sbi-leaves-accepted": lambda: body(LEAVES, 201),
    "sbi-leaves-unauthorised": lambda: body(LEAVES, 401),
    "sbi-depth-refused": lambda: body(DEEP, 400), "sbi-depth-accepted": lambda: body(DEEP, 201),
    "sbi-depth-unauthorised": lambda: body(DEEP, 401),
    "sbi-size-refused": lambda: oversized(413),
    "sbi-size-accepted": lambda: oversized(201),
    "sbi-size-open": lambda: oversized(0),
    "sbi-canary-quiet": lambda: canary(False),
    "sbi-canary-fetched": lambda: canary(True),
    "sbi-canary-unauthorised": lambda: canary(False, 401),
    "web-clean": lambda: web(), "web-versions": lambda: web("Example/1.2.3"), "web-no-error": lambda: web(kinds=()),
    "web-trace": lambda: web(error=b"Traceback (most recent call last): x"),
    "web-one-kind": lambda: web(kinds=(404,)),
    "web-trace-refused": lambda: method("TRACE", 405), "web-trace-served": lambda: method("TRACE", 200),
    "web-trace-moved": lambda: method("TRACE", 302),
    "web-listing": lambda: method("GET", 200, "/files/", b"<html><title>Index of /files</title></html>"),
    "web-no-listing": lambda: method("GET", 403, "/files/"),
    "web-folder-page": lambda: method("GET", 200, "/files/", b"<html>x</html>"),
    "nrf-slice-refused": lambda: discovery(False, 403, allowed=SLICE_A, asker=SLICE_B),
    "nrf-slice-returned": lambda: discovery(True, 200, allowed=SLICE_A, asker=SLICE_B),
    "nrf-slice-filtered": lambda: discovery(False, 200, allowed=SLICE_A, asker=SLICE_B),
    **{f"nrf-{name}-{word}": (lambda a=allowed, k=asker, r=returned, s=status: discovery(r, s, allowed=a, asker=k))
       for name, (allowed, asker) in PARAMETERS.items() if name != "slice"
       for word, returned, status in (("withheld", False, 200), ("returned", True, 200))},
    "nrf-open": lambda: discovery(True, 200),
    **{f"nef-{given}-{word}": (lambda g=given, s=status: function(g, s))
       for given in ("none", "other", "fake")
       for word, status in (("refused", 403), ("served", 201), ("missing", 404))},
    **{f"sbi-assertion-signature-{word}": (lambda s=status: signed_assertion(s))
       for word, status in (("refused", 403), ("served", 200), ("broken", 500))},
    "tls-mandated": lambda: tls(0x0303, (0xC02B,), 0xC02B),
    "tls-mandated-refused": lambda: tls(0x0303, (0xC02B,), 40),
    "tls-mandated-one-sided": lambda: tls(0x0303, (0xC02B,), 0xC02B, request=False),
    "tls-forbidden-refused": lambda: tls(0x0303, (0x0005, 0x000A), 40),
    "tls-forbidden-accepted": lambda: tls(0x0303, (0x0005,), 0x0005),
    "tls-forbidden-open": lambda: tls(0x0303, (0x0005,), 0),
    "tls-old-accepted": lambda: tls(0x0301, (0x002F,), 0x002F),
    "tls-old-refused": lambda: tls(0x0301, (0x002F,), 70),
}  # fmt: skip
