"""One commitment to which class each element of an estate belongs: a Merkle tree over salted leaves. Pure.

Whoever holds the estate can later show the class of one element (its salt and an inclusion proof) or of all of them
(the master salt); nobody can guess an element from the root.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import Final

from assay.evidence.errors import ContainerError
from assay.evidence.merkle import leaf_hash, root_hash

__all__ = ["check_elements", "commit_elements", "element_entry", "element_salt"]

_SALT: Final = b"assay-element-salt/v1\n"
_SALT_SIZE: Final = 32


def element_salt(master: bytes, index: int) -> bytes:
    """The salt of the element at a position, made from 32 random bytes. Raises ContainerError (E0375) for others."""
    if len(master) != _SALT_SIZE:
        raise ContainerError("E0375", f"a salt of {len(master)} bytes", expected=f"{_SALT_SIZE} random bytes")
    return hmac.digest(master, _SALT + b"%d" % index, "sha256")


def element_entry(salt: bytes, element: str, of_class: str) -> bytes:
    """The tree's entry of one element: HMAC-SHA256 keyed with its salt over both texts, the first with its length."""
    name = element.encode("utf-8")
    return hmac.digest(salt, b"%d:%b:%b" % (len(name), name, of_class.encode("utf-8")), "sha256")


def commit_elements(master: bytes, rows: Iterable[tuple[str, str]]) -> str:
    """The root (hex, RFC 6962) over (element, class) in the order of the estate."""
    return root_hash(_leaves(master, rows)).hex()


def _leaves(master: bytes, rows: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    for index, (element, of_class) in enumerate(rows):
        yield leaf_hash(element_entry(element_salt(master, index), element, of_class))


def check_elements(root: str, master: bytes, rows: Iterable[tuple[str, str]]) -> None:
    """Check that these elements and classes open a commitment; raises ContainerError (E0375)."""
    if commit_elements(master, rows) != root:
        raise ContainerError("E0375", "the elements and classes are not those that the review committed to", where=root)
