"""The keys that a lab hands over: of subscribers, of home networks, of TLS sessions. Values are never printed."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.wire.nas_security import Context, Subscriber

__all__ = ["HomeKey", "Keyring"]


@dataclass(frozen=True, slots=True)
class HomeKey:
    """A home-network private key by the number that a SUCI names: 32 bytes of X25519 (profile 1) or P-256 (2)."""

    id: int
    profile: int
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys for one recording. `secrets` are texts in the key log format of NSS.

    `taken` collects the sessions whose keys were seen in use, where the caller asks: (SUPI, their context).
    """

    subscribers: tuple[Subscriber, ...] = ()
    home: tuple[HomeKey, ...] = ()
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    taken: list[tuple[str, Context]] | None = field(default=None, repr=False, compare=False)
