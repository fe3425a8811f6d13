"""Flip and diff in words for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase
from typing import Any, Final

from assay.reports.answer import Paint, plain, sentence
from assay.reports.wording import worded

__all__ = ["render_diff", "render_flip"]

Json = Mapping[str, Any]
_DIRECTIONS: Final = {
    "milder": "milder", "stricter": "stricter", "other": "another answer, as strict", "settles": "settles it",
}  # fmt: skip
_MOST: Final = 12


def render_flip(found: Json, supplier: str, paint: Paint = plain) -> str:
    """What would change an answer: facts first, each with who can bring it, then what no fact mends."""
    lines = [
        f"{paint(_named(found['answer']).upper(), 'headline')}   {sentence(found, supplier)}",
        *_rows("rests on", _rests(found), paint), *_rows("blind", _blind(found), paint),
    ]  # fmt: skip
    if not found.get("reproduced", True):
        lines += _rows("note", ["law or facts have changed since this decision was made; this is about today's"], paint)
    for number, one in enumerate(found["sets"][:_MOST], 1):
        lines += ["", *_set(number, one, paint)]
    if len(found["sets"]) > _MOST:
        lines.append(f"\nand {len(found['sets']) - _MOST} more sets: --format json")
    lines += ["", *_without_sets(found)]
    if found["not_in_your_hands"]:
        lines += ["", paint("not in your hands", "label") + ": what a change of law would mend, alone or with facts"]
        for letter, row in zip(ascii_lowercase, found["not_in_your_hands"], strict=False):
            lines += ["", *_law(f"{letter}.", row, paint)]
    if not found["law_complete"]:
        lines += ["", "larger sets of rules and facts were not tried"]
    lines += ["", *_rows("fixed", _fixed(found["fixed"]), paint)]
    return "\n".join(line for line in lines if line is not None).replace("\n\n\n", "\n\n").rstrip()


def _rows(label: str, texts: Iterable[str], paint: Paint) -> list[str]:
    shown = list(texts)
    heads = [label] + [""] * len(shown)
    return [f"  {paint(f'{head:11}', 'label')} {text}" for head, text in zip(heads, shown, strict=False)]


def _named(row: Json) -> str:
    if row["outcome"] == "unknown":
        return "not determined: " + " or ".join(worded(pair) for pair in row["stated"])
    return worded(row)


def _rests(found: Json) -> list[str]:
    facets = found["answer"]["rests_on"]
    if facets:
        return [", ".join(facets)]
    return ["what is done where, not on who supplies"] if found["deciding"] else ["no rule that restricts"]


def _blind(found: Json) -> list[str]:
    blind = found["origin_blind"]
    if blind["same"]:
        return ["without looking at origin and ownership the answer is the same"]
    return [f"without looking at origin and ownership: {_named(blind)}"]


def _set(number: int, one: Json, paint: Paint) -> list[str]:
    parties = " and ".join(one["parties"])
    head = f"{number}. {_DIRECTIONS[one['direction']]}: {_named(one)}"
    return [
        f"{paint(head, 'headline')}   to act: {parties}",
        *[f"   {line}" for f in one["facts"] for line in _fact(f)],
    ]


def _fact(fact: Json) -> list[str]:
    was = "not known" if fact["from"] is None else "|".join(_value(v) for v in fact["from"])
    lines = [f"{fact['fact']}: {was} -> {_value(fact['to'])}    {fact['title']}"]
    if fact["alike"]:
        shown = ", ".join(_value(v) for v in fact["alike"][:5])
        lines.append(f"  just as well: {shown}{', ...' if len(fact['alike']) > 5 else ''}")
    who = " or ".join(fact["by"])
    names = "; ".join(fact["authorities"])
    judged = ", whose judgement it is" if fact["discretion"] else ""
    lines.append(f"  can be brought by: {who}" + (f" ({names}{judged})" if names else judged))
    return lines


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _without_sets(found: Json) -> list[str]:
    if found["says"]:
        return [f"evidence cannot change this answer: {found['says']} ({_proof(found)})"]
    if found["answer"]["outcome"] == "unknown" and found["missing"]:
        lines = [f"  {row['fact']}: {row['title']}" for row in found["missing"]]
        return ["not determined for want of:", *lines]
    if not found["sets"]:
        return [f"no set of facts was found in {found['tried']} tries; larger sets were not tried"]
    if not found["complete"]:
        return [f"{found['tried']} sets were tried; larger ones were not"]
    return []


def _proof(found: Json) -> str:
    if found["tried"]:
        return f"all {found['tried']} sets were tried"
    return "shown over all values that such facts can have"


def _law(number: str, row: Json, paint: Paint) -> list[str]:
    """Rules to be withdrawn and facts to be brought with them, and the answer then."""
    head = f"{number} {_DIRECTIONS[row['direction']]}: {_named(row)}"
    lines = [f"{paint(head, 'headline')}   to act: {' and '.join(row['parties'])}"]
    for rule in row["rules"]:
        lines.append(f"   withdrawal of {rule['id']}: {rule['says']}")
        lines.append(f"     {rule['instrument']} ({rule['kind']}); {_hands(rule)}")
    return [*lines, *[f"   and {line}" for fact in row["facts"] for line in _fact(fact)[:1]],
            *[f"     {line.strip()}" for fact in row["facts"] for line in _fact(fact)[1:]]]  # fmt: skip


def _hands(rule: Json) -> str:
    if rule["who"] == "legislator":
        return f"in the hands of the legislator; applied by: {rule['authority']}"
    if rule["who"] == "the parties":
        return f"in the hands of the parties: {rule['authority']}"
    return f"in the hands of: {rule['authority']}"


def _fixed(rows: Iterable[Json]) -> Iterable[str]:
    """What the answer rests on and nobody can bring: it is never offered as a remedy."""
    for row in rows:
        who = "nobody can change it" if row["who"] == "nobody" else f"only a change of law takes it away ({row['who']})"
        yield f"{row['fact']}: {row['title']}    {who}"


def render_diff(found: Json, suppliers: Sequence[str], paint: Paint = plain) -> str:
    """Two decisions: what the answer was and is, why, and which rules came or went. `suppliers` are their names."""
    if found["same"]:
        return "the same decision"
    old, new = found["old"], found["new"]
    head = "THE SAME ANSWER" if found["same_answer"] else "ANOTHER ANSWER"
    lines = [paint(head, "headline")]
    for label, one, name in (("old", old, suppliers[0]), ("new", new, suppliers[1])):
        lines += _rows(label, [f"{_named(one['answer'])}   {sentence(one, name)}"], paint)
    for cause in found["causes"]:
        texts = [f"{row['what']}: {_shown(row['old'])} -> {_shown(row['new'])}" for row in cause["what"]]
        lines += _rows(cause["cause"], texts, paint)
    if not found["causes"]:
        lines += _rows("cause", ["no input differs: the same law, facts, question, clocks and engine"], paint)
    rules = found["rules"]
    lines += _rows("came", [f"{r['id']} [{r['value']}]: {r['says']} ({r['why']})" for r in rules["came"]], paint)
    lines += _rows("went", [f"{r['id']} [{r['value']}]: {r['says']} ({r['why']})" for r in rules["went"]], paint)
    lines += _rows("changed", [f"{r['id']}: {_turn(r, 'old')} -> {_turn(r, 'new')}" for r in rules["changed"]], paint)
    for key in ("duties", "powers"):
        moved = [_moved(sign, found[key][what]) for sign, what in (("+", "came"), ("-", "went")) if found[key][what]]
        lines += _rows(key, moved, paint)
    return "\n".join(lines)


def _turn(row: Json, side: str) -> str:
    """What a rule was or is, and for which parts of the network where not for all that were asked about."""
    parts = row.get(f"{side}_parts")
    return f"{row[side]} (for: {', '.join(parts)})" if parts else str(row[side])


def _moved(sign: str, names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return f"{sign} {len(names)}: {', '.join(names[:_MOST])}" + (f" and {more} more: --format json" if more > 0 else "")


def _shown(value: object) -> str:
    if value is None or value == "" or value == []:
        return "none"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, Mapping):
        return "@".join(str(item) for item in (value.get("id"), value.get("from")))
    text = _value(value)
    return f"{text[:8]}..." if len(text) == 64 else text
