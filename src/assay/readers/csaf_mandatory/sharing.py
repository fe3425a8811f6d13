"""Tests of language, licence, sharing: CSAF 6.1.12, .15, .28, .38 to .41, .54, .55; of extensions: 6.1.60.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from packaging.licenses import _spdx

from assay.readers.csaf_mandatory.advisory import Advisory, Fault, branches, text_of
from assay.readers.cursor import Node

__all__ = [
    "extensions_hold", "group_of_nobody_named", "language_exists", "licence_is_an_expression", "licence_text_given",
    "public_group_is_public", "public_is_shared_with_all", "reserved_names", "translated", "translator_names_source",
]  # fmt: skip

_TAG: Final = re.compile(
    r"(?i)([a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4,8})(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?|x(-[a-z0-9]{1,8})+|i-default|i-mingo"
)
_CODES: Final = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw
ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng
nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv
sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_TWO_LETTERS: Final = frozenset(_CODES.split())
"""Languages of two letters in the registry of BCP 47."""
_ALL: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_NAMED: Final = {_ALL: "Public", _NOBODY: "No sharing allowed"}
_ID: Final = r"[A-Za-z0-9.-]+"
_LICENCE: Final = re.compile(rf"LicenseRef-{_ID}|(?!(?i:licenseref-|additionref-|documentref-)){_ID}\+?")
_EXCEPTION: Final = re.compile(rf"AdditionRef-{_ID}|(?!(?i:licenseref-|additionref-|documentref-)){_ID}")
_SIGNS: Final = {"(": "(", ")": ")", "AND": "join", "OR": "join", "and": "join", "or": "join", "WITH": "with",
                 "with": "with"}  # fmt: skip
_NEXT: Final = {
    ("licence", "("): "licence", ("licence", "word"): "after", ("after", "with"): "exception",
    ("after", "join"): "licence", ("after", ")"): "joined", ("exception", "word"): "joined",
    ("joined", "join"): "licence", ("joined", ")"): "joined",
}  # fmt: skip
"""What may follow in a licence expression: state and token give the next state."""
_TOKEN: Final = re.compile(r"[()]|[^\s()]+")


def language_exists(advisory: Advisory) -> Iterator[Fault]:
    """6.1.12: a language is a tag of BCP 47; one of two letters stands in its registry."""
    for key in ("lang", "source_lang"):
        text = advisory.document.text(key, "")
        first = text.partition("-")[0].lower()
        if text and (not _TAG.fullmatch(text) or (len(first) == 2 and first not in _TWO_LETTERS)):
            yield Fault(advisory.document.at(key), f"{text[:40]!r} is no language", "a tag such as en or pt-BR")


def translator_names_source(advisory: Advisory) -> Iterator[Fault]:
    """6.1.15: a translator says from which language."""
    if advisory.document.needed("publisher").text("category", "") == "translator":
        if not advisory.document.has("source_lang"):
            yield Fault(advisory.document.at("source_lang"), "a translation without `source_lang`")
        elif not text_of(advisory.document, "source_lang"):
            yield Fault(advisory.document.at("source_lang"), "a translation with an empty `source_lang`")


def translated(advisory: Advisory) -> Iterator[Fault]:
    """6.1.28: source language and language differ."""
    own, source = (advisory.document.text(key, "") for key in ("lang", "source_lang"))
    if source and own.lower() == source.lower():
        yield Fault(advisory.document.at("source_lang"), "translated from its own language")


def _shared(advisory: Advisory) -> tuple[Node | None, str, str]:
    """The sharing group, its id and the label of the traffic light protocol."""
    sharing = advisory.document.child("distribution")
    group = sharing.child("sharing_group") if sharing else None
    tlp = sharing.child("tlp") if sharing else None
    return group, group.text("id", "") if group else "", tlp.text("label", "") if tlp else ""


def public_group_is_public(advisory: Advisory) -> Iterator[Fault]:
    """6.1.38: the group of everybody is for documents marked CLEAR."""
    group, key, label = _shared(advisory)
    if group is not None and key == _ALL and label != "CLEAR":
        yield Fault(group.at("id"), f"shared with everybody and marked {label[:20]}")


def public_is_shared_with_all(advisory: Advisory) -> Iterator[Fault]:
    """6.1.39: a document marked CLEAR is shared with everybody, or nobody while a draft."""
    group, key, label = _shared(advisory)
    if group is not None and label == "CLEAR" and key != _ALL and not (key == _NOBODY and advisory.status == "draft"):
        yield Fault(group.at("id"), "marked CLEAR and shared with a group", _ALL)


def reserved_names(advisory: Advisory) -> Iterator[Fault]:
    """6.1.40: reserved names of groups are for the groups that they are reserved for."""
    group, key, _ = _shared(advisory)
    name = group.text("name", "") if group else ""
    if group is not None and name in _NAMED.values() and _NAMED.get(key) != name:
        yield Fault(group.at("name"), f"the name {name!r} is reserved")


def group_of_nobody_named(advisory: Advisory) -> Iterator[Fault]:
    """6.1.41: the groups of everybody and nobody bear their reserved names."""
    group, key, _ = _shared(advisory)
    if group is not None and key in _NAMED and group.text("name", "") != _NAMED[key]:
        yield Fault(group.at("name"), "a reserved group without its name", _NAMED[key])


def _licences(text: str) -> list[str] | None:
    """The ids of an expression of SPDX annex B without DocumentRef, or None where it is none."""
    ids: list[str] = []
    depth, state = 0, "licence"
    for token in _TOKEN.findall(text):
        kind = _SIGNS.get(token, "word")
        if kind == "word":
            if not (_EXCEPTION if state == "exception" else _LICENCE).fullmatch(token):
                return None
            ids.append(token.removesuffix("+"))
        depth += {"(": 1, ")": -1}.get(kind, 0)
        state = _NEXT.get((state, kind), "")
        if not state or depth < 0:
            return None
    return ids if not depth and state in ("after", "joined") else None


def licence_is_an_expression(advisory: Advisory) -> Iterator[Fault]:
    """6.1.54: the licence is an SPDX expression."""
    text = text_of(advisory.document, "license_expression")
    if advisory.document.has("license_expression") and _licences(text) is None:
        yield Fault(advisory.document.at("license_expression"), f"{text[:60]!r} is no SPDX expression")


def licence_text_given(advisory: Advisory) -> Iterator[Fault]:
    """6.1.55: a licence that no list knows is told in one note; ids of ScanCode are taken as listed."""
    known = {*_spdx.LICENSES, *_spdx.EXCEPTIONS}
    ids = _licences(text_of(advisory.document, "license_expression")) or []
    foreign = [one for one in ids if one.lower() not in known and not one.startswith("LicenseRef-scancode-")]
    notes = [note for note in advisory.document.items("notes") if note.text("title", "") == "License"]
    if foreign and advisory.english and [note.text("category", "") for note in notes] != ["legal_disclaimer"]:
        yield Fault(advisory.document.at("notes"), f"the licence {foreign[0][:60]!r} is not told in a note")


def extensions_hold(advisory: Advisory) -> Iterator[Fault]:
    """6.1.60.1: an extension has schema, category, whether it is critical, content, and nothing else."""
    holders = [advisory.top, advisory.document, *advisory.names(), *advisory.vulnerabilities]
    holders += [branch for branch, _ in (branches(advisory.tree) if advisory.tree else ())]
    for node in advisory.vulnerabilities:
        holders += [content for metric in node.items("metrics") if (content := metric.child("content"))]
    for holder in holders:
        for one in holder.items("x_extensions"):
            one.text("category", allowed=("essential", "significant", "supplementary"))
            one.take("critical", bool)
            one.filled("$schema")
            if set(one.value) != {"$schema", "category", "critical", "content"} or not one.needed("content").value:
                yield Fault(one.place, "no extension of CSAF", "$schema, category, critical, content")
