"""in-toto Statement v1, bare or in a DSSE envelope: SLSA provenance, verification summaries, test results."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, Final

from assay.model.law import Interval
from assay.readers import strict_json
from assay.readers.cursor import Node, collect, root
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract, Subject
from assay.readers.format import Format
from assay.readers.refusal import refusal, wrong_version

__all__ = ["FORMAT"]

_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_PAYLOAD: Final = "application/vnd.in-toto+json"
_DIGEST: Final = re.compile(r"[0-9a-f]{2,256}")
Found = tuple[list[Claim], list[str]]


def _fits(document: Document) -> bool:
    value = document.json
    return isinstance(value, dict) and ("_type" in value or {"payload", "payloadType"} <= set(value))


def _read(document: Document) -> Extract:
    value, limits = document.json, ["the file carries no signature"]
    if "payload" in value:
        value, limits = _opened(root(value, "DSSE")), ["signatures of the envelope are not verified by the reader"]
    top = root(value, "in-toto statement")
    if top.text("_type") != _STATEMENT:
        raise wrong_version("in-toto statement", top.text("_type"), (_STATEMENT,), "/_type")
    kind = top.text("predicateType")
    if kind not in _PREDICATES:
        raise wrong_version("predicate", kind, tuple(_PREDICATES), "/predicateType")
    subjects = tuple(_artefact(node, top) for node in top.items("subject"))
    if not subjects:
        top.fail("subject", "the statement names no subject", "one artefact or more with a digest")
    claims, more = _PREDICATES[kind](top.needed("predicate"))
    limits += [*more, "to which product the artefacts belong is said by the signed evidence statement"]
    return Extract("in-toto", kind, tuple(claims), subjects, collect(top), tuple(limits), _issued(claims))


def _opened(envelope: Node) -> dict[str, Any]:
    """The payload of a DSSE envelope; either base64 alphabet, as the protocol says."""
    if envelope.text("payloadType") != _PAYLOAD:
        raise wrong_version("DSSE payload", envelope.text("payloadType"), (_PAYLOAD,), "/payloadType")
    envelope.items("signatures")
    text = envelope.take("payload", str).replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refusal("E0803", "the payload is no base64", "/payload") from error
    value = strict_json.parse(data)
    if not isinstance(value, dict):
        raise refusal("E0809", "the payload is no statement", "/payload", "a JSON object")
    return value


def _artefact(node: Node, top: Node) -> Subject:
    holder = node.needed("digest")
    digests = [(name, holder.matching(name, _DIGEST, "lower-case hex")) for name in sorted(holder.value)]
    if not digests:
        top.fail("subject", "a subject has no digest", "one digest or more")
    return Subject(
        "component", node.text("name", "") or node.text("uri", ""), identifiers=tuple(digests), place=node.place
    )


def _issued(claims: list[Claim]) -> Any:  # noqa: ANN401  date or None
    return max((claim.valid.start for claim in claims if claim.valid.start), default=None)


def _provenance(node: Node) -> Found:
    """https://slsa.dev/spec/v1.0/provenance ."""
    definition, run = node.needed("buildDefinition"), node.needed("runDetails")
    builder, meta = run.needed("builder").filled("id"), run.child("metadata")
    used = len(definition.items("resolvedDependencies"))
    definition.needed("externalParameters")
    day = meta.day("finishedOn", None) or meta.day("startedOn", None) if meta else None
    value = f"built by {builder} as {definition.filled('buildType')}"
    claim = Claim(
        "product.provenance", value, node.place, None, Interval(day), text=f"{used} resolved dependencies are named"
    )
    return [claim], ["parameters of the build are not judged"]


def _summary(node: Node) -> Found:
    """https://slsa.dev/spec/v1.0/verification_summary ."""
    verifier = node.needed("verifier").filled("id")
    result = node.text("verificationResult", allowed=("PASSED", "FAILED"))
    levels = ", ".join(node.texts("verifiedLevels")) or "no levels"
    policy = node.needed("policy").text("uri", "")
    day = node.day("timeVerified", None)
    node.text("slsaVersion", "")
    value = f"{result} by {verifier}: {levels}"
    text = f"{node.filled('resourceUri')}; policy {policy or 'by digest only'}"
    claim = Claim("product.verification", value, node.place, None, Interval(day), text=text)
    return [claim], ["a summary gives no reasons, no scope and no end of validity"]


def _tests(node: Node) -> Found:
    """https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md ."""
    result = node.text("result", allowed=("PASSED", "WARNED", "FAILED"))
    passed, failed = node.texts("passedTests"), node.texts("failedTests")
    warned = node.texts("warnedTests")
    if result == "PASSED" and failed:
        node.fail("result", "passed, but failed tests are listed", code="E0810")
    if not node.items("configuration"):
        node.fail("configuration", "no configuration is named", "one resource or more that the tests ran from")
    url = node.text("url", "")
    claims = [
        Claim(f"product.test-{word}", name, f"{node.at(key)}/{number}", text=url)
        for word, key, names in (("passed", "passedTests", passed), ("failed", "failedTests", failed))
        for number, name in enumerate(names)
    ]
    if not claims and not warned and result != "WARNED":
        claims = [Claim(f"product.test-{result.lower()}", "all tests of the run", node.at("result"), text=url)]
    limits = [f"tests that ended with a warning, and so make no claim: {len(warned)}"] if warned else []
    return claims, limits


_PREDICATES: Final[dict[str, Callable[[Node], Found]]] = {
    "https://slsa.dev/provenance/v1": _provenance,
    "https://slsa.dev/verification_summary/v1": _summary,
    "https://in-toto.io/attestation/test-result/v0.1": _tests,
}

FORMAT: Final = Format(
    "in-toto", "in-toto Statement v1, bare or in a DSSE envelope", tuple(_PREDICATES),
    "https://github.com/in-toto/attestation/tree/main/spec", _fits, _read,
    "_type, subject (name, digest), predicateType; provenance: builder, buildType, dependencies, times; summary: "
    "verifier, result, levels, policy, time; test result: result, lists of tests, configuration, url",
    "`product.provenance`, `product.verification`, `product.test-passed`, `product.test-failed`, for the subject that "
    "the signed evidence statement names",
)  # fmt: skip
