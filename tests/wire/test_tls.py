"""TLS: hellos and certificates in clear, content with secrets only, and what stays closed is said."""

from __future__ import annotations

import contextlib
import datetime
import random
import ssl
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from assay.wire import http, tls_hello
from assay.wire.errors import WireError
from assay.wire.keyring import Keyring
from assay.wire.log import Reading, events
from assay.wire.tls_secrets import BLOCK, Secrets
from wire import build
from wire.build_tcp import GET, OK, PREFACE, SETTINGS, Connection, Side


def certificate(folder):
    """A certificate and its key in files, made for this run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nrf.lab")])
    day = datetime.datetime(2024, 1, 1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(day).not_valid_after(day + datetime.timedelta(days=9999))
    signed = made.sign(key, hashes.SHA256())
    (folder / "cert").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(*pem))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder)
    return folder


class Session:
    """Both ends of a TLS session in memory; what they send becomes TCP segments."""

    def __init__(self, server, log, version, suites=None, port=40000, curve=None):
        contexts = [ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)]
        contexts[0].check_hostname, contexts[0].verify_mode = False, ssl.CERT_NONE
        contexts[0].keylog_filename = str(log)
        contexts[1].load_cert_chain(server / "cert", server / "key")
        for context in contexts:
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2"])
            if suites:
                context.set_ciphers(suites)
        if curve:
            contexts[1].set_ecdh_curve(curve)
        self.bios = [(ssl.MemoryBIO(), ssl.MemoryBIO()) for _ in contexts]
        self.ends = [
            contexts[0].wrap_bio(*self.bios[0], server_hostname="nrf.lab"),
            contexts[1].wrap_bio(*self.bios[1], server_side=True),
        ]
        self.connection = Connection(port)
        for _ in range(4):
            for side in (0, 1):
                with contextlib.suppress(ssl.SSLWantReadError):
                    self.ends[side].do_handshake()
                self.move(side)

    def move(self, side):
        data = self.bios[side][1].read()
        if data:
            self.connection.say(side, data)
            self.bios[1 - side][0].write(data)

    def say(self, side, data):
        self.ends[side].write(data)
        self.move(side)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.ends[1 - side].read(1 << 16)
        return self


def talk(session):
    client, answerer = Side(), Side()
    session.say(0, PREFACE + SETTINGS).say(1, SETTINGS)
    for stream in (1, 3, 5):
        session.say(0, client.message(stream, GET)).say(1, answerer.message(stream, OK, b'{"s":%d}' % stream))
    return session.connection


def read(packets, secrets=()):
    reading = Reading()
    found = list(events("x", [build.pcap(packets, link=101)], Keyring(secrets=tuple(secrets)), reading))
    return found, dict(reading.findings.counts)


KINDS = [
    (ssl.TLSVersion.TLSv1_3, None),
    (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-CCM"),
]


@pytest.mark.parametrize(("version", "suites"), KINDS)
def test_content_is_read_with_its_secrets_only(server, tmp_path, version, suites):
    connection = talk(Session(server, tmp_path / "log", version, suites))
    found, counts = read(connection.packets)
    assert [event.kind for event in found if event.protocol == "http"] == []
    assert counts == {"tls-key-missing": 1}
    found, counts = read(connection.packets, [(tmp_path / "log").read_bytes()])
    messages = [event for event in found if event.protocol == "http"]
    assert [(event.kind, event.key("sealed"), event.key("headers")) for event in messages] == [
        (kind, "tls", "whole") for _ in range(3) for kind in ("request", "response")
    ]
    assert http.message(messages[-1].body).json() == {"s": 5}
    assert counts == {}


@pytest.mark.parametrize(("version", "suites"), KINDS[:2])
def test_secrets_of_another_session_open_nothing(server, tmp_path, version, suites):
    connection = talk(Session(server, tmp_path / "log", version, suites))
    log = (tmp_path / "log").read_bytes()
    broken = b"\n".join(line[:-2] + b"00" if line[-2:] != b"00" else line[:-2] + b"11" for line in log.splitlines())
    found, _ = read(connection.packets, [broken])
    assert not [event for event in found if event.protocol == "http"]


def test_secrets_may_stand_in_the_recording(server, tmp_path):
    connection = talk(Session(server, tmp_path / "log", ssl.TLSVersion.TLSv1_3))
    text = (tmp_path / "log").read_bytes()
    whole = build.section() + build.interface(101) + build.block(10, struct.pack("<II", BLOCK, len(text)) + text)
    whole += b"".join(build.enhanced(packet, number) for number, packet in enumerate(connection.packets))
    found = list(events("x", [whole], Keyring(), Reading()))
    assert sum(event.protocol == "http" for event in found) == 6


def test_what_is_said_in_clear_is_read(server, tmp_path):
    connection = talk(Session(server, tmp_path / "log", ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"))
    found, _ = read(connection.packets)
    kinds = {event.kind: event for event in found}
    assert list(kinds) == ["client-hello", "server-hello", "certificate", "protected"]
    hello, answer = kinds["client-hello"], kinds["server-hello"]
    assert (hello.key("sni"), hello.key("alpn"), answer.key("alpn")) == ("nrf.lab", "h2", "h2")
    assert (answer.key("version"), answer.key("suite")) == ("tls-1.2", "c02b")
    assert "c02b" in [value for name, value in hello.keys if name == "suite"]
    (der,) = tls_hello.certificates(kinds["certificate"].body)
    assert x509.load_der_x509_certificate(der).subject.rfc4514_string() == "CN=nrf.lab"
    assert kinds["protected"].key("suite") == "c02b"
    found, _ = read(talk(Session(server, tmp_path / "log", ssl.TLSVersion.TLSv1_3)).packets)
    assert [event.kind for event in found] == ["client-hello", "server-hello", "protected"]
    assert (found[0].key("version"), found[1].key("version")) == ("tls-1.3", "tls-1.3")


def test_a_session_that_was_asked_for_another_hello_is_read(server, tmp_path):
    session = Session(server, tmp_path / "log", ssl.TLSVersion.TLSv1_3, curve="secp384r1")
    found, counts = read(talk(session).packets, [(tmp_path / "log").read_bytes()])
    hellos = [(event.kind, event.key("retry")) for event in found if event.kind.endswith("hello")]
    assert hellos == [("client-hello", ""), ("server-hello", "yes"), ("client-hello", ""), ("server-hello", "")]
    assert sum(event.protocol == "http" for event in found) == 6
    assert counts == {}


def test_certificates_of_the_newest_version_need_the_secrets(server, tmp_path):
    connection = talk(Session(server, tmp_path / "log", ssl.TLSVersion.TLSv1_3))
    found, _ = read(connection.packets, [(tmp_path / "log").read_bytes()])
    (event,) = [event for event in found if event.kind == "certificate"]
    (der,) = tls_hello.certificates(event.body, tls13=True)
    assert x509.load_der_x509_certificate(der).subject.rfc4514_string() == "CN=nrf.lab"
    assert event.key("sealed") == "tls"


@pytest.mark.parametrize(("version", "suites"), KINDS[:2])
def test_behind_a_lost_segment_records_are_opened_again(server, tmp_path, version, suites):
    connection = talk(Session(server, tmp_path / "log", version, suites))
    packets = connection.packets
    lost = packets[:-4] + packets[-3:]  # the last but one request
    found, counts = read(lost, [(tmp_path / "log").read_bytes()])
    assert counts["tcp-gap"] == 1
    messages = [event for event in found if event.protocol == "http"]
    assert [event.key("stream") for event in messages if event.kind == "response"] == ["1", "3", "5"]


def test_a_session_without_its_beginning_stays_closed(server, tmp_path):
    connection = talk(Session(server, tmp_path / "log", ssl.TLSVersion.TLSv1_3))
    found, counts = read(connection.packets[-5:], [(tmp_path / "log").read_bytes()])
    assert [event.kind for event in found] == ["protected"]
    assert counts == {"tcp-start-missing": 1, "tls-key-missing": 1}


def test_a_key_log_with_faults_is_read_as_far_as_it_goes():
    secrets = Secrets()
    secrets.add([b"# comment\nCLIENT_RANDOM zz 00\nCLIENT_RANDOM 00\n\xff\xff 00 11\nCLIENT_RANDOM 0a 0b\n"])
    assert secrets.values == {("CLIENT_RANDOM", b"\x0a"): b"\x0b"}
    assert "0b" not in repr(secrets)


def client_hello():
    extensions = struct.pack(">HH", 43, 5) + b"\4\x03\x04\x03\x03"
    body = (
        b"\x03\x03"
        + bytes(32)
        + b"\0"
        + b"\0\4\x13\x01\xc0\x2b"
        + b"\1\0"
        + struct.pack(">H", len(extensions))
        + extensions
    )
    return b"\1" + len(body).to_bytes(3, "big") + body


def test_every_cut_of_a_hello_is_an_error():
    whole = client_hello()
    assert tls_hello.hello(whole).versions == (0x0304, 0x0303)
    for size in range(len(whole)):
        if size == len(whole) - 11:  # without extensions it is a hello of before they were invented
            continue
        with pytest.raises(WireError):
            tls_hello.hello(whole[:size])


def datagram_record(kind, body, epoch=0, number=0):
    return bytes((kind, 0xFE, 0xFD)) + struct.pack(">HHIH", epoch, 0, number, len(body)) + body


def test_datagram_tls_is_seen_over_udp_and_over_sctp():
    hello = client_hello()
    body = hello[4 : 4 + 34] + b"\0\0" + hello[4 + 35 :]  # behind the session stands a cookie
    head = b"\1" + len(body).to_bytes(3, "big")
    message = head + b"\0\0" + bytes(3) + len(body).to_bytes(3, "big") + body
    records = [datagram_record(22, message), datagram_record(23, bytes(40), 1), datagram_record(23, bytes(40), 1, 1)]
    udp = [build.ipv4(build.udp(record, 5000, 5001), 17) for record in records]
    sctp = [build.ipv4(build.sctp(build.data(n + 1, record, protocol=66))) for n, record in enumerate(records)]
    for packets, point in ((udp, ""), (sctp, "N2")):
        found, _ = read(packets)
        assert [(event.protocol, event.kind, event.point) for event in found] == [
            ("dtls", "client-hello", point),
            ("dtls", "protected", point),
        ]
        assert found[0].key("suite") == "1301"


def test_mutated_sessions_are_read_in_bounds(server, tmp_path):
    connection = talk(Session(server, tmp_path / "log", ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"))
    secrets, chance = [(tmp_path / "log").read_bytes()], random.Random(9)
    for _ in range(200):
        packets = [bytearray(packet) for packet in connection.packets]
        for _ in range(4):
            one = chance.choice(packets)
            one[chance.randrange(20, len(one))] = chance.randrange(256)
        read([bytes(one) for one in packets], secrets)
