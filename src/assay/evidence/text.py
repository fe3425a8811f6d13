"""Strict text codings shared by the formats: base64, decimal sizes, times. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["decode_base64", "decode_decimal", "decode_time", "encode_base64", "encode_time"]

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_LARGEST: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z", re.ASCII)


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Read standard base64 in its only canonical form.

    Raises ValueError for another alphabet, white space, wrong padding or non-zero spare bits.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    # Spare bits would let one value be written in several ways.
    if encode_base64(data) != text:
        raise ValueError("not canonical base64")
    return data


def decode_decimal(text: str) -> int:
    """Read an ASCII decimal without leading zeroes, at most 2**63 - 1. Raises ValueError."""
    if not _DECIMAL.fullmatch(text) or int(text) > _LARGEST:
        raise ValueError("not a decimal number")
    return int(text)


def decode_time(text: str) -> int:
    """Read `YYYY-MM-DDTHH:MM:SSZ` as seconds since the Epoch. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a time of the form 2026-01-31T23:59:59Z")
    year, month, day, hour, minute, second = map(int, match.groups())
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(seconds=1)


def encode_time(seconds: int) -> str:
    """Write seconds since the Epoch as `YYYY-MM-DDTHH:MM:SSZ`. Raises ValueError outside years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error
    return moment.isoformat().replace("+00:00", "Z")
