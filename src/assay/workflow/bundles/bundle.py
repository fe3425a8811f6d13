"""From an answer to its bundle: the law and the facts it read, laid beside it, and what stays at home."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.canon import canonical, digest
from assay.decide.decide import Answer
from assay.decide.facts import read_names
from assay.errors import IntegrityError, InternalError, UsageError
from assay.evidence.bundle import (
    ATTRIBUTES,
    CASE_FACTS,
    DECISION,
    PACK_FILES,
    QUESTION,
    Part,
    approval_member,
    build_bundle,
    pack_member,
    read_bundle,
    supplier_member,
)  # fmt: skip
from assay.model.law import Pack
from assay.workflow.answers.ask import Asked
from assay.workflow.bundles.established import TABLE
from assay.workflow.bundles.perform import REQUEST
from assay.workflow.bundles.redo import library_of, read_law
from assay.workflow.bundles.verify import judge
from assay.workflow.ground.files import write_bytes, write_json_file
from assay.workflow.ground.library import FACTS, pack_folders

if TYPE_CHECKING:
    from assay.workflow.bundles.attach import Lending

__all__ = ["Bundled", "bundle_answer", "bundled", "fact_parts", "pack_parts", "sliced", "store_parts", "write_bundle"]

_ID: Final = re.compile(rb'^id = ("[^"]+")$', re.MULTILINE)
_SALT_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle's bytes, the salts that stay at home, and a document that lists every member."""

    data: bytes
    salts: Mapping[str, bytes]
    listing: dict[str, Any]


def bundle_answer(
    asked: Asked, *, presume: bool = True, laws: tuple[Path, ...] = (), case_facts: Path | None = None,
    include_private: bool = False, lending: Lending | None = None, dry: bool = False,
) -> Bundled:  # fmt: skip
    """Bundle one fresh answer. It is verified before it is handed out.

    `lending` brings what of a store it was answered from. `dry`: only to be listed, so it is not verified (no
    witness was asked, so a policy that wants one would refuse it).
    Raises InternalError (E0389) where the bundle would not give the answer again.
    """
    answer = asked.answer
    if answer is None:
        raise UsageError("E0385", "only a fresh answer can be bundled", where="--bundle", remedy="ask again")
    parts = sliced([
        Part(DECISION, canonical(asked.found)),
        Part(QUESTION, canonical(_request(answer, presume, case_facts))),
        *pack_parts(answer.program.packs, laws, include_private, signed=lending is not None),
        *fact_parts({answer.question.supplier}, case_facts, include_private),
    ])  # fmt: skip
    if lending is not None:
        named = [{"id": pack.id, "private": pack.private} for pack in answer.program.packs]
        case = case_facts.name if case_facts else ""
        parts += store_parts(lending, parts, named, case, answer.question.known_at)
    private = [pack.id for pack in answer.program.packs if pack.private]
    # An answer quotes the rules that decide it, those of private packs too.
    made = bundled(parts, {}, decision=asked.id, quoted=private)
    if not dry:
        _check(made.data)
    return made


def sliced(parts: Sequence[Part]) -> list[Part]:
    """The parts with those tables alone of the shared attributes that some other part names."""
    texts = b"".join(part.data for part in parts if part.name != ATTRIBUTES)
    return [Part(part.name, _named(part.data, texts)) if part.name == ATTRIBUTES else part for part in parts]


def _named(attributes: bytes, texts: bytes) -> bytes:
    head, *tables = attributes.split(TABLE)
    kept = [table for table in tables if (found := _ID.search(table)) is None or found[1] in texts]
    return TABLE.join([head, *kept])


def store_parts(
    lending: Lending, parts: Sequence[Part], packs: Sequence[Mapping[str, Any]], case_facts: str, known_at: date
) -> list[Part]:  # fmt: skip
    """What a store lends to a bundle that holds these parts: its signed members, and the facts that they make."""
    from assay.workflow.bundles.attach import lent_parts, stored_part

    members = {part.name: part.data for part in parts}
    library = library_of(members, read_law(members, packs), case_facts)
    return [*lent_parts(lending), stored_part(lending, library, known_at)]


def bundled(parts: Sequence[Part], salts: Mapping[str, bytes], **more: object) -> Bundled:
    """Write parts as a bundle: fresh salts for those withheld beside the ones given; `more` goes to the listing."""
    every = {**{part.name: secrets.token_bytes(_SALT_SIZE) for part in parts if part.reason}, **salts}
    data = build_bundle(parts, every)
    in_order = sorted(parts, key=lambda part: part.name)
    listing = {
        "schema": "assay-bundle-listing/1",
        "manifest": read_bundle(data).manifest,
        "bytes": len(data),
        "members": [
            {"name": part.name, "bytes": len(part.data), "sha256": digest(part.data)}
            for part in in_order
            if not part.reason
        ],
        "withheld": [{"name": part.name, "reason": part.reason} for part in in_order if part.reason],
        "quoted": [],
        **more,
    }
    return Bundled(data, every, listing)


def write_bundle(path: Path, bundled: Bundled) -> None:
    """Write the bundle whole; salts go beside it, for the holder alone, and only where there are some."""
    write_bytes(path, bundled.data)
    if bundled.salts:
        home = path.with_name(path.name + ".salts.json")
        write_json_file(home, {name: salt.hex() for name, salt in bundled.salts.items()})
        home.chmod(0o600)


def _request(answer: Answer, presume: bool, case_facts: Path | None) -> dict[str, object]:
    return {
        "schema": REQUEST,
        "question": answer.question.document(),
        "presume": presume,
        "hidden": sorted(answer.hidden),
        "assumed": [{"id": a.id, "from": a.start.isoformat()} for a in answer.program.assumptions],
        # A case's facts are cited by the name of their file, so the name is part of the answer.
        "case_facts": case_facts.name if case_facts else "",
    }


def pack_parts(
    packs: Iterable[Pack], laws: tuple[Path, ...], include_private: bool, *, signed: bool = False
) -> Iterable[Part]:  # fmt: skip
    """The files of law packs; those of private ones are withheld unless they are included.

    `signed` takes their approvals along, which only a trust policy gives a meaning.
    """
    folders = pack_folders(laws)
    for pack in packs:
        for file in PACK_FILES:
            path = folders[pack.id] / file
            if path.is_file():
                reason = "private law pack" if pack.private and not include_private else ""
                yield Part(pack_member(pack.id, file), path.read_bytes(), reason)
        approval = folders[pack.id] / "approval.dsse.json"
        if approval.is_file() and signed:
            yield Part(approval_member(pack.id), approval.read_bytes())


def fact_parts(suppliers: Set[str], case_facts: Path | None, include_private: bool) -> Iterable[Part]:
    """The shared attributes, the fact files of these suppliers, and a case's own facts, withheld unless included."""
    yield Part(ATTRIBUTES, (FACTS / "attributes.toml").read_bytes())
    for path in sorted((FACTS / "suppliers").glob("*.toml")):
        data = path.read_bytes()
        name = read_names(path.name, data).id
        if name in suppliers:
            yield Part(supplier_member(name), data)
    if case_facts is not None:
        yield Part(CASE_FACTS, case_facts.read_bytes(), "" if include_private else "a case's own facts")


def _check(data: bytes) -> None:
    try:
        found = judge(read_bundle(data))
        wrong = "; ".join(found.differences[:3]) if found.verdict == "different" else ""
    except IntegrityError as error:
        wrong = f"{error.code} {error.what} {error.where}"
    if wrong:
        raise InternalError(
            "E0389", "the bundle would not give the answer again", where=wrong,
            remedy="ask again: a law or fact file may have changed meanwhile; else please report the question",
        )  # fmt: skip
