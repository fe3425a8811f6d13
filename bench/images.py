"""Strong Kleene for two-valued engines: each predicate as `definitely` and as `possibly`.

Exact for strong Kleene, and twice the work (negation is pushed to the leaves): the price of an engine without unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

Tree = list  # [op, ...] as made by policy.tree
Image = tuple


def image(tree: Tree, sure: bool, positive: bool = True) -> Image:
    """`and|or parts`, `in|out fact values`, `lt|ge fact day unless-unknown` or `const bool`."""
    match tree:
        case ["not", part]:
            return image(part, sure, not positive)
        case ["all" | "any" as op, *parts]:
            found = tuple(image(part, sure, positive) for part in parts)
            return ("and" if (op == "all") == positive else "or", found)
        case ["in", fact, values, closed]:
            return _listed(fact, values, closed, sure, positive)
        case ["lt" | "ge" as op, fact, day]:
            return (op if positive else {"lt": "ge", "ge": "lt"}[op], fact, day, sure)
    raise ValueError(tree)


def _listed(fact: str, values: Sequence[str], closed: bool, sure: bool, positive: bool) -> Image:
    if positive:
        if sure:
            return ("in", fact, tuple(values))
        return ("in", fact, (*values, "")) if closed else ("const", True)
    if sure:
        return ("out", fact, (*values, "")) if closed else ("const", False)
    return ("out", fact, tuple(values))


def finals(sure: Sequence[bool], possible: Sequence[bool], lines: Sequence[dict]) -> str:
    """Rule values after defeats as text: T, F or ?; done on the host for every row engine."""
    out: list[str] = []
    for number, line in enumerate(lines):
        value = "T" if sure[number] else "?" if possible[number] else "F"
        if value != "F":
            for place in line["defeaters"]:
                other = out[place]
                if other == "T":
                    value = "F"
                    break
                if other == "?":
                    value = "?"
        out.append(value)
    return "".join(out)
