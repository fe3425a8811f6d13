"""Certificates of certification schemes and audit summaries: our own small statement format, `assay-certificate/1`.

Certificates are published as PDF and web lists; what a rule needs of them fits in a page of JSON that the issuer, or
somebody who read the certificate, states and signs. docs/certificate-format.md and its JSON schema describe it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from assay.model.expression import Literal
from assay.model.law import Interval
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.refusal import wrong_version
from assay.readers.strict_text import read_day

__all__ = ["FORMAT", "KINDS", "SCHEMA", "STATES"]

SCHEMA: Final = "assay-certificate/1"
KINDS: Final = ("certificate", "audit-summary")
STATES: Final = ("in-force", "suspended", "withdrawn", "expired")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ATTRIBUTE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\.[a-z0-9][a-z0-9.-]{0,99}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def _fits(document: Document) -> bool:
    schema = document.json.get("schema") if isinstance(document.json, dict) else None
    return isinstance(schema, str) and schema.startswith("assay-certificate/")


def _read(document: Document) -> Extract:
    top = root(document.json, "certificate")
    if top.text("schema") != SCHEMA:
        raise wrong_version("certificate format", top.text("schema"), (SCHEMA,), "/schema")
    kind = top.text("kind", allowed=KINDS)
    scheme = top.matching("scheme", _ID, "the id of a scheme pack, such as scheme-nesas")
    about, subjects = _subjects(top, kind)
    issued = _day(top, "issued")
    until = _day(top, "valid_until") if top.has("valid_until") else None
    if until is not None and until < issued:
        top.fail("valid_until", "valid_until lies before issued", expected="the last day of validity")
    state, since = _state(top, issued)
    end = _end(until, None if state == "in-force" else since)
    holds = Interval(issued, end)
    claims = _dates(scheme, kind, about, issued, until)
    if end is None or end > issued:
        claims += _holding(top, kind, scheme, about, holds)
    claims.append(Claim(f"{scheme}.status", state, "/status", about, Interval(since)))
    if kind == "certificate" and state in ("suspended", "withdrawn"):
        claims.append(Claim(f"{scheme}.certificate", False, "/status", about, Interval(since)))
    _paper(top)
    return Extract(
        "certificate", SCHEMA, tuple(claims), subjects, collect(top),
        ("whether the issuer may certify under this scheme is a matter of the trust policy, not of this file",
         "the evaluation behind the certificate is not repeated"), issued,
    )  # fmt: skip


def _subjects(top: Node, kind: str) -> tuple[Subject, tuple[Subject, ...]]:
    issuer = top.needed("issuer")
    holder = top.needed("holder")
    who = Subject("supplier", holder.filled("name"), place=holder.place, identifiers=_lei(holder))
    by = Subject("entity", issuer.filled("name"), place=issuer.place, identifiers=_lei(issuer))
    issuer.text("country", "")
    holder.text("country", "")
    product = top.needed("product") if kind == "certificate" else top.child("product")
    if product is None:
        return who, (by, who)
    item = Subject("product", product.filled("name"), product.text("version", ""), place=product.place)
    return item, (by, who, item)


def _day(node: Node, key: str) -> date:
    """A day without a time: a certificate begins and ends with days."""
    return read_day(node.matching(key, _DAY, "a day such as 2026-01-31"), node.at(key))


def _lei(node: Node) -> tuple[tuple[str, str], ...]:
    value = node.matching("lei", re.compile(r"[A-Z0-9]{18}[0-9]{2}"), "a legal entity identifier of 20 signs", "")
    return (("lei", value),) if value else ()


def _state(top: Node, issued: date) -> tuple[str, date]:
    """The state and the day since which it holds."""
    status = top.child("status")
    if status is None:
        return "in-force", issued
    state = status.text("is", allowed=STATES)
    since = _day(status, "since")
    if since < issued:
        status.fail("since", "the state begins before the certificate was issued")
    return state, since


def _end(until: date | None, since: date | None) -> date | None:
    days = [day for day in (until + timedelta(days=1) if until and until < date.max else None, since) if day]
    return min(days, default=None)


def _dates(scheme: str, kind: str, about: Subject, issued: date, until: date | None) -> list[Claim]:
    if kind == "audit-summary":
        return [Claim(f"{scheme}.process-audit-date", issued, "/issued", about, Interval(issued))]
    claims = [Claim(f"{scheme}.issued", issued, "/issued", about, Interval(issued))]
    if until is not None:
        claims.append(Claim(f"{scheme}.valid-until", until, "/valid_until", about, Interval(issued)))
    return claims


def _holding(top: Node, kind: str, scheme: str, about: Subject, holds: Interval) -> list[Claim]:
    """What holds as long as the certificate does."""
    claims = []
    if kind == "certificate":
        claims.append(Claim(f"{scheme}.certificate", True, "/kind", about, holds, text=top.filled("id")))
    says = top.child("says") or Node({})
    for key in says.value:
        if not _ID.fullmatch(key) or key in ("certificate", "issued", "valid-until", "status"):
            says.fail(key, f"`says` may not hold `{key[:40]}`", "an attribute of the scheme without its prefix")
        claims.append(Claim(f"{scheme}.{key}", _literal(says, key), says.at(key), about, holds))
    for number, attribute in enumerate(top.texts("meets")):
        if not _ATTRIBUTE.fullmatch(attribute):
            top.fail(f"meets/{number}", f"{attribute[:60]!r} is no attribute", "one that a law pack declares")
        claims.append(Claim(attribute, True, f"/meets/{number}", about, holds, text=top.filled("id")))
    return claims


def _literal(says: Node, key: str) -> Literal:
    value = says.value[key]
    if isinstance(value, bool):
        return bool(says.take(key, bool))
    return says.whole(key) if isinstance(value, int) else says.text(key)


def _paper(top: Node) -> None:
    """What is read so that it is checked, and makes no claim."""
    top.filled("id")
    top.text("scope", "")
    top.take("synthetic", bool, False)
    for paper in top.items("documents"):
        paper.filled("title")
        paper.matching("sha256", _DIGEST, "64 lower-case hex digits")


FORMAT: Final = Format(
    "certificate", "certificate of a scheme, or audit summary", (SCHEMA,), "docs/certificate-format.md", _fits, _read,
    "kind, id, scheme, issuer, holder, product, issued, valid_until, status, says, meets, scope, documents",
    "`<scheme>.certificate` true from issue to the last day, false once suspended or withdrawn; `<scheme>.issued`, "
    "`.valid-until`, `.status`; each entry of `says` as `<scheme>.<entry>`; each entry of `meets` as true",
)  # fmt: skip
