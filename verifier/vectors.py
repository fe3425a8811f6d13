"""Runs the published vectors through the second verifier.

python verifier/vectors.py FOLDER     says for each file in FOLDER how many cases got their verdict
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

from ground import (
    Refused,
    canonical_json,
    key_id,
    need,
    sha,
    write_json,
)
from proof import (
    checkpoint,
    consistency,
    container,
    holders,
    inclusion,
    leaf,
    manifest,
    policy,
    signers,
    tlog_proof,
    tree,
    type_of,
)
from reading import (
    Law,
)
from redo import decide, verify

NAMES = ("canonical", "merkle", "notes", "dsse", "container", "policy", "decisions", "bundles")


def check_case(name: str, case: dict[str, Any]) -> None:
    """Check one case of a vector file."""
    if name in ("canonical", "decisions", "bundles"):
        _bytes_case(name, case)
    elif name == "merkle":
        _merkle_case(case)
    elif name == "notes":
        given = ([case["log"]], [case["witness"]], case["threshold"])
        if case["kind"] == "checkpoint":
            size, _, seen = checkpoint(case["note"].encode(), *given)
            need(size == case["size"] and seen == [case["time"]], "checkpoint content")
        else:
            tlog_proof(case["proof"].encode(), bytes.fromhex(case["entry"]), *given)
    elif name == "dsse":
        keys = {key_id(bytes.fromhex(raw)): bytes.fromhex(raw) for raw in case["keys"]}
        need(len(signers(case["envelope"].encode(), keys)) >= case["threshold"], "too few signers")
        type_of(case["envelope"].encode())
    elif name == "container":
        members = container(base64.b64decode(case["container"]))
        manifest(members)
        need(case["members"] == {key: base64.b64encode(body).decode() for key, body in members.items()}, "members")
    else:
        trust = policy(case["policy"].encode())
        need(sha(case["policy"].encode()).hex() == case["sha256"], "pin")
        found, threshold = holders(trust, case["role"], case["envelope"].encode(), case["at"], case["witnessed"])
        need(found == case["holders"] and len(found) >= threshold, "too few holders")


def _bytes_case(name: str, case: dict[str, Any]) -> None:
    if name == "canonical":
        value = canonical_json(bytes.fromhex(case["bytes"]))
        need(value == case["value"] and write_json(value).encode().hex() == case["bytes"], "value")
    elif name == "decisions":
        members = {file: text.encode() for file, text in case["files"].items()}
        law = Law(members, case["packs"], case["request"]["case_facts"])
        data = write_json(decide(law, case["request"])).encode()
        need(data == case["decision"].encode() and sha(data).hex() == case["sha256"], "decision")
    else:
        need(verify(base64.b64decode(case["bundle"]), case["pin"])[0] == case["code"], "exit code")


def _merkle_case(case: dict[str, Any]) -> None:
    proof = [bytes.fromhex(item) for item in case.get("proof", [])]
    if case["kind"] == "root":
        need(tree([leaf(str(i).encode()) for i in range(case["size"])]).hex() == case["root"], "root")
    elif case["kind"] == "inclusion":
        value, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
        inclusion(value, case["index"], case["size"], proof, root)
    else:
        roots = (bytes.fromhex(case["root1"]), bytes.fromhex(case["root2"]))
        consistency(case["size1"], case["size2"], proof, *roots)


def verdict(name: str, case: dict[str, Any]) -> bool:
    """Whether a case holds."""
    try:
        check_case(name, case)
    except Refused:
        return False
    return True


def main(folder: Path) -> int:
    """Run every vector file; gives 0 if all verdicts are right, else 1."""
    wrong = 0
    for name in NAMES:
        file = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        cases = [{**case, "files": file.get("worlds", {}).get(case.get("world"))} for case in file["cases"]]
        right = sum(verdict(name, case) == case.get("ok", True) for case in cases)
        wrong += len(cases) - right
        print(f"{name}: {right} of {len(cases)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
