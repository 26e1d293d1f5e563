"""Binding: which figure of a table a figure of the prose repeats.

A cell of the final accounts is named by its path (``accounts.revenue/total/total``), any other figure by its fact's
key. ``likely:`` before a key says that the words agree only in part, so that a difference is something to look into,
not yet a contradiction. Where nothing names the figure clearly, nothing is bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from guangsha.documents.reading.understanding.prose_bind_accounts import AccountCells
from guangsha.documents.reading.understanding.prose_bind_rows import IndicatorRows
from guangsha.documents.reading.understanding.prose_claims import Claim, Level, Paragraph, Reading
from guangsha.documents.reading.understanding.prose_labels import (
    core_of,
    key_of,
    likeness,
)
from guangsha.documents.reading.understanding.prose_match import (
    CLOSE,
    NEAR,
    SAME,
    Binding,
    equal,
    one_digit_apart,
    within_percent,
)
from guangsha.documents.reading.understanding.prose_numbers import Mention
from guangsha.facts.fact import Fact, FactSet
from guangsha.kernel.numbers import plain

_BASE_STAGES = {
    "budget": "initial",
    "target": "initial",
    "prior": "prior_executed",
    "executed": "executed",
    "": "executed",
}


#: What the words of a total score are made of; anything else names what the score is of.
_SCORE_WORDS = re.compile(
    r"绩效|自评|评价|综合|整体|部门|单位|总体|项目|支出|最终|得分|评分|分数|成绩|结果|结论|平均|合计|总计|共计|年度|情况|自我|[总本分得为是]"
)


#: 年初预算数, 全年预算数, 全年执行数 and nothing else before the figure; the sheet's own words.
_FUND_WORDS = re.compile(
    r"(?:(?:19|20)\d\d年度?)?(?:本?(?:单位|部门|中心))?(?:部门)?(?:整体支出)?"
    r"(?:(?P<initial>年初预算)|(?P<full>(?:全年|调整后|年度)预算)|(?P<executed>全年(?:实际)?(?:执行|支出)))"
    r"(?:总?数|总额|资金|金额)?(?:共计|合计|为|是|共|计)?"
)
_NAMED_RATE = re.compile(r"(?:^|[,;。:、])(?P<name>[^,;。:、()]{2,40})\((?:预算)?执行率(?:为|是|:)?$")


def _certain(fact: Fact | None) -> Binding | None:
    return Binding(fact.key, True) if fact is not None else None


class Binder:
    """Names figures of the tables by what the prose calls them.

    Args:
        facts: what the tables of the document gave.
    """

    def __init__(self, reading: Reading, facts: FactSet) -> None:
        self.reading = reading
        self.facts = facts
        self.accounts = AccountCells(facts)
        self._rows = IndicatorRows(facts)

    # --- which sheet a paragraph speaks of -------------------------------------------------------------------

    @cached_property
    def sheets(self) -> tuple[tuple[str, str, str], ...]:
        """(id, kind, name) of every scoring sheet."""
        made = []
        for kind in self.facts.select("sheet.kind"):
            name = self.facts.find("sheet.name", sheet=kind.dimension("sheet"))
            made.append((kind.dimension("sheet"), kind.text, name.text if name else ""))
        return tuple(made)

    @cached_property
    def overall(self) -> str:
        return next((sheet for sheet, kind, _ in self.sheets if kind == "overall"), "")

    def sheet_named(self, words: str) -> str:
        """The one project sheet whose name ``words`` give in full or in its core; empty when none or several."""
        wanted = _sheet_core(words)
        if len(wanted) < 3:
            return ""
        named = [
            (sheet, _sheet_core(name)) for sheet, kind, name in self.sheets if kind == "project" and name
        ]
        for agree in (
            lambda name: name == wanted,
            lambda name: len(name) >= 3 and name in wanted,
            lambda name: wanted in name,
        ):
            found = [sheet for sheet, name in named if agree(name)]
            if len(found) == 1:
                return found[0]
        return ""

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """For every paragraph the sheet that it speaks of: the last title that named one; the overall one before any."""
        made: list[str] = []
        current = self.overall
        for paragraph in self.reading.paragraphs:
            passage = paragraph.passage
            text = passage.text
            if len(text) <= 60 and not re.search(r"[。;,]", text):
                if re.search(r"^(?:附件|第.+部分)|整体(?:支出)?绩效|部门整体", text):
                    current = self.overall
                current = self.sheet_named(text) or current
            listed = passage.mark is not None or re.match(r"\d{1,2}[.、]", passage.title)
            own = self.sheet_named(passage.title) if passage.title and listed else ""
            made.append(own or current)
        return tuple(made)

    def scope(self, paragraph: Paragraph) -> str:
        return self.scopes[paragraph.index]

    # --- sheets, base table, people ----------------------------------------------------------------------------

    def execution(self, claim: Claim, paragraph: Paragraph) -> dict[str, str]:
        """Cells for a completion that repeats a sheet's budget, result and rate of execution.

        The sheet is the one that the claim names, else the one whose figures agree; a figure that disagrees belongs to
        it all the same only where it is a slip.
        """
        said = {role: claim.roles[role] for role in ("budget", "executed") if role in claim.roles}
        if not said or any(mention.sort != "money" for mention in said.values()):
            return {}
        named = self.sheet_named(claim.subject.removesuffix("预算执行"))
        scope = self.scope(paragraph)
        best: tuple[int, str] = (0, "")
        for sheet, _, _ in self.sheets:
            agreeing = sum(self._agrees(sheet, role, mention) for role, mention in said.items())
            slips = sum(self._nearly(sheet, role, mention) for role, mention in said.items())
            if sheet != named and (agreeing == 0 or agreeing + slips < len(said)):
                continue
            score = 4 * agreeing + 2 * (sheet == named) + (sheet == scope) + 1
            best = max(best, (score, sheet))
        sheet = best[1]
        if not sheet:
            return {}
        certain = sheet == named or all(self._agrees(sheet, role, mention) for role, mention in said.items())
        cells: dict[str, str] = {}
        for role, mention in said.items():
            funds = self._funds(sheet, role)
            if funds:
                same = next((fact for fact in funds if equal(mention, fact)), funds[0])
                cells[role] = Binding(same.key, certain).text
        rate = self.facts.find("execution.rate", sheet=sheet, basis="published")
        if "executed" not in said and rate is not None and "percent" in claim.roles:
            # with both amounts at hand the percentage is recomputed instead
            cells["percent"] = Binding(rate.key, certain).text
        return cells

    def _agrees(self, sheet: str, role: str, mention: Mention) -> bool:
        return mention.value != 0 and any(equal(mention, fact) for fact in self._funds(sheet, role))

    def _nearly(self, sheet: str, role: str, mention: Mention) -> bool:
        return not self._agrees(sheet, role, mention) and any(
            one_digit_apart(plain(mention.value), plain(fact.number), least=3)
            or within_percent(mention, fact)
            for fact in self._funds(sheet, role)
        )

    def _funds(self, sheet: str, role: str) -> list[Fact]:
        stages = ("full_year", "initial") if role == "budget" else ("executed",)
        found = (self.facts.find("sheet.funds", sheet=sheet, fund="total", stage=stage) for stage in stages)
        return [fact for fact in found if fact is not None]

    def score(self, label: str, mention: Mention, paragraph: Paragraph) -> Binding | None:
        """The total, block or execution score of a sheet that the prose repeats.

        A total is bound only where the words say no more than 得分, or name the sheet besides.
        """
        if not mention.exact:
            return None
        key = key_of(label)
        sheet = self.scope(paragraph) or self.overall
        if re.search(r"整体(?:支出)?(?:绩效)?自评(?:总?得)?分", paragraph.passage.text[:60]):
            sheet = self.overall or sheet  # the sentence names its sheet, whatever title stands above it
        if re.search(r"^(?:预算)?执行|预算执行", key):
            return _certain(self.facts.find("execution.score", sheet=sheet, basis="published"))
        block = re.sub(r"(?:自评)?(?:得分|评分|总分|分值)?(?:情况)?$", "", key)
        if re.search(r"指标$", block):
            blocks = self.facts.select("block.score", sheet=sheet, basis="published")
            return _certain(next((b for b in blocks if likeness(block, b.dimension("block")) >= SAME), None))
        named = _SCORE_WORDS.sub("", key)
        if named:
            sheet = self.sheet_named(
                re.sub(r"(?:绩效)?(?:自评|评价)?(?:综合|最终)?(?:总?得分|评分|总分)$", "", label)
            )
        elif re.search(r"整体|部门|单位", key):
            sheet = self.overall or sheet
        fact = self.facts.find("sheet.total", sheet=sheet, basis="published") if sheet else None
        if fact is not None and fact.number != mention.value and not named and self._of_another(paragraph):
            return None
        return _certain(fact)

    def _of_another(self, paragraph: Paragraph) -> bool:
        """Whether a list item is titled with the name of something that no sheet is about."""
        title = paragraph.passage.title
        return bool(_SCORE_WORDS.sub("", key_of(title))) and not self.sheet_named(title)

    def amount(self, level: Level, paragraph: Paragraph) -> Binding | None:
        """The line of the base table or of the overall sheet that an amount repeats."""
        if level.mention.sort != "money" or not level.mention.exact:
            return None
        candidates = [*self._base_lines(level), *self._natures(level)]
        same = [fact for near, fact in candidates if equal(level.mention, fact)]
        if same:
            return Binding(same[0].key, True)
        best = max(candidates, key=lambda pair: pair[0], default=None)
        close = [fact for near, fact in candidates if near >= CLOSE and within_percent(level.mention, fact)]
        if len(close) == 1:
            return Binding(close[0].key, False)
        if best is None or best[0] < SAME or self.scope(paragraph) not in ("", self.overall):
            return None
        certain = best[0] == 1.0 and len([pair for pair in candidates if pair[0] == best[0]]) == 1
        return Binding(best[1].key, certain and level.stage in ("", "executed"))

    def spent(self, mention: Mention, paragraph: Paragraph) -> Binding | None:
        """The result or budget of the section's own sheet that an amount repeats (``发放补贴 1898.72 万元``)."""
        sheet = self.scope(paragraph)
        if mention.sort != "money" or not mention.exact or not sheet or sheet == self.overall:
            return None
        facts = [fact for role in ("executed", "budget") for fact in self._funds(sheet, role)]
        same = [fact for fact in facts if equal(mention, fact)]
        if same:
            return Binding(same[0].key, True)
        slips = [fact for fact in facts if one_digit_apart(plain(mention.value), plain(fact.number))]
        return Binding(slips[0].key, False) if len(slips) == 1 else None

    def funds(self, level: Level, paragraph: Paragraph) -> Binding | None:
        """The 年初预算数, 全年预算数 or 全年执行数 of the section's sheet, said in these very words.

        A figure that disagrees repeats the sheet all the same where another one of its sentence does repeat it.
        """
        fact = self._said_fund(level, paragraph)
        if fact is None or level.value == 0:
            return None
        if equal(level.mention, fact):
            return Binding(fact.key, True)
        beside = [
            other
            for other in paragraph.levels
            if other is not level and other.mention.sentence == level.mention.sentence and other.value != 0
        ]
        agreeing = any(
            own is not None and equal(other.mention, own)
            for other in beside
            for own in [self._said_fund(other, paragraph)]
        )
        slip = one_digit_apart(plain(level.mention.value), plain(fact.number), least=3)
        return Binding(fact.key, False) if agreeing and slip else None

    def _said_fund(self, level: Level, paragraph: Paragraph) -> Fact | None:
        said = _FUND_WORDS.fullmatch(re.split(r"[,;。:、]", level.mention.before)[-1])
        if said is None or level.mention.sort != "money" or not level.mention.exact:
            return None
        stage = "initial" if said["initial"] else "full_year" if said["full"] else "executed"
        return self.facts.find("sheet.funds", sheet=self.scope(paragraph), fund="total", stage=stage)

    def rate(self, percent: Mention) -> Binding | None:
        """The rate of execution of the sheet named right before it (``危房治理(执行率 92.6%)``)."""
        told = percent.passage.text[max(0, percent.start - 60) : percent.start]
        said = _NAMED_RATE.search(told)
        if said is None or not percent.exact:
            return None
        sheet = self.sheet_named(said["name"])
        if not sheet and re.search(r"整体(?:支出)?$", said["name"]):
            sheet = self.overall
        fact = self.facts.find("execution.rate", sheet=sheet, basis="published") if sheet else None
        return Binding(fact.key, equal(percent, fact)) if fact is not None else None

    def _base_lines(self, level: Level) -> list[tuple[float, Fact]]:
        stage = _BASE_STAGES[level.stage]
        made: list[tuple[float, Fact]] = []
        for fact in self.facts.select("base.amount", stage=stage):
            line = fact.dimension("line")
            name = self.facts.find("base.name", line=line)
            # 三公经费, 项目支出 and the rest of the form are compared by rules N03 and B06 to B12
            names = (
                [name.text] if name else ["政府采购支出总额", "政府采购金额"] if line == "procurement" else []
            )
            near = max((likeness(level.label, own) for own in names), default=0.0)
            if near >= NEAR:
                made.append((near, fact))
        return made

    def _natures(self, level: Level) -> list[tuple[float, Fact]]:
        if level.stage not in ("", "executed"):
            return []
        made: list[tuple[float, Fact]] = []
        for name, concept, dimensions in (
            ("一般公共预算拨款", "sheet.by_revenue", {"source": "general_public", "stage": "full_year"}),
            (
                "一般公共预算财政拨款收入",
                "sheet.by_revenue",
                {"source": "general_public", "stage": "full_year"},
            ),
            ("其他收入", "sheet.by_revenue", {"source": "other", "stage": "full_year"}),
            ("收入", "sheet.funds", {"fund": "total", "stage": "full_year"}),
            ("支出", "sheet.funds", {"fund": "total", "stage": "executed"}),
        ):
            near = likeness(re.sub(r"^(?:本)?(?:单位|中心|部门)", "", level.label), name)
            fact = self._of_overall(concept, dimensions)
            if fact is not None and near >= SAME:
                # what stands for the whole unit may differ from a sheet's full-year budget: below certainty
                made.append((min(near, 0.93), fact))
        return made

    def _of_overall(self, concept: str, dimensions: Mapping[str, str]) -> Fact | None:
        found = (
            self.facts.select(concept, year=None, sheet=self.overall, **dimensions) if self.overall else []
        )
        return found[0] if found else None

    def indicator(self, mention: Mention, label: str, stage: str, paragraph: Paragraph) -> Binding | None:
        """The indicator row that a figure repeats, of the sheet that its section speaks of."""
        return self._rows.find(mention, label, stage, self.scope(paragraph))


def _sheet_core(words: str) -> str:
    text = re.sub(r"^\d+[.、]|(?:19|20)\d\d年度?|[(（][^()（）]*[)）]", "", words)
    text = re.sub(
        r"(?:项目)?(?:支出)?(?:绩效)?自评(?:表)?(?:/|和|及)?(?:自评)?(?:综述|结果|表|情况|报告)*.*$", "", text
    )
    text = re.sub(r"[\d.]+万?元$", "", text)
    core = key_of(text)
    for suffix in (
        "工作经费",
        "专项经费",
        "专项资金",
        "补助资金",
        "业务支出",
        "经费",
        "资金",
        "项目",
        "支出",
        "工程",
    ):
        if core.endswith(suffix) and len(core) - len(suffix) >= 3:
            core = core.removesuffix(suffix)
    return core


def bind_sums(binder: Binder, claims: Iterable[Claim]) -> None:
    """Cells for totals and parts of sums (and of lists within a whole)."""
    for claim in claims:
        paragraph = binder.reading.paragraphs[claim.paragraph]
        total = claim.roles.get("total")
        planned = total is not None and _stage_of(binder.reading, paragraph, total) in (
            "budget",
            "target",
            "prior",
        )
        for role, mention in claim.roles.items():
            label = claim.labels.get(role, "") if role != "total" else claim.subject
            if mention.sort == "score":
                found = binder.score(label, mention, paragraph)
            elif planned or label == "增加额":
                found = None
            else:
                found = _money_or_indicator(binder, label, mention, paragraph)
            if found is not None:
                claim.cells[role] = found.text


def _money_or_indicator(binder: Binder, label: str, mention: Mention, paragraph: Paragraph) -> Binding | None:
    level = _level(paragraph, mention)
    stage = level.stage if level is not None else ""
    if stage == "executed":
        stage = ""
    own = level if level is not None and level.label else Level(mention, label, stage, 0)
    found = binder.accounts.find(label or own.label, mention, stage, paragraph)
    if found is None and not binder.accounts.given:
        found = binder.amount(own, paragraph)
    return found or binder.indicator(mention, label or own.label, stage, paragraph)


def _level(paragraph: Paragraph, mention: Mention) -> Level | None:
    return paragraph.level_of(mention)


def _stage_of(reading: Reading, paragraph: Paragraph, mention: Mention) -> str:
    level = paragraph.level_of(mention)
    return level.stage if level is not None else ""


def bind_rates(binder: Binder, claims: Iterable[Claim]) -> None:
    """Cells for growths, completions, shares and balances."""
    for claim in claims:
        paragraph = binder.reading.paragraphs[claim.paragraph]
        if claim.kind == "completion" and not _of_accounts(binder, claim):
            cells = binder.execution(claim, paragraph)
            claim.cells.update(cells)
            if cells:
                continue
        for role in ("current", "part", "whole", "executed", "budget", "minuend", "subtrahend"):
            mention = claim.roles.get(role)
            if mention is None or role in claim.cells:
                continue
            home = binder.reading.paragraph_of(mention) or paragraph
            level = home.level_of(mention)
            stage = "budget" if role == "budget" else ""
            if level is not None and level.stage in ("prior", "target") and role != "budget":
                continue
            label = _claim_label(claim, role, level)
            found = binder.accounts.find(label, mention, stage, home)
            if found is None and role in ("budget", "executed") and mention.sort == "count":
                found = binder.indicator(mention, label, "target" if role == "budget" else "", home)
            elif found is None and level is not None and not binder.accounts.given:
                found = binder.amount(level, home)
            if found is not None:
                claim.cells[role] = found.text


def _of_accounts(binder: Binder, claim: Claim) -> bool:
    """Whether a completion speaks of a figure of the final accounts, not of a sheet."""
    executed = claim.roles.get("executed")
    paragraph = binder.reading.paragraphs[claim.paragraph]
    name = re.sub(r"完成.*$", "", claim.subject)
    return executed is not None and binder.accounts.find(name, executed, "", paragraph) is not None


def _claim_label(claim: Claim, role: str, level: Level | None) -> str:
    """The name under which a role is looked up: its own, or the claim's where it only says 决算 or 预算."""
    own = level.label if level is not None else ""
    subject = re.sub(r"(?:完成.*|预算执行|比上年|比年初预算)$", "", claim.subject)
    if role in ("budget", "executed", "current") and (len(core_of(own)) < 3 or "算" in own or "执行" in own):
        return subject
    if role == "current":
        return own or subject
    return own
