"""The same rules as columns: a program compiled to Polars expressions, decided once a class of equal questions.

Truths of atoms come from `Program.truth`, so both evaluators share one meaning; Polars' null logic is strong
Kleene, so `&`, `|` and `~` over nullable booleans are the interpreter's `all`, `any` and `not`. A class that its
known facts do not settle is completed by `decide.complete.outcomes`, as a single question would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from assay.decide.by_part import VIEWS, gather, spread
from assay.decide.cells import (
    Digit,
    Keys,
    atom_name,
    collapse,
    digits,
    known_name,
    number_of,
    one_key,
    pack_keys,
)  # fmt: skip
from assay.decide.combine import Named, line_outcome
from assay.decide.complete import outcomes
from assay.decide.interpret import Interpreter
from assay.decide.program import Line, Program, Values
from assay.model.decision import SEVERITY, Outcome
from assay.model.expression import All, Any, Atom, Expression, Not, Operator, atoms
from assay.model.fact import FactSet
from assay.model.law import Effect, Force
from assay.model.question import ANY_PART

__all__ = ["RULE", "Decided", "compile_rules", "decide_frame"]

RULE: Final = "rule:"
"""What the column of a rule's value begins with; its id follows."""
_BINDING: Final = 10
_RESIDUAL: Final = 20
_UNKNOWN: Final = 30
_NONE: Final = pl.lit(0, dtype=pl.UInt32)
"""The place of the list of rule ids that is empty."""
_OUTCOMES: Final = pl.Enum([outcome.value for outcome in Outcome])
_FORCES: Final = pl.Enum([force.value for force in Force])
_KNOWN: Final = ("",)
_BITS: Final = 63


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions by class, and the class of every element.

    `classes` has one row a class: `class`, `size` (elements), `first` (row number of its first element), `outcome`,
    `force`, `deadline`, `deciding` (rule ids, sorted), `stated` (every `outcome|force` that missing facts leave
    open) and `rule:ID` for each rule's value after defeats (null = unknown).
    `elements` is the column `class` in the order of the rows. `completed` counts the runs of the interpreter over
    completions of missing facts: one for all classes that differ in nothing an unknown rule reads.
    """

    classes: pl.DataFrame
    elements: pl.Series
    completed: int = 0


def decide_frame(
    interpreter: Interpreter, facts: FactSet, frame: pl.LazyFrame, *, presume: bool = True,
    hidden: frozenset[str] = frozenset(), settle: bool = True,
) -> Decided:  # fmt: skip
    """Decide every row of a frame whose columns are named like the facts of the program.

    Several texts in one cell are joined by `|`; null or empty is unknown; `installed` is a date. Other columns are
    ignored, and what no column says is unknown. `settle=False` leaves classes with missing facts at `unknown` without
    looking at completions. Raises UsageError (E0110) for an `installed` that is no date.
    """
    program = interpreter.program
    found = digits(program, facts, frame, hidden)
    keys = pack_keys(found)
    classes, elements = collapse(frame, keys)
    table = _atom_table(classes, found, keys)
    if presume:
        table = _presume(program, table)
    table, lists = _headline(program, table)
    completed = 0
    if settle:
        table, completed = _settle(interpreter, found, table)
    return Decided(_shown(program, table, lists), elements, completed)


def compile_rules(program: Program, table: pl.LazyFrame) -> pl.LazyFrame:
    """Add a column `rule:ID` for each rule, from columns `a0`, `a1`, ... of the atoms' truths; defeaters come first."""
    depth: list[int] = []
    for line in program.lines:
        depth.append(1 + max((depth[place] for place in line.defeaters), default=-1))
    for level in range(max(depth, default=-1) + 1):
        here = [line for line, at in zip(program.lines, depth, strict=True) if at == level]
        table = table.with_columns(_final(program, line) for line in here)
    return table


def _final(program: Program, line: Line) -> pl.Expr:
    value = _compile(line.reads, program.numbers)
    for place in line.defeaters:
        value = value & ~pl.col(_column(program.lines[place]))
    return value.alias(_column(line))


def _compile(expression: Expression, numbers: Mapping[Atom, int]) -> pl.Expr:
    match expression:
        case Atom():
            return pl.col(atom_name(numbers[expression]))
        case Not(part):
            return ~_compile(part, numbers)
        case All(parts):
            return pl.all_horizontal(pl.lit(True), *[_compile(part, numbers) for part in parts])
        case Any(parts):
            return pl.any_horizontal(pl.lit(False), *[_compile(part, numbers) for part in parts])


def _column(line: Line) -> str:
    return RULE + line.rule.id


def _atom_table(classes: pl.DataFrame, found: Sequence[Digit], keys: Keys) -> pl.LazyFrame:
    codes = classes.select("class", "size", "first", *[
        keys.digit(number, digit.size).alias(f"d{number}") for number, digit in enumerate(found)
    ])  # fmt: skip
    meanings = [digit.meaning[codes[f"d{number}"]] for number, digit in enumerate(found)]
    return pl.concat([codes, *meanings], how="horizontal").lazy()


def _presume(program: Program, table: pl.LazyFrame) -> pl.LazyFrame:
    """Lay the presumptions of decide.decide over the atoms of facts that have no value."""
    for fact, parts, truths in _steps(program):
        when = ~pl.col(known_name(fact))
        if parts:
            when = when & pl.col("part").is_in([*parts, ANY_PART])
        table = table.with_columns(
            pl.when(when).then(pl.lit(truth)).otherwise(pl.col(atom_name(number))).alias(atom_name(number))
            for number, truth in truths.items()
        )
    return table


def _steps(program: Program) -> Iterator[tuple[str, tuple[str, ...], dict[int, bool]]]:
    for found in program.presumptions:
        if found.value and found.key in program.spans:
            truths = {n: program.truth(program.atoms[n], (found.value,)) for n in range(*program.spans[found.key])}
            yield found.key, found.parts, {n: truth for n, truth in truths.items() if truth is not None}
    for found in program.presumptions:
        atom = Atom(found.key, Operator.IN_CLASS, found.in_class)
        if found.in_class and atom in program.numbers:
            yield found.key, found.parts, {program.numbers[atom]: True}
    for name, span in program.spans.items():
        attribute = program.attributes.get(name)
        if attribute is not None and attribute.burden:
            yield name, (), {n: program.atoms[n].value is False for n in range(*span)}


def _rank(line: Line, as_of: date) -> int:
    """Strictness with force: any binding restriction stands above all advice."""
    return SEVERITY[line_outcome(line, as_of)] + (_BINDING if line.force is Force.BINDING else 0)


def _holds(line: Line) -> pl.Expr:
    return pl.col(_column(line)).fill_null(False)


def _any(found: Sequence[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(False), *found)


def _headline(program: Program, table: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.Series]:
    """Outcome, force, deadline, deciding rules and whether an unknown rule could change them, as in decide.combine.

    `deciding` is the place in the lists of rule ids that are given beside the table.
    """
    table, several = spread(program, table)
    table = compile_rules(program, table)
    restricting = [line for line in program.lines if line.rule.effect.restricts]
    permits = [line for line in program.lines if line.rule.effect is Effect.PERMIT]
    ranks = [_holds(line).cast(pl.Int8) * pl.lit(_rank(line, program.as_of) + 1, dtype=pl.Int8) for line in restricting]
    table = table.with_columns(
        (pl.max_horizontal(pl.lit(0, dtype=pl.Int8), *ranks).cast(pl.Int32) - 1).alias("top"),
        _any([_holds(line) for line in permits if line.force is Force.BINDING]).alias("may"),
        _any([_holds(line) for line in permits if line.force is Force.ADVICE]).alias("may-advice"),
    )
    floor = pl.col("top").max().over("class") if several else pl.col("top")
    table = table.with_columns(_code().alias("code"), _open(program, restricting, permits, floor).alias("open"))
    places, lists = _deciding(program, table.with_columns(_deadline(program, restricting)).collect(), several)
    names = _named(program)
    shown = places.lazy().with_columns(
        pl.when("open").then(pl.lit(_UNKNOWN)).otherwise("code").alias("shown"),
    ).with_columns(
        _replace("shown", {code: named[0].value for code, named in names.items()}, _OUTCOMES).alias("outcome"),
        _replace("shown", {c: f.value if f else None for c, (_, f) in names.items()}, _FORCES).alias("force"),
        pl.when("open").then(None).otherwise("deadline").alias("deadline"),
        pl.when("open").then(_NONE).otherwise("deciding").alias("deciding"),
        pl.col("deadline").alias("deadline-held"), pl.col("deciding").alias("deciding-held"),
    )  # fmt: skip
    return shown, lists


def _replace(column: str, names: Mapping[int, str | None], kind: pl.Enum) -> pl.Expr:
    new = pl.Series(list(names.values()), dtype=kind)
    return pl.col(column).replace_strict(pl.Series(list(names), dtype=pl.Int32), new, return_dtype=kind)


def _code() -> pl.Expr:
    top, may, advice = pl.col("top"), pl.col("may"), pl.col("may-advice")
    conflict = SEVERITY[Outcome.CONFLICT]
    return (
        pl.when((top > _BINDING) & may).then(conflict + _BINDING)
        .when(top > _BINDING).then(top)
        .when((top > 0) & advice).then(conflict)
        .when(top > 0).then(top)
        .when(may | advice).then(0)
        .otherwise(_RESIDUAL).cast(pl.Int32)
    )  # fmt: skip


def _named(program: Program) -> dict[int, Named]:
    left = Outcome.NO_RULE if program.residual is None else Outcome(program.residual.outcome)
    out: dict[int, Named] = {0: (Outcome.PERMITTED, None), _RESIDUAL: (left, None), _UNKNOWN: (Outcome.UNKNOWN, None)}
    for outcome, severity in SEVERITY.items():
        if severity:
            out[severity] = (outcome, Force.ADVICE)
            out[severity + _BINDING] = (outcome, Force.BINDING)
    return out


def _open(program: Program, restricting: Sequence[Line], permits: Sequence[Line], floor: pl.Expr) -> pl.Expr:
    """True where an unknown rule could still change outcome or force (decide.complete)."""
    contested = _any([pl.col(_column(line)).fill_null(True) for line in permits])
    loose = [
        pl.col(_column(line)).is_null() & (contested | (floor < _rank(line, program.as_of)))
        for line in (*restricting, *permits)
    ]
    return _any(loose)


def _deadline(program: Program, restricting: Sequence[Line]) -> pl.Expr:
    ahead = [
        pl.when(_holds(line) & (pl.col("code") == _rank(line, program.as_of))).then(pl.lit(line.until))
        for line in restricting
        if line.until is not None and line.until >= program.as_of
        and line_outcome(line, program.as_of) is not Outcome.PROHIBITED
    ]  # fmt: skip
    return pl.min_horizontal(pl.lit(None, dtype=pl.Date), *ahead).alias("deadline")


def _deciding(program: Program, table: pl.DataFrame, several: bool) -> tuple[pl.DataFrame, pl.Series]:
    """The rules that make the outcome: sorted lists of ids, the empty one first, and the place of each class's list.

    Classes share few such lists, so bits stand for them until the end. `several`: some class has a row for each part.
    """
    lines = sorted((ln for ln in program.lines if ln.rule.effect.decides), key=lambda line: line.rule.id)
    words = [
        _word(lines[start : start + _BITS], program.as_of).alias(f"word{start // _BITS}")
        for start in range(0, len(lines) or 1, _BITS)
    ]
    names = [word.meta.output_name() for word in words]
    table = table.with_columns(words)
    if several:
        strictness = pl.when(pl.col("code") == _RESIDUAL).then(-1).otherwise("code")
        table = gather(table, [_column(line) for line in program.lines], names, strictness)
    found = table.select(names)
    key = one_key(found, found.columns)
    firsts = key.to_frame().with_row_index("at").group_by(key.name).agg(pl.col("at").min()).sort(key.name)
    ids = [
        [line.rule.id for n, line in enumerate(lines) if row[n // _BITS] >> n % _BITS & 1]
        for row in found[firsts["at"]].iter_rows()
    ]
    lists = pl.Series("deciding", [[], *ids], dtype=pl.List(pl.String))
    return table.drop(names).with_columns((number_of(key, firsts[key.name]) + 1).alias("deciding")), lists


def _word(lines: Sequence[Line], as_of: date) -> pl.Expr:
    """A bit for each rule that holds and decides; small integers while they suffice, since there are many classes."""
    word = pl.lit(0, dtype=pl.UInt64)
    for start in range(0, len(lines), 8):
        byte = pl.lit(0, dtype=pl.UInt8)
        for n, line in enumerate(lines[start : start + 8]):
            byte = byte | (_holds(line) & _decides(line, as_of)).cast(pl.UInt8) * pl.lit(1 << n, dtype=pl.UInt8)
        word = word + byte.cast(pl.UInt64) * (1 << start)
    return word


def _decides(line: Line, as_of: date) -> pl.Expr:
    code, binding = pl.col("code"), line.force is Force.BINDING
    conflict = SEVERITY[Outcome.CONFLICT] + (_BINDING if binding else 0)
    if line.rule.effect is Effect.PERMIT:
        return (code == conflict) | ((code == 0) & (pl.col("may") == binding))
    return (code == conflict) | (code == _rank(line, as_of))


def _settle(
    interpreter: Interpreter, found: Sequence[Digit], table: pl.LazyFrame
) -> tuple[pl.LazyFrame, int]:  # fmt: skip
    """Complete the open classes: one run of `outcomes` for those that differ in nothing an unknown rule reads."""
    program = interpreter.program
    solid = table.collect()
    loose = solid.filter("open")
    same: list[str | pl.Expr] = [*_live(program, found), "top", "may", "may-advice", *[
        pl.col(_column(line)).is_null().alias(f"null:{line.rule.id}") for line in program.lines
    ]]  # fmt: skip
    groups = loose.select("class", *same).group_by(pl.exclude("class")).agg("class")["class"].to_list()
    truths = loose.select("class", *[atom_name(number) for number in range(len(program.atoms))])
    known = loose.select("class", "part", *[known_name(fact) for fact in program.spans])
    first = pl.DataFrame({"class": pl.Series([group[0] for group in groups], dtype=pl.UInt32)})
    rows = zip(
        first.join(truths, on="class", how="left", maintain_order="left").drop("class").iter_rows(),
        first.join(known, on="class", how="left", maintain_order="left").drop("class").iter_rows(),
        groups, strict=True,
    )  # fmt: skip
    settled: list[tuple[int, list[str], int]] = []
    code = {named: number for number, named in reversed(_named(program).items())}
    for row, (part, *flags), group in rows:
        values: dict[str, Values] = dict(zip(program.spans, (_KNOWN if flag else None for flag in flags), strict=True))
        values["part"] = (part,) if part else None
        stated = outcomes(interpreter, values, row)
        names = sorted(f"{outcome.value}|{force or ''}" for outcome, force in stated)
        settled += [(one, names, code[next(iter(stated))] if len(stated) == 1 else _UNKNOWN) for one in group]
    return _join_settled(program, solid.lazy(), settled), len(groups)


def _live(program: Program, found: Sequence[Digit]) -> Iterator[pl.Expr]:
    """The cell of each digit that an unknown rule reads; nothing for the others."""
    reads = {_column(line): {atom.fact for atom in atoms(line.reads)} for line in program.lines}
    for number, digit in enumerate(found):
        unknown = [pl.col(name).is_null() for name, facts in reads.items() if facts & set(digit.facts)]
        live = _any([pl.col(VIEWS) > 1, *unknown])  # of several parts a rule may be unknown in one and hold in another
        always = digit.facts == ("part",)
        yield pl.col(f"d{number}") if always else pl.when(live).then(f"d{number}").alias(f"d{number}")


def _join_settled(program: Program, table: pl.LazyFrame, settled: Sequence[tuple[int, list[str], int]]) -> pl.LazyFrame:
    kinds: list[tuple[str, pl.DataType]] = [
        ("class", pl.UInt32()), ("stated", pl.List(pl.String())), ("only", pl.Int32()),
    ]  # fmt: skip
    answers = pl.DataFrame(settled, schema=kinds, orient="row").lazy()
    named = _named(program)
    same = pl.col("only").is_not_null() & (_meaning("only", named) == _meaning("code", named))
    return table.join(answers, on="class", how="left", maintain_order="left").with_columns(
        pl.col("only").fill_null(pl.col("code")).alias("shown"),
        pl.when(same).then("deadline-held").otherwise("deadline").alias("deadline"),
        pl.when(same).then("deciding-held").otherwise("deciding").alias("deciding"),
    ).with_columns(
        _replace("shown", {code: pair[0].value for code, pair in named.items()}, _OUTCOMES).alias("outcome"),
        _replace("shown", {c: f.value if f else None for c, (_, f) in named.items()}, _FORCES).alias("force"),
    )  # fmt: skip


def _meaning(column: str, named: Mapping[int, Named]) -> pl.Expr:
    """A number for what a code means: the residual may be named like another code."""
    first: dict[Named, int] = {}
    return pl.col(column).replace_strict(
        list(named), [first.setdefault(pair, len(first)) for pair in named.values()], return_dtype=pl.Int32
    )


def _shown(program: Program, table: pl.LazyFrame, lists: pl.Series) -> pl.DataFrame:
    names = table.collect_schema().names()
    alone = pl.concat_str(
        [pl.col("outcome").cast(pl.String), pl.col("force").cast(pl.String).fill_null("")], separator="|"
    )
    stated = pl.col("stated") if "stated" in names else pl.lit(None, dtype=pl.List(pl.String))
    one = pl.when(~pl.col("open")).then(pl.concat_list(alone))
    return table.select(
        "class", "size", "first", "outcome", "force", "deadline",
        pl.lit(lists).gather("deciding").alias("deciding"),
        pl.coalesce(stated, one).alias("stated"), *[_column(line) for line in program.lines],
    ).collect()  # fmt: skip
