"""Peer suites against the evidence readers: what should be read and is, what should be refused and is.

    python tools/suites_readers.py [--shared ../shared] [--cache .cache/suites] [--no-write]

`--shared` holds CycloneDX and OpenVEX documents, `--cache` clones named csaf, spdx-examples and attestation; what is
absent is *not run*. Writes its section of docs/reliability.md. Exit 1 if CycloneDX JSON of 1.6 or 1.7 differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from assay.errors import InputError
from assay.readers.csaf_mandatory.table import NOT_MADE
from assay.readers.table import read
from reliability_page import circumstances, write_section

ROOT = Path(__file__).resolve().parent.parent
CYCLONEDX = "suites/cyclonedx/tools/src/test/resources"
MUST_AGREE = {"CycloneDX 1.6 json", "CycloneDX 1.7 json"}


def taken(path: Path) -> bool:
    try:
        read(path.read_bytes())
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


def rows(shared: Path, cache: Path) -> list[tuple[str, int, int]]:
    vex = sorted((shared / "suites/openvex/pkg/vex/testdata").glob("*.json"))
    spdx = cache / "spdx-examples"
    found = cyclonedx(shared)
    found.append(agreed("OpenVEX documents of go-vex (one is CSAF)", [(path, True) for path in vex]))
    found += [*csaf(cache, "2.0"), *csaf(cache, "2.1")]
    for pattern, name in (("*.spdx", "SPDX 2 tag-value"), ("*.spdx.json", "SPDX 2 JSON"), ("*.spdx3.json", "SPDX 3")):
        found.append(agreed(f"SPDX examples, {name}", [(path, True) for path in sorted(spdx.rglob(pattern))]))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "suites")
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    found = rows(asked.shared, asked.cache)
    lines = [f"| {name} | {f'{good} of {total}' if total else 'not run'} |" for name, good, total in found]
    print("\n".join(lines))
    text = f"""## Peer suites against the readers

{circumstances("python tools/suites_readers.py")}
Documents of CSAF 2.1 that are listed as valid for one test and break another one are refused; they are named in
`tests/readers/test_peers.py`. Mandatory tests not made, since a document alone does not settle them: {not_made()}.

| suite | as it wants |
|---|---|
"""
    if not asked.no_write:
        write_section("readers-suites", text + "\n".join(lines) + "\n")
    return 1 if any(good != total for name, good, total in found if name in MUST_AGREE) else 0


if __name__ == "__main__":
    sys.exit(main())
