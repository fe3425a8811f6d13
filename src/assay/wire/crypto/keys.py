"""Key derivation of 5GS (TS 33.501 annex A) and EPS (TS 33.401 annex A) over the generic KDF of TS 33.220 annex B."""

from __future__ import annotations

import hashlib
import hmac
from enum import IntEnum

from assay.wire.errors import WireError, need

__all__ = [
    "Purpose",
    "algorithm_key",
    "algorithm_key_eps",
    "ck_ik_prime",
    "hres_star",
    "k_amf",
    "k_amf_prime",
    "k_asme",
    "k_ausf",
    "k_enb",
    "k_gnb",
    "k_ng_ran_star",
    "k_seaf",
    "kdf",
    "next_hop",
    "res_star",
    "serving_network_name",
]


class Purpose(IntEnum):
    """What a derived key protects: the algorithm type distinguishers of TS 33.501 table A.8-1."""

    NAS_ENC = 1
    NAS_INT = 2
    RRC_ENC = 3
    RRC_INT = 4
    UP_ENC = 5
    UP_INT = 6


def kdf(key: bytes, code: int, *parameters: bytes) -> bytes:
    """HMAC-SHA-256 over the function code and every parameter with its length."""
    text = bytes((code,)) + b"".join(one + len(one).to_bytes(2, "big") for one in parameters)
    return hmac.digest(key, text, hashlib.sha256)


def _number(what: str, value: int, length: int) -> bytes:
    try:
        return value.to_bytes(length, "big")
    except OverflowError:
        raise WireError("E0610", f"{what} is {value}", expected=f"a number of {length} bytes") from None


def serving_network_name(mcc: str, mnc: str) -> bytes:
    """The name to which 5G AKA binds its keys (TS 24.501 section 9.12.1); a two-digit MNC is padded on the left."""
    if not (mcc.isdecimal() and mnc.isdecimal() and mcc.isascii() and mnc.isascii() and len(mcc) == 3):
        raise WireError("E0610", f"{mcc!r}-{mnc!r} is no PLMN", expected="three digits and two or three")
    if len(mnc) not in (2, 3):
        raise WireError("E0610", f"{mnc!r} is no mobile network code", expected="two or three digits")
    return f"5G:mnc{mnc.zfill(3)}.mcc{mcc}.3gppnetwork.org".encode()


def k_ausf(ck: bytes, ik: bytes, network: bytes, sqn_xor_ak: bytes) -> bytes:
    """K_AUSF of 5G AKA (A.2)."""
    return kdf(ck + ik, 0x6A, network, need("SQN xor AK", sqn_xor_ak, 6))


def ck_ik_prime(ck: bytes, ik: bytes, network: bytes, sqn_xor_ak: bytes) -> tuple[bytes, bytes]:
    """CK' and IK' of EAP-AKA' (A.3, TS 33.402 annex A)."""
    both = kdf(ck + ik, 0x20, network, need("SQN xor AK", sqn_xor_ak, 6))
    return both[:16], both[16:]


def res_star(ck: bytes, ik: bytes, network: bytes, rand: bytes, res: bytes) -> bytes:
    """RES* and XRES* (A.4)."""
    return kdf(ck + ik, 0x6B, network, need("RAND", rand, 16), res)[16:]


def hres_star(rand: bytes, res_star: bytes) -> bytes:
    """HRES* and HXRES* (A.5)."""
    return hashlib.sha256(need("RAND", rand, 16) + need("RES*", res_star, 16)).digest()[16:]


def k_seaf(k_ausf: bytes, network: bytes) -> bytes:
    """K_SEAF (A.6)."""
    return kdf(need("K_AUSF", k_ausf, 32), 0x6C, network)


def k_amf(k_seaf: bytes, supi: str, abba: bytes) -> bytes:
    """K_AMF (A.7). `supi` is the IMSI's digits or the NAI, without the type that the SBI writes before it."""
    return kdf(need("K_SEAF", k_seaf, 32), 0x6D, supi.encode(), abba)


def algorithm_key(key: bytes, purpose: Purpose, algorithm: int) -> bytes:
    """The 128-bit key of one algorithm from K_AMF or K_gNB (A.8)."""
    return kdf(need("K_AMF or K_gNB", key, 32), 0x69, bytes((purpose,)), _number("algorithm", algorithm, 1))[16:]


def k_gnb(k_amf: bytes, uplink_count: int, *, three_gpp_access: bool = True) -> bytes:
    """K_gNB, or K_N3IWF for other access (A.9)."""
    access = b"\x01" if three_gpp_access else b"\x02"
    return kdf(need("K_AMF", k_amf, 32), 0x6E, _number("uplink NAS COUNT", uplink_count, 4), access)


def next_hop(k_amf: bytes, sync: bytes) -> bytes:
    """NH; `sync` is K_gNB the first time and the last NH after it (A.10)."""
    return kdf(need("K_AMF", k_amf, 32), 0x6F, need("SYNC", sync, 32))


def k_ng_ran_star(key: bytes, cell: int, frequency: int) -> bytes:
    """K_NG-RAN* of a target cell, by physical cell id and ARFCN-DL (A.11)."""
    return kdf(need("K_gNB or NH", key, 32), 0x70, _number("PCI", cell, 2), _number("ARFCN-DL", frequency, 3))


def k_amf_prime(k_amf: bytes, direction: int, count: int) -> bytes:
    """K_AMF' of a horizontal derivation: direction 0 with the uplink count, 1 with the downlink count (A.13)."""
    return kdf(need("K_AMF", k_amf, 32), 0x72, _number("direction", direction, 1), _number("NAS COUNT", count, 4))


def k_asme(ck: bytes, ik: bytes, plmn: bytes, sqn_xor_ak: bytes) -> bytes:
    """K_ASME of EPS AKA; `plmn` as its three encoded bytes (TS 33.401 A.2)."""
    return kdf(ck + ik, 0x10, need("PLMN", plmn, 3), need("SQN xor AK", sqn_xor_ak, 6))


def k_enb(k_asme: bytes, uplink_count: int) -> bytes:
    """K_eNB (TS 33.401 A.3)."""
    return kdf(need("K_ASME", k_asme, 32), 0x11, _number("uplink NAS COUNT", uplink_count, 4))


def algorithm_key_eps(key: bytes, purpose: Purpose, algorithm: int) -> bytes:
    """The 128-bit key of one EPS algorithm from K_ASME or K_eNB (TS 33.401 A.7)."""
    return kdf(need("K_ASME or K_eNB", key, 32), 0x15, bytes((purpose,)), _number("algorithm", algorithm, 1))[16:]
