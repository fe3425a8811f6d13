"""Recordings of a SEPP: reformatted messages with patches, policies, tokens, telescopic names."""

from __future__ import annotations

import base64
import json

from encode.sbi import jwt
from encode.tape import Http2, Tape

OWN, PEER, NF = ("10.0.3.1", 7777), ("192.0.2.50", 7777), ("10.0.3.9", 44001)
PEER_CLIENT, OUT = ("192.0.2.50", 44002), ("10.0.3.1", 44003)
REFERENCE = {"encBlockIdx": 0}


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forward(supi=REFERENCE, status=200, algorithm="", patch=None, error=False, headers=(), host="target.example"):
    """A reformatted message on N32-f: its clear part, and a patch by an intermediary."""
    tape = Tape()
    http = Http2(tape, PEER_CLIENT, OWN)
    heads = [{"header": name, "value": "x"} for name in headers]
    line = f"POST http://{host}/nudm-sdm/v2/x"
    clear = {"requestLine": line, "headers": heads, "payload": [{"iePath": "/supi", "supi": supi}]}
    body = {"reformattedData": {"aad": clear, "ciphertext": "x"}}
    if algorithm or patch is not None:
        block = {
            "protected": _part({"alg": algorithm or "ES256"}),
            "payload": _part({"operations": patch or []}),
            "signature": "eA",
        }
        body["modificationsBlock"] = [block]
    http.exchange("POST", "/n32f-forward/v1/n32f-process", json.dumps(body).encode(), status, b"{}")
    if error:
        Http2(tape, OUT, PEER).exchange("POST", "/n32c-handshake/v1/n32f-error", b'{"n32fMessageId":"1"}', 204)
    return tape.pcap()


def patched(kid="", who="", status=200, applied=None):
    """Two N32 connections, each with an intermediary of its own, and a patch on the first; what then goes on inside."""
    tape = Tape()
    control, http = Http2(tape, PEER_CLIENT, OWN), Http2(tape, (PEER_CLIENT[0], 44010), OWN)
    for context, name in (("ctx-1", "ipx-a.example"), ("ctx-2", "ipx-b.example")):
        body = {"n32fContextId": context, "ipxProviderSecInfoList": [{"ipxProviderId": name}]}
        control.exchange("POST", "/n32c-handshake/v1/exchange-params", json.dumps(body).encode(), 200, b"{}")
    said = {"identity": who or "ipx-a.example", "operations": [{"op": "replace", "path": "/dnn", "value": "patched"}]}
    block = {"protected": _part({"alg": "ES256", "kid": kid or "a-1"}), "payload": _part(said), "signature": "eA"}
    message = {"reformattedData": {"metaData": {"n32fContextId": "ctx-1"}}, "modificationsBlock": [block]}
    stream = http.ask("POST", "/n32f-forward/v1/n32f-process", json.dumps(message).encode())
    if applied is not None:
        dnn = "patched" if applied else "internet"
        Http2(tape, (OWN[0], 44011), NF).exchange("POST", "/nsmf-pdusession/v1/x", json.dumps({"dnn": dnn}).encode())
    if status:
        http.answer(stream, status, b"{}")
    return tape.pcap()


def policy(level, status, data="same"):
    tape = Tape()
    body = {"sender": "sepp2", "protectionPolicyInfo": {"level": level, "dataTypeEncPolicy": [data]}}
    Http2(tape, PEER_CLIENT, OWN).exchange(
        "POST", "/n32c-handshake/v1/exchange-params", json.dumps(body).encode(), status, b"{}"
    )
    return tape.pcap()


def token_of(mcc, status, answered=True):
    tape = Tape()
    http = Http2(tape, PEER_CLIENT, OWN)
    fields = [("authorization", f"Bearer {jwt({'consumerPlmnId': {'mcc': mcc, 'mnc': '01'}})}"),
              ("3gpp-sbi-target-apiroot", "http://udm.home.example")]  # fmt: skip
    stream = http.ask("GET", "/nudm-sdm/v2/imsi-001010000000001/am-data", b"", fields)
    if answered:
        http.answer(stream, status, b"{}")
    return tape.pcap()


def telescopic(name, target, goes_out, status):
    tape = Tape()
    http = Http2(tape, NF, OWN)
    http.host = name
    stream = http.ask(
        "GET", "/nudm-sdm/v2/imsi-001010000000001/am-data", b"", [("3gpp-sbi-target-apiroot", f"http://{target}")]
    )
    if goes_out:
        Http2(tape, OUT, PEER).exchange("GET", "/nudm-sdm/v2/imsi-001010000000001/am-data", b"", 200, b"{}")
    if status:
        http.answer(stream, status, b"{}")
    return tape.pcap()


GOOD_NAME, BAD_NAME = "peer-label.sepp.home.example", "other-label.sepp.home.example"
FILES = {
    "sepp-reference": lambda: forward(), "sepp-readable": lambda: forward("imsi-001010000000001"),
    "sepp-es512-refused": lambda: forward(status=400, algorithm="ES512"),
    "sepp-es512-accepted": lambda: forward(status=200, algorithm="ES512"),
    "sepp-es256": lambda: forward(patch=[]),
    "sepp-moved-refused": lambda: forward(status=400, patch=[{"op": "add", "value": REFERENCE}], error=True),
    "sepp-moved-quiet": lambda: forward(status=400, patch=[{"op": "add", "value": REFERENCE}]),
    "sepp-moved-accepted": lambda: forward(status=200, patch=[{"op": "add", "value": REFERENCE}]),
    "sepp-header": lambda: forward(headers=("3gpp-Sbi-Target-apiRoot",)),
    **{f"sepp-policy-{part}{word}": (lambda v=values, s=status: policy(v[0], s, v[1]))
       for part, values in (("", ("other", "same")), ("d-", ("own", "other")), ("both-", ("other", "other")))
       for word, status in (("refused", 409), ("accepted", 200))},
    **{f"sepp-{name}-{word}": (lambda k=kid, w=who, s=status, a=applied: patched(k, w, s, a))
       for name, kid, who in (("own-key", "sepp-1", ""), ("other-ipx", "", "ipx-b.example"))
       for word, status, applied in (("refused", 403, None), ("applied", 200, True), ("left-out", 200, False),
                                     ("open", 200, None))},
    "sepp-token-refused": lambda: token_of("002", 403), "sepp-token-served": lambda: token_of("002", 200),
    "sepp-token-open": lambda: token_of("002", 0, answered=False),
    "sepp-name-right": lambda: telescopic(GOOD_NAME, "udm.elsewhere.example", True, 200),
    "sepp-name-right-lost": lambda: telescopic(GOOD_NAME, "udm.elsewhere.example", False, 0),
    "sepp-name-wrong-refused": lambda: telescopic(BAD_NAME, "udm.peer.example", False, 403),
    "sepp-name-wrong-sent": lambda: telescopic(BAD_NAME, "udm.peer.example", True, 200),
    "sepp-name-wrong-open": lambda: telescopic(BAD_NAME, "udm.peer.example", False, 0),
}  # fmt: skip
