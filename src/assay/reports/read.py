"""What an evidence file yields, in words for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["render_read"]

_MOST: Final = 40
Paint = Callable[[str, str], str]


def render_read(found: Mapping[str, Any], paint: Paint, most: int = _MOST) -> str:
    """Claims first, then subjects, foreign fields and limits; at most `most` lines of each."""
    head = f"{found['format']} {found['version']}".strip()
    dated = f", dated {found['issued']}" if found["issued"] else ""
    lines = [paint(f"{found['file']}: {head}{dated}", "headline"), f"  sha256:{found['sha256']}"]
    if "cut_from" in found:
        whole = found["cut_from"]
        lines.append(f"  cut from {whole['file']}, {whole['bytes']:,} bytes, sha256:{whole['sha256']}")
        lines.append(f"  {whole['taken']:,} of {whole['records']:,} records; the others were not read")
    for name, rows, shown in (
        ("claims", found["claims"], _claim),
        ("names alike, for a person to review", found["matches"], _claim),
        ("speaks of", found["subjects"], _subject),
        ("not read", found["foreign"], _foreign),
        ("not established", found["limits"], str),
    ):
        lines += _block(paint(f"{name} ({len(rows)})", "label"), [shown(row) for row in rows[:most]], len(rows))
    lines.append("A claim becomes a fact once the signed evidence statement says of whom and from when it speaks.")
    return "\n".join(lines)


def _block(title: str, lines: list[str], total: int) -> list[str]:
    if not total:
        return []
    rest = [f"  and {total - len(lines):,} more; --format json lists all"] if total > len(lines) else []
    return [title, *(f"  {line}" for line in lines), *rest]


def _claim(row: Mapping[str, Any]) -> str:
    about = f"{row['about']['title']}: " if row["about"] else ""
    valid = row["valid"]
    span = f" from {valid['from']}" * bool(valid["from"]) + f" to {valid['to']}" * bool(valid["to"])
    said = f" · {row['text']}" if row["text"] else ""
    value = str(row["value"]).lower() if isinstance(row["value"], bool) else row["value"]
    return f"{about}{row['attribute']} = {value}{span}{said}  [{row['place']}]"


def _subject(row: Mapping[str, Any]) -> str:
    names = f" (also {', '.join(row['names'][:3])})" if row["names"] else ""
    ids = "".join(f" · {i['scheme']} {i['value']}" for i in row["identifiers"][:4])
    return f"{row['kind']} {row['name']} {row['version']}".rstrip() + names + ids


def _foreign(row: Mapping[str, Any]) -> str:
    times = f" x {row['count']:,}" if row["count"] > 1 else ""
    return f"{row['path']}{times}: {row['sample']}"
