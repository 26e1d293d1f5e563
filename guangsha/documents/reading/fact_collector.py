"""From nodes to facts: keys are checked against what the form declares, values against their kind.

Nothing stops at the first fault: each is noted and reading goes on, so that a person sees all of them at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from guangsha.documents.reading.node import Complaints, Node, where
from guangsha.documents.reading.values import read_value
from guangsha.facts.concepts import CONCEPTS, Kind
from guangsha.facts.fact import CellSource, Fact
from guangsha.facts.forms import Field
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import decimals_of

#: Ids that people choose for sheets, programmes, members, groups: they become dimensions and file names.
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
ID_ADVICE = "请用不超过 64 个英文字母、数字、下划线、短横或点。"
#: Free labels that become dimensions (block names); these characters would blur the key of a fact.
_BLURRING = re.compile(r"[\[\],=@\n]")


class FactCollector:
    """Facts of one fiscal year read from nodes, and what was wrong on the way."""

    def __init__(self, year: int, complaints: Complaints, facts: dict[str, Fact] | None = None) -> None:
        self.year = year
        self.complaints = complaints
        self.facts: dict[str, Fact] = {} if facts is None else facts

    def for_year(self, year: int) -> FactCollector:
        """A collector into the same facts, speaking of another year."""
        return FactCollector(year, self.complaints, self.facts)

    # --- shapes -------------------------------------------------------------------------------------------

    def complain(self, place: CellSource, message: str, advice: str = "") -> None:
        self.complaints.add(place, message, advice)

    def mapping(self, node: Node | None, known: Collection[str] | None = None) -> Mapping[str, Node]:
        """The entries of a mapping; keys outside ``known`` are faults that name the nearest known key."""
        if node is None or node.blank:
            return {}
        if node.entries is None:
            self.complain(node.place, "这里应是若干“键: 值”", "请参照数据文件格式说明。")
            return {}
        if known is not None:
            for key, value in node.entries.items():
                if key not in known:
                    self.unknown(key, value.place, known)
        return node.entries

    def unknown(self, key: str, place: CellSource, known: Collection[str]) -> None:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        advice = f"是否想写“{near[0]}”？" if near else f"可用的键：{'、'.join(list(known)[:12])}。"
        self.complain(place, f"不认识的键“{key[:40]}”", advice)

    def sequence(self, node: Node | None) -> Sequence[Node]:
        if node is None or node.blank:
            return ()
        if node.elements is None:
            self.complain(node.place, "这里应是列表（每项以“- ”开头）", "请参照数据文件格式说明。")
            return ()
        return node.elements

    def scalar(self, node: Node, label: str) -> str | None:
        """The text of a leaf; None when blank or not a leaf."""
        if node.entries is not None or node.elements is not None:
            self.complain(node.place, f"“{label}”应是一个值", "请直接写出这个值。")
            return None
        return None if node.blank or node.text is None else node.text

    def identifier(self, node: Node | None, owner: CellSource, label: str) -> str | None:
        """An id; None (with a complaint) when it is missing or not well formed."""
        text = self.scalar(node, label) if node is not None else None
        if text is None:
            self.complain(owner, f"缺少“{label}”", ID_ADVICE)
            return None
        return text.strip() if self.is_identifier(text.strip(), (node or Node(owner)).place, label) else None

    def is_identifier(self, text: str, place: CellSource, label: str) -> bool:
        if ID.fullmatch(text):
            return True
        self.complain(place, f"“{label}”写成了“{text[:40]}”", ID_ADVICE)
        return False

    def label(self, node: Node | None, owner: CellSource, label: str) -> str | None:
        """A free label that becomes a dimension; None (with a complaint) when missing or unusable."""
        text = self.scalar(node, label) if node is not None else None
        if text is None:
            self.complain(owner, f"缺少“{label}”", "请填写。")
            return None
        text = text.strip()
        if _BLURRING.search(text) or len(text) > 64:
            self.complain(
                (node or Node(owner)).place,
                f"“{label}”不能含有 [ ] , = @ 或换行，也不能超过 64 字",
                "请改写。",
            )
            return None
        return text

    # --- facts --------------------------------------------------------------------------------------------

    def put(
        self,
        concept: str,
        node: Node | None,
        dimensions: Mapping[str, str] | None = None,
        *,
        label: str = "",
        negative: bool = False,
        whole: bool = False,
        choices: Collection[str] = (),
    ) -> Fact | None:
        """Make the fact that ``node`` states; nothing when it is blank or faulty.

        Args:
            label: name of the field for sentences; the concept's by default.
            choices: the words allowed, where they are.
        """
        if node is None:
            return None
        kind = CONCEPTS[concept].kind
        label = label or CONCEPTS[concept].label
        text = self.scalar(node, label)
        if text is None:
            return None
        try:
            value = read_value(text, kind, label, negative=negative, whole=whole)
        except InputError as error:
            self.complain(node.place, error.message, error.advice)
            return None
        if choices and value not in choices:
            near = difflib.get_close_matches(str(value), choices, n=1)
            advice = f"是否想写“{near[0]}”？" if near else f"可选：{'、'.join(choices)}。"
            self.complain(node.place, f"“{label}”不能填“{str(value)[:40]}”", advice)
            return None
        return self.keep(concept, value, dimensions or {}, node.place)

    def keep(
        self, concept: str, value: Decimal | str, dimensions: Mapping[str, str], place: CellSource
    ) -> Fact:
        """Store a fact; a second value for the same key is a fault."""
        decimals = decimals_of(value) if isinstance(value, Decimal) else None
        ordered = tuple(sorted(dimensions.items()))
        fact = Fact(concept, ordered, value, self.year, decimals=decimals, source=place)
        first = self.facts.setdefault(fact.key, fact)
        if first is not fact:
            other = where(first.source) if isinstance(first.source, CellSource) else ""
            self.complain(place, f"“{fact.declared.label}”给出了两次，另一处是{other}", "请只保留一处。")
        return first

    def put_fields(
        self,
        fields: Sequence[Field],
        entries: Mapping[str, Node],
        dimensions: Mapping[str, str],
        *,
        choices: Mapping[str, Collection[str]] | None = None,
        skip: Collection[str] = (),
    ) -> None:
        """All declared fields that ``entries`` hold. Counts of such fields are people or units: whole numbers."""
        for item in fields:
            if item.key in entries and item.key not in skip:
                self.put(
                    item.concept,
                    entries[item.key],
                    dimensions,
                    label=item.label,
                    whole=item.kind is Kind.COUNT,
                    choices=(choices or {}).get(item.key, ()),
                )
