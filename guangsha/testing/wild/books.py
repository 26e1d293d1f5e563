"""The books of an invented agency for one year, in whole fen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

#: Classes of expenditure in the order of the first table.
CLASSES = {
    "201": "一般公共服务支出", "202": "外交支出", "203": "国防支出", "204": "公共安全支出", "205": "教育支出",
    "206": "科学技术支出", "207": "文化旅游体育与传媒支出", "208": "社会保障和就业支出", "210": "卫生健康支出",
    "211": "节能环保支出", "212": "城乡社区支出", "213": "农林水支出", "214": "交通运输支出",
    "215": "资源勘探工业信息等支出", "216": "商业服务业等支出", "217": "金融支出", "219": "援助其他地区支出",
    "220": "自然资源海洋气象等支出", "221": "住房保障支出", "222": "粮油物资储备支出",
    "223": "国有资本经营预算支出", "224": "灾害防治及应急管理支出", "229": "其他支出",
    "231": "债务还本支出", "232": "债务付息支出",
}  # fmt: skip
_NUMERALS = "一二三四五六七八九十"


def numeral(number: int) -> str:
    """3 → 三, 21 → 二十一 (below 100).

    >>> [numeral(n) for n in (3, 10, 14, 20, 21)]
    ['三', '十', '十四', '二十', '二十一']
    """
    tens, ones = divmod(number, 10)
    return (
        ("" if tens <= 1 else _NUMERALS[tens - 1])
        + ("十" if tens else "")
        + (_NUMERALS[ones - 1] if ones else "")
    )


@dataclass(frozen=True)
class Item:
    """Expenditure of one item (项) of the general public budget, or with ``fund`` of a government fund.

    ``basic`` and ``project`` come from the treasury, ``own_basic`` and ``own_project`` from the unit's own income.
    """

    code: str
    name: str
    basic: int = 0
    project: int = 0
    own_basic: int = 0
    own_project: int = 0
    fund: bool = False

    @property
    def fiscal(self) -> int:
        return self.basic + self.project

    @property
    def own(self) -> int:
        return self.own_basic + self.own_project


@dataclass(frozen=True)
class ThreePublic:
    """The three public expenses, budget and final: abroad, cars bought, cars run, receptions."""

    budget: tuple[int, int, int, int]
    final: tuple[int, int, int, int]


@dataclass(frozen=True)
class Books:
    """A year's books. ``groups`` names classes and subclasses (款) by code; money is carried over only by the treasury's
    general budget (``opening``, ``closing``)."""

    unit: str
    year: int
    items: tuple[Item, ...]
    groups: dict[str, str]
    staff: tuple[tuple[str, str, int], ...]
    office: tuple[tuple[str, str, int], ...]
    three_public: ThreePublic
    opening: int = 0
    closing: int = 0
    own_name: str = "其他收入"
    own_unspent: int = 0

    @cached_property
    def general(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.fund)

    @cached_property
    def funds(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.fund)

    @cached_property
    def own_income(self) -> int:
        return sum(item.own for item in self.items) + self.own_unspent

    @cached_property
    def general_income(self) -> int:
        return sum(item.fiscal for item in self.general) + self.closing - self.opening

    @cached_property
    def fund_income(self) -> int:
        return sum(item.fiscal for item in self.funds)

    @property
    def fiscal_income(self) -> int:
        return self.general_income + self.fund_income

    @property
    def income(self) -> int:
        return self.fiscal_income + self.own_income

    @cached_property
    def spent(self) -> int:
        return sum(item.fiscal + item.own for item in self.items)

    @cached_property
    def basic(self) -> int:
        return sum(item.basic + item.own_basic for item in self.items)

    @property
    def project(self) -> int:
        return self.spent - self.basic

    @cached_property
    def general_spent(self) -> int:
        return sum(item.fiscal for item in self.general)

    @cached_property
    def general_basic(self) -> int:
        return sum(item.basic for item in self.general)

    @property
    def left(self) -> int:
        """Carried over to the next year."""
        return self.closing + self.own_unspent

    @property
    def total(self) -> int:
        return self.income + self.opening

    def class_of(self, code: str) -> str:
        return CLASSES[code[:3]]

    @cached_property
    def classes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sorted(item.code[:3] for item in self.items)))


def drawn(chance: random.Random, roughly: float, step: int = 10_000) -> int:
    """An amount in fen near ``roughly`` 万元, in whole steps: 0.01 万元, so that both units print it exactly."""
    return int(roughly * 1_000_000 * chance.uniform(0.8, 1.2)) // step * step


def spread(
    chance: random.Random, total: int, weights: Sequence[tuple[str, str, float]], step: int = 10_000
) -> tuple[tuple[str, str, int], ...]:
    """``total`` fen spread over entries (code, name, weight); the heaviest takes what is left over."""
    whole = sum(weight for _, _, weight in weights)
    parts = [int(total * w * chance.uniform(0.85, 1.0) / whole) // step * step for _, _, w in weights]
    heaviest = max(range(len(weights)), key=lambda n: weights[n][2])
    parts[heaviest] += total - sum(parts)
    return tuple((code, name, part) for (code, name, _), part in zip(weights, parts, strict=True))


#: Economic classes that repeat items of expenditure by function.
_LINKED = {
    "30108": ("2080505",), "30109": ("2080506",), "30110": ("2101101", "2101102"), "30111": ("2101103",),
    "30113": ("2210201",), "30304": ("2080801",),
}  # fmt: skip


def staff_costs(
    chance: random.Random, total: int, weights: Sequence[tuple[str, str, float]], items: Sequence[Item]
) -> tuple[tuple[str, str, int], ...]:
    """``total`` fen of staff costs by economic class; pensions, insurance and housing as the items by function say."""
    fixed = {
        code: sum(item.basic for item in items if item.code in sources and not item.fund)
        for code, sources in _LINKED.items()
    }
    free = [(code, name, weight) for code, name, weight in weights if not fixed.get(code)]
    made = {
        code: fen
        for code, _, fen in spread(chance, total - sum(fixed[c] for c, _, _ in weights if c in fixed), free)
    }
    return tuple((code, name, made.get(code, fixed.get(code, 0))) for code, name, _ in weights)
