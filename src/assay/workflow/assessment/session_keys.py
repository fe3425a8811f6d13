"""Keys of single sessions, released on purpose: they open the sessions of one recording, never the subscriber.

What is released for a challenge is K_AMF and RES*, nothing from which K or OPc could be computed.
"""

from __future__ import annotations

from typing import Any

from assay.canon import canonical
from assay.errors import InputError
from assay.evidence.profile import parse_canonical
from assay.wire.nas_security import Released
from assay.workflow.assessment.keys import Bound

__all__ = ["Sessions", "format_session_keys", "read_session_keys"]

Sessions = dict[str, dict[bytes, tuple[bytes, bytes]]]
"""Identity -> challenge -> K_AMF and RES*."""

_SCHEMA = "assay-session-keys/1"


def format_session_keys(found: Sessions) -> bytes:
    """The member of a bundle: for each identity as the recordings show it, challenge -> K_AMF and RES*."""
    rows = [
        {"identity": own, "challenge": rand.hex(), "k_amf": k_amf.hex(), "res_star": res.hex()}
        for own, held in sorted(found.items())
        for rand, (k_amf, res) in sorted(held.items())
    ]
    return canonical({"schema": _SCHEMA, "sessions": rows})


def read_session_keys(data: bytes) -> tuple[Bound, ...]:
    """Read the member back. Raises InputError (E0649) where it is none."""
    try:
        value: Any = parse_canonical(data)
        if value["schema"] != _SCHEMA:
            raise ValueError("another schema")
        held: Sessions = {}
        for row in value["sessions"]:
            rand, k_amf, res = (bytes.fromhex(row[name]) for name in ("challenge", "k_amf", "res_star"))
            if (len(rand), len(k_amf), len(res)) != (16, 32, 16):
                raise ValueError("a key of another length")
            held.setdefault(str(row["identity"]), {})[rand] = (k_amf, res)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("E0649", f"the session keys cannot be read: {error}", where="session-keys.json") from error
    return tuple(Bound(Released(own, b"", contexts=contexts), ()) for own, contexts in held.items())
