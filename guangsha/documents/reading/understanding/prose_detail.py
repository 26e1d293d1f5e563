"""Figures of a self-evaluation's text that have a place of their own: ``detail.*`` facts (正文金额).

A sum whose parts are all known items (款 of an economic class, functional classes, sources of revenue, projects) becomes
detail facts and is checked by rules N01 to N08; it is then no statement as well, so that one mistake is one finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from guangsha.documents.reading.understanding.prose_claims import Claim, Reading, subject_of
from guangsha.documents.reading.understanding.prose_labels import key_of, likeness
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.facts.classification import class_rows, classification

_GROUPS = {"301": "工资福利支出", "302": "商品和服务支出", "303": "对个人和家庭的补助", "310": "资本性支出"}
_SOURCES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("government_fund", re.compile(r"政府性基金")),
    ("state_capital", re.compile(r"国有资本")),
    ("special_account", re.compile(r"专户|非税")),
    ("superior", re.compile(r"上级补助")),
    ("general_public", re.compile(r"一般公共预算|^财政拨款|公共财政")),
    ("other", re.compile(r"^其他")),
)  # fmt: skip
_THREE_PUBLIC = (
    ("three_public", "三公经费"), ("three_public", "三公经费总支出"), ("vehicles", "公务用车购置及运行维护费"), ("vehicle_purchase", "公务用车购置费"),
    ("vehicle_running", "公务用车运行维护费"), ("abroad", "因公出国（境）费"), ("reception", "公务接待费"),
)  # fmt: skip
_OWN = re.compile(r"^(?:本)?(?:单位|中心|部门|年度)")


@dataclass
class Detail:
    """Detail figures found: (concept, dimension, value of the dimension) → figure; ``names`` of programmes."""

    figures: dict[tuple[str, str, str], Mention] = field(default_factory=dict)
    names: dict[str, tuple[str, Mention]] = field(default_factory=dict)

    def put(self, concept: str, dimension: str, value: str, mention: Mention) -> bool:
        """Keep a figure; False where another one already stands for the same item and differs."""
        known = self.figures.setdefault((concept, dimension, value), mention)
        return known.base == mention.base


def read_three_public(reading: Reading, detail: Detail) -> None:
    """“三公”经费 of the text by item: what was spent, and the budget that the same clause names."""
    for paragraph in reading.paragraphs:
        if paragraph.passage.cell:
            continue
        for level in paragraph.levels:
            stage = {"budget": "initial", "": "executed", "executed": "executed"}.get(level.stage, "")
            if level.mention.sort != "money" or not stage or not level.mention.exact:
                continue
            label = subject_of(reading, paragraph, level) if level.stage else level.label
            item = next((item for item, name in _THREE_PUBLIC if likeness(label, name) >= 0.94), "")
            if item:
                detail.figures.setdefault(("detail.three_public", f"{item}/{stage}", ""), level.mention)


def read_detail(claims: Iterable[Claim], year: int) -> tuple[Detail, list[Claim]]:
    """Detail figures, and the claims that are not covered by them.

    Args:
        claims: every claim of the document; only sums and balances of money can be covered.
        year: fiscal year, for the names of the classification.
    """
    detail = Detail()
    left: list[Claim] = []
    for claim in claims:
        if not (_money(claim) and any(take(claim, detail, year) for take in _TAKERS)):
            left.append(claim)
    return detail, left


def _money(claim: Claim) -> bool:
    return (
        claim.kind in ("sum", "difference")
        and not claim.doubtful
        and all(mention.sort == "money" for mention in claim.mentions())
    )


def _parts(claim: Claim) -> list[tuple[str, Mention]]:
    return [(claim.labels.get(role, ""), m) for role, m in claim.roles.items() if role.startswith("part.")]


def _is(label: str, *names: str) -> bool:
    bare = _OWN.sub("", label)
    return any(likeness(own, name) >= 0.94 for own in (label, bare) for name in names)


def _economic(claim: Claim, detail: Detail, year: int) -> bool:
    """工资福利支出 and its 款."""
    group = next((code for code, name in _GROUPS.items() if _is(claim.subject, name)), "")
    if not group:
        return False
    version = classification(year)
    names = {
        code: name
        for code, name in {**version.unverified, **version.verified}.items()
        if len(code) == 5 and code.startswith(group)
    }
    found: dict[str, Mention] = {}
    for label, mention in _parts(claim):
        code = _coded(label, names, found)
        if not code:
            return False
        found[code] = mention
    if any(("detail.economic", "economic", code) in detail.figures for code in found):
        return False
    detail.put("detail.economic", "economic", group, claim.roles["total"])
    for code, mention in found.items():
        detail.put("detail.economic", "economic", code, mention)
    return True


def _coded(label: str, names: Mapping[str, str], taken: Mapping[str, Mention]) -> str:
    ranked = sorted(
        ((likeness(label, name), code) for code, name in names.items() if code not in taken), reverse=True
    )
    return ranked[0][1] if ranked and ranked[0][0] >= 0.7 else ""


def _basic(claim: Claim, detail: Detail, year: int) -> bool:
    """基本支出 as 人员经费 and 公用经费, or by economic class."""
    if not re.search(r"基本支出$", key_of(claim.subject)) or "预算" in claim.subject:
        return False
    places: list[tuple[str, str, str, Mention]] = []
    for label, mention in _parts(claim):
        group = next((code for code, name in _GROUPS.items() if _is(label, name)), "")
        if group:
            places.append(("detail.economic", "economic", group, mention))
        elif re.search(r"^人员", key_of(label)):
            places.append(("detail.amount", "item", "personnel", mention))
        elif re.search(r"^(?:公用|日常公用)", key_of(label)):
            places.append(("detail.amount", "item", "public", mention))
        else:
            return False
    if len({place[:3] for place in places}) != len(places):
        return False
    whole = detail.put("detail.amount", "item", "basic", claim.roles["total"])
    return all([whole, *(detail.put(*place) for place in places)])


def _revenue(claim: Claim, detail: Detail, year: int) -> bool:
    if not _is(claim.subject, "收入合计", "总收入", "收入"):
        return False
    found: dict[str, Mention] = {}
    for label, mention in _parts(claim):
        source = next((name for name, pattern in _SOURCES if pattern.search(key_of(label))), "")
        if not source or source in found:
            return False
        found[source] = mention
    if any(("detail.revenue", "source", source) in detail.figures for source in found):
        return False
    detail.put("detail.amount", "item", "revenue_total", claim.roles["total"])
    for source, mention in found.items():
        detail.put("detail.revenue", "source", source, mention)
    return True


def _function(claim: Claim, detail: Detail, year: int) -> bool:
    if not _is(claim.subject, "支出合计", "总支出", "支出"):
        return False
    names = {row.code: row.name for row in class_rows(year)}
    found: dict[str, Mention] = {}
    for label, mention in _parts(claim):
        code = next((code for code, name in names.items() if likeness(label, name) >= 0.94), "")
        if not code or code in found:
            return False
        found[code] = mention
    if any(("detail.function", "function", code) in detail.figures for code in found):
        return False
    detail.put("detail.amount", "item", "expenditure_total", claim.roles["total"])
    for code, mention in found.items():
        detail.put("detail.function", "function", code, mention)
    return True


def _natures(claim: Claim, detail: Detail, year: int) -> bool:
    """支出合计 as 基本支出 and 项目支出."""
    parts = {key_of(label): mention for label, mention in _parts(claim)}
    if not _is(claim.subject, "支出合计", "总支出", "支出") or set(parts) != {"基本支出", "项目支出"}:
        return False
    whole = detail.put("detail.amount", "item", "expenditure_total", claim.roles["total"])
    basic = detail.put("detail.amount", "item", "basic", parts["基本支出"])
    return all((whole, basic, detail.put("detail.amount", "item", "project", parts["项目支出"])))


def _programmes(claim: Claim, detail: Detail, year: int) -> bool:
    if not re.search(r"^项目(?:总体)?支出$", key_of(claim.subject)) or detail.names:
        return False
    if not detail.put("detail.amount", "item", "project", claim.roles["total"]):
        return False
    for number, (label, mention) in enumerate(_parts(claim), 1):
        detail.put("detail.programme", "programme", f"p{number}", mention)
        detail.names[f"p{number}"] = (label or f"项目{number}", mention)
    return True


def _balance(claim: Claim, detail: Detail, year: int) -> bool:
    if claim.kind != "difference":
        return False
    income = detail.put("detail.amount", "item", "revenue_total", claim.roles["minuend"])
    spent = detail.put("detail.amount", "item", "expenditure_total", claim.roles["subtrahend"])
    return all((income, spent, detail.put("detail.amount", "item", "balance", claim.roles["delta"])))


_TAKERS: tuple[Callable[[Claim, Detail, int], bool], ...] = (
    _economic, _basic, _revenue, _function, _natures, _programmes, _balance,
)  # fmt: skip
