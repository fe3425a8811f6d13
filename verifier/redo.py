"""A second engine for Assay's answers, written from docs/: standard library, the files beside it, nothing of `assay`.

    python -I verifier/redo.py OUT.zip [--trust DIGEST]

Checks a bundle's bytes with bundle.py, and an inspection as far as inspected.py goes; else answers the question, or
those of a review, from packs and facts alone,
writes each decision anew with its reason tree, and compares bytes.
Exit 0 same, 1 different, 2 cannot be redone (something is withheld), 3 the bytes do not hold together, 64 usage.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # `python -I` leaves it out

from answer import ENGINE, REQUEST, SCHEMA, Asked, decide, iso
from bundle import Opened, open_bundle
from ground import (
    Refused,
    canonical_json,
    need,
    sha,
    write_json,
)
from inspected import inspection
from law import (
    Program,
)
from reading import (
    Json,
    Law,
)


def redo_answer(members: dict[str, bytes]) -> list[str]:
    """Redo the one answer of a bundle; gives where it differs."""
    decision, request = canonical_json(members["decision.json"]), canonical_json(members["question.json"])
    need(request["schema"] == REQUEST and decision["schema"] == SCHEMA, "unknown schema")
    again = decide(Law(members, decision["packs"], request["case_facts"]), request)
    if write_json(again).encode() == members["decision.json"]:
        return []
    return list(differences(decision, again))


def redo_review(members: dict[str, bytes]) -> list[str]:
    """Redo every decision of a review; gives where it differs."""
    review = canonical_json(members["review.json"])
    need(review["schema"] == "assay-review-bundle/1", "unknown schema")
    law = Law(members, review["packs"], review["case_facts"])
    out = [f"pack {pack['id']}" for pack, named in zip(law.packs, review["packs"], strict=True)
           if pack["digest"] != named["digest"]]  # fmt: skip
    known = date.fromisoformat(review["known_at"])
    need({row["id"] for row in review["classes"]} == set(review["answers"]), "classes and answers")
    need(all(days[:1] == [review["on"]] for days in review["days"].values()), "first day")
    programs = {
        (code, day): Program(law, code, date.fromisoformat(day), known, review["assumed"])
        for code, days in review["days"].items() for day in days
    }  # fmt: skip
    for row in review["classes"]:
        if not row["salted"]:
            again = {act: _course(row, act, review, programs) for act in review["acts"]}
            out += differences(review["answers"][row["id"]], again, row["id"])
    return out


def _course(row: Json, act: str, review: Json, programs: dict[tuple[str, str], Program]) -> Json:
    """The decision on the first day by its digest, and each day on which the outcome changes."""
    asked = {key: row[key] for key in ("supplier", "part", "jurisdiction", "context")}
    asked |= {
        "activity": act,
        "known_at": review["known_at"],
        **({"product": row["product"]} if row["product"] else {}),
    }
    course: list[list[str]] = []
    decision = ""
    for day in review["days"][row["jurisdiction"]]:
        found = Asked(programs[row["jurisdiction"], day], {**asked, "as_of": day}, review["presume"], review["hidden"])
        told = [found.verdict["outcome"], found.verdict["force"], iso(found.verdict["deadline"])]
        decision = decision or sha(write_json(found.decision()).encode()).hex()
        if not course or course[-1][1:] != told:
            course.append([day, *told])
    return {"decision": decision, "course": course}


def differences(old: Any, new: Any, at: str = "") -> Iterator[str]:  # noqa: ANN401
    """Places at which two documents differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key), new.get(key), f"{at}.{key}" if at else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{at}[{number}]")
    elif old != new:
        yield f"{at}: {str(old)[:60]} in the bundle, {str(new)[:60]} redone"


def verify(data: bytes, pin: str = "") -> tuple[int, list[str]]:
    """Check and redo a bundle; gives the exit code and lines that say what was found."""
    try:
        opened = open_bundle(data, pin)
        return _redone(opened)
    except Refused as error:
        return 3, [f"refused          {error}"]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return 3, [f"refused          a member is not what it should be: {type(error).__name__}: {error}"]


def _redone(opened: Opened) -> tuple[int, list[str]]:
    """Redo what an opened bundle claims, as far as that is done here."""
    lines, members = _told(opened.established, opened.open), opened.members
    if any(entry["name"].startswith(("packs/", "facts/")) for entry in opened.withheld):
        return 2, lines + _told([], ["the decision: members are withheld"])
    if "inspection.json" in members:
        return 2, lines + _told(*inspection(members, {entry["name"] for entry in opened.withheld}))
    name = "review.json" if "review.json" in members else "decision.json"
    if canonical_json(members[name])["engine"] != ENGINE:
        return 2, lines + _told([], ["the decision: made with another version of the engine"])
    found = redo_review(members) if name == "review.json" else redo_answer(members)
    if found:
        return 1, [*lines, *(f"differs          {text}" for text in found[:20])]
    lines += _told(["every decision that nothing hides: redone from the bundle alone, same bytes"], [])
    if name == "decision.json":
        return 0, lines
    lines += _told([], ["the elements: how many are of which class is the estate's own, here by commitment"])
    salted = any(row["salted"] for row in canonical_json(members[name])["classes"])
    return (2, lines + _told([], ["classes with salted columns"])) if salted else (0, lines)


def _told(established: list[str], left: list[str]) -> list[str]:
    return [f"established      {text}" for text in established] + [f"not established  {text}" for text in left]


def main(words: list[str]) -> int:
    """Verify one bundle."""
    pin = words[2] if len(words) == 3 and words[1] == "--trust" else ""
    if len(words) not in (1, 3) or (len(words) == 3 and not pin):
        print("usage: redo.py OUT.zip [--trust DIGEST]", file=sys.stderr)
        return 64
    try:
        data = Path(words[0]).read_bytes()
    except OSError as error:
        print(error, file=sys.stderr)
        return 64
    code, lines = verify(data, pin)
    print("\n".join((*lines, ["same", "different", "cannot be redone", "broken"][code])))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
