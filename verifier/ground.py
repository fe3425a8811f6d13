"""What everything else stands on: refusal, canonical JSON, keys of ed25519. Standard library and `cryptography`."""

from __future__ import annotations

import base64
import binascii
import datetime
import functools
import hashlib
import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEX = re.compile("[0-9a-f]{64}")


class Refused(Exception):
    """What was given does not hold."""


def need(condition: object, why: str) -> None:
    """Refuse unless the condition holds."""
    if not condition:
        raise Refused(why)


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


# Texts


def b64(text: str) -> bytes:
    """Canonical standard base64."""
    try:
        data = base64.b64decode(text, validate=True)
        need(base64.b64encode(data).decode() == text, "base64 is not canonical")
    except (binascii.Error, ValueError, TypeError) as error:
        raise Refused("not base64") from error
    return data


def decimal(text: str) -> int:
    """A decimal without leading zeroes below 2**63."""
    need(re.fullmatch("0|[1-9][0-9]{0,18}", text, re.ASCII) and int(text) < 2**63, "not a decimal")
    return int(text)


def time_of(text: str) -> int:
    """Seconds since the Epoch of a time text."""
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII), "not a time")
    return int(datetime.datetime.fromisoformat(text[:-1] + "+00:00").timestamp())


def canonical_json(data: bytes) -> Any:  # noqa: ANN401
    """Read canonical JSON: only the one byte form of a value passes."""

    def bad(text: str) -> None:
        raise Refused(f"number {text}")

    try:
        value = json.loads(data.decode(), parse_float=bad, parse_constant=bad)
        # A duplicate key does not survive writing, so comparing bytes refuses it as well.
        need(write_json(value).encode() == data, "not canonical JSON")
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON") from error
    return value


def write_json(value: object, depth: int = 0) -> str:
    """Write canonical JSON."""
    need(depth <= 64, "nested too deep")
    if isinstance(value, dict):
        need(depth < 64, "nested too deep")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{write_json(key)}:{write_json(value[key], depth + 1)}" for key in keys) + "}"
    if isinstance(value, list):
        need(depth < 64, "nested too deep")
        return "[" + ",".join(write_json(item, depth + 1) for item in value) + "]"
    if isinstance(value, int):
        need(abs(value) < 2**53, "integer too large")
    return json.dumps(value, ensure_ascii=False)


# Keys: affine arithmetic on the curve, slow and plain

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """Sum of two points (RFC 8032 section 5.1, affine)."""
    (x1, y1), (x2, y2) = one, two
    k = D * x1 * x2 * y1 * y2 % P
    return (
        (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P,
    )


def times(factor: int, point: tuple[int, int]) -> tuple[int, int]:
    """A multiple of a point."""
    total = (0, 1)
    for bit in bin(factor)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


@functools.cache
def public_key(raw: bytes) -> Ed25519PublicKey:
    """Enrol a public key."""
    need(len(raw) == 32, "key length")
    y, sign = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7
    need(y < P, "key is not reduced")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(x * x % P == square, "key is not on the curve")
    need(x or not sign, "key has a signed zero")
    point = (P - x if x % 2 != sign else x, y)
    need(times(8, point) != (0, 1), "key has low order")
    need(times(L, point) == (0, 1), "key is outside the prime-order subgroup")
    return Ed25519PublicKey.from_public_bytes(raw)


def key_id(raw: bytes) -> str:
    """Id of a public key."""
    return sha(bytes.fromhex("302a300506032b6570032100") + raw).hex()


def signed(raw: bytes, signature: bytes, data: bytes) -> None:
    """Check a signature."""
    try:
        public_key(raw).verify(signature, data)
    except InvalidSignature as error:
        raise Refused("signature") from error
