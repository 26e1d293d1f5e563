"""The same declaration for a million households: one SELECT, for DuckDB or for Spark.

The table has one row per household and one column per fact (``columns_of``): whole numbers and yes/no, NULL for unknown. The
SELECT gives, for each row, what :func:`guangsha.policy.decision.decide` gives: the outcome, the types, why not (a bit for each
condition), and the amount. A test holds the two against each other on random households and parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from guangsha.kernel.errors import InputError, InputErrors
from guangsha.policy.compiling import ANYBODY, Compiler, Kinds
from guangsha.policy.dialects import DUCKDB, Dialect
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.nodes import Node, Printer
from guangsha.policy.parameter_files import book_of
from guangsha.policy.parameters import ParameterBook, ParameterValue
from guangsha.policy.programme import NO_TYPE_BIT, Condition, Kind, Outcome, Programme, Stage

#: The column that says which household a row is.
KEY = "household"
RESULT_COLUMNS = (KEY, "outcome", "matched", "chosen", "failed", "unknown", "amount_fen")


@dataclass(frozen=True)
class Compiled:
    """A programme as SQL for one place and day.

    Attributes:
        select: the statement; result columns are :data:`RESULT_COLUMNS`. ``outcome`` as in ``programme.Outcome``; ``matched`` a
            mask of types, ``chosen`` a type's number or 0; ``failed`` and ``unknown`` masks of conditions.
        facts: the columns that it reads; others need not be there.
        parameters: the values that are written into it, for the record.
        overridden: parameters that were assumed, not in force.
        check: a statement that counts, for each fact, the rows outside its bounds; run it first and hand the
            counts to :func:`refuse_outside`.
    """

    programme: str
    region: str
    on: date
    dialect: str
    select: str
    check: str
    facts: tuple[str, ...]
    parameters: tuple[ParameterValue, ...]
    overridden: tuple[str, ...]


@dataclass(frozen=True)
class _Answers:
    """Conditions as masks: bit n of a mask speaks of the n-th type in the policy's order.

    ``no``/``unknown`` of a condition hold the types as which it fails or cannot be answered.
    """

    order: tuple[Kind, ...]
    matched: Node
    maybe_matched: Node
    no: dict[int, Node]
    unknown: dict[int, Node]
    fits: Node
    open: Node


def compile_batch(
    programme: Programme,
    region: str,
    on: date,
    *,
    table: str = "households",
    dialect: Dialect = DUCKDB,
    book: ParameterBook | None = None,
    overrides: Mapping[str, ParameterValue] | None = None,
    nullable: Collection[str] | None = None,
) -> Compiled:
    """``programme`` as one SELECT over ``table`` (SQL that may stand behind FROM).

    Args:
        nullable: the facts that may be unknown in that table; all, where it is not said. Fewer make it faster; a NULL in a column
            that is said to have none gives a wrong answer, so take them from :func:`unknown_statement` or the table's constraints.

    Raises:
        RuleMissing: a parameter that some household would need is not in force.
        InputError: the parameters multiply to more than 38 digits.
    """
    book = book or book_of()
    if overrides:
        book = book.with_overrides(overrides)
    compiler = Compiler(book, region, on, FACT_KINDS if nullable is None else nullable)
    graph = compiler.graph
    answers = _answers(programme, compiler)
    general = [(c, compiler.flag(c.test, ANYBODY)) for c in programme.at(Stage.GENERAL)]
    general_failed = graph.union(graph.mask(graph.negate(holds), c.bit) for c, holds in general)
    general_unknown = graph.union(graph.mask(graph.is_unknown(holds), c.bit) for c, holds in general)
    admitted = graph.some(answers.fits)
    possible = graph.any_of((admitted, graph.some(answers.open)))
    hopeless = graph.any_of((graph.some(general_failed), graph.negate(possible)))
    incomplete = graph.any_of((graph.negate(admitted), graph.some(general_unknown)))
    reached = graph.negate(graph.any_of((hopeless, incomplete)))
    kinds = Kinds(None, _chosen(programme, compiler, answers), tuple(k.code for k in answers.order))
    amount = graph.select([(reached, _amount(programme, compiler, kinds))], graph.whole(0))
    final = _final(programme, compiler, kinds, amount)
    missed = graph.any_of(graph.is_true(graph.negate(holds)) for _, holds in final)
    refuse, grant, open_ = (graph.whole(int(o)) for o in (Outcome.REFUSE, Outcome.GRANT, Outcome.INCOMPLETE))
    outcome = graph.select(
        [(hopeless, refuse), (graph.any_of((incomplete, graph.is_unknown(amount))), open_), (missed, refuse)],
        grant,
    )
    failed, unknown = _masks(compiler, answers, kinds)
    reached = graph.all_of((reached, graph.negate(graph.is_unknown(amount))))
    late = [graph.mask(graph.all_of((reached, graph.negate(holds))), c.bit) for c, holds in final]
    later = [graph.mask(graph.all_of((reached, graph.is_unknown(holds))), c.bit) for c, holds in final]
    assert kinds.column is not None
    roots = {
        "outcome": outcome,
        "matched": _by_number(compiler, answers.order, answers.matched),
        "chosen": _number_of(compiler, answers.order, kinds.column),
        "failed": graph.union((general_failed, failed, *late)),
        "unknown": graph.union((general_unknown, unknown, *later)),
        "amount_fen": graph.select([(missed, graph.whole(0))], graph.known(amount, 0)),
    }
    return Compiled(
        programme.code, region, on, dialect.name, _select(compiler, dialect, table, roots),
        check_statement(tuple(compiler.facts), table, dialect), tuple(compiler.facts), tuple(compiler.values.values()),
        tuple(sorted(book.overrides)),
    )  # fmt: skip


def _grouped(answers: Iterable[Node]) -> dict[Node, int]:
    """The types that share an answer, as one mask for each."""
    found: dict[Node, int] = {}
    for place, answer in enumerate(answers):
        found[answer] = found.get(answer, 0) | 1 << place
    return found


def _answers(programme: Programme, compiler: Compiler) -> _Answers:
    graph = compiler.graph
    order = compiler.parameter("type_priority").amount
    assert isinstance(order, tuple)
    kinds = tuple(programme.by_code[code] for code in order if code in programme.by_code)

    def masks(answers: dict[Node, int]) -> tuple[Node, Node, Node]:
        """The types for which it is so, is not so, is unknown."""
        yes = graph.union(graph.mask(a, bits) for a, bits in answers.items())
        no = graph.union(graph.mask(graph.negate(a), bits) for a, bits in answers.items())
        unknown = graph.union(graph.mask(graph.is_unknown(a), bits) for a, bits in answers.items())
        return yes, no, unknown

    matched, _, maybe = masks(_grouped(compiler.flag(kind.match, Kinds(kind.code)) for kind in kinds))
    no: dict[int, Node] = {}
    unknown: dict[int, Node] = {}
    for condition in programme.at(Stage.TYPED):
        asked = _grouped(compiler.flag(condition.test, Kinds(kind.code)) for kind in kinds)
        _, no[condition.number], unknown[condition.number] = masks(asked)
    failing, doubtful = graph.union(no.values()), graph.union(unknown.values())
    fits = graph.without(graph.without(matched, failing), doubtful)
    open_ = graph.without(graph.without(graph.union((matched, maybe)), failing), fits)
    if maybe.constant == 0 and doubtful.constant == 0:
        open_ = graph.whole(0)
    return _Answers(kinds, matched, maybe, no, unknown, fits, open_)


def _chosen(programme: Programme, compiler: Compiler, answers: _Answers) -> Node:
    """The bit of the type to decide by, 0 for none."""
    graph = compiler.graph
    first: list[tuple[Node, Node]] = [(graph.some(answers.fits), graph.lowest(answers.fits))]
    if compiler.parameter("type_choice").amount == "most_favourable" and programme.amount is not None:
        first = _favourable(programme, compiler, answers)
    cases = [*first, (graph.some(answers.matched), graph.lowest(answers.matched))]
    for place, kind in reversed(tuple(enumerate(answers.order))):
        near = compiler.flag(kind.near or kind.match, Kinds(kind.code))
        # Nobody comes this far whose type is known to match.
        if kind.near is not None:
            cases.append((graph.is_true(near), graph.whole(1 << place)))
    return graph.select(cases, graph.whole(0))


def _favourable(programme: Programme, compiler: Compiler, answers: _Answers) -> list[tuple[Node, Node]]:
    """Which type gives the household most, among those that it fits; of equals the first in the policy's order."""
    graph = compiler.graph
    assert programme.amount is not None
    scores = []
    for kind in answers.order:
        amount = compiler.finite(programme.amount, Kinds(kind.code)).numerator
        scores.append(amount if programme.more_is_better else graph.sub(graph.whole(0), amount))
    least = min(score.low for score in scores) - 1
    fits = [graph.shares(answers.fits, graph.whole(1 << place)) for place in range(len(scores))]
    ranked = [
        graph.select([(fit, graph.known(score, least))], graph.whole(least - 1))
        for fit, score in zip(fits, scores, strict=True)
    ]
    best = reduce(graph.greatest, ranked)
    return [
        (graph.all_of((fit, graph.eq(rank, best))), graph.whole(1 << place))
        for place, (fit, rank) in enumerate(zip(fits, ranked, strict=True))
    ]


def _amount(programme: Programme, compiler: Compiler, kinds: Kinds) -> Node:
    if programme.amount is None:
        return compiler.graph.whole(0)
    found = compiler.finite(programme.amount, kinds)
    if found.fixed != 1 or found.column is not None:
        raise TypeError(f"{programme.code}: the amount is not rounded to whole fen")
    return found.numerator


def _final(
    programme: Programme, compiler: Compiler, kinds: Kinds, amount: Node
) -> list[tuple[Condition, Node]]:
    if programme.amount is None:
        return []
    compiler.stands_for(programme.amount, kinds, amount)
    return [(c, compiler.flag(c.test, kinds)) for c in programme.at(Stage.FINAL)]


def _masks(compiler: Compiler, answers: _Answers, kinds: Kinds) -> tuple[Node, Node]:
    """The bits of the typed conditions that do not hold for the chosen type, and of those that are unknown.

    Somebody admitted as a type fails none of its conditions, so that nothing need be asked about that.
    """
    graph, chosen = compiler.graph, kinds.column
    assert chosen is not None
    no = [graph.mask(graph.shares(mask, chosen), 1 << n) for n, mask in answers.no.items()]
    unknown = [graph.mask(graph.shares(mask, chosen), 1 << n) for n, mask in answers.unknown.items()]
    none = graph.negate(graph.some(answers.matched))
    doubt = graph.some(answers.maybe_matched)
    no.append(graph.mask(graph.all_of((none, graph.negate(doubt))), NO_TYPE_BIT))
    unknown.append(graph.mask(graph.all_of((none, doubt)), NO_TYPE_BIT))
    return graph.union(no), graph.union(unknown)


def _by_number(compiler: Compiler, order: tuple[Kind, ...], mask: Node) -> Node:
    """``mask`` with the bits of the types' numbers instead of their places in the policy's order."""
    graph = compiler.graph
    return graph.union(
        graph.mask(graph.shares(mask, graph.whole(1 << place)), 1 << (kind.number - 1))
        for place, kind in enumerate(order)
    )


def _number_of(compiler: Compiler, order: tuple[Kind, ...], bit: Node) -> Node:
    """The number of the type whose bit is set: each binary digit of it is one question to the bit."""
    graph = compiler.graph
    digits = []
    for digit in range(max(kind.number for kind in order).bit_length()):
        having = sum(1 << place for place, kind in enumerate(order) if kind.number >> digit & 1)
        digits.append(graph.mask(graph.shares(bit, graph.whole(having)), 1 << digit))
    return graph.union(digits)


def _select(compiler: Compiler, dialect: Dialect, table: str, roots: dict[str, Node]) -> str:
    printer = Printer(compiler.graph, dialect, tuple(roots.values()))
    results = [f"{printer.text(node.number)} AS {name}" for name, node in roots.items()]
    columns = []
    for name in compiler.facts:
        kind, quoted = FACT_KINDS[name], dialect.identifier(name)
        width = "BOOLEAN" if kind.flag else dialect.widths[64 if kind.wide else 32]
        columns.append(f"CAST({quoted} AS {width}) AS {quoted}")
    source = f"SELECT {', '.join([KEY, *columns])} FROM {table}"
    for layer in printer.layers:
        named = "".join(f", {text} AS {name}" for name, text in layer)
        source = f"SELECT *{named} FROM ({source}) AS t"
    return f"SELECT {', '.join([KEY, *results])} FROM ({source}) AS t"


def columns_of(facts: Collection[str], dialect: Dialect = DUCKDB) -> str:
    """The columns of a table that holds ``facts``, as they stand in CREATE TABLE."""
    parts = [f"{KEY} BIGINT NOT NULL"]
    for name in facts:
        kind = FACT_KINDS[name]
        width = "BOOLEAN" if kind.flag else dialect.widths[64 if kind.wide else 32]
        parts.append(f"{dialect.identifier(name)} {width}")
    return ", ".join(parts)


def check_statement(facts: Collection[str], table: str, dialect: Dialect = DUCKDB) -> str:
    """A statement of one row: for each fact the number of rows outside its bounds. All must be 0."""
    parts = []
    for name in facts:
        kind, quoted = FACT_KINDS[name], dialect.identifier(name)
        outside = "FALSE" if kind.flag else f"{quoted} < {kind.low} OR {quoted} > {kind.high}"
        parts.append(f"coalesce(sum(CASE WHEN {outside} THEN 1 ELSE 0 END), 0) AS {quoted}")
    return f"SELECT {', '.join(parts)} FROM {table}"


def refuse_outside(facts: Sequence[str], counts: Sequence[int]) -> None:
    """Refuses a table by what :func:`check_statement` counted in it.

    Raises:
        InputErrors: one for each fact that lies outside its bounds somewhere.
    """
    faults = [
        InputError(
            f"“{FACT_KINDS[name].title}”（{name}）有 {count} 户超出 {FACT_KINDS[name].low} 至 {FACT_KINDS[name].high}",
            advice="请更正这些家庭的资料后重新计算；一户也没有计算。",
        )
        for name, count in zip(facts, counts, strict=True)
        if count
    ]
    if faults:
        raise InputErrors(faults)


def unknown_statement(facts: Collection[str], table: str, dialect: Dialect = DUCKDB) -> str:
    """A statement of one row: for each fact the number of rows where it is unknown."""
    parts = [f"count(*) - count({dialect.identifier(n)}) AS {dialect.identifier(n)}" for n in facts]
    return f"SELECT {', '.join(parts)} FROM {table}"
