"""Tables of no known form: what their own arithmetic bears out is said, and nothing else."""

from __future__ import annotations

from guangsha.documents.reading.text import read_text
from guangsha.documents.reading.understanding.plain_tables import read_plain_tables
from guangsha.testing.mutants import findings_in
from guangsha.testing.wild import PAPERS
from guangsha.testing.wild.printing import Printed

ROWS = (
    "资金来源\t预算金额（万元）\t到位金额（万元）\t到位率",
    "中央补助\t2600.00\t2340.00\t90.00%",
    "省级补助\t1480.00\t1480.00\t100.00%",
    "县级配套\t1200.00\t600.00\t50.00%",
    "合计\t5280.00\t4420.00\t83.71%",
)


def subjects(*rows: str) -> list[tuple[str, str]]:
    document = read_text("\n".join(("资金到位情况表", *rows)).encode(), "a.txt")
    facts = read_plain_tables(document, 2023, (), ())
    kinds = {fact.dimension("statement"): fact.text for fact in facts if fact.concept == "statement.kind"}
    return [
        (kinds[fact.dimension("statement")], fact.text)
        for fact in facts
        if fact.concept == "statement.subject"
    ]


def test_sums_of_columns_and_rates_of_rows_are_said() -> None:
    said = subjects(*ROWS)
    assert [kind for kind, _ in said] == ["sum", "sum", *["completion"] * 4]
    assert said[-1][1] == "资金到位情况表·合计到位率"


def test_one_wrong_digit_leaves_the_sum_said_because_the_other_column_adds_up() -> None:
    changed = [row.replace("合计\t5280.00", "合计\t5380.00") for row in ROWS]
    assert [kind for kind, _ in subjects(*changed)].count("sum") == 2


def test_table_whose_columns_do_not_add_up_says_nothing() -> None:
    changed = [row.replace("合计\t5280.00\t4420.00", "合计\t9137.00\t3666.00") for row in ROWS]
    assert "sum" not in [kind for kind, _ in subjects(*changed)]


def test_subtotals_keep_a_table_from_being_added_up() -> None:
    assert "sum" not in [kind for kind, _ in subjects(*ROWS[:3], "小计\t4080.00\t3820.00\t93.63%", *ROWS[3:])]


def test_changed_total_of_a_scored_summary_is_found() -> None:
    printed = Printed(PAPERS["evaluation-report"]())
    figure = next(f for f in printed.paper.figures if f.printed == "18.15")
    before = findings_in(printed.bytes(), printed.file)
    after = findings_in(printed.bytes({figure.key: "13.15"}), printed.file)
    assert [f for f in after if f.rule == "N10"] and not [f for f in before if f.rule == "N10"]


def test_column_of_totals_is_the_sum_of_its_row() -> None:
    rows = (
        "单位\t投入\t过程\t产出\t总分",
        "甲站\t9\t18\t60\t87",
        "乙站\t8.5\t19\t61\t88.5",
        "丙站\t9\t17\t62\t98",
    )
    assert [name for kind, name in subjects(*rows) if kind == "sum"] == [
        "资金到位情况表·甲站总分",
        "资金到位情况表·乙站总分",
        "资金到位情况表·丙站总分",
    ]
