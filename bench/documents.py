"""Random documents inside the profile that is signed, by chunk number: the same for us and for the peer."""

from __future__ import annotations

import random
from typing import Any

CHUNK = 1000
_TEXTS = (
    "",
    "abc",
    'quote " and \\ back',
    "line\nfeed\ttab",
    "caf\u00e9",
    "\u20ac",
    "\U0001f600",
    "\x00\x1f\x7f",
    "</a>",
    "\u2028",
)
_KEYS = ("id", "name", "sha256", "valid", "from", "\u00e9", "\u20ac", "\ufb33", "\U0001f600", "", "A", "a b", "\n")


def documents(chunk: int) -> list[Any]:
    """A thousand documents."""
    chance = random.Random(chunk)
    return [{"k": _value(chance, 0), "n": number} for number in range(CHUNK)]


def _value(chance: random.Random, depth: int) -> Any:  # noqa: ANN401  JSON
    pick = chance.random()
    if depth > 3 or pick < 0.4:
        return chance.choice(_TEXTS) + str(chance.randrange(100))
    if pick < 0.55:
        return chance.randrange(-(2**53) + 1, 2**53)
    if pick < 0.65:
        return chance.choice((True, False, None))
    if pick < 0.8:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(5))]
    return {
        chance.choice(_KEYS) + str(chance.randrange(3)): _value(chance, depth + 1) for _ in range(chance.randrange(6))
    }
