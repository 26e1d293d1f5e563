"""Whole-number SQL expressions as a graph: each distinct one stands once, knows its bounds and whether it may be NULL.

Bounds do three things: what cannot change is folded, additions get 32, 64 or 128 bits as they need, and a rule that could leave 128
bits is refused before it runs. What is used more than once becomes a column of an inner SELECT instead of being written twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guangsha.kernel.errors import InputError
from guangsha.policy.dialects import Dialect

#: 38 decimal digits: what DECIMAL(38,0) and HUGEINT both hold.
_LARGEST = 10**38 - 1
_ARITHMETIC = {"add": " + ", "sub": " - ", "mul": " * "}
_COMPARISON = {"le": " <= ", "lt": " < ", "eq": " = "}
#: Not worth a column of their own.
_ATOMS = ("column", "whole", "true", "false", "null")


@dataclass(frozen=True, slots=True)
class Node:
    """One expression. ``low``/``high`` bound a number (a yes/no has 0 and 1); ``null``: may be unknown."""

    number: int
    operator: str
    inner: tuple[int, ...]
    text: str
    low: int
    high: int
    null: bool
    bits: int = 0

    @property
    def constant(self) -> int | None:
        """Its value where it has only one."""
        return self.low if self.low == self.high and not self.null else None


def bits_of(low: int, high: int) -> int:
    """How many bits a column needs."""
    for bits in (32, 64):
        if -(2 ** (bits - 1)) <= low and high < 2 ** (bits - 1):
            return bits
    if low >= -_LARGEST and high <= _LARGEST:
        return 128
    raise InputError("参数相乘后超出可精确计算的范围", advice="请检查参数的小数位数和单位是否写错。")


class Graph:
    """Builds nodes; equal ones are the same node."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._known: dict[tuple[str, tuple[int, ...], str], Node] = {}
        self.yes = self._node("true", (), "TRUE", 1, 1, False)
        self.no = self._node("false", (), "FALSE", 0, 0, False)
        self.unknown = self._node("null", (), "NULL", 0, 1, True)
        self.unknown_number = self._node("null", (), "CAST(NULL AS INTEGER)", 0, 0, True, 32)

    def __getitem__(self, number: int) -> Node:
        return self._nodes[number]

    def _node(
        self, operator: str, inner: Sequence[Node], text: str, low: int, high: int, null: bool, bits: int = 0
    ) -> Node:
        key = (operator, tuple(node.number for node in inner), text)
        found = self._known.get(key)
        if found is None:
            found = Node(len(self._nodes), operator, key[1], text, low, high, null, bits)
            self._nodes.append(found)
            self._known[key] = found
        return found

    # Leaves --------------------------------------------------------------------------------------------------------

    def column(self, name: str, low: int, high: int, null: bool, *, flag: bool = False) -> Node:
        """A column of the table."""
        return self._node("column", (), name, low, high, null, 0 if flag else bits_of(low, high))

    def whole(self, value: int) -> Node:
        """A whole number."""
        return self._node("whole", (), str(value), value, value, False, bits_of(value, value))

    # Arithmetic ----------------------------------------------------------------------------------------------------

    def add(self, a: Node, b: Node) -> Node:
        if a.constant == 0:
            return b
        if b.constant == 0:
            return a
        if a.constant is not None and b.constant is not None:
            return self.whole(a.constant + b.constant)
        return self._arithmetic("add", a, b, a.low + b.low, a.high + b.high)

    def sub(self, a: Node, b: Node) -> Node:
        if b.constant == 0:
            return a
        if a.constant is not None and b.constant is not None:
            return self.whole(a.constant - b.constant)
        return self._arithmetic("sub", a, b, a.low - b.high, a.high - b.low)

    def mul(self, a: Node, b: Node) -> Node:
        if a.constant == 1:
            return b
        if b.constant == 1:
            return a
        if a.constant is not None and b.constant is not None:
            return self.whole(a.constant * b.constant)
        if a.constant is not None:
            a, b = b, a  # one way to write it, so that equal products are one node
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return self._arithmetic("mul", a, b, min(corners), max(corners))

    def _arithmetic(self, operator: str, a: Node, b: Node, low: int, high: int) -> Node:
        bits = max(bits_of(low, high), a.bits, b.bits)
        if bits > a.bits and bits > b.bits:
            a = self.widened(a, bits)
        return self._node(operator, (a, b), "", low, high, a.null or b.null, bits)

    def widened(self, a: Node, bits: int) -> Node:
        """``a`` with more bits."""
        return self._node("cast", (a,), str(bits), a.low, a.high, a.null, bits)

    def half_up(self, numerator: Node, denominator: int) -> Node:
        """``numerator / denominator`` to the nearest whole number, ties upwards, as ``kernel.numbers.half_up_ratio``."""
        if numerator.low < 0:
            raise TypeError("only what is never negative is rounded")
        if denominator == 1:
            return numerator
        above = self.add(self.mul(numerator, self.whole(2)), self.whole(denominator))
        below = self.whole(2 * denominator)
        low, high = above.low // (2 * denominator), above.high // (2 * denominator)
        return self._node("idiv", (above, below), "", low, high, numerator.null, max(above.bits, below.bits))

    def least(self, a: Node, b: Node) -> Node:
        if a is b or (a.high <= b.low and not b.null):
            return a
        if b.high <= a.low and not a.null:
            return b
        if a.null or b.null:
            return self._picked(self.le(a, b), a, b, min(a.low, b.low), min(a.high, b.high))
        return self._node(
            "least", (a, b), "", min(a.low, b.low), min(a.high, b.high), False, max(a.bits, b.bits)
        )

    def greatest(self, a: Node, b: Node) -> Node:
        if a is b or (a.low >= b.high and not b.null):
            return a
        if b.low >= a.high and not a.null:
            return b
        if a.null or b.null:
            return self._picked(self.le(b, a), a, b, max(a.low, b.low), max(a.high, b.high))
        return self._node(
            "greatest", (a, b), "", max(a.low, b.low), max(a.high, b.high), False, max(a.bits, b.bits)
        )

    def _picked(self, condition: Node, a: Node, b: Node, low: int, high: int) -> Node:
        """The least or greatest of two of which one may be unknown: the engines' own functions would pass NULL over."""
        cases = (condition, a, self.negate(condition), b, self.unknown)
        return self._node("case", cases, f"{low}..{high}", low, high, True, max(a.bits, b.bits))

    def choose(self, condition: Node, yes: Node, no: Node) -> Node:
        """``yes`` where ``condition``, ``no`` where not, NULL where unknown."""
        if condition.constant is not None:
            return yes if condition.constant else no
        if yes is no and not condition.null:
            return yes
        cases = [condition, yes]
        null = yes.null or no.null or condition.null
        bits = max(yes.bits, no.bits)
        low, high = min(yes.low, no.low), max(yes.high, no.high)
        if condition.null:
            return self._node(
                "case", (*cases, self.negate(condition), no, self.unknown), "", low, high, null, bits
            )
        return self._node("case", (*cases, no), "", low, high, null, bits)

    def select(self, cases: Sequence[tuple[Node, Node]], otherwise: Node) -> Node:
        """The value beside the first condition that is true; unknown ones are passed over."""
        kept: list[Node] = []
        for condition, value in cases:
            if condition.constant == 0:
                continue
            if condition.constant == 1:
                otherwise = value
                break
            kept += [condition, value]
        while kept and kept[-1] is otherwise:
            del kept[-2:]
        if not kept:
            return otherwise
        values = [*kept[1::2], otherwise]
        return self._node(
            "case", (*kept, otherwise), "", min(v.low for v in values), max(v.high for v in values),
            any(v.null for v in values), max(v.bits for v in values),
        )  # fmt: skip

    def choose_flag(self, condition: Node, yes: Node, no: Node) -> Node:
        """The same for a yes or no."""
        if condition.constant is not None:
            return yes if condition.constant else no
        if yes is no and not condition.null:
            return yes
        return self.any_of((self.all_of((condition, yes)), self.all_of((self.negate(condition), no)))) if not (
            condition.null
        ) else self._node(
            "case", (condition, yes, self.negate(condition), no, self.unknown), "", 0, 1, True
        )  # fmt: skip

    def select_flag(self, cases: Sequence[tuple[Node, Node]], otherwise: Node) -> Node:
        """The same as :meth:`select` for a yes or no."""
        return self.select(cases, otherwise)

    # Masks: sets of types or of conditions as the bits of a whole number. Engines are several times faster at them than at
    # CASE or at sums, which they check for overflow.

    def mask(self, condition: Node, bits: int) -> Node:
        """``bits`` where ``condition`` is true, else 0; never NULL."""
        if condition.constant is not None or bits == 0:
            return self.whole(bits if condition.constant else 0)
        sure = self.is_true(condition)
        return self._node("mask", (sure,), str(bits), 0, bits, False, bits_of(0, bits))

    def union(self, masks: Iterable[Node]) -> Node:
        """The bits of any."""
        known, kept = 0, []
        for mask in dict.fromkeys(masks):
            if mask.constant is None:
                kept.append(mask)
            else:
                known |= mask.constant
        if known or not kept:
            kept.append(self.whole(known))
        if len(kept) == 1:
            return kept[0]
        high = 0
        for mask in kept:
            high |= (1 << mask.high.bit_length()) - 1
        return self._node("union", kept, "", 0, high, False, max(mask.bits for mask in kept))

    def without(self, mask: Node, other: Node) -> Node:
        """The bits of ``mask`` that are not in ``other``."""
        if other.constant == 0 or mask.constant == 0:
            return mask
        return self._node("without", (mask, other), "", 0, mask.high, False, max(mask.bits, other.bits))

    def shares(self, mask: Node, other: Node) -> Node:
        """Whether two masks have a bit in common."""
        if mask.constant == 0 or other.constant == 0:
            return self.no
        return self._node("shares", (mask, other), "", 0, 1, False)

    def some(self, mask: Node) -> Node:
        """Whether any bit is set."""
        if mask.constant is not None:
            return self.yes if mask.constant else self.no
        return self._node("some", (mask,), "", 0, 1, False)

    def lowest(self, mask: Node) -> Node:
        """The lowest bit alone; 0 of 0."""
        return self._node("lowest", (mask,), "", 0, mask.high, False, mask.bits)

    # Yes and no ----------------------------------------------------------------------------------------------------

    def le(self, a: Node, b: Node) -> Node:
        return self._comparison("le", a, b, a.high <= b.low, a.low > b.high)

    def lt(self, a: Node, b: Node) -> Node:
        return self._comparison("lt", a, b, a.high < b.low, a.low >= b.high)

    def eq(self, a: Node, b: Node) -> Node:
        same = a.constant is not None and a.constant == b.constant
        return self._comparison("eq", a, b, same, a.high < b.low or b.high < a.low)

    def _comparison(self, operator: str, a: Node, b: Node, always: bool, never: bool) -> Node:
        if not (a.null or b.null) and (always or never):
            return self.yes if always else self.no
        return self._node(operator, (a, b), "", 0, 1, a.null or b.null)

    def all_of(self, terms: Iterable[Node]) -> Node:
        return self._together("and", terms, self.yes, self.no)

    def any_of(self, terms: Iterable[Node]) -> Node:
        return self._together("or", terms, self.no, self.yes)

    def _together(self, operator: str, terms: Iterable[Node], neutral: Node, deciding: Node) -> Node:
        kept = [t for t in dict.fromkeys(terms) if t is not neutral]
        if deciding in kept:
            return deciding
        if not kept:
            return neutral
        return kept[0] if len(kept) == 1 else self._node(operator, kept, "", 0, 1, any(t.null for t in kept))

    def negate(self, a: Node) -> Node:
        if a.constant is not None:
            return self.no if a.constant else self.yes
        if a.operator == "not":
            return self[a.inner[0]]
        if a.operator in ("le", "lt"):  # NOT a <= b is b < a, also where one of them is NULL
            left, right = self[a.inner[0]], self[a.inner[1]]
            return self.lt(right, left) if a.operator == "le" else self.le(right, left)
        return self._node("not", (a,), "", 0, 1, a.null)

    def is_unknown(self, a: Node) -> Node:
        return self._node("unknown", (a,), "", 0, 1, False) if a.null else self.no

    def known(self, a: Node, otherwise: int) -> Node:
        """``a``, or ``otherwise`` where it is unknown."""
        if not a.null:
            return a
        low, high = min(a.low, otherwise), max(a.high, otherwise)
        return self._node("known", (a,), str(otherwise), low, high, False, max(a.bits, bits_of(low, high)))

    def is_true(self, a: Node) -> Node:
        """Whether ``a`` is true, no where it is unknown."""
        return self._node("sure", (a,), "", 0, 1, False) if a.null else a


class Printer:
    """Writes nodes as one SELECT: what is used more than once becomes a column of an inner one."""

    def __init__(self, graph: Graph, dialect: Dialect, roots: Sequence[Node]) -> None:
        self._graph, self._dialect = graph, dialect
        self._uses: dict[int, int] = {}
        for root in roots:
            self._count(root.number)
        self._names: dict[int, str] = {}
        self._depths: dict[int, int] = {}
        self.layers: list[list[tuple[str, str]]] = []
        for number in sorted(self._uses):  # inner nodes have smaller numbers
            if self._uses[number] > 1 and graph[number].operator not in _ATOMS:
                self._bind(number)

    def _count(self, number: int) -> None:
        self._uses[number] = self._uses.get(number, 0) + 1
        if self._uses[number] == 1:
            for inner in dict.fromkeys(self._graph[number].inner):
                self._count(inner)

    def _depth(self, number: int) -> int:
        """In which layer its columns stand: 0 is the table."""
        if number not in self._depths:
            inner = [self._depth(n) for n in self._graph[number].inner]
            self._depths[number] = max(inner, default=0)
        return self._depths[number]

    def _bind(self, number: int) -> None:
        text = self.text(number)
        depth = self._depth(number)
        while len(self.layers) <= depth:
            self.layers.append([])
        name = f"v{number}"
        self.layers[depth].append((name, text))
        self._names[number] = name
        self._depths[number] = depth + 1

    def text(self, number: int) -> str:
        """One node as SQL."""
        if number in self._names:
            return self._names[number]
        node = self._graph[number]
        inner = [self.text(n) for n in node.inner]
        match node.operator:
            case "column":
                return self._dialect.identifier(node.text)
            case "whole" | "true" | "false" | "null":
                return node.text if not node.text.startswith("-") else f"({node.text})"
            case "add" | "sub" | "mul":
                return "(" + _ARITHMETIC[node.operator].join(inner) + ")"
            case "le" | "lt" | "eq":
                return "(" + _COMPARISON[node.operator].join(inner) + ")"
            case "and" | "or":
                return "(" + f" {node.operator.upper()} ".join(inner) + ")"
            case "not":
                return f"(NOT {inner[0]})"
            case "unknown":
                return f"({inner[0]} IS NULL)"
            case "sure":
                return f"coalesce({inner[0]}, FALSE)"
            case "known":
                return f"coalesce({inner[0]}, {node.text})"
            case "least" | "greatest":
                return f"{node.operator}({', '.join(inner)})"
            case "idiv":
                return self._dialect.integer_division.format(*inner)
            case "cast":
                return f"CAST({inner[0]} AS {self._dialect.widths[int(node.text)]})"
            case "mask":
                return f"((-CAST({inner[0]} AS {self._dialect.widths[node.bits]})) & {node.text})"
            case "union":
                return "(" + " | ".join(inner) + ")"
            case "without":
                return f"({inner[0]} & (~{inner[1]}))"
            case "shares":
                return f"(({inner[0]} & {inner[1]}) <> 0)"
            case "some":
                return f"({inner[0]} <> 0)"
            case "lowest":
                return f"({inner[0]} & (-{inner[0]}))"
            case "case":
                pairs = zip(inner[:-1:2], inner[1:-1:2], strict=True)
                cases = " ".join(f"WHEN {condition} THEN {value}" for condition, value in pairs)
                return f"CASE {cases} ELSE {inner[-1]} END"
        raise TypeError(f"no SQL for {node.operator}")
