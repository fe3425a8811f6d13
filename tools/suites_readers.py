"""Peer suites: what should be read, verified or refused, and is.

    python tools/suites_readers.py [--shared ../shared] [--cache .cache/suites] [--no-write]

`--shared` holds CycloneDX and OpenVEX documents, `--cache` clones named csaf, spdx-examples and attestation; what is
absent is *not run*. Writes its section of docs/reliability.md. Exit 1 if a suite
other than CSAF differs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from assay.errors import InputError
from assay.readers.csaf_mandatory.table import NOT_MADE
from assay.readers.table import read
from reliability_page import circumstances, write_section
from suites_evidence import rows as evidence_rows

ROOT = Path(__file__).resolve().parent.parent
CYCLONEDX = "suites/cyclonedx/tools/src/test/resources"
MAY_DIFFER = ("CSAF",)


def taken(path: Path) -> bool:
    return _taken(path.read_bytes())


def _taken(data: bytes) -> bool:
    try:
        read(data)
    except InputError:
        return False
    return True


def agreed(name: str, cases: Iterable[tuple[Path, bool]]) -> tuple[str, int, int]:
    """Name of a suite, how many documents come out as the suite wants, of how many."""
    found = [taken(path) == wanted for path, wanted in cases]
    return name, sum(found), len(found)


def cyclonedx(shared: Path) -> list[tuple[str, int, int]]:
    return [
        agreed(
            f"CycloneDX {version} {kind}",
            [(p, p.name.startswith("valid")) for p in sorted((shared / CYCLONEDX / version).glob(f"*.{kind}"))],
        )
        for version in ("1.4", "1.5", "1.6", "1.7")
        for kind in ("json", "xml")
    ]


def csaf(cache: Path, version: str) -> list[tuple[str, int, int]]:
    folder = cache / "csaf" / f"csaf_{version}" / "test" / "validator" / "data"
    index = folder / "testcases.json"
    tests = json.loads(index.read_bytes())["tests"] if index.is_file() else []
    valid = [(folder / case["name"], True) for test in tests for case in test.get("valid", ())]
    mandatory = [test for test in tests if test["group"] == "mandatory"]
    failing = [(folder / case["name"], False) for test in mandatory for case in test.get("failures", ())]
    return [
        agreed(f"CSAF {version} documents called valid", valid),
        agreed(f"CSAF {version} documents that break a mandatory test", failing),
    ]


def not_made() -> str:
    return "; ".join(f"{number} {reason}" for number, reason in NOT_MADE.items())


def statements(cache: Path) -> list[tuple[str, int, int]]:
    """The committee's own good and bad statements: theirs are of no kind, so they are given one that is read."""
    source = cache / "attestation" / "python" / "tests" / "test_statement.py"
    text = source.read_text(encoding="utf-8") if source.is_file() else ""
    cases = []
    for name, body in re.findall(r"(full_st|bad_st) = '(\{.*\})'", text):
        value = json.loads(body)
        value["subject"] = [{**one, "digest": dict.fromkeys(one["digest"], "ab")} for one in value["subject"]]
        if value["predicateType"] == "thePredicate":
            value["predicateType"] = "https://in-toto.io/attestation/test-result/v0.1"
            value |= (
                {"predicate": {"result": "PASSED", "configuration": [{"name": "c"}]}} if "predicate" in value else {}
            )
        cases.append((json.dumps(value).encode(), name == "full_st"))
    return [("in-toto attestation statements", sum(_taken(data) == good for data, good in cases), len(cases))]


def rows(shared: Path, cache: Path) -> list[tuple[str, int, int]]:
    vex = sorted((shared / "suites/openvex/pkg/vex/testdata").glob("*.json"))
    spdx = cache / "spdx-examples"
    found = evidence_rows(shared)
    found += cyclonedx(shared)
    found.append(agreed("OpenVEX documents of go-vex (one is CSAF)", [(path, True) for path in vex]))
    found += [*csaf(cache, "2.0"), *csaf(cache, "2.1")]
    for pattern, name in (("*.spdx", "SPDX 2 tag-value"), ("*.spdx.json", "SPDX 2 JSON"), ("*.spdx3.json", "SPDX 3")):
        found.append(agreed(f"SPDX examples, {name}", [(path, True) for path in sorted(spdx.rglob(pattern))]))
    return found + statements(cache)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "suites")
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    found = rows(asked.shared, asked.cache)
    lines = [f"| {name} | {f'{good} of {total}' if total else 'not run'} |" for name, good, total in found]
    print("\n".join(lines))
    text = f"""## Peer suites

{circumstances("python tools/suites_readers.py")}
Documents of CSAF 2.1 that are listed as valid for one test and break another one are refused; they are named in
`tests/readers/test_peers.py`. Sigstore bundles are not accepted as evidence, so their suite is not run; signatures of
other algorithms than ed25519 are accepted nowhere, so of Wycheproof only that file is run. Mandatory tests not made,
since a document alone does not settle them: {not_made()}.

| suite | as it wants |
|---|---|
"""
    if not asked.no_write:
        write_section("readers-suites", text + "\n".join(lines) + "\n")
    return 1 if any(good != total for name, good, total in found if not name.startswith(MAY_DIFFER)) else 0


if __name__ == "__main__":
    sys.exit(main())
