"""What a verified bundle establishes and what it does not, and what a bundle would hold, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

__all__ = ["render_bundled", "render_members", "render_verified"]

Json = Mapping[str, Any]
Paint = Callable[[str, str], str]

_HEADLINES: Final = {
    "same": "SAME   the answer was redone from the bundle alone and has the same bytes",
    "different": "DIFFERENT   the bundle's law and facts do not give its answer",
    "cannot-be-established": "CANNOT BE ESTABLISHED   the bundle holds together, but its answer could not be redone",
}


def plain(text: str, style: str) -> str:
    """Paint nothing: the style of files and pipes."""
    del style
    return text


def render_verified(found: Json, paint: Paint = plain) -> str:
    """The verdict in one line, the answer it is about, what differs, what is established, what is not."""
    question, answer = found["question"], found["answer"]
    force = f" ({answer['force']})" if answer["force"] else ""
    lines = [
        paint(_HEADLINES[found["verdict"]], "headline"),
        f"  {question['jurisdiction']} · {question['supplier']} · {question['part']} · {question['activity']} · "
        f"on {question['as_of']}: {answer['outcome']}{force}    answer {found['decision'][:8]}",
    ]
    lines[1] = _printable(lines[1])
    for text in found["differences"]:
        lines.append(f"  {paint('differs', 'label')}  {_printable(text)}")
    for label, key in (("established", "established"), ("not established", "not_established")):
        lines += ["", paint(label, "label")]
        lines += [_printable(f"  {row['what']:18} {row['detail']}") for row in found[key]]
    return "\n".join(lines)


def _printable(text: str) -> str:
    """A bundle comes from strangers: its texts may not steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def render_members(listing: Json) -> str:
    """Every member that would leave, and what would stay."""
    lines = [f"{len(listing['members']) + 1} members would leave, {listing['bytes']:,} bytes in all:"]
    lines += [f"  {row['bytes']:>9,}  {row['name']:40} sha256:{row['sha256'][:16]}" for row in listing["members"]]
    lines.append(f"  {'':>9}  {'manifest.json':40} sha256:{listing['manifest'][:16]}")
    lines += list(_staying(listing))
    return "\n".join(lines)


def _staying(listing: Json) -> Iterable[str]:
    if listing["withheld"]:
        yield "would stay (a salted commitment stands in its place):"
    for row in listing["withheld"]:
        yield f"  {row['name']}: {row['reason']}"
    if listing["quoted"]:
        yield f"decision.json quotes rules of private packs: {', '.join(listing['quoted'])}"


def render_bundled(listing: Json, path: str) -> str:
    """One line about a bundle that was written, with the digest to publish beside it."""
    kept = f", {len(listing['withheld'])} withheld" if listing["withheld"] else ""
    return f"  bundle       {path}: {listing['bytes']:,} bytes{kept}, manifest sha256:{listing['manifest']}"
