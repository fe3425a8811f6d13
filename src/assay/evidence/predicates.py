"""The predicate types of our in-toto Statements: the one list of what our statements can say. Pure.

A type is a URI that nobody else can make by accident and that needs no domain: ADR 0007 says why.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ANSWER",
    "BUNDLE",
    "ERASURE",
    "EVIDENCE",
    "INSPECTION",
    "LAW_PACK",
    "NAMESPACE",
    "PERSON",
    "REVIEW",
    "TRUST_POLICY",
]

NAMESPACE: Final = "urn:uuid:84e559dd-47f8-46ad-9db6-58397cc5e99a"
"""This project's own name, drawn once at random (RFC 9562); the part after `#` is a name and its version."""

EVIDENCE: Final = f"{NAMESPACE}#evidence/v1"
"""Bytes that a store took in."""
ANSWER: Final = f"{NAMESPACE}#answer/v1"
"""The decision of one question, with everything that it was answered from."""
REVIEW: Final = f"{NAMESPACE}#review/v1"
"""The decisions of a network's classes, with everything that they were answered from."""
INSPECTION: Final = f"{NAMESPACE}#inspection/v1"
"""The verdicts on recordings of a product, with everything that they were judged from."""
LAW_PACK: Final = f"{NAMESPACE}#law-pack/v1"
"""A law pack that was read and approved by whoever signs."""
PERSON: Final = f"{NAMESPACE}#statement/v1"
"""What a person states: discretion, hearing, reply, correction, dispute, withdrawal."""
ERASURE: Final = f"{NAMESPACE}#erasure/v1"
"""Stored bytes are erased for good: why, by whoever signs."""
TRUST_POLICY: Final = f"{NAMESPACE}#trust-policy/v1"
"""A trust policy that whoever signs puts in force."""
BUNDLE: Final = f"{NAMESPACE}#bundle/v1"
"""A bundle as it was published, by its manifest."""
