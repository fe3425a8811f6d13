"""All packs together: what one file cannot show by itself is checked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from assay.errors import PackError
from assay.model.expression import Atom, Operator, atoms
from assay.model.fact import FactSet
from assay.model.law import Attribute, Class, Effect, Pack, Rule

__all__ = ["EVERYWHERE", "Library", "check_library", "topological"]

EVERYWHERE = "*"
"""The jurisdiction of packs that hold shared classes and schemes."""


@dataclass(frozen=True, slots=True)
class Library:
    """Law packs and facts as they are laid together for a question."""

    packs: tuple[Pack, ...]
    facts: FactSet

    @property
    def classes(self) -> dict[str, Class]:
        """Every class by its id."""
        return {key: found for pack in self.packs for key, found in pack.classes.items()}

    @property
    def attributes(self) -> dict[str, Attribute]:
        """Every attribute by its id, shared ones first."""
        own = {key: found for pack in self.packs for key, found in pack.attributes.items()}
        return {**self.facts.attributes, **own}

    def of(self, jurisdiction: str) -> tuple[Pack, ...]:
        """The packs of one jurisdiction."""
        return tuple(pack for pack in self.packs if pack.jurisdiction == jurisdiction)


def check_library(library: Library) -> None:
    """Check ids, classes, defeats and definitions across packs. Raises PackError for the first fault."""
    rules: dict[str, tuple[Pack, Rule]] = {}
    for pack in library.packs:
        for rule in pack.rules:
            if rule.id in rules:
                _fail(pack, rule, "E0206", f"rule `{rule.id}` stands in pack {rules[rule.id][0].id} as well")
            rules[rule.id] = (pack, rule)
    classes = library.classes
    for pack, rule in rules.values():
        _check_atoms(pack, rule, classes)
        _check_defeats(pack, rule, rules)
    topological({key: [d.rule for d in rule.defeats] for key, (_, rule) in rules.items()}, "defeats")
    _check_versions([rule for _, rule in rules.values()])
    _check_definitions(rules)


def _fail(pack: Pack, rule: Rule, code: str, what: str, expected: str = "", remedy: str = "") -> None:
    raise PackError(code, what, where=f"{pack.id}/rules.toml, line {rule.line}", expected=expected, remedy=remedy)


def _check_atoms(pack: Pack, rule: Rule, classes: Mapping[str, Class]) -> None:
    for atom in _all_atoms(rule):
        if atom.op is not Operator.IN_CLASS:
            continue
        found = classes.get(str(atom.value))
        if found is None:
            _fail(
                pack,
                rule,
                "E0208",
                f"class `{atom.value}` is not there",
                remedy="add it to classes.toml, or mend the id",
            )
        elif atom.fact in ("supplier", "operator", "product") and found.of != atom.fact:
            _fail(pack, rule, "E0209", f"class `{atom.value}` lists {found.of}s, asked of `{atom.fact}`")


def _all_atoms(rule: Rule) -> Iterable[Atom]:
    yield from atoms(rule.when)
    if rule.cap is not None:
        yield from atoms(rule.cap.base)


def _check_defeats(pack: Pack, rule: Rule, rules: Mapping[str, tuple[Pack, Rule]]) -> None:
    for defeat in rule.defeats:
        if defeat.rule not in rules:
            _fail(pack, rule, "E0210", f"defeats `{defeat.rule}`, which is not there")
        elif rules[defeat.rule][1].effect is Effect.DEFINE:
            _fail(
                pack, rule, "E0210", f"defeats `{defeat.rule}`, which only defines a word",
                expected="a deciding rule, an exception, a duty or a power",
            )  # fmt: skip


def topological(edges: Mapping[str, Iterable[str]], what: str) -> list[str]:
    """Keys ordered so that each comes before those it points to. Raises PackError (E0212) where it goes in a circle."""
    done: dict[str, int] = {}
    order: list[str] = []

    def visit(key: str, path: tuple[str, ...]) -> None:
        if done.get(key) == 1:
            raise PackError(
                "E0212", f"{what} go in a circle: {' -> '.join([*path[path.index(key) :], key])}", where="rules.toml",
                expected="no circle", remedy="one of these edges is wrong",
            )  # fmt: skip
        if key in done:
            return
        done[key] = 1
        for target in sorted(edges.get(key, ())):
            visit(target, (*path, key))
        done[key] = 2
        order.append(key)

    for key in sorted(edges):
        visit(key, ())
    return order[::-1]


def _check_versions(rules: list[Rule]) -> None:
    """Rules `x@1`, `x@2` are versions of one rule: no gap and no overlap between them."""
    groups: dict[str, list[Rule]] = {}
    for rule in rules:
        if "@" in rule.id:
            groups.setdefault(rule.id.rsplit("@", 1)[0], []).append(rule)
    for name, versions in groups.items():
        versions.sort(key=lambda r: (r.valid.start is not None, r.valid.start))
        for before, after in pairwise(versions):
            if before.valid.end != after.valid.start:
                kind = (
                    "overlap"
                    if before.valid.end is None or before.valid.end > (after.valid.start or before.valid.end)
                    else "gap"
                )
                raise PackError(
                    "E0213", f"{kind} between {before.id} and {after.id}", where=f"{name}, line {after.line}",
                    expected=f"from = {before.valid.end}",
                )  # fmt: skip


def _check_definitions(rules: Mapping[str, tuple[Pack, Rule]]) -> None:
    defined: dict[str, list[str]] = {}
    for _, rule in rules.values():
        if rule.define:
            reads = {atom.fact for atom in atoms(rule.when)}
            defined.setdefault(rule.define, []).extend(sorted(reads))
    topological({key: [fact for fact in reads if fact in defined] for key, reads in defined.items()}, "definitions")
