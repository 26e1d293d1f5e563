"""The report as a tree: heads in order, grids whole, every number from a fact, nothing left to fill in."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.checker.registry import Case
from guangsha.checker.run import check_case
from guangsha.documents.reading.figures import load_figures
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.grid import check_grid, place_cells
from guangsha.documents.writing.html import write_html
from guangsha.documents.writing.prose import money_text
from guangsha.documents.writing.tree import Cell, Chart, Document, Heading, Paragraph, Table, Title
from guangsha.facts.concepts import Kind
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.report import Report
from guangsha.kernel.errors import GuangshaError
from guangsha.kernel.resources import data_folder
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import Profile, load_profile
from guangsha.testing.effort import examples

#: Example and the profile to print it with: every layout is met.
CASES = [
    ("yueyang-2023", "yueyang"),
    ("yueyanglou-2025", "yueyanglou"),
    ("jiangan-2024", "jiangan"),
    ("bureau-2023", "yueyang"),
    ("yueyang-2023", "mof"),
    ("yueyang-2023", "yuelu"),
]


@dataclass(frozen=True)
class Built:
    """One built report with what it was built from."""

    document: Document
    facts: FactSet
    profile: Profile

    def blocks(self) -> Iterator[object]:
        for section in self.document.sections:
            yield from section.blocks

    def prose(self) -> Iterator[Paragraph]:
        """Paragraphs of numbered pages; a table of contents repeats titles and is no prose."""
        for section in self.document.sections:
            yield from (b for b in section.blocks if isinstance(b, Paragraph) and section.numbered)

    def tables(self) -> list[Table]:
        return [block for block in self.blocks() if isinstance(block, Table)]

    def table(self, table_id: str) -> Table:
        return next(table for table in self.tables() if table.id == table_id)

    def text(self) -> str:
        """The whole text of the body, one block a line."""
        lines = []
        for block in self.blocks():
            if isinstance(block, Paragraph):
                lines.append("".join(run.text for run in block.runs))
            elif isinstance(block, Heading | Title):
                lines.append(block.text)
        return "\n".join(lines)


@lru_cache(maxsize=16)
def built(example: str, profile_id: str) -> Built:
    facts = load_figures(data_folder("examples") / example / "figures.yaml")
    profile = load_profile(profile_id, facts.year)
    scores = score_report(Report(facts), profile)
    checked = check_case(Case(facts, profile, scores))
    return Built(build_report(facts, profile, scores, checked), facts, profile)


def build(facts: list[Fact], profile_id: str = "yueyang", year: int = 2023) -> Built:
    given = FactSet("某市住房保障中心", year, profile_id, facts)
    profile = load_profile(profile_id, year)
    document = build_report(given, profile, score_report(Report(given), profile))
    return Built(document, given, profile)


def cells(table: Table) -> Iterator[Cell]:
    return (cell for row in table.rows for cell in row)


def cell_right_of(table: Table, label: str) -> Cell:
    """The first cell after ``label`` in its row."""
    row = next(row for row in table.rows if any(cell.text == label for cell in row))
    texts = [cell.text for cell in row]
    return row[texts.index(label) + 1]


@pytest.mark.parametrize("case", CASES, ids="-".join)
class TestEveryReport:
    def test_merged_cells_cover_every_grid_exactly(self, case: tuple[str, str]) -> None:
        for table in built(*case).tables():
            assert check_grid(table) == (), table.title

    def test_every_key_names_a_given_or_derived_fact(self, case: tuple[str, str]) -> None:
        report = built(*case)
        known = {fact.key for fact in (*report.facts, *report.document.derived)}
        runs = [run for block in report.blocks() if isinstance(block, Paragraph) for run in block.runs]
        named = {item.fact for item in (*runs, *(c for t in report.tables() for c in cells(t))) if item.fact}
        assert named
        assert named <= known

    def test_inputs_of_derived_facts_are_known(self, case: tuple[str, str]) -> None:
        report = built(*case)
        known = {fact.key for fact in (*report.facts, *report.document.derived)}
        for fact in report.document.derived:
            assert set(getattr(fact.source, "inputs", ())) <= known, fact.key

    def test_every_number_in_prose_carries_the_key_of_its_fact(self, case: tuple[str, str]) -> None:
        report = built(*case)
        years = re.compile(rf"{report.facts.year}|{report.facts.year - 1}")
        for block in report.prose():
            for place, run in enumerate(block.runs):
                if run.fact:
                    continue
                words = years.sub("", run.text)
                if place == 0:
                    words = re.sub(r"^\d+．", "", words)
                assert not re.search(r"\d", words), run.text

    def test_every_number_in_a_table_carries_the_key_of_its_fact(self, case: tuple[str, str]) -> None:
        for table in built(*case).tables():
            serial = table.rows[0][0].text == "序号"
            for row in table.rows:
                for place, cell in enumerate(row):
                    if cell.fact or cell.header or (serial and place == 0):
                        continue
                    line_number = table.id.startswith("accounts-") and cell.text.isdigit()
                    boxes = "□" in cell.text
                    assert line_number or boxes or not re.search(r"\d", cell.text), (table.title, cell.text)

    def test_a_printed_number_is_the_value_of_its_fact(self, case: tuple[str, str]) -> None:
        report = built(*case)
        known = {fact.key: fact for fact in (*report.document.derived, *report.facts)}
        compared = 0
        for table in report.tables():
            for cell in cells(table):
                fact = known.get(cell.fact)
                if fact is None or not cell.text or fact.declared.kind not in (Kind.MONEY, Kind.COUNT):
                    continue
                printed = money_text(fact) if fact.declared.kind is Kind.MONEY else fact.text
                assert Decimal(cell.text) == Decimal(printed), cell
                compared += 1
        assert compared or not report.tables() or case[0] == "bureau-2023"

    def test_leaves_no_placeholder_and_no_torn_sentence(self, case: tuple[str, str]) -> None:
        report = built(*case)
        words = [report.text(), *(c.text for t in report.tables() for c in cells(t))]
        words += [note for table in report.tables() for note in table.notes]
        for text in words:
            assert not re.search(r"XX|×××|……|\.\.\.|TODO|None|nan|[{}]|Decimal|_", text), text
            assert not re.search(r"。。|，，|，。|：。|；。|、。|、、|；；|（）|“”", text), text

    def test_every_paragraph_is_a_whole_sentence(self, case: tuple[str, str]) -> None:
        for block in built(*case).prose():
            text = "".join(run.text for run in block.runs)
            listed = re.match(r"\d+．", text) or "（到项级）" in text
            assert listed or text[-1] in "。：", text

    def test_computed_scores_are_printed_and_published_ones_are_not_named(
        self, case: tuple[str, str]
    ) -> None:
        for table in built(*case).tables():
            for cell in cells(table):
                assert "basis=published" not in cell.fact, cell

    def test_is_the_same_tree_when_built_again(self, case: tuple[str, str]) -> None:
        report = built(*case)
        scores = score_report(Report(report.facts), report.profile)
        again = build_report(report.facts, report.profile, scores, None)
        assert [t.title for t in report.tables()] == [
            b.title for s in again.sections for b in s.blocks if isinstance(b, Table)
        ]
        assert again == build_report(report.facts, report.profile, scores, None)


@pytest.mark.parametrize("case", [c for c in CASES if c[1] != "jiangan"], ids="-".join)
def test_prints_the_heads_of_the_profile_in_order(case: tuple[str, str]) -> None:
    report = built(*case)
    heads = [b.text for b in report.blocks() if isinstance(b, Heading) and b.level == 1]
    assert [head.split("、", 1)[1] for head in heads] == list(report.profile.document.sections)
    assert [head.split("、")[0] for head in heads][:3] == ["一", "二", "三"]


def test_no_head_stands_without_text_under_it() -> None:
    for case in CASES:
        blocks = list(built(*case).blocks())
        for above, below in pairwise(blocks):
            if isinstance(above, Heading):
                same_or_higher = isinstance(below, Heading) and below.level <= above.level
                assert not same_or_higher, above.text
        assert not isinstance(blocks[-1], Heading)


class TestYueyang:
    def test_prints_total_first_and_scores_it_alone(self) -> None:
        tables = [t for t in built("yueyang-2023", "yueyang").tables() if "项目支出绩效自评表" in t.title]
        assert len(tables) == 3
        table = tables[0]
        labels = [row[0].text for row in table.rows[3:7]]
        assert labels == ["年度资金总额", "其中：当年财政拨款", "上年结转资金", "其他资金"]
        assert [cell.text for cell in table.rows[3][1:]] == [
            "147.00",
            "147.00",
            "146.86",
            "10",
            "99.9%",
            "9.99",
        ]
        assert [cell.text for cell in table.rows[4][-3:]] == ["", "", ""]

    def test_overall_sheet_sums_to_the_published_total(self) -> None:
        table = built("yueyang-2023", "yueyang").table("sheet-overall")
        assert [cell.text for cell in table.rows[-1]] == ["总分", "100", "97.94", ""]
        assert cell_right_of(table, "一般公共预算").text == "3126.95"
        assert cell_right_of(table, "政府性基金拨款").text == ""

    def test_base_table_keeps_programmes_in_order_and_computes_the_control_rate(self) -> None:
        table = built("yueyang-2023", "yueyang").table("base-table")
        labels = [row[0].text.strip("　") for row in table.rows]
        start = labels.index("项目支出：")
        assert labels[start + 1 : start + 7] == [
            "1、业务工作经费", "2、运行维护经费", "3、市级专项资金",
            "保障房建设资金", "老旧小区配套改造", "工作经费及其他资金",
        ]  # fmt: skip
        assert table.rows[1][-1].text == "97.33%"

    def test_annex_list_bears_the_titles_of_the_annexes(self) -> None:
        report = built("yueyang-2023", "yueyang")
        listed = [line.split("．", 1)[1] for line in report.text().split("附件：\n")[1].split("\n")]
        assert listed == [table.title for table in report.tables()]

    def test_shares_add_up_in_the_text(self) -> None:
        text = built("yueyang-2023", "yueyang").text()
        assert "人员经费1185.20万元，占基本支出的89.56%" in text
        assert "公用经费138.21万元，占基本支出的10.44%" in text


class TestYueyanglou:
    def test_prints_parts_first_and_the_rule_of_each_row(self) -> None:
        report = built("yueyanglou-2025", "yueyanglou")
        table = next(t for t in report.tables() if t.title.endswith("（住房保障事务经费）"))
        labels = [row[0].text for row in table.rows[3:7]]
        assert labels == ["其中：当年财政拨款", "上年结转资金", "其他资金", "年度资金总额"]
        rules = [cell.text for cell in cells(report.table("sheet-overall"))]
        assert any(rule.startswith("达到3500户得15分；每减少10户扣1分") for rule in rules)

    def test_prints_what_is_computed_where_the_published_report_erred(self) -> None:
        report = built("yueyanglou-2025", "yueyanglou")
        printed = {cell.text for table in report.tables() for cell in cells(table)}
        assert {"91.50%", "9.15", "99.15"} <= printed
        assert not printed & {"91.00%", "9.10", "99.10", "99.79"}
        assert "99.79" not in report.text()

    def test_says_unit_and_never_department(self) -> None:
        report = built("yueyanglou-2025", "yueyanglou")
        assert "本单位" in report.text()
        assert "本部门" not in report.text()


class TestWuhan:
    def test_prints_six_parts_and_nine_numbered_tables(self) -> None:
        report = built("jiangan-2024", "jiangan")
        parts = [b.text for b in report.blocks() if isinstance(b, Title) and b.text.startswith("第")]
        assert [part[:4] for part in parts] == [
            "第一部分",
            "第二部分",
            "第三部分",
            "第四部分",
            "第五部分",
            "第六部分",
        ]
        assert [t.number for t in report.tables() if t.number] == [f"公开0{n}表" for n in range(1, 10)]
        assert all(t.note_right == "单位：万元" for t in report.tables() if t.number)

    def test_contents_list_the_parts_tables_and_annexes_that_follow(self) -> None:
        report = built("jiangan-2024", "jiangan")
        contents = report.document.sections[1]
        lines = ["".join(run.text for run in b.runs) for b in contents.blocks if isinstance(b, Paragraph)]
        for table in report.tables():
            if table.number or table.id.startswith("sheet-"):
                assert f"{table.number}　{table.title}".strip("　") in lines
        assert [line[:4] for line in lines if line.startswith("第")] == [
            "第一部分", "第二部分", "第三部分", "第四部分", "第五部分", "第六部分",
        ]  # fmt: skip

    def test_shares_are_recomputed_where_the_published_text_erred(self) -> None:
        text = built("jiangan-2024", "jiangan").text()
        assert "财政拨款收入22854.27万元，占本年收入合计的99.80%" in text
        assert "其他收入44.96万元，占本年收入合计的0.20%" in text
        assert "98.04%" not in text
        assert "占授予中小企业合同金额的23.43%" in text

    def test_no_percentage_where_the_budget_was_nothing(self) -> None:
        text = built("jiangan-2024", "jiangan").text()
        assert "科学技术支出（类）年初预算0万元，支出决算12.00万元。" in text
        assert (
            "社会保障和就业支出（类）年初预算112.83万元，支出决算133.15万元，完成年初预算的118.01%。" in text
        )

    def test_words_of_change_follow_the_sign(self) -> None:
        text = built("jiangan-2024", "jiangan").text()
        assert "收、支总计各增加11584.58万元，增长102.39%" in text
        assert "减少19.32万元，下降99.08%" in text

    def test_thirteen_items_stand_in_order(self) -> None:
        report = built("jiangan-2024", "jiangan")
        wanted = report.profile.document.words["explanations"].split("；")
        heads = [b.text.split("、", 1)[1] for b in report.blocks() if isinstance(b, Heading) and b.level == 1]
        assert [head for head in heads if head in wanted] == wanted

    def test_a_group_has_one_score_cell_and_boxes_are_ticked(self) -> None:
        report = built("jiangan-2024", "jiangan")
        placed = place_cells(report.table("sheet-overall"))
        assert [(p.cell.text, p.cell.rows) for p in placed if p.cell.fact.startswith("group.score")] == [
            ("20", 9), ("39", 18), ("15", 10), ("5", 2),
        ]  # fmt: skip
        boxes = [cell.text for cell in cells(report.table("sheet-purchase")) if "☑" in cell.text]
        assert boxes[0] == "1、部门预算项目 ☑　2、区级专项 ☑　3、专项转移支付项目 □"

    def test_glossary_names_every_item_that_carries_money(self) -> None:
        report = built("jiangan-2024", "jiangan")
        text = report.text()
        for code in report.facts.select("accounts.row_name", table="expenditure"):
            assert f"{code.text}（项）" in text

    def test_figures_are_drawn_with_words_for_those_who_cannot_see_them(self) -> None:
        charts = [b for b in built("jiangan-2024", "jiangan").blocks() if isinstance(b, Chart)]
        assert [chart.caption[:2] for chart in charts] == ["图1", "图2", "图3", "图4"]
        assert all(chart.description.endswith("。") for chart in charts)

    def test_publishes_the_sheets_alone_when_there_are_no_accounts(self) -> None:
        facts = built("jiangan-2024", "jiangan").facts
        kept = [fact for fact in facts if not fact.concept.startswith(("accounts.", "statement."))]
        document = build([*kept], "jiangan", 2024).document
        titles = [b.text for s in document.sections for b in s.blocks if isinstance(b, Title)]
        assert not any("决算" in title for title in titles)
        assert any("附件" in title for title in titles)


class TestRollup:
    def test_prints_every_unit_and_the_department(self) -> None:
        table = built("bureau-2023", "yueyang").table("rollup")
        assert len(table.rows) == 11
        assert [cell.text for cell in table.rows[-1]] == ["部门得分", "7.9", "49.6", "28.8", "10", "96.3"]
        assert [cell.text for cell in table.rows[-2]][1:] == ["住保中心", "9.94", "49", "29", "10", "97.94"]


class TestSparseFigures:
    def test_a_report_without_any_words_still_reads_whole(self) -> None:
        report = build(
            [
                Fact.of("sheet.kind", "overall", year=2023, sheet="overall"),
                Fact.of("sheet.name", "整体支出", year=2023, sheet="overall"),
                Fact.of(
                    "sheet.funds",
                    Decimal("10.5"),
                    year=2023,
                    sheet="overall",
                    fund="total",
                    stage="full_year",
                ),
                Fact.of(
                    "sheet.funds", Decimal("9"), year=2023, sheet="overall", fund="total", stage="executed"
                ),
            ]
        )
        text = report.text()
        assert "执行率85.71%" in text
        assert "无。" in text
        assert not re.search(r"None|，。|：。", text)

    def test_does_not_claim_that_there_is_no_fund_when_nobody_told(self) -> None:
        text = build([]).text()
        assert "本部门未填报2023年度政府性基金预算支出。" in text
        assert "无政府性基金" not in text

    def test_names_with_digits_keep_their_own_key(self) -> None:
        facts = [
            Fact.of("sheet.kind", "project", year=2023, sheet="p"),
            Fact.of("sheet.name", "24小时值守", year=2023, sheet="p"),
            Fact.of("indicator.name", "接听率", year=2023, sheet="p", indicator="a"),
            Fact.of("indicator.level1", "年度目标1", year=2023, sheet="p", indicator="a"),
            Fact.of("indicator.target", "≥95%", year=2023, sheet="p", indicator="a"),
            Fact.of("indicator.actual", "90%", year=2023, sheet="p", indicator="a"),
            Fact.of("indicator.weight", Decimal(90), year=2023, sheet="p", indicator="a"),
        ]
        assert "24小时值守" in build(facts).text()

    def test_rows_of_one_group_that_do_not_stand_together_score_once(self) -> None:
        facts = [
            Fact.of("sheet.kind", "project", year=2023, sheet="p"),
            Fact.of("sheet.name", "甲", year=2023, sheet="p"),
        ]
        facts.append(Fact.of("group.weight", Decimal(60), year=2023, sheet="p", group="g"))
        for key, group in (("a", "g"), ("b", ""), ("c", "g")):
            said = {"sheet": "p", "indicator": key}
            facts.append(Fact.of("indicator.name", f"指标{key}", year=2023, **said))
            facts.append(Fact.of("indicator.level1", "产出指标", year=2023, **said))
            facts.append(Fact.of("indicator.level2", "数量指标", year=2023, **said))
            facts.append(Fact.of("indicator.target", "10户", year=2023, **said))
            facts.append(Fact.of("indicator.actual", "10户", year=2023, **said))
            if group:
                facts.append(Fact.of("indicator.group", group, year=2023, **said))
            else:
                facts.append(Fact.of("indicator.weight", Decimal(30), year=2023, **said))
        table = build(facts).table("sheet-p")
        assert check_grid(table) == ()
        assert [c.text for c in cells(table)].count("合并计分") == 2


#: Without these scoring stops with a sentence of its own, and there is no report to print.
_SCORING_NEEDS = ("indicator.", "group.", "rollup.score", "rollup.member", "sheet.kind")


@settings(max_examples=examples(20), deadline=None)
@given(case=st.sampled_from(CASES), seed=st.integers(0, 10**6), kept=st.sampled_from([0.3, 0.6, 0.9, 0.98]))
def test_any_part_of_the_figures_makes_a_whole_report(case: tuple[str, str], seed: int, kept: float) -> None:
    """Whatever a unit left out, the report is printed: grids whole, sentences closed, every key known."""
    chance = random.Random(seed)
    whole = built(*case)
    facts = [f for f in whole.facts if f.concept.startswith(_SCORING_NEEDS) or chance.random() < kept]
    given_facts = FactSet(whole.facts.unit, whole.facts.year, whole.facts.profile, facts)
    try:
        scores = score_report(Report(given_facts), whole.profile)
    except GuangshaError:
        return  # scoring names what it cannot do without; that is its own business
    document = build_report(given_facts, whole.profile, scores)
    report = Built(document, given_facts, whole.profile)
    known = {fact.key for fact in (*given_facts, *document.derived)}
    for table in report.tables():
        assert check_grid(table) == ()
        assert all(cell.fact in known for cell in cells(table) if cell.fact)
    for block in report.prose():
        text = "".join(run.text for run in block.runs)
        assert all(run.fact in known for run in block.runs if run.fact)
        assert not re.search(r"None|。。|，。|：。|，，|：，", text), text
    write_html(document, scores=scores, checked=None, facts=given_facts)
