"""An answer in words for a terminal: the answer in one sentence, the deciding path, then sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from assay.reports.wording import cap_words
from assay.reports.words import render_words, words_at

__all__ = ["headline", "render_answer", "render_tree", "sentence"]

Json = Mapping[str, Any]
Paint = Callable[[str, str], str]

_HEADLINES: Final = {
    ("prohibited", "binding"): "PROHIBITED",
    ("prohibited", "advice"): "ADVISED AGAINST",
    ("phase-out-until", "binding"): "ALLOWED UNTIL {deadline}",
    ("phase-out-until", "advice"): "ALLOWED; ADVISED TO END BY {deadline}",
    ("capped", "binding"): "CAPPED",
    ("capped", "advice"): "CAPPED BY ADVICE",
    ("authorisation-required", "binding"): "AUTHORISATION REQUIRED",
    ("authorisation-required", "advice"): "AUTHORISATION ADVISED",
    ("permitted-with-conditions", "binding"): "ALLOWED ON CONDITIONS",
    ("permitted-with-conditions", "advice"): "ALLOWED; CONDITIONS ADVISED",
    ("permitted", ""): "NO RESTRICTION FOUND",
    ("no-rule", ""): "NO RULE FOUND",
}
_ACTS: Final = {
    "purchase": "buying", "install": "installing", "operate": "operating", "maintain": "maintaining",
    "supply-components": "supplying components to",
}  # fmt: skip
_PARTS: Final = {
    "core": "the core network", "ran": "the radio access network", "transport": "the transport network",
    "management": "network management", "any": "any part of the network",
}  # fmt: skip
_REPLACED: Final = "lex posterior"  # history: counted here, shown by `assay why`
_STEPS_BACK: Final = {
    "lex specialis": "a more special rule goes first",
    "lex superior": "a rule of higher rank goes first", "express derogation": "an exception that it provides for holds",
    "court stay": "a court has stayed it",
}  # fmt: skip
_WEAK: Final = ("republication", "none")


def plain(text: str, style: str) -> str:
    """Paint nothing: the style of files and pipes."""
    del style
    return text


def headline(found: Json) -> str:
    """The outcome in capital words that follow bindingness."""
    answer = found["answer"]
    outcome, force = answer["outcome"], answer["force"]
    if outcome == "unknown":
        return "NOT DETERMINED"
    if outcome == "conflict-of-norms":
        return "CONFLICT OF NORMS"
    words = _HEADLINES[outcome, force].format(deadline=answer["deadline"] or "a date not stated")
    if answer["cap"] and outcome == "capped":
        words += f" AT {cap_words(answer['cap']['share'])} OF {' AND '.join(answer['cap']['metric']).upper()}"
        words += f" BY {answer['deadline']}" if answer["deadline"] else ""
    weak = found["sources"]["weakest"] in _WEAK and found["deciding"]
    return ("REPORTED: " if weak else "") + ("ASSUMED: " if answer["assumed"] else "") + words


def sentence(found: Json, supplier: str) -> str:
    """Who, what, where and when."""
    q = found["question"]
    act = f"{_ACTS[q['activity']]} {supplier}"
    where = "" if q["activity"] == "supply-components" else f" equipment for {_PARTS[q['part']]}"
    return f"{q['jurisdiction']} · {act}{where} · on {q['as_of']}"


def render_answer(found: Json, supplier: str, short: str, paint: Paint = plain) -> str:
    """The answer as text; `short` is the id by which it can be asked again."""
    lines = [f"{paint(headline(found), 'headline')}   {sentence(found, supplier)}"]
    rows = [
        *_because(found), *_although(found), *_open(found), *_presumed(found), *_force(found), *_rests(found),
        *_lists(found), *_sources(found, short), *_asked(found, short),
    ]  # fmt: skip
    lines += [f"  {paint(f'{label:12}', 'label')} {text}" for label, text in rows]
    return "\n".join(lines)


def _because(found: Json) -> Iterable[tuple[str, str]]:
    deciding = set(found["deciding"])
    label = "because"
    for rule in found["rules"]:
        if rule["id"] in deciding:
            yield label, _clause(rule)
            label = ""
            for condition in rule["conditions"]:
                yield "", f"- {condition}"
    if not deciding:
        yield from _left(found)


def _clause(rule: Json) -> str:
    assumed = "ASSUMED: " if rule["assumed"] else ""
    return f"{assumed}{rule['instrument']['title']}: {rule['says']}{_parts(rule)}    {rule['id']}"


def _parts(rule: Json) -> str:
    """The parts of the network for which a rule is as shown, where that is not so for each part asked about."""
    return f" (for: {', '.join(rule['parts'])})" if "parts" in rule else ""


def _left(found: Json) -> Iterable[tuple[str, str]]:
    outcome = found["answer"]["outcome"]
    coverage, residual = found["coverage"], found["residual"]
    if outcome in ("permitted", "no-rule"):
        text = f"no restriction found in {coverage['instruments']} coded instruments"
        if coverage["not_encoded"]:
            text += f"; {len(coverage['not_encoded'])} known but not coded"
        yield "because", text
        if residual is None:
            yield "", "nothing coded says what holds where no rule applies"
        else:
            yield (
                "",
                residual["why"] + (" (source is younger than the date asked)" if residual["before_its_source"] else ""),
            )


def _although(found: Json) -> Iterable[tuple[str, str]]:
    deciding = set(found["deciding"])
    label = "also"
    for rule in found["rules"]:
        if rule["id"] in deciding or "outcome" not in rule or rule["value"] != "holds":
            continue
        yield label, f"{_also(rule)} by {_by(rule['force'])}: {_clause(rule)}"
        label = ""
    label = "although"
    for rule in _defeated(found):
        for by in rule["defeated_by"]:
            if by["why"] != _REPLACED:
                yield label, _steps_back(rule, by)
                label = ""


def _defeated(found: Json) -> list[Json]:
    return [rule for rule in found["rules"] if rule["value"] == "defeated"]


def _steps_back(rule: Json, by: Json) -> str:
    reason = _STEPS_BACK[by["why"]]
    return f"{rule['instrument']['title']} steps back: {reason} ({by['why']})    {rule['id']}, defeated by {by['rule']}"


def _also(rule: Json) -> str:
    """An outcome that holds beside the headline; with its own last day, which the headline's does not tell."""
    if not rule["until"]:
        return str(rule["outcome"])
    met = {"capped": "to be met by", "prohibited": "allowed until"}.get(rule["outcome"], "until")
    return f"{rule['outcome']}, {met} {rule['until']},"


def _by(force: str) -> str:
    return "binding rule" if force == "binding" else "advice"


def _open(found: Json) -> Iterable[tuple[str, str]]:
    stated = found["answer"]["stated"]
    if len(stated) > 1:
        yield "possible", _named(stated)
        label = "would settle"
        for row in found["missing"][:3]:
            if row["obtainable"] == ["asker"]:
                example = row["values"][0] if row["values"] else "..."
                yield (
                    label,
                    f'--context "{row["fact"]}={example}"   (of {", ".join(row["values"][:6]) or "its values"})',
                )
            else:
                yield label, f"{row['fact']}: {row['title']}"
            label = ""


def _named(outcomes: Iterable[Json]) -> str:
    return ", ".join(f"{row['outcome']}{' (' + row['force'] + ')' if row['force'] else ''}" for row in outcomes)


def _presumed(found: Json) -> Iterable[tuple[str, str]]:
    for row in found["answer"]["assumed"]:
        late = " (after the day asked: no effect here)" if row["from"] > found["question"]["as_of"] else ""
        yield "ASSUMED", f"{row['id']} as if in force from {row['from']}{late}; it is not the law today"
    rows = [f"{row['key']} = {row['value']}" for row in found["answer"]["presumed"]]
    label = "assuming"
    for start in range(0, len(rows), 3):
        yield label, "; ".join(rows[start : start + 3])
        label = ""
    stated = found["answer"]["stated"]
    others = [row for row in found["answer"]["possible"] if row not in stated]
    if rows and others:
        yield "otherwise", f"{_named(others)}: possible where what is assumed does not hold"


def _force(found: Json) -> Iterable[tuple[str, str]]:
    answer = found["answer"]
    if answer["force"] == "advice":
        yield "force", "advice, not a legal duty on this date"
    elif answer["force"] == "binding":
        rule = next((r for r in found["rules"] if r["id"] in found["deciding"]), None)
        if rule:
            yield "force", f"binding ({rule['instrument']['kind']}); addressee: {rule['instrument']['addressee']}"


_EVIDENCE: Final = frozenset(("technical", "certification"))
"""Facets that a test or a certificate can bring."""


def _rests(found: Json) -> Iterable[tuple[str, str]]:
    rests = found["answer"]["rests_on"]
    if found["deciding"]:
        text = ", ".join(rests) if rests else "what is done where, not on who supplies"
        if rests and not _EVIDENCE & set(rests):
            text += "; no test result or certificate is asked for, so none changes it"
        yield "rests on", text


def _lists(found: Json) -> Iterable[tuple[str, str]]:
    """Powers and background stand in full where nothing restricts: there they could still change the answer."""
    free = found["answer"]["outcome"] in ("permitted", "no-rule")
    for key, label in (("powers", "powers"), ("background", "background")):
        for number, row in enumerate(found[key] if free else ()):
            yield ("" if number else label), f"{row['says']}    {row['id']}"
    rest = [key for key in ("duties", "powers", "background") if found[key] and not (free and key != "duties")]
    counts = [f"{key} {len(found[key])}" for key in rest]
    replaced = sum(all(by["why"] == _REPLACED for by in rule["defeated_by"]) for rule in _defeated(found))
    if replaced:
        counts.append(f"replaced by later law {replaced}")
    if counts:
        yield "beside it", ", ".join(counts) + ": assay why"


def _sources(found: Json, short: str) -> Iterable[tuple[str, str]]:
    sources = found["sources"]
    if found["deciding"] or found["answer"]["outcome"] in ("permitted", "no-rule"):
        read = f", oldest reading {sources['oldest_reading']}" if sources["oldest_reading"] else ""
        missing = f", {sources['not_read']} not read" if sources["not_read"] else ""
        yield "sources", f"weakest on this path: {sources['weakest']}{read}{missing}    assay why {short}"
    if any(row.get("synthetic") for row in found["evidence"]):
        yield "synthetic", "this answer rests on facts that a case declares about a fictional supplier"


def _asked(found: Json, short: str) -> Iterable[tuple[str, str]]:
    own = [p for p in found["packs"] if p["id"].upper().startswith(found["question"]["jurisdiction"])]
    packs = ", ".join(f"{p['id']} sha256:{p['digest'][:8]}" for p in own) or "none of this jurisdiction"
    yield (
        "",
        f"law as known on {_known(found, own)} · pack {packs} · engine {found['engine']} · answer {short}",
    )
    yield "", "an interpretation of public sources: no legal advice, no act of an authority"


def _known(found: Json, own: Sequence[Json]) -> str:
    """The day of knowledge; where no pack was read that late, the day up to which they were."""
    known, read = found["question"]["known_at"], max((pack["coded"] for pack in own), default="")
    return f"{known}, read for these packs up to {read}" if read and read < known else str(known)


def render_tree(found: Json, paint: Paint = plain, words: Sequence[Json] = ()) -> str:
    """The whole reason tree as indented text; each of the `words` of people right after what it is about."""
    lines: list[str] = [f"{label:11} {text}" for label, text in _left(found)] if not found["deciding"] else []
    lines += [""] if lines and found["rules"] else []
    for number, rule in enumerate(found["rules"]):
        assumed = "ASSUMED  " if rule["assumed"] else ""
        name = paint(rule["id"], "label")
        lines.append(f"{assumed}{name}  [{rule['value']}]{_parts(rule)}  {rule['effect']}, {_by(rule['force'])}")
        lines.append(f"  {rule['says']}")
        instrument = rule["instrument"]
        lines.append(f"  {instrument['title']} · {instrument['authority']} · to {instrument['addressee']}")
        dates = f"  valid from {rule['valid']['from']}" + (f" to {rule['valid']['to']}" if rule["valid"]["to"] else "")
        lines.append(dates + (f" · last day {rule['until']}" if rule["until"] else "") + f" · known {rule['known']}")
        lines += [f"  source: {_place(cited)} [{cited['grade']}] {cited['url']}" for cited in rule["cite"]]
        lines += _branch(rule["when"], 1)
        lines += [f"  defeated by {d['rule']} ({d['why']}, {d['value']})" for d in rule["defeated_by"]]
        if rule["note"]:
            lines.append(f"  note: {rule['note']}")
        lines += _said(words, f"/rules/{number}", paint)
        lines.append("")
    lines += [f"assuming {row['key']} = {row['value']}: {row['why']}" for row in found["answer"]["presumed"]]
    for number, row in enumerate(found["evidence"]):
        lines += [_evidence_line(row), *_said(words, f"/evidence/{number}", paint)]
    for key in ("duties", "powers", "background"):
        for number, row in enumerate(found[key]):
            lines += [f"{key}: {row['says']}    {row['id']}", *_said(words, f"/{key}/{number}", paint)]
    return "\n".join(lines)


def _said(words: Sequence[Json], place: str, paint: Paint) -> list[str]:
    here = words_at(words, place)
    return [render_words(here, paint)] if here else []


def _evidence_line(row: Json) -> str:
    name = row.get("fact") or f"{row['value']} in {row['class']}"
    detail = f"{row['attribute']} = {row['value']}" if "attribute" in row else row["title"]
    source = row["source"]
    where = f" [{source['grade']}] {source['url']}" if source else ""
    return f"evidence {name}: {detail}{' (synthetic)' if row['synthetic'] else ''}{where}"


def _branch(node: Json, depth: int) -> list[str]:
    pad = "  " * depth
    for word in ("all", "any"):
        if word in node:
            if not node[word]:
                return [f"{pad}always"]
            rows = [line for part in node[word] for line in _branch(part, depth + 1)]
            return [f"{pad}{word} of [{node['is']}]", *rows] if len(node[word]) > 1 else rows
    if "not" in node:
        return [f"{pad}not [{node['is']}]", *_branch(node["not"], depth + 1)]
    found = "unknown" if node["found"] is None else "|".join(map(_value, node["found"]))
    value = node["value"]
    wanted = node.get("class") or ", ".join(map(_value, value if isinstance(value, list) else [value]))
    return [
        f"{pad}{node['fact']} = {found}{' (presumed)' if node['presumed'] else ''} {node['op']} {wanted} [{node['is']}]"
    ]


def _place(cited: Json) -> str:
    return ", ".join(filter(None, (cited["title"], cited["at"])))


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
