"""Final accounts of other provinces with several mistakes at once: each is found, and nothing else is called an error.

The documents are our own: a Hunan unit in 万元 and the same in 元 (类, 款 and 项 in every code table), a Guangdong one
(附表, no form numbers, 三公 before the funds) and a Shandong one in 元 whose tables stand behind the text.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from guangsha.documents.reading.understanding.tests.test_held_out import _checked, _errors, _text
from guangsha.kernel.findings import Finding, Severity

#: Document → what stands in it, what is written instead, and the wrong figure as a finding must quote it.
_PLANTED: dict[str, list[tuple[str, str, str]]] = {
    "accounts_hunan_wan_2023": [
        ("其他收入12.87万元，占0.60%", "其他收入12.87万元，占0.90%", "0.90%"),
        ("财政拨款支出增加155.00万元，增长7.85%", "财政拨款支出增加155.00万元，增长8.85%", "8.85%"),
        ("年初预算为330.00万元，支出决算为362.77万元", "年初预算为330.00万元，支出决算为352.77万元", "352.77"),
        ("30107|绩效工资|52.39", "30107|绩效工资|58.39", "58.39"),
        ("支出45.00万元，其中基本支出0万元，项目支出45.00万元", "支出45.00万元，其中基本支出0万元，项目支出43.00万元", "43.00"),
        ("2210107|保障性住房租金补贴|96.53||96.53|||", "2210107|保障性住房租金补贴|96.53||69.53|||", "69.53"),
    ],
    "accounts_hunan_yuan_2023": [
        ("其他收入128730.01元，占0.60%", "其他收入128130.01元，占0.60%", "128130.01"),
        ("公务接待费支出预算为8000.00元", "公务接待费支出预算为9000.00元", "9000.00"),
        ("本单位共有车辆3辆", "本单位共有车辆5辆", "5辆"),
        ("政府采购货物支出62345.00元", "政府采购货物支出62845.00元", "62845.00"),
        ("2080801|死亡抚恤|41,256.00|41,256.00|\n", "2080801|死亡抚恤|47,256.00|41,256.00|\n", "47,256.00"),
        ("收、支总计22301399.22元", "收、支总计22301599.22元", "22301599.22"),
    ],
    "accounts_guangdong_2022": [
        ("城乡社区支出（类）407.77万元", "城乡社区支出（类）417.77万元", "417.77"),
        ("占政府采购支出总额的79.55%", "占政府采购支出总额的75.95%", "75.95%"),
        ("完成全年预算0.80万元的56.65%", "完成全年预算0.80万元的65.65%", "65.65%"),
        ("人员经费合计|<|357.64", "人员经费合计|<|353.64", "353.64"),
        ("年末结转和结余42.71万元", "年末结转和结余47.21万元", "47.21"),
    ],
    "accounts_shandong_2024": [
        ("收、支总计各减少661200.33元", "收、支总计各减少861200.33元", "861200.33"),
        ("公务接待费全年预算为8000.00元，支出决算为4532.00元", "公务接待费全年预算为8000.00元，支出决算为4582.00元", "4582.00"),
        ("其中：人员经费3576434.44元", "其中：人员经费3516434.44元", "3516434.44"),
        ("30205|水费|11,900.33", "30205|水费|17,900.33", "17,900.33"),
        ("2210103|棚户区改造|12,468,000.00||12,468,000.00\n", "2210103|棚户区改造|12,468,000.00||12,488,000.00\n", "12,488,000.00"),
    ],
}  # fmt: skip

#: Kinds of findings that say figures disagree; the others speak of missing words and sections.
_ARITHMETIC = ("sum", "equal", "percent", "limit", "score", "count")


def _planted(name: str) -> str:
    text = _text(name)
    for right, wrong, _ in _PLANTED[name]:
        assert text.count(right) >= 1, right
        text = text.replace(right, wrong, 1)
    return text


def _quotes(finding: Finding, figure: str) -> bool:
    return any(figure in place.quote for place in finding.where)


@pytest.mark.parametrize("word", [True, False], ids=["docx", "txt"])
@pytest.mark.parametrize("name", sorted(_PLANTED))
def test_the_planted_mistakes_are_found_and_nothing_else(name: str, word: bool, tmp_path: Path) -> None:
    checked = _checked(_planted(name), tmp_path, word=word)
    grave = [finding for finding in checked.findings if finding.severity is not Severity.INFO]
    figures = [figure for _, _, figure in _PLANTED[name]]
    missed = [figure for figure in figures if not any(_quotes(finding, figure) for finding in grave)]
    arithmetic = [f for f in grave if f.kind in _ARITHMETIC]
    astray = [f.message for f in arithmetic if not any(_quotes(f, figure) for figure in figures)]
    assert (missed, astray) == ([], []), _errors(checked)
    errors = [finding for finding in grave if finding.severity is Severity.ERROR]
    assert all(any(_quotes(f, figure) for figure in figures) for f in errors)
    assert len({figure for figure in figures if any(_quotes(f, figure) for f in errors)}) >= 3


@pytest.mark.parametrize("name", sorted(_PLANTED))
def test_every_table_is_read(name: str, tmp_path: Path) -> None:
    facts = _checked(_text(name), tmp_path, word=True).facts
    tables = {
        fact.concept for fact in facts if fact.concept.startswith("accounts.") and fact.declared.kind.numeric
    }
    assert {f"accounts.{table}" for table in ("overview", "revenue", "expenditure", "fiscal_overview", "general_expenditure", "basic_detail", "government_fund", "three_public")} <= tables  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("年末财政拨款结转和结余40.21万元", False),
        ("年末财政拨款结转和结余40.81万元", True),
        ("年初结转和结余89.62万元", False),
        ("年初结转和结余86.92万元", True),
        ("使用非财政拨款结余3.30万元", False),
    ],
)
def test_what_is_carried_over_is_told_by_its_end_of_the_year_and_its_money(
    sentence: str, wrong: bool, tmp_path: Path
) -> None:
    text = _text("accounts_hunan_wan_2023")
    place = "主要是因为棚户区改造项目资金增加。"
    assert place in text
    checked = _checked(text.replace(place, f"{place}其中{sentence}。", 1), tmp_path, word=False)
    amounts = [f for f in checked.findings if f.severity is not Severity.INFO and f.kind in _ARITHMETIC]
    assert bool(amounts) is wrong, [f.message for f in amounts]
