"""Final accounts read back: the published report, our own documents, and generated years with a scanner's scars."""

from __future__ import annotations

import random
import re
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.checker.registry import Case
from guangsha.checker.run import check_case
from guangsha.documents.reading.docx import read_docx
from guangsha.documents.reading.figures import load_figures
from guangsha.documents.reading.html import read_html
from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.text import read_text
from guangsha.documents.reading.understanding.tests.printed_accounts import (
    EARLIER_NUMBERS,
    Printed,
    cells,
    read_back,
    scarred,
)
from guangsha.documents.writing.content.build import build_report
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.html import write_html
from guangsha.facts.fact import CellSource, FactSet
from guangsha.facts.report import Report
from guangsha.kernel.measures import YUAN
from guangsha.kernel.resources import data_folder
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile
from guangsha.testing.reports import unit_years
from guangsha.testing.transcription import SHARED

_GENERATED = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@cache
def example() -> FactSet:
    return load_figures(data_folder("examples") / "jiangan-2024" / "figures.yaml")


@cache
def published_bytes() -> bytes:
    path = SHARED / "documents" / "jiangan-2024.txt"
    if not path.is_file():
        pytest.skip("检出目录旁没有公开报告（../shared），无法对照原文")
    return path.read_bytes()


def published() -> SourceDocument:
    return read_text(published_bytes(), "jiangan-2024.txt")


@pytest.mark.shared
class TestThePublishedReport:
    def test_gives_every_cell_of_the_nine_tables_and_nothing_else(self) -> None:
        assert cells(read_back(published())) == cells(example())

    def test_keeps_decimals_and_units_as_printed(self) -> None:
        given_facts = {fact.key: fact for fact in example()}
        for fact in read_back(published()):
            if fact.key in given_facts:
                assert (fact.decimals, fact.unit) == (
                    given_facts[fact.key].decimals,
                    given_facts[fact.key].unit,
                )

    def test_gives_numbers_names_and_sentences_of_empty_tables(self) -> None:
        found = {fact.key: fact.text for fact in read_back(published())}
        for concept in ("accounts.number", "accounts.empty_note", "accounts.row_name"):
            for fact in example().select(concept):
                assert found[fact.key] == fact.text

    def test_says_where_each_figure_stands(self) -> None:
        lines = published_bytes().decode().split("\n")
        for fact in read_back(published()):
            assert isinstance(fact.source, CellSource)
            assert fact.source.line is not None
            assert fact.source.table.startswith("2024年度")
            if fact.concept != "accounts.row_name":
                printed = re.sub(r"\s", "", lines[fact.source.line - 1])
                assert re.sub(r"\s", "", fact.source.quote) in printed

    def test_passes_on_a_changed_digit_and_changes_nothing_else(self) -> None:
        base = cells(read_back(published()))
        lines = published_bytes().decode().split("\n")
        figures = [fact for fact in read_back(published()) if fact.unit]
        for fact in random.Random(7).sample(figures, 25):
            assert isinstance(fact.source, CellSource)
            assert fact.source.line is not None
            quote = fact.source.quote
            row = lines[fact.source.line - 1].split("\t")
            places = [place for place, text in enumerate(row) if text.strip() == quote]
            digit = next(place for place, char in enumerate(quote) if char.isdigit())
            changed = quote[:digit] + str((int(quote[digit]) + 1) % 9 + 1) + quote[digit + 1 :]
            row[places[-1]] = changed
            copy = [*lines[: fact.source.line - 1], "\t".join(row), *lines[fact.source.line :]]
            read = cells(read_back(read_text("\n".join(copy).encode(), "copy.txt")))
            differing = [place for place in base if base[place] != read.get(place)]
            assert set(read) == set(base)
            assert [f"{read[place]:f}" for place in differing] == [re.sub(r"[\s,]", "", changed)]

    @pytest.mark.parametrize("name", ["yueyang-2023", "yueyanglou-2025"])
    def test_is_not_seen_in_a_self_evaluation(self, name: str) -> None:
        path = SHARED / "documents" / f"{name}.txt"
        if not path.is_file():
            pytest.skip("检出目录旁没有公开报告（../shared），无法对照原文")
        assert read_back(read_text(path.read_bytes(), path.name)) == []


class TestOurOwnDocuments:
    @pytest.mark.parametrize("kind", ["docx", "html"])
    def test_give_back_the_printed_tables(self, kind: str) -> None:
        facts = example()
        profile = load_profile(facts.profile, facts.year)
        scores = score_report(Report(facts), profile)
        checked = check_case(Case(facts, profile, scores))
        report = build_report(facts, profile, scores, checked)
        if kind == "docx":
            document = read_docx(write_docx(report), "report.docx")
        else:
            page = write_html(report, scores=scores, checked=checked, facts=facts)
            document = read_html(page.encode(), "report.html")
        read = read_back(document)
        assert cells(read) == Printed(facts).expected()
        numbers = {fact.dimension("table"): fact.text for fact in read if fact.concept == "accounts.number"}
        assert numbers == dict(profile.document.accounts_numbers)

    @pytest.mark.parametrize("inside", [False, True], ids=["title above", "title in the first row"])
    def test_give_back_the_printed_tables_from_a_grid(self, inside: bool) -> None:
        printed = Printed(example())
        assert cells(read_back(printed.as_document(title_inside=inside))) == printed.expected()


class TestGeneratedYears:
    @_GENERATED
    @given(unit_years("jiangan"), st.integers(0, 10**6))
    def test_survive_a_scanner(self, facts: FactSet, seed: int) -> None:
        printed = Printed(facts)
        document = read_text(printed.as_text(scarred(seed)).encode(), "公开件.txt")
        assert cells(read_back(document)) == printed.expected()

    @_GENERATED
    @given(unit_years("jiangan"))
    def test_are_read_whatever_their_order_and_numbers(self, facts: FactSet) -> None:
        printed = Printed(facts, EARLIER_NUMBERS, body="单位")
        read = read_back(read_text(printed.as_text().encode(), "公开件.txt"))
        assert cells(read) == printed.expected()
        numbers = {fact.dimension("table"): fact.text for fact in read if fact.concept == "accounts.number"}
        assert numbers == dict(EARLIER_NUMBERS)


class TestUnitsAndNotes:
    def test_amounts_in_yuan_keep_their_unit(self) -> None:
        text = Printed(example()).as_text(unit_line="金额单位：元")
        assert {fact.unit for fact in read_back(read_text(text.encode(), "公开件.txt")) if fact.unit} == {
            YUAN
        }

    def test_a_table_without_unit_line_has_the_unit_of_the_others(self) -> None:
        text = Printed(example()).as_text(unit_line="单位：元").replace("单位：元\n", "", 1)
        assert {fact.unit for fact in read_back(read_text(text.encode(), "公开件.txt")) if fact.unit} == {
            YUAN
        }

    def test_each_empty_table_has_its_own_sentence(self) -> None:
        text = Printed(example()).as_text()
        notes = {
            fact.dimension("table"): fact.text
            for fact in read_back(read_text(text.encode(), "公开件.txt"))
            if fact.concept == "accounts.empty_note"
        }
        assert set(notes) == {"government_fund", "state_capital"}
        assert "政府性基金" in notes["government_fund"]
        assert "经营预算" in notes["state_capital"]

    def test_a_sentence_in_place_of_a_table_is_read(self) -> None:
        text = (
            "收入决算表\n公开02表\n\n科目编码\t科目名称\t本年收入合计\t财政拨款收入\t其他收入\n合计\t\t5.00\t4.00\t1.00\n"
            "2120101\t行政运行\t5.00\t4.00\t1.00\n\n国有资本经营预算财政拨款支出决算表\n公开08表\n"
            "注：本单位没有国有资本经营预算财政拨款支出，本表为空表。\n"
        )
        found = {fact.key: fact.text for fact in read_back(read_text(text.encode(), "公开件.txt"))}
        assert found["accounts.number[table=state_capital]@2024"] == "公开08表"
        assert (
            found["accounts.empty_note[table=state_capital]@2024"]
            == "本单位没有国有资本经营预算财政拨款支出，本表为空表"
        )


class TestTablesFoundAnywhere:
    """The same nine tables whatever stands around them."""

    @pytest.mark.parametrize(
        ("pattern", "replacement"),
        [
            (r"2024年度(\S+表)\n", r"江城市住房保障服务中心2024年度\1\n"),
            (r"(2024年度\S+表)\n\n(公开\d\d表)", r"\2\n\1"),
            (r"(2024年度\S+表)\n", r"## \1\n"),
            (r"2024年度\S+表\n", ""),
        ],
        ids=["unit before the title", "number above the title", "title as a heading", "no title at all"],
    )
    def test_are_bound_by_words(self, pattern: str, replacement: str) -> None:
        printed = Printed(example())
        text = re.sub(pattern, replacement, printed.as_text())
        assert cells(read_back(read_text(text.encode(), "公开件.txt"))) == printed.expected()

    def test_are_read_in_any_order(self) -> None:
        printed = Printed(example())
        cover, *tables = re.split(r"(?=2024年度\S+表\n)", printed.as_text())
        text = "\n".join([cover, *reversed(tables)])
        assert cells(read_back(read_text(text.encode(), "公开件.txt"))) == printed.expected()

    def test_are_read_once_where_a_second_set_follows(self) -> None:
        printed = Printed(example())
        text = printed.as_text()
        twice = text + "\n" + text.replace("22899.22", "1.00")
        assert cells(read_back(read_text(twice.encode(), "公开件.txt"))) == printed.expected()

    def test_go_on_after_a_page_end_without_their_heads(self) -> None:
        printed = Printed(example())
        lines: list[str] = []
        in_table = 0
        for line in printed.as_text().split("\n"):
            in_table = in_table + 1 if "\t" in line else 0
            if in_table in (14, 28):
                lines += ["", "— 7 —", ""]
            lines.append(line)
        document = read_text("\n".join(lines).encode(), "公开件.txt")
        assert len(document.tables) > len(printed.layouts)
        assert cells(read_back(document)) == printed.expected()
