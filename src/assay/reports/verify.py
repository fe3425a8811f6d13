"""What a verified bundle establishes and what it does not, and what a bundle would hold, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from assay.reports.words import fate

__all__ = ["render_bundled", "render_members", "render_verified"]

Json = Mapping[str, Any]
Paint = Callable[[str, str], str]

_HEADLINES: Final = {
    "same": "SAME   every decision was redone from the bundle alone and has the same bytes",
    "different": "DIFFERENT   the bundle's law and facts do not give what it says",
    "cannot-be-established": "CANNOT BE ESTABLISHED   the bundle holds together, but not all of it could be redone",
}
_PLAIN: Final = {
    "same": (
        "whoever applies the law and the facts in this file comes to what it says, letter by letter.",
        "Whether law and facts were read rightly is another question: see what is not established.",
    ),
    "different": ("what this file says was decided is not what its own law and facts give. Do not rely on it.",),
    "cannot-be-established": (
        "nothing here is broken, but some of what it rests on stays with its holder or was made by another version,",
        "so it could not be worked out again: see what is not established.",
    ),
}
_SEEN: Final = {
    "same": (
        "whoever judges the recordings in this file again comes to this report, letter by letter.",
        "Whether they show the product that is named is another question: see what is not established.",
    ),
}
"""The same for an inspection, where it differs."""


def plain(text: str, style: str) -> str:
    """Paint nothing: the style of files and pipes."""
    del style
    return text


def render_verified(found: Json, paint: Paint = plain) -> str:
    """The verdict in one line, what it is about, what differs, what is established, what is not."""
    about = _about(found)
    told = {**_PLAIN, **(_SEEN if "inspection" in found else {})}[found["verdict"]]
    lines = [paint(_HEADLINES[found["verdict"]], "headline"), _printable(about)]
    lines += [f"  {text}" for text in (f"in plain words: {told[0]}", *told[1:])]
    for text in found["differences"]:
        lines.append(f"  {paint('differs', 'label')}  {_printable(text)}")
    for label, key in (("established", "established"), ("not established", "not_established")):
        lines += ["", paint(label, "label")]
        lines += [_printable(f"  {row['what']:18} {row['detail']}") for row in found[key]]
    for row in found["statements"]:
        about = f"{row['kind']} by {', '.join(row['by'])}, {row['received']}, about {row['what']}{fate(row)}"
        lines += ["", _printable(about), *(_printable(f"  {line}") for line in row["text"].splitlines()[:20])]
    return "\n".join(lines)


def _about(found: Json) -> str:
    if "inspection" in found:
        counts = ", ".join(f"{count} {name}" for name, count in found["counts"].items())
        named = found["product"] or "no product named"
        return f"  inspection of {named} · {found['recordings']} recordings · {counts}    {found['inspection'][:8]}"
    return _answer(found) if "question" in found else _review(found)


def _answer(found: Json) -> str:
    question, answer = found["question"], found["answer"]
    force = f" ({answer['force']})" if answer["force"] else ""
    asked = " · ".join(question[key] for key in ("jurisdiction", "supplier", "part", "activity"))
    return f"  {asked} · on {question['as_of']}: {answer['outcome']}{force}    answer {found['decision'][:8]}"


def _review(found: Json) -> str:
    return (
        f"  review of {found['elements']:,} elements in {found['classes']:,} classes, "
        f"{', '.join(found['jurisdictions'])} · on {found['on']}, known {found['known_at']}    {found['review'][:8]}"
    )


def _printable(text: str) -> str:
    """A bundle comes from strangers: its texts may not steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def render_members(listing: Json) -> str:
    """Every member that would leave, and what would stay."""
    lines = [f"{len(listing['members']) + 1} members would leave, {listing['bytes']:,} bytes in all:"]
    lines += [f"  {row['bytes']:>9,}  {row['name']:40} sha256:{row['sha256'][:16]}" for row in listing["members"]]
    lines.append(f"  {'':>9}  {'manifest.json':40} sha256:{listing['manifest'][:16]}")
    lines += [f"  when written {name}" for name in listing.get("on_writing", ())]
    lines += list(_staying(listing))
    return "\n".join(lines)


def _staying(listing: Json) -> Iterable[str]:
    if listing["withheld"]:
        yield "would stay (a salted commitment stands in its place):"
    for row in listing["withheld"]:
        yield f"  {row['name']}: {row['reason']}"
    columns = listing.get("columns")
    if columns:
        leaving = ", ".join(f"{name} ({count:,})" for name, count in columns["leave"].items())
        yield f"columns of the estate that leave, as values of classes (how many): {leaving}"
        yield f"salted: {', '.join(columns['salted']) or 'none'}; stay at home: {', '.join(columns['stay']) or 'none'}"
    if listing["quoted"]:
        yield f"decision.json quotes rules of private packs: {', '.join(listing['quoted'])}"


def render_bundled(listing: Json, path: str, *, salts: bool = False) -> str:
    """One line about a bundle that was written, with the digest to publish beside it, and one about the salts."""
    kept = f", {len(listing['withheld'])} withheld" if listing["withheld"] else ""
    line = f"  bundle       {path}: {listing['bytes']:,} bytes{kept}, manifest sha256:{listing['manifest']}"
    if listing.get("trust_policy"):
        line += f"\n  to verify    assay verify {path} --trust {listing['trust_policy']}"
    home = f"\n  salts        {path}.salts.json stays at home: it opens what the bundle only commits to"
    return line + (home if salts else "")
