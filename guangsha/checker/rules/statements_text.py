"""Family S, what needs the words of final accounts: the glossary and units of measure. Source: performance.md §5.9."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guangsha.checker.document import squeeze
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held
from guangsha.facts.classification import name_of
from guangsha.facts.fact import Fact
from guangsha.kernel.findings import Place, Relation, Severity

_TERM = re.compile(
    r"(?P<group>[\u4e00-\u9fff]{2,20})[（(]类[）)](?:[^。；;:：]{0,60}?[（(]款[）)])?(?P<item>[^。；;:：]{2,40}?)[（(]项[）)]"
)


@rule(
    "S24",
    title="名词解释的支出科目与决算表一致",
    scope="名词解释与 03、05 表",
    formula="名词解释中的（项）＝03、05 表出现的项级科目",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="少解释了用到的科目，或解释了没用到的科目，都是沿用旧稿。",
    source="部门决算公开第五部分（名词解释）",
    example="江岸区 2024 年度：11 个用到的科目没有解释，3 个解释的科目表中没有。",
    absent="没有名词解释，或没有支出决算表",
)
def s24(case: Case) -> Iterator[Relation]:
    document = case.document
    codes = _codes(case)
    if document is None or not codes:
        return
    terms: dict[_Term, Place] = {}
    for passage, match in document.search(_TERM):
        term = (_plain(match["group"]), _plain(match["item"]))
        terms.setdefault(term, passage.place(match.start("item"), match.end("item")))
    if len(terms) < 2:
        return
    used = {code: (name_of(code[:3], case.report.year), _plain(name)) for code, (name, _) in codes.items()}
    missing = [code for code, term in used.items() if not any(_same(term, other) for other in terms)]
    for code in used:
        if code not in missing:
            yield held("S24", f"科目 {code} {codes[code][0]}的名词解释")
    if missing:
        listed = "、".join(f"{code} {codes[code][0]}" for code in missing[:12])
        yield broken(
            "S24", Severity.WARNING, "missing", f"决算表用到的 {len(missing)} 个项级科目没有名词解释：{listed}。",
            subject="名词解释是否列全", expected="全部解释", found=f"缺 {len(missing)} 个",
            places=[codes[code][1].place() for code in missing[:12]], advice="请补充这些科目的解释。",
        )  # fmt: skip
    surplus = {
        term: place for term, place in terms.items() if not any(_same(term, other) for other in used.values())
    }
    if surplus:
        names = "、".join(item for _, item in surplus)
        yield broken(
            "S24", Severity.WARNING, "surplus", f"名词解释了决算表没有用到的科目：{names}。",
            subject="名词解释有无多余", expected="只解释用到的科目", found=names, places=list(surplus.values()),
            advice="请删去没有用到的科目。",
        )  # fmt: skip


#: A term of the glossary or a code in use: the name of its class and of its item.
_Term = tuple[str, str]


def _plain(text: str) -> str:
    return re.sub(r"[“”\"《》]", "", squeeze(text))


def _same(one: _Term, other: _Term) -> bool:
    """Same item of the same class; a class nobody knows agrees with any, a name that its column cut off with the whole."""
    if one[0] and other[0] and one[0] != other[0]:
        return False
    first, second = one[1], other[1]
    cut = min(len(first), len(second)) >= 6 and (first.startswith(second) or second.startswith(first))
    return first == second or cut


def _codes(case: Case) -> dict[str, tuple[str, Fact]]:
    """Item codes of the expenditure tables with their names and a cell of theirs."""
    found: dict[str, tuple[str, Fact]] = {}
    for table in ("expenditure", "general_expenditure"):
        accounts = case.report.accounts(table)
        for row in accounts.rows if accounts else ():
            cell = accounts.cell(row, "total")
            name = accounts.row_name(row) or name_of(row, case.report.year)
            if len(row) == 7 and row.isdigit() and name and cell is not None:
                found.setdefault(row, (name, cell))
    return found


_NO_UNIT = re.compile(
    r"(?:支出|收入|预算|决算|预算数|决算数|执行数|经费|资金|金额|增加|减少)(?:为|了|到)?\s*(?P<number>\d+(?:,\d{3})*\.\d{2})\s*(?P<end>[，。；;、)）]|$)"
)
_NO_PERCENT = re.compile(
    r"(?:占|增长|下降|完成率|执行率)(?:为|了|到)?\s*(?P<number>\d+\.\d{1,2})\s*(?P<end>[，。；;、)）]|$)"
)


@rule(
    "S28",
    title="金额写明单位，比率写明百分号",
    scope="正文",
    formula="正文的金额后有“万元”或“元”，占比、增长率后有“%”",
    tolerance="–",
    severity=Severity.WARNING,
    why="漏写单位，读者不知道是元还是万元。",
    source="部门决算公开情况说明、绩效自评报告的写法",
    absent="正文没有带两位小数的数",
)
def s28(case: Case) -> Iterator[Relation]:
    document = case.document
    if document is None:
        return
    found = False
    for pattern, what in ((_NO_UNIT, "金额单位"), (_NO_PERCENT, "百分号")):
        for passage, match in document.search(pattern):
            if passage.lines[-1] is not passage.lines[0] and match.end() == len(passage.text):
                continue
            found = True
            place = passage.place(match.start(), match.end("number"))
            yield broken(
                "S28", Severity.WARNING, "unit", f"“{match[0]}”没有写明{what}。", subject="正文数字的单位", expected=what,
                found="无", places=[place], advice=f"请补写{what}。",
            )  # fmt: skip
    figures = any(re.search(r"\d\.\d{2}\s*(?:万元|元|%)", line.text) for line in document.body)
    if figures and not found:
        yield held("S28", "正文数字的单位")
