"""What a person claimed against what a source holds; no database, no network.

Each source answers with a small JSON object (``docs/operations/exchange.md``). The comparison names every difference in a
sentence that the person can be shown and can answer. It never decides: a difference is a question, not a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from guangsha.kernel.numbers import normalise

MATCH, MISMATCH, NOT_FOUND, STALE = "match", "mismatch", "not_found", "stale"

#: How old data may be before they are called stale, in days. Source: operations.md W19 (data older than 12 months are
#: a known fault); real estate and civil-affairs status change monthly. A deployment may set others.
FRESH_DAYS: dict[str, int] = {
    "population": 366, "hukou": 366, "marriage": 366, "real_estate": 35, "social_insurance": 62,
    "provident_fund": 62, "civil_status": 35, "tax": 400,
}  # fmt: skip

#: An income that a source puts at most this much above the claim is not worth a question (per cent of the claim).
INCOME_TOLERANCE_PERCENT = 10
#: Areas from two registers differ by rounding (square metres).
AREA_TOLERANCE = Decimal("0.50")

_MARITAL = {"10": "未婚", "20": "已婚", "30": "丧偶", "40": "离婚", "90": "未说明"}
_HUKOU = {"local": "本区户籍", "city": "本市其他区户籍", "outside": "外地户籍"}
_CIVIL = {
    "extreme_poverty": "分散供养特困", "minimum_living": "低保", "minimum_living_edge": "低保边缘",
    "rigid_expenditure": "刚性支出困难",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a source holds otherwise: the field, both values as shown, and a sentence."""

    field: str
    claimed: str
    found: str
    sentence: str

    def as_json(self) -> dict[str, str]:
        return {"field": self.field, "claimed": self.claimed, "found": self.found, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of one answer, and the differences where it is a mismatch."""

    outcome: str
    differences: tuple[Difference, ...] = ()


def compare(
    source: str,
    claimed: Mapping[str, Any],
    payload: Mapping[str, Any],
    *,
    data_as_of: date | None,
    today: date,
) -> Comparison:
    """Compare one answer with the claims it stands for.

    Args:
        source: one of ``models.SOURCES``.
        claimed: claim → value as the form kept it (money in fen, areas in ㎡ as text or Decimal).
        payload: the source's answer; empty when it holds nothing on the person.
        data_as_of: the day up to which the source's data reach; None when it does not say (then stale).
    """
    if not payload:
        return Comparison(NOT_FOUND)
    if data_as_of is None or data_as_of < today - timedelta(days=FRESH_DAYS[source]):
        return Comparison(STALE)
    differences = tuple(_COMPARERS[source](claimed, payload))
    return Comparison(MISMATCH if differences else MATCH, differences)


def _plain(text: Any) -> str:
    return "".join(normalise(str(text)).split()).replace("•", "·").upper()


def _population(claimed: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Difference]:
    found: list[Difference] = []
    if payload.get("alive") is False:
        found.append(Difference("alive", "", "已去世", "人口库登记这名人员已经去世。"))
    name = claimed.get("name")
    if name and _plain(name) != _plain(payload.get("name", "")):
        held = str(payload.get("name", ""))
        found.append(Difference("name", str(name), held, "填写的姓名与人口库登记的不一致。"))
    return found


def _hukou(claimed: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Difference]:
    mine, theirs = claimed.get("hukou"), payload.get("hukou")
    if mine and theirs and mine != theirs:
        ours, held = _HUKOU.get(str(mine), str(mine)), _HUKOU.get(str(theirs), str(theirs))
        return [Difference("hukou", ours, held, f"填写的是{ours}，户籍登记为{held}。")]
    return []


def _marriage(claimed: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Difference]:
    mine, theirs = claimed.get("marital"), payload.get("marital")
    if mine and theirs and str(mine) != str(theirs):
        ours, held = _MARITAL.get(str(mine), str(mine)), _MARITAL.get(str(theirs), str(theirs))
        return [Difference("marital", ours, held, f"填写的婚姻状况是{ours}，婚姻登记为{held}。")]
    return []


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def _real_estate(claimed: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Difference]:
    declared = [
        home for home in claimed.get("homes") or [] if home.get("nature") in ("owned", "disposed", None)
    ]
    left = [_decimal(home.get("area", 0)) for home in declared]
    found: list[Difference] = []
    for home in payload.get("homes", []):
        area = _decimal(home.get("area_m2", 0))
        near = next((mine for mine in left if abs(mine - area) <= AREA_TOLERANCE), None)
        if near is not None:
            left.remove(near)
            continue
        way = "近五年处置过" if home.get("disposed_on") else "登记有"
        held = f"{home.get('address', '')} {area:.2f}㎡"
        found.append(
            Difference("homes", "未申报", held, f"不动产登记显示{way}一处住房（{held}），申报中没有。")
        )
    return found


def _employer(claimed: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Difference]:
    mine, theirs = claimed.get("employer"), payload.get("employer")
    if mine and theirs and _plain(mine) != _plain(theirs):
        return [
            Difference("employer", str(mine), str(theirs), f"填写的单位是{mine}，缴纳单位登记为{theirs}。")
        ]
    return []


def _civil_status(claimed: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Difference]:
    given = claimed.get("special") or []
    mine = {given} if isinstance(given, str) else set(given)
    held = set(payload.get("kinds", []))
    return [
        Difference("special", _CIVIL[kind], "没有登记", f"填写的{_CIVIL[kind]}身份，民政部门没有有效登记。")
        for kind in sorted(mine & set(_CIVIL))
        if kind not in held
    ]


def _tax(claimed: Mapping[str, Any], payload: Mapping[str, Any]) -> Sequence[Difference]:
    mine, theirs = claimed.get("monthly_income"), payload.get("monthly_income_fen")
    if mine is None or theirs is None:
        return []
    if int(theirs) * 100 <= int(mine) * (100 + INCOME_TOLERANCE_PERCENT):
        return []
    ours, held = f"{Decimal(int(mine)) / 100:.2f} 元", f"{Decimal(int(theirs)) / 100:.2f} 元"
    return [Difference("monthly_income", ours, held, f"填写的月收入为 {ours}，税务记录的月均收入为 {held}。")]


_COMPARERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[Difference]]] = {
    "population": _population,
    "hukou": _hukou,
    "marriage": _marriage,
    "real_estate": _real_estate,
    "social_insurance": _employer,
    "provident_fund": _employer,
    "civil_status": _civil_status,
    "tax": _tax,
}
