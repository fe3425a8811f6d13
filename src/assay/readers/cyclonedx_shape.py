"""The shape of CycloneDX 1.4 to 1.7: which fields an object may hold, in our own short form (see `readers.shape`).

Written from the field names and types of the specification, https://cyclonedx.org/specification/overview/. Models,
graphics, workflows, cryptographic properties, release notes and patents are let through unread (`any`).
"""

from __future__ import annotations

from typing import Any, Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from assay.readers.refusal import refusal
from assay.readers.shape import Shape

__all__ = ["SHAPE", "VERSIONS"]

VERSIONS: Final = ("1.4", "1.5", "1.6", "1.7")
_LONGEST_ID: Final = 100

_ROLES: Final = {
    "bom": """
        $schema text; bomFormat! =format; specVersion! =version; serialNumber uuid; version int; metadata metadata
        components component*; services service*; externalReferences reference*; dependencies dependency*
        compositions composition*; vulnerabilities vulnerability*; annotations@1.5 annotation*; formulation@1.5 any
        declarations@1.6 declarations; definitions@1.6 definitions; citations@1.7 citation*; properties@1.5 property*
        signature any
    """,
    "metadata": """
        timestamp time; lifecycles@1.5 any; tools tools|tool*; manufacturer@1.6 organisation; authors contact*
        component component; manufacture organisation; supplier organisation; licenses licences; properties property*
        distributionConstraints@1.7 distribution
    """,
    "distribution": "tlp =tlp",
    "tools": "components component*; services service*",
    "tool": "vendor text; name text; version text; hashes hash*; externalReferences reference*",
    "organisation": "bom-ref@1.5 filled; name text; address@1.6 any; url text*; contact contact*",
    "contact": "bom-ref@1.5 filled; name text; email text; phone text",
    "component": """
        type! =component-type; mime-type text; bom-ref filled; supplier organisation; manufacturer@1.6 organisation
        authors@1.6 contact*; author text; publisher text; group text; name! text; version text
        versionRange@1.7 filled; isExternal@1.7 bool; description text; scope =scope; hashes hash*; licenses licences
        copyright text; patentAssertions@1.7 any; cpe text; purl text; omniborId@1.6 text*; swhid@1.6 text*; swid swid
        modified bool; pedigree pedigree; externalReferences reference*; components component*; evidence evidence
        releaseNotes any; modelCard@1.5 any; data@1.5 any; cryptoProperties@1.6 any; properties property*
        tags@1.6 text*; signature any
    """,
    "swid": "tagId! text; name! text; version text; tagVersion int; patch bool; text attachment; url text",
    "attachment": "contentType text; encoding =encoding; content! text",
    "hash": "alg! =hash; content! hex",
    "licence-choice": """
        license licence; expression text; expressionDetails@1.7 any; acknowledgement@1.6 =acknowledgement
        bom-ref@1.5 filled; licensing@1.7 any; properties@1.7 property*
    """,
    "licence": """
        bom-ref@1.5 filled; id text; name text; acknowledgement@1.6 =acknowledgement; text attachment; url text
        licensing@1.5 any; properties@1.5 property*
    """,
    "pedigree": """
        ancestors component*; descendants component*; variants component*; commits commit*; patches patch*; notes text
    """,
    "commit": "uid text; url text; author action; committer action; message text",
    "action": "timestamp time; name text; email text",
    "patch": "type! =patch; diff diff; resolves issue*",
    "diff": "text attachment; url text",
    "issue": "type! =issue; id text; name text; description text; source source; references text*",
    "source": "url text; name text",
    "reference": "url! text; comment text; type! text; hashes hash*; properties@1.7 property*",
    "dependency": "ref! filled; dependsOn filled*; provides@1.6 filled*",
    "service": """
        bom-ref filled; provider organisation; group text; name! text; version text; description text; endpoints text*
        authenticated bool; x-trust-boundary bool; trustZone@1.5 text; data service-data*; licenses licences
        patentAssertions@1.7 any; externalReferences reference*; services service*; releaseNotes any
        properties property*; tags@1.6 text*; signature any
    """,
    "service-data": """
        flow! =flow; classification! text; name@1.5 text; description@1.5 text; governance@1.5 any; source@1.5 text*
        destination@1.5 text*
    """,
    "evidence": "identity@1.5 any; occurrences@1.5 any; callstack@1.5 any; licenses licences; copyright any",
    "composition": """
        bom-ref@1.5 filled; aggregate! =aggregate; assemblies filled*; dependencies text*; vulnerabilities@1.5 text*
        signature any
    """,
    "property": "name!1.6 text; value text",
    "annotation": "bom-ref filled; subjects! filled*; annotator! any; timestamp! time; text! text; signature any",
    "vulnerability": """
        bom-ref filled; id text; source source; references vulnerability-reference*; ratings rating*; cwes int*
        description text; detail text; recommendation text; workaround@1.5 text; proofOfConcept@1.5 any; advisories any
        created time; published time; updated time; rejected@1.5 time; credits any; tools tools|tool*; analysis analysis
        affects affected*; properties property*
    """,
    "vulnerability-reference": "id! text; source! source",
    "rating": "source source; score number; severity =severity; method =method; vector text; justification text",
    "analysis": """
        state =state; justification =justification; response =response*; detail text; firstIssued@1.5 time
        lastUpdated@1.5 time
    """,
    "affected": "ref! filled; versions any",
    "declarations": """
        assessors assessor*; attestations attestation*; claims claim*; evidence proof*; targets targets; affirmation any
        signature any
    """,
    "assessor": "bom-ref filled; thirdParty bool; organization organisation",
    "attestation": "summary text; assessor filled; map mapping*; signature any",
    "mapping": "requirement filled; claims filled*; counterClaims filled*; conformance score; confidence score",
    "score": "score number; rationale text; mitigationStrategies filled*",
    "claim": """
        bom-ref filled; target filled; predicate text; mitigationStrategies filled*; reasoning text; evidence filled*
        counterEvidence filled*; externalReferences reference*; signature any
    """,
    "proof": """
        bom-ref filled; propertyName text; description text; data any; created time; expires time; author contact
        reviewer contact; signature any
    """,
    "targets": "organizations organisation*; components component*; services service*",
    "definitions": "standards standard*; patents@1.7 any",
    "standard": """
        bom-ref filled; name text; version text; description text; owner text; requirements requirement*; levels level*
        externalReferences reference*; signature any
    """,
    "requirement": """
        bom-ref filled; identifier text; title text; text text; descriptions text*; openCre text*; parent filled
        properties property*; externalReferences reference*
    """,
    "level": "bom-ref filled; identifier text; title text; description text; requirements filled*",
    "citation": """
        bom-ref filled; pointers text*; expressions text*; timestamp! time; attributedTo filled; process filled
        note text; signature any
    """,
}

_WORDS: Final = {
    "format": "CycloneDX",
    "version": " ".join(f"{version}@{version}" for version in VERSIONS),
    "tlp": "CLEAR GREEN AMBER AMBER_AND_STRICT RED",
    "component-type": """application framework library container platform@1.5 operating-system device device-driver@1.5
        firmware file machine-learning-model@1.5 data@1.5 cryptographic-asset@1.6""",
    "scope": "required optional excluded",
    "encoding": "base64",
    "hash": """MD5 SHA-1 SHA-256 SHA-384 SHA-512 SHA3-256 SHA3-384 SHA3-512 BLAKE2b-256 BLAKE2b-384 BLAKE2b-512 BLAKE3
        Streebog-256@1.7 Streebog-512@1.7""",
    "acknowledgement": "declared concluded",
    "patch": "unofficial monkey backport cherry-pick",
    "issue": "defect enhancement security",
    "flow": "inbound outbound bi-directional unknown",
    "aggregate": """complete incomplete incomplete_first_party_only incomplete_first_party_proprietary_only@1.5
        incomplete_first_party_opensource_only@1.5 incomplete_third_party_only
        incomplete_third_party_proprietary_only@1.5 incomplete_third_party_opensource_only@1.5 unknown not_specified""",
    "severity": "critical high medium low info none unknown",
    "method": "CVSSv2 CVSSv3 CVSSv31 CVSSv4@1.5 OWASP SSVC@1.5 other",
    "state": "resolved resolved_with_pedigree exploitable in_triage false_positive not_affected",
    "justification": """code_not_present code_not_reachable requires_configuration requires_dependency
        requires_environment protected_by_compiler protected_at_runtime protected_at_perimeter
        protected_by_mitigating_control""",
    "response": "can_not_fix will_not_fix update rollback workaround_available",
}


def _licence(value: dict[str, Any], version: str, place: str) -> None:
    del version
    if ("id" in value) == ("name" in value):
        raise refusal("E0810", "a licence has an id or a name, one of them", place, "id or name")
    if "id" in value and not _is_licence(value["id"]):
        raise refusal("E0810", f"{value['id'][:60]!r} is no SPDX licence id", f"{place}/id", "an id of the SPDX list")


def _is_licence(name: str) -> bool:
    """True for an id of the SPDX list in its spelling, an exception's id included."""
    if len(name) > _LONGEST_ID or not name.replace("-", "").replace(".", "").replace("+", "").isalnum():
        return False
    return any(_canonical(text) == text for text in (name, f"GPL-2.0-only WITH {name}"))


def _canonical(text: str) -> str:
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return ""


def _licence_choice(value: dict[str, Any], version: str, place: str) -> None:
    del version
    if ("license" in value) == ("expression" in value):
        raise refusal("E0810", "an entry of `licenses` is a licence or an expression", place, "one of the two")
    if "license" in value and len(value) > 1:
        raise refusal("E0810", "beside `license` nothing may stand", place)


def _component(value: dict[str, Any], version: str, place: str) -> None:
    del version
    if "versionRange" in value and ("version" in value or value.get("isExternal") is not True):
        raise refusal(
            "E0810", "a range of versions needs an external component without version", f"{place}/versionRange"
        )


def _citation(value: dict[str, Any], version: str, place: str) -> None:
    del version
    if ("pointers" in value) == ("expressions" in value):
        raise refusal("E0810", "a citation has pointers or expressions, one of them", place)
    if not {"attributedTo", "process"} & set(value):
        raise refusal("E0810", "a citation names to whom or what it is attributed", place, "attributedTo or process")


class _CycloneDX(Shape):
    """Adds the one list rule: up to 1.6 an expression stands alone."""

    def check(self, value: object, kind: str, version: str, place: str = "") -> None:
        """As in Shape; `licences` is a list of licence choices."""
        if kind != "licences":
            super().check(value, kind, version, place)
            return
        super().check(value, "licence-choice*", version, place)
        assert isinstance(value, list)
        if not self.has("1.7", version) and len(value) > 1 and any("expression" in item for item in value):
            raise refusal("E0810", "an expression stands alone", place, "one expression, or licences only")


SHAPE: Final = _CycloneDX(
    "CycloneDX", VERSIONS, _ROLES, _WORDS,
    {"licence": _licence, "licence-choice": _licence_choice, "component": _component, "citation": _citation},
)  # fmt: skip
"""Roles and rules; the top role is `bom`."""
