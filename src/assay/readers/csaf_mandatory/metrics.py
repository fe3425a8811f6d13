"""Tests of scores: CSAF 6.1.7 to 6.1.10, .46, .47, .49, .51, .56. The library `cvss` computes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from assay.readers.csaf_mandatory.advisory import Advisory, Fault, instant, text_of
from assay.readers.cursor import Node

__all__ = [
    "epss_times", "one_kind_of_rating", "one_score_each", "scores_agree", "scores_computed", "scores_valid",
    "ssvc_targets", "ssvc_times", "ssvc_valid",
]  # fmt: skip

_KINDS: Final[dict[str, Any]] = {"cvss_v2": CVSS2, "cvss_v3": CVSS3, "cvss_v4": CVSS4}
_VERSIONS: Final = {"cvss_v2": ("2.0",), "cvss_v3": ("3.0", "3.1"), "cvss_v4": ("4.0",)}
_LONGEST: Final = 400
_CIA: Final = ("Confidentiality", "Integrity", "Availability")
_RENAMED: Final = {
    "attackRequirement": "attackRequirements", "modifiedAttackRequirement": "modifiedAttackRequirements",
    "safety": "Safety", "automatable": "Automatable", "recovery": "Recovery",
    **{f"{part.lower()}Requirements": f"{part.lower()}Requirement" for part in _CIA},
    **{f"vulnerableSystemImpact{part}": f"vuln{part}Impact" for part in _CIA},
    **{f"subsequentSystemImpact{part}": f"sub{part}Impact" for part in _CIA},
    **{f"modifiedVulnerableSystemImpact{part}": f"modifiedVuln{part}Impact" for part in _CIA},
    **{f"modifiedSubsequentSystemImpact{part}": f"modifiedSub{part}Impact" for part in _CIA},
}  # fmt: skip
"""The library's names of CVSS 4 metrics and those of the schema of FIRST."""
_SYNONYMS: Final = {"POC": "PROOF_OF_CONCEPT"}
_INHERITED: Final = "modified"
"""Metrics so called stand for the base metric where the vector leaves them out, so nothing contradicts them."""
_SCORES: Final = (("baseScore", "baseSeverity"), ("temporalScore", "temporalSeverity"),
                  ("environmentalScore", "environmentalSeverity"))  # fmt: skip
_APART: Final = ("version", "vectorString", *(word for pair in _SCORES for word in pair))
_RELEASED: Final = ("final", "interim")
_KEY: Final = re.compile(r"[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9_]*[a-zA-Z0-9]|T\*")
_NAMESPACE: Final = re.compile(r"(?:x_)?[a-z0-9][a-z0-9.-]*(?:#[a-z0-9.-]+)?(?:/[^\s]*)?")
_SEMANTIC: Final = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?", re.ASCII)


def _metrics(node: Node) -> Iterator[tuple[Node, Node]]:
    """Every metric of a vulnerability with what it holds: 2.0 calls them scores and has no `content`."""
    for score in node.items("scores"):
        yield score, score
    for metric in node.items("metrics"):
        yield metric, metric.child("content") or Node({}, metric.place)


def _scores(advisory: Advisory) -> Iterator[tuple[str, Node]]:
    for node in advisory.vulnerabilities:
        for _, content in _metrics(node):
            for kind in _KINDS:
                score = content.child(kind)
                if score is not None:
                    yield kind, score


def _parsed(kind: str, score: Node) -> Any:  # noqa: ANN401  one of three classes of the library
    """The vector as the library reads it, or None."""
    return _vector(kind, text_of(score, "vectorString"))


@lru_cache(maxsize=4_096)
def _vector(kind: str, vector: str) -> Any:  # noqa: ANN401  as above
    try:
        return _KINDS[kind](vector) if len(vector) <= _LONGEST else None
    except (CVSSError, KeyError, ValueError, ArithmeticError):
        return None


def one_score_each(advisory: Advisory) -> Iterator[Fault]:
    """6.1.7: a product has one score of a CVSS version from one source."""
    for node in advisory.vulnerabilities:
        seen: set[tuple[str, str, str]] = set()
        for metric, content in _metrics(node):
            for kind in _KINDS:
                score = content.child(kind)
                version = score.text("version", "") if score else ""
                for product in advisory.products(metric) if score else ():
                    key = (product, version, metric.text("source", ""))
                    if key in seen:
                        yield Fault(metric.place, f"{product[:60]!r} has two scores of CVSS {version[:10]}")
                    seen.add(key)


def scores_valid(advisory: Advisory) -> Iterator[Fault]:
    """6.1.8: a score has what its schema wants, and a vector that is one."""
    for kind, score in _scores(advisory):
        needed = ["version", "vectorString", "baseScore", *(["baseSeverity"] if kind != "cvss_v2" else [])]
        for key in needed:
            if not score.has(key):
                yield Fault(score.at(key), f"`{key}` is missing in a score")
        if score.text("version", "") not in _VERSIONS[kind]:
            yield Fault(score.at("version"), "another version of CVSS", " or ".join(_VERSIONS[kind]))
        vector = _parsed(kind, score)
        if vector is None or (kind == "cvss_v3" and not _prefixed(score)):
            yield Fault(score.at("vectorString"), "no vector of this version of CVSS")
        elif kind == "cvss_v4":
            known = {*needed, *(_RENAMED.get(name, name) for name in vector.as_json())}
            for key in sorted(set(score.value) - known)[:1]:
                yield Fault(score.at(key), f"CVSS 4.0 has no `{key[:60]}`")


def _prefixed(score: Node) -> bool:
    return text_of(score, "vectorString").startswith(f"CVSS:{score.text('version', '')}/")


def scores_computed(advisory: Advisory) -> Iterator[Fault]:
    """6.1.9: scores and severities are those that the vector gives."""
    for kind, score in _scores(advisory):
        vector = _parsed(kind, score)
        if vector is None:
            continue
        for (number, word), value, said in zip(_SCORES, vector.scores(), vector.severities(), strict=False):
            if score.has(number) and value is not None and score.number(number) != Decimal(str(value)):
                yield Fault(score.at(number), f"the vector gives {value}", "the computed score")
            if score.has(word) and score.text(word) != said.upper():
                yield Fault(score.at(word), f"the vector gives {said.upper()}", "the computed severity")


def scores_agree(advisory: Advisory) -> Iterator[Fault]:
    """6.1.10: metrics written out say what the vector says."""
    for kind, score in _scores(advisory):
        vector = _parsed(kind, score)
        if vector is None:
            continue
        known = {_RENAMED.get(name, name) if kind == "cvss_v4" else name: v for name, v in vector.as_json().items()}
        for key, value in score.value.items():
            told = str(known.get(key, "NOT_DEFINED")).upper()
            told = _SYNONYMS.get(told, told)
            apart = key.startswith(_INHERITED) or key in _APART or told == "NOT_DEFINED"
            if isinstance(value, str) and not apart and value != told:
                yield Fault(score.at(key), f"`{key[:60]}` contradicts the vector", told)


def ssvc_valid(advisory: Advisory) -> Iterator[Fault]:
    """6.1.46: an SSVC selection list has what its schema 2.0.0 wants."""
    for _, ssvc in _ssvc(advisory):
        if text_of(ssvc, "schemaVersion") != "2.0.0":
            yield Fault(ssvc.at("schemaVersion"), "another version of SSVC selections", "2.0.0")
        instant(ssvc, "timestamp")
        selections = ssvc.items("selections")
        if not selections:
            yield Fault(ssvc.at("selections"), "no selection")
        for one in selections:
            named = {key: text_of(one, key) for key in ("namespace", "key", "version")}
            values = one.items("values")
            good = _NAMESPACE.fullmatch(named["namespace"]) and _KEY.fullmatch(named["key"])
            if not good or not _SEMANTIC.fullmatch(named["version"]) or not values:
                yield Fault(one.place, "no SSVC selection", "namespace, key, version, values")
            for value in values:
                if not _KEY.fullmatch(text_of(value, "key")):
                    yield Fault(value.at("key"), "a value without a key")


def _ssvc(advisory: Advisory) -> Iterator[tuple[Node, Node]]:
    for node in advisory.vulnerabilities:
        for _, content in _metrics(node):
            found = content.child("ssvc_v2")
            if found is not None:
                yield node, found


def ssvc_targets(advisory: Advisory) -> Iterator[Fault]:
    """6.1.47: an SSVC target is this vulnerability by CVE or id."""
    document = advisory.tracking.text("id", "")
    several = len(advisory.vulnerabilities) > 1
    for node, ssvc in _ssvc(advisory):
        own = {node.text("cve", ""), *(entry.text("text", "") for entry in node.items("ids"))} - {""}
        for number, target in enumerate(ssvc.texts("target_ids")):
            if target not in own or (several and target == document):
                yield Fault(f"{ssvc.at('target_ids')}/{number}", f"{target[:60]!r} is not this vulnerability")


def ssvc_times(advisory: Advisory) -> Iterator[Fault]:
    """6.1.49: no SSVC time lies after the newest revision of what is final or interim."""
    for _, ssvc in _ssvc(advisory) if advisory.status in _RELEASED else ():
        if instant(ssvc, "timestamp") > advisory.newest:
            yield Fault(ssvc.at("timestamp"), "later than the newest revision")


def epss_times(advisory: Advisory) -> Iterator[Fault]:
    """6.1.51: no EPSS time lies after the newest revision of what is final or interim."""
    for node in advisory.vulnerabilities if advisory.status in _RELEASED else ():
        for _, content in _metrics(node):
            epss = content.child("epss")
            if epss is not None and instant(epss, "timestamp") > advisory.newest:
                yield Fault(epss.at("timestamp"), "later than the newest revision")


def one_kind_of_rating(advisory: Advisory) -> Iterator[Fault]:
    """6.1.56: a product has CVSS or a rating in words from one source, not both."""
    for node in advisory.vulnerabilities:
        seen: dict[tuple[str, str], set[bool]] = {}
        for metric, content in _metrics(node):
            kinds = {False for kind in _KINDS if content.has(kind)}
            kinds |= {True} if content.has("qualitative_severity_rating") else set()
            for product in advisory.products(metric):
                held = seen.setdefault((product, metric.text("source", "")), set())
                held |= kinds
                if len(held) > 1:
                    yield Fault(metric.place, f"{product[:60]!r} has CVSS and a rating in words from one source")
