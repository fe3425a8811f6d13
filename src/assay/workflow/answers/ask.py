"""One question, from words to a kept decision."""

from __future__ import annotations

import difflib
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from assay.canon import canonical
from assay.decide.decide import Answer, ask
from assay.decide.document import decision_id, document
from assay.decide.library import Library
from assay.decide.program import Assumption, covers
from assay.decide.toml import each, parse
from assay.errors import InputError, UsageError
from assay.model.expression import Operator
from assay.model.fact import plain_name
from assay.model.law import ACTIVITIES, PARTS
from assay.model.question import ANY_PART, CLOSED_VALUES, CONTEXT_KEYS, SINGLE_KEYS, Question
from assay.workflow.ground.files import write_bytes
from assay.workflow.ground.library import aliases, code_of, jurisdictions

__all__ = [
    "Asked", "answer_question", "check_assumptions", "keep", "kept", "parse_assumptions", "parse_context",
    "parse_date", "question_of", "resolve_context", "resolve_jurisdiction", "resolve_supplier", "unnamed_context",
]  # fmt: skip

_KEPT: Final = 200
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_NEAR: Final = 0.7
"""How alike two names must be for a `did you mean`."""
_WHERE: Final = frozenset({"zone", "place", "site-class"})
"""Keys that say where: instruments call the same place by any of them, and one class serves all three."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision as a document, its id, and the name of the supplier for people."""

    id: str
    found: dict[str, Any]
    supplier: str
    answer: Answer | None = None


def answer_question(
    library: Library, question: Question, assumptions: tuple[Assumption, ...] = (), *, presume: bool = True,
    hidden: frozenset[str] = frozenset(),
) -> Asked:  # fmt: skip
    """Answer one question and name the decision."""
    check_assumptions(library, assumptions)
    answer = ask(library, question, assumptions=assumptions, presume=presume, hidden=hidden)
    found = document(answer)
    known = library.facts.suppliers.get(question.supplier)
    return Asked(decision_id(found), found, _display(known.name, known.aliases) if known else question.supplier, answer)


def _display(name: str, aliases: tuple[str, ...]) -> str:
    return aliases[0] if aliases else name


def parse_date(text: str, option: str) -> date:
    """An ISO date. Raises UsageError (E0103)."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        why = f": {error}" if _ISO_DAY.fullmatch(text) else ""
        raise UsageError(
            "E0103", f"{text!r} is no date{why}", where=option, expected="a day such as 2020-02-15"
        ) from error


def parse_context(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`key=value` pairs, several values joined by `|` or given one by one.

    Raises UsageError (E0104) for what is outside the lists.
    """
    out: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not value:
            raise UsageError(
                "E0104", f"{pair!r} is no key=value", where="--context", expected='such as "generation=5G"'
            )
        if key not in CONTEXT_KEYS:
            raise UsageError(
                "E0104", f"context key {key!r} is not known", where="--context", expected=", ".join(CONTEXT_KEYS)
            )
        closed = CLOSED_VALUES.get(key, frozenset())
        plain = {_plain(known): known for known in closed}
        values = tuple(plain.get(_plain(part), part.strip()) for part in value.split("|") if part.strip())
        values = tuple(dict.fromkeys((*out.get(key, ()), *values)))
        if not values or (len(values) > 1 and key in SINGLE_KEYS):
            raise UsageError("E0104", f"{key} takes one value, not {'|'.join(values)!r}", where="--context")
        wrong = [v for v in values if closed and v not in closed]
        if wrong:
            raise UsageError(
                "E0104", f"{key} has no value {wrong[0]!r}", where="--context", expected=", ".join(sorted(closed))
            )
        if key == "installed":
            values = tuple(parse_date(text, "--context installed").isoformat() for text in values)
        out[key] = values
    return out


def parse_assumptions(texts: Iterable[str]) -> tuple[Assumption, ...]:
    """`ID@DATE` texts and TOML files of `[[assume]]` tables. Raises UsageError (E0105) or PackError for a bad file."""
    out: list[Assumption] = []
    for text in texts:
        name, sign, day = text.partition("@")
        if text.endswith(".toml"):
            out += _assumed_in(Path(text))
        elif not sign or not name:
            raise UsageError(
                "E0105", f"{text!r} is no ID@DATE", where="--assume",
                expected="such as eu.csa2@2027-07-01, or a file such as proposals.toml",
            )  # fmt: skip
        else:
            out.append(Assumption(name, parse_date(day, "--assume")))
    return tuple(out)


def _assumed_in(path: Path) -> list[Assumption]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            "E0105", f"the file cannot be read: {error.strerror}", where=f"--assume {path}",
            expected="TOML with [[assume]], id and from",
        ) from error  # fmt: skip
    top = parse(path.name, data).top
    found = each(top.tables("assume"), lambda table: Assumption(table.take("id", str), table.take("from", date)))
    top.done()
    return found


def check_assumptions(library: Library, assumptions: Iterable[Assumption]) -> None:
    """Refuse an assumption that names no rule of the packs at hand, so would change nothing (UsageError E0105)."""
    rules = [(pack, rule) for pack in library.packs for rule in pack.rules]
    for assumption in assumptions:
        if not any(covers(assumption.id, pack, rule) for pack, rule in rules):
            ids = {name for pack, rule in rules for name in (rule.id, f"{pack.id}.{rule.instrument}")}
            near = difflib.get_close_matches(assumption.id, sorted(ids), 3, 0.5)
            raise UsageError(
                "E0105", f"{assumption.id!r} names no rule or instrument of the packs that this question reads",
                where="--assume", expected=f"did you mean {' or '.join(near)}?" if near else "a rule or an instrument",
                remedy="assay laws show PACK lists them",
            )  # fmt: skip


def unnamed_context(answer: Answer) -> list[tuple[str, str, tuple[str, ...]]]:
    """Context values that no rule and no presumption names, with those that they do: a misspelt word restricts nothing.

    Closed keys are checked before; the operator is whoever it is; a key that no rule reads is left out.
    """
    program = answer.program
    out = []
    for key, values in answer.question.context.items():
        start, end = program.spans.get(key, (0, 0))
        if key in CLOSED_VALUES or key in ("operator", "installed") or start == end:
            continue
        named = {p.value for p in program.presumptions if p.key == key and p.value}
        for atom in program.atoms[start:end]:
            listed = program.classes[str(atom.value)].members if atom.op is Operator.IN_CLASS else atom.value
            named |= set(map(str, listed)) if isinstance(listed, tuple | Mapping) else set()
        out += [(key, value, tuple(sorted(named))) for value in values if value not in named]
    return out


def resolve_jurisdiction(text: str, shipped: Iterable[str] | None = None) -> str:
    """An ISO code with a pack. Raises UsageError (E0101) with what is near."""
    code = code_of(text)
    known = list(jurisdictions() if shipped is None else shipped)
    if code in known:
        return code
    if not code:
        raise UsageError("E0100", "no jurisdiction is given", where="--in", expected="one of " + ", ".join(known))
    names = {name: other for name, other in aliases().items() if other in known} | {name: name for name in known}
    near = {names[name]: name for name in difflib.get_close_matches(code, names, 3, _NEAR)}
    meant = " or ".join(other if name == other else f"{other} ({name.title()})" for other, name in near.items())
    raise UsageError(
        "E0101", f"no law is coded for {text!r}", where="--in", expected="one of " + ", ".join(known),
        remedy=f"did you mean {meant}?" if near else "write a pack: docs/add-a-country.md",
    )  # fmt: skip


def resolve_supplier(library: Library, text: str) -> str:
    """The id of a supplier by id, legal name or alias. Raises UsageError (E0102) with what is near."""
    names: dict[str, str] = {}
    for supplier in library.facts.suppliers.values():
        names.update({plain_name(name): supplier.id for name in (supplier.id, supplier.name, *supplier.aliases)})
    for found in library.classes.values():
        if found.of == "supplier":
            names = {plain_name(m.value): m.value for m in found.members} | names
    key = plain_name(text)
    if key in names:
        return names[key]
    near = [names[n] for n in difflib.get_close_matches(key, names, 3, _NEAR)]
    raise UsageError(
        "E0102", f"supplier {text!r} is not known: no answer rather than a wrong one", where="--supplier",
        expected=f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "",
        remedy=f"known: {', '.join(sorted(library.facts.suppliers))}; declare a new supplier with its facts in a file "
        "and give it with --facts FILE (docs/fact-format.md)",
    )  # fmt: skip


def resolve_context(library: Library, context: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Values of open context keys as the classes spell them: `tdc net` and `3.5 GHz` mean `TDC NET` and `3.5GHz`.

    Case, spaces, hyphens and accents are looked through, of operators the legal form too; a value that no class lists
    stays as it is.
    """
    return {
        key: _spelt(library, key, values) if key not in CLOSED_VALUES else values for key, values in context.items()
    }


def _spelt(library: Library, key: str, values: tuple[str, ...]) -> tuple[str, ...]:
    kinds = _WHERE if key in _WHERE else {key}
    listed = {m.value for found in library.classes.values() if found.of in kinds for m in found.members}
    plain = {_plain(value, key): value for value in sorted(listed, reverse=True)}
    return tuple(value if value in listed else plain.get(_plain(value, key), value) for value in values)


def _plain(text: str, key: str = "") -> str:
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    if key == "operator":
        return plain_name(letters)  # elsewhere a dot may tell two values apart, as in a band
    return "".join(c for c in letters if c not in " -_")


def question_of(
    library: Library, supplier: str, part: str, activity: str, jurisdiction: str, on: date, known_at: date,
    context: Mapping[str, tuple[str, ...]], product: str = "",
) -> Question:  # fmt: skip
    """Build a question from words. Raises UsageError for whatever is not known."""
    part, activity = part.lower(), activity.lower()
    for value, allowed, option in ((part, (*PARTS, ANY_PART), "--part"), (activity, ACTIVITIES, "--activity")):
        if value not in allowed:
            raise UsageError("E0106", f"{value!r} is not known", where=option, expected="one of " + ", ".join(allowed))
    named = resolve_context(library, context)
    return Question(resolve_supplier(library, supplier), part, activity, jurisdiction, on, known_at, product, named)


def _state_folder() -> Path | None:
    wanted = os.environ.get("ASSAY_STATE")
    if wanted == "":
        return None
    if wanted:
        return Path(wanted)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "assay"


def keep(asked: Asked) -> None:
    """Keep a decision for `why`, `flip` and `diff`; the last 200 stay. Silent where the folder cannot be written."""
    folder = _state_folder()
    if folder is None:
        return
    try:
        write_bytes(folder / f"{asked.id}.json", canonical(asked.found))
        write_bytes(folder / "last", asked.id.encode("ascii"))
        rows = sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime_ns)
        for old in rows[:-_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, InputError):
        return  # keeping is a convenience: an answer must not fail because a home folder is read-only


def kept(name: str) -> dict[str, Any]:
    """A decision by `last`, by leading hex digits of its id, or from a file. Raises UsageError (E0107)."""
    path = Path(name)
    if path.suffix == ".json" and path.is_file():
        return _decision(path)
    folder = _state_folder()
    if folder is None or not folder.is_dir():
        raise UsageError("E0107", "no decision is kept", where=name, remedy="ask first, or give a decision file")
    if name == "last":
        name = (folder / "last").read_text(encoding="ascii") if (folder / "last").is_file() else "none"
    found = sorted(folder.glob(f"{name}*.json")) if len(name) >= 4 and set(name) <= set("0123456789abcdef") else []
    if len(found) != 1:
        what = f"{len(found)} kept decisions begin with {name!r}" if found else f"no kept decision is {name!r}"
        raise UsageError(
            "E0107", what, expected="four or more leading hex digits of one kept decision, `last` or a file"
        )
    return _decision(found[0])


def _decision(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise UsageError("E0107", f"no decision can be read: {error}", where=str(path)) from error
    if not isinstance(found, dict) or found.get("schema") != "assay-decision/1":
        raise UsageError(
            "E0107", "the file holds no decision", where=str(path), expected='"schema": "assay-decision/1"'
        )
    return found
