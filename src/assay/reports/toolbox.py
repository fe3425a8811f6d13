"""The catalogue of the EU toolbox in plain words: who acts, assets, risks, and how far each field can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["render_toolbox"]

Json = Mapping[str, Any]
_NAMED: Final = (("who acts", "who"), ("assets", "assets"), ("risks", "risks"))


def render_toolbox(found: Json) -> list[str]:
    """Lines for a terminal; none where a pack carries no catalogue.

    A supporting action has no assets or risks of its own: it shows those of the measures that it supports, and says so.
    """
    if not found:
        return []
    lines = ["", f"{found['title']} ({found['publisher']}, {found['published']}, {found['force']})"]
    lines += _legend("who acts", found["actor"]) + _legend("assets", found["asset"]) + _legend("risks", found["risk"])
    lines += ["how far to trust it:", *(f"  {key}: {text}" for key, text in found["reading"].items())]
    lines += ["looked for and not found:", *(f"  {text}" for text in found["not-found"])]
    measures = {row["id"]: row for row in found["measure"]}
    for row in measures.values():
        lines += ["", f"{row['id']}  [{row['kind']}]  {row['title']}", f"  {row['says']}"]
        lines.append("  " + " · ".join(f"{label}: {', '.join(row[key])}" for label, key in _NAMED if row.get(key)))
        lines += _through(measures, row.get("supports", ()))
        lines += [f"  carried in {c['state']} by {c['source']}, {c['at']}" for c in row.get("carriers", ())]
    for row in found["criterion"]:
        lines += ["", f"{row['id']}  [criterion, {row['status']}]  {row['title']}"]
        lines += [f"  carried in {c['state']} by {c['source']}, {c['at']}" for c in row.get("carriers", ())]
    return lines


def _legend(label: str, rows: Sequence[Json]) -> list[str]:
    return [f"{label}: " + "; ".join(f"{row['id']} = {row['title']}" for row in rows)]


def _through(measures: Mapping[str, Json], supported: Sequence[str]) -> list[str]:
    if not supported:
        return []
    parts = [f"supports {', '.join(supported)}"]
    for key in ("assets", "risks"):
        names = sorted({name for one in supported for name in measures[one][key]})
        parts.append(f"through them {key}: {', '.join(names)}")
    return ["  " + " · ".join(parts)]
