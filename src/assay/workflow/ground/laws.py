"""What `assay laws` reads out of the packs: lists, one pack or rule, a timeline, coverage, differences, what is due."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from assay.decide.library import EVERYWHERE, Library
from assay.decide.pack import read_pack
from assay.errors import InputError, UsageError
from assay.model.fact import FactSet
from assay.model.law import Class, Effect, Pack, Rule, Source, State
from assay.reports.laws import in_words
from assay.workflow.ground.library import LAWS, code_of, load_library, picked

__all__ = ["EVENTS", "coverage", "difference_of_packs", "due", "events", "listing", "shown", "timeline"]

EVENTS: Final = LAWS / "events.csv"
_FILES: Final = ("pack.toml", "classes.toml", "rules.toml")
_EXTRA: Final = ("requirements.toml", "toolbox.toml")


def _count(pack: Pack, *effects: Effect) -> int:
    return sum(rule.effect in effects for rule in pack.rules)


def listing(library: Library, names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Every pack with its counts."""
    return [
        {
            "pack": pack.id, "jurisdiction": pack.jurisdiction, "title": pack.title, "coded": pack.coded.isoformat(),
            "rules": len(pack.rules) - _count(pack, Effect.DUTY, Effect.POWER), "duties": _count(pack, Effect.DUTY),
            "powers": _count(pack, Effect.POWER), "classes": len(pack.classes), "instruments": len(pack.instruments),
            "sources": len(pack.sources), "not_encoded": len(pack.not_encoded), "digest": pack.digest,
            "private": pack.private,
        }
        for pack in sorted(picked(library, names), key=lambda p: p.id)
    ]  # fmt: skip


def shown(library: Library, folders: dict[str, Path], name: str) -> dict[str, Any]:
    """One pack by its id or one rule by its id, as plain values. Raises UsageError (E0120) for anything else."""
    wanted = name.lower()
    for pack in library.packs:
        if pack.id == wanted:
            return _pack(pack, folders.get(wanted))
        for rule in pack.rules:
            if rule.id == wanted:
                return {"rule": _rule(pack, rule)}
    here = [pack for pack in library.packs if pack.jurisdiction == code_of(name)]
    if len(here) == 1:
        return _pack(here[0], folders.get(here[0].id))
    near = [pack.id for pack in here] or [r.id for p in library.packs for r in p.rules if wanted in r.id][:6]
    raise UsageError(
        "E0120", f"no pack or rule `{name}`", expected="a pack id (assay laws list) or a rule id",
        remedy=f"did you mean {' or '.join(near)}?" if near else "assay laws list",
    )  # fmt: skip


def _pack(pack: Pack, folder: Path | None) -> dict[str, Any]:
    extra = {}
    for name in _EXTRA:
        if folder is not None and (folder / name).is_file():
            extra[name.removesuffix(".toml")] = _plain(tomllib.loads((folder / name).read_text(encoding="utf-8")))
    return {
        "pack": pack.id, "jurisdiction": pack.jurisdiction, "title": pack.title, "coded": pack.coded.isoformat(),
        "digest": pack.digest, "licence": pack.licence, "private": pack.private,
        "instruments": [
            {"id": i.id, "title": i.title, "authority": i.authority, "addressee": i.addressee, "force": i.force.value,
             "kind": i.kind, "state": i.state.value} for i in pack.instruments.values()
        ],
        "residual": [{"outcome": r.outcome, "from": r.start.isoformat(), "why": r.why} for r in pack.residuals],
        "presumptions": [
            {"key": p.key, "value": p.value or p.in_class, "parts": list(p.parts), "why": p.why}
            for p in pack.presumptions
        ],
        "classes": [_class(found) for found in pack.classes.values()],
        "rules": [_rule(pack, rule) for rule in pack.rules],
        "not_encoded": [{"event": n.event, "reason": n.reason} for n in pack.not_encoded],
        **extra,
    }  # fmt: skip


def _plain(value: Any) -> Any:  # noqa: ANN401  # a TOML value of any shape
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _class(found: Class) -> dict[str, Any]:
    members = [{"value": m.value, "from": _day(m.valid.start), "to": _day(m.valid.end)} for m in found.members]
    return {"id": found.id, "of": found.of, "title": found.title, "closed": found.closed, "members": members}


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _rule(pack: Pack, rule: Rule) -> dict[str, Any]:
    instrument = pack.instruments[rule.instrument]
    return {
        "id": rule.id, "pack": pack.id, "effect": rule.effect.value, "says": rule.says, "parts": list(rule.parts),
        "activities": list(rule.activities), "when": in_words(rule.when),
        "valid": {"from": _day(rule.valid.start), "to": _day(rule.valid.end)},
        "known": _day(rule.known.start), "until": _day(rule.until), "until_months": rule.until_months,
        "cap": {"share": f"{rule.cap.share.numerator}/{rule.cap.share.denominator}", "metric": list(rule.cap.metric),
                "per": list(rule.cap.per), "of": in_words(rule.cap.base)} if rule.cap else None,
        "define": rule.define, "defeats": [{"rule": d.rule, "why": d.why} for d in rule.defeats],
        "conditions": list(rule.conditions), "events": list(rule.events), "note": rule.note,
        "instrument": {"title": instrument.title, "authority": instrument.authority, "addressee": instrument.addressee,
                       "force": instrument.force.value, "kind": instrument.kind, "state": instrument.state.value},
        "cite": [{**_source(pack.sources[c.source]), "at": c.at} for c in rule.cite],
    }  # fmt: skip


def _source(source: Source) -> dict[str, Any]:
    read = {"on": source.read.on.isoformat(), "extent": source.read.extent} if source.read else None
    return {"title": source.title, "url": source.url, "grade": source.grade, "read": read}


def timeline(library: Library, jurisdiction: str) -> list[dict[str, Any]]:
    """What begins and ends when: rules, last days, entries of lists about suppliers, operators and products."""
    packs = library.of(jurisdiction)
    if not packs:
        known = sorted({p.jurisdiction for p in library.packs} - {EVERYWHERE})
        raise UsageError("E0101", f"no law is coded for {jurisdiction!r}", expected="one of " + ", ".join(known))
    rows = [row for pack in packs for row in (*_of_rules(pack), *_of_classes(pack))]
    return sorted(rows, key=lambda row: (row["on"], row["id"], row["what"]))


def _of_rules(pack: Pack) -> Iterator[dict[str, Any]]:
    for rule in pack.rules:
        instrument = pack.instruments[rule.instrument]
        dates = [
            (rule.known.start, "published"),
            (rule.valid.start, "begins"),
            (rule.until, "last day"),
            (rule.valid.end or _replaced_on(pack, rule), "ends"),
        ]
        if rule.known.start == rule.valid.start:
            dates = dates[1:]
        for day, what in dates:
            if day is not None:
                yield {
                    "on": day.isoformat(), "what": what, "id": rule.id, "pack": pack.id, "effect": rule.effect.value,
                    "force": instrument.force.value, "state": instrument.state.value, "says": rule.says,
                }  # fmt: skip


def _replaced_on(pack: Pack, rule: Rule) -> date | None:
    """The day on which a rule of superseded law steps back for good: the begin of the rule that replaced it."""
    if pack.instruments[rule.instrument].state is not State.SUPERSEDED:
        return None
    begins = [
        other.valid.start for other in pack.rules
        for defeat in other.defeats if (defeat.rule, defeat.why) == (rule.id, "lex posterior") and other.valid.start
    ]  # fmt: skip
    return min(begins, default=None)


def _of_classes(pack: Pack) -> Iterator[dict[str, Any]]:
    for found in pack.classes.values():
        if found.of not in ("supplier", "operator", "product"):
            continue
        for member in found.members:
            for day, what in ((member.valid.start, "listed"), (member.valid.end, "no longer listed")):
                if day is not None:
                    yield {
                        "on": day.isoformat(), "what": what, "id": found.id, "pack": pack.id, "effect": "", "force": "",
                        "state": "", "says": f"{member.value}: {found.title}",
                    }  # fmt: skip


def events() -> dict[str, dict[str, str]]:
    """The dated events of law by their ids, from events.csv."""
    with EVENTS.open(encoding="utf-8", newline="") as stream:
        return {row["event"]: row for row in csv.DictReader(stream)}


def coverage(library: Library, names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """For every jurisdiction: its events, which are coded by what, which are left out and why, which are missing."""
    wanted = {pack.jurisdiction for pack in picked(library, names)} if list(names) else None
    table = events()
    coded: dict[str, list[str]] = {}
    left: dict[str, str] = {}
    for pack in library.packs:
        for rule in pack.rules:
            for event in rule.events:
                coded.setdefault(event, []).append(rule.id)
        left.update({n.event: n.reason for n in pack.not_encoded})
    out = []
    for code in sorted({row["jurisdiction"] for row in table.values()}):
        ids = [event for event, row in table.items() if row["jurisdiction"] == code]
        if wanted is None or code in wanted:
            out.append({
                "jurisdiction": code, "packs": [p.id for p in library.of(code)], "events": len(ids),
                "coded": {event: coded[event] for event in ids if event in coded},
                "not_encoded": {event: left[event] for event in ids if event in left},
                "missing": [event for event in ids if event not in coded and event not in left],
            })  # fmt: skip
    return out


def due(library: Library, names: Iterable[str], today: date) -> list[dict[str, Any]]:
    """Rules by the age of the last reading of what they cite: unread first, then the oldest."""
    rows = []
    for pack in picked(library, names):
        for rule in pack.rules:
            cited = [pack.sources[c.source] for c in rule.cite]
            readings = [source.read.on for source in cited if source.read]
            last = max(readings, default=None)
            rows.append({
                "id": rule.id, "pack": pack.id, "last_read": _day(last), "days": (today - last).days if last else None,
                "unread": [source.url for source in cited if source.read is None],
                "urls": [source.url for source in cited],
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["last_read"], row["id"]))


def difference_of_packs(old: Path, new: Path) -> list[dict[str, Any]]:
    """What changed between two folders of one pack, or between two folders of packs."""
    attributes = load_library().attributes
    before, after = _folders(old), _folders(new)
    if len(before) == len(after) == 1 and not (set(before) & set(after)):
        name = next(iter(before))
        raise UsageError(
            "E0120", f"the folders hold different packs: {name} and {next(iter(after))}", expected="one pack"
        )
    empty = FactSet(attributes, {}, ())
    return [
        row for name in sorted({*before, *after})
        if (row := _changed(name, _at(before.get(name), empty), _at(after.get(name), empty)))
    ]  # fmt: skip


def _folders(path: Path) -> dict[str, Path]:
    roots = [path] if (path / "pack.toml").is_file() else sorted(p.parent for p in path.glob("*/pack.toml"))
    if not roots:
        raise InputError(
            "E0220", f"no law pack in {path}", where=str(path), expected="a folder with pack.toml, or of such"
        )
    return {_id(root): root for root in roots}


def _id(folder: Path) -> str:
    try:
        found = tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8")).get("id")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        found = None  # read_pack will say what is wrong, and where
    return str(found or folder.name)


def _at(folder: Path | None, facts: FactSet) -> Pack | None:
    if folder is None:
        return None
    files = {name: (folder / name).read_bytes() for name in _FILES if (folder / name).is_file()}
    return read_pack(_id(folder), files, facts.attributes)


def _changed(name: str, old: Pack | None, new: Pack | None) -> dict[str, Any] | None:
    if old is not None and new is not None and old.digest == new.digest:
        return None
    rules = [{rule.id: _rule(pack, rule) for rule in pack.rules} if pack else {} for pack in (old, new)]
    classes = [{c.id: _class(c) for c in pack.classes.values()} if pack else {} for pack in (old, new)]
    return {
        "pack": name, "digest": {"old": old.digest if old else "", "new": new.digest if new else ""},
        "rules": _compared(*rules), "classes": _compared(*classes),
    }  # fmt: skip


def _compared(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> dict[str, Any]:
    both = sorted(set(old) & set(new))
    return {
        "came": sorted(set(new) - set(old)),
        "went": sorted(set(old) - set(new)),
        "changed": {
            key: {f: {"old": a, "new": new[key][f]} for f, a in old[key].items() if a != new[key][f]}
            for key in both if old[key] != new[key]
        },
    }  # fmt: skip
