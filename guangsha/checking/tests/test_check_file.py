"""Checking a document from file to finding: what a reader of the result relies on."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from guangsha.checker import RULES
from guangsha.checking import CheckedDocument, check_file
from guangsha.checking.annotate import annotated_copy, docx_comments
from guangsha.checking.plain_report import PlainReport
from guangsha.documents.writing.annotated_html import write_annotated_html
from guangsha.kernel.errors import InputError
from guangsha.kernel.findings import Finding, Outcome
from guangsha.testing.published import evaluation_text

SHARED = Path(__file__).resolve().parents[4] / "shared" / "documents"


def checked(folder: Path, name: str = "报告.txt", **changes: str) -> CheckedDocument:
    path = folder / name
    path.write_text(evaluation_text(**changes), encoding="utf-8")
    return check_file(path)


def found(document: CheckedDocument, rule: str) -> Finding:
    return next(finding for finding in document.findings if finding.rule == rule)


def word_report(folder: Path, **changes: str) -> Path:
    """The same report as a Word file: paragraphs, and one table."""
    document = docx.Document()
    rows = []
    for line in evaluation_text(**changes).splitlines():
        if "\t" in line:
            rows.append(line.split("\t"))
            continue
        if rows:
            table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
            for row, texts in zip(table.rows, rows, strict=True):
                for cell, text in zip(row.cells, texts, strict=False):
                    cell.text = text
            rows = []
        document.add_paragraph(line)
    path = folder / "报告.docx"
    document.save(str(path))
    return path


def test_a_consistent_report_has_no_error(tmp_path: Path) -> None:
    document = checked(tmp_path)
    assert not document.has_errors and document.tally.counts[Outcome.HELD] > 40
    assert (document.unit, document.year, document.kind) == ("测试市住房保障中心", 2025, "self-evaluation")


def test_a_finding_points_at_the_figure_by_line_table_cell_and_quote(tmp_path: Path) -> None:
    document = checked(tmp_path, rate="91.00%")
    place = found(document, "F02").where[0]
    lines = (tmp_path / "报告.txt").read_text(encoding="utf-8").splitlines()
    assert "91.00%" in lines[(place.line or 0) - 1] and place.quote == "91.00%"
    assert "自评表" in place.table and place.cell


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"rate": "91.00%"}, "F02"), ({"sheet_total": "99.51"}, "K04"), ({"executed": "21.03"}, "F02"),
        ({"quantity_score": "21.00"}, "K03"), ({"full_year": "23"}, "F02"), ({"execution_score": "9.51"}, "F03"),
    ],
)  # fmt: skip
def test_a_changed_digit_is_found(tmp_path: Path, change: dict[str, str], rule: str) -> None:
    document = checked(tmp_path, **change)
    assert rule in {finding.rule for finding in document.findings if finding.severity.value == "error"}


def test_the_json_is_the_contract_of_the_command_line(tmp_path: Path) -> None:
    data = json.loads(json.dumps(checked(tmp_path, rate="91.00%").as_json()))
    assert set(data) == {"file", "title", "unit", "year", "kind", "figures", "relations", "findings"}
    assert set(data["relations"]) == {"checked", "held", "tail", "broken", "not_checked"}
    assert data["relations"]["checked"] == sum(data["relations"][k] for k in ("held", "tail", "broken"))
    for finding in data["findings"]:
        assert set(finding) >= {
            "rule",
            "severity",
            "kind",
            "message",
            "expected",
            "found",
            "tolerance",
            "where",
        }
        assert all(set(place) >= {"line", "page", "table", "cell", "quote"} for place in finding["where"])


def test_last_years_document_gives_the_figures_of_the_year_before(tmp_path: Path) -> None:
    this, last = tmp_path / "今年.txt", tmp_path / "去年.txt"
    this.write_text(evaluation_text(), encoding="utf-8")
    last.write_text(evaluation_text(year="2024").replace("2026", "2025"), encoding="utf-8")
    document = check_file(this, against=last)
    prior = [fact for fact in document.facts if fact.year == 2024]
    assert prior and any("去年.txt" in note for note in document.notes)
    assert document.figures == checked(tmp_path).figures
    relations = [r for r in document.relations if r.rule == "Y06"]
    assert any(r.outcome is not Outcome.NOT_CHECKED for r in relations)


def test_refuses_a_document_to_compare_with_that_is_not_of_the_year_before(tmp_path: Path) -> None:
    this = tmp_path / "今年.txt"
    this.write_text(evaluation_text(), encoding="utf-8")
    with pytest.raises(InputError, match="应给出 2024 年度"):
        check_file(this, against=this)


def test_refuses_a_text_in_which_nothing_can_be_checked(tmp_path: Path) -> None:
    path = tmp_path / "通知.txt"
    path.write_text("关于做好2025年度绩效自评工作的通知\n请各单位按时报送。\n", encoding="utf-8")
    with pytest.raises(InputError, match="没有读到"):
        check_file(path)


def test_a_rule_that_fails_costs_its_own_answer_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(case: object) -> object:
        raise RuntimeError("fault of ours")

    broken = replace(RULES["F02"], check=fails)
    monkeypatch.setitem(RULES, "F02", broken)
    document = checked(tmp_path)
    (relation,) = [r for r in document.relations if r.rule == "F02"]
    assert relation.outcome is Outcome.NOT_CHECKED and "出错" in relation.reason
    assert document.tally.counts[Outcome.HELD] > 30


def test_the_annotated_word_file_carries_the_finding_at_its_figure(tmp_path: Path) -> None:
    path = word_report(tmp_path, rate="91.00%")
    document = check_file(path)
    suffix, copy = annotated_copy(document, path)
    assert suffix == ".docx"
    comments = docx.Document(io.BytesIO(copy)).comments
    assert any("91.50" in comment.text and "F02" in comment.text for comment in comments)
    on_rate = [c for c in docx_comments(document) if c.quote == "91.00%"]
    assert on_rate and "执行率" in on_rate[0].lines[0]


def test_other_formats_come_back_as_a_page(tmp_path: Path) -> None:
    document = checked(tmp_path, rate="91.00%")
    suffix, page = annotated_copy(document, tmp_path / "报告.txt")
    assert suffix == ".html" and b"<mark" in page and b"<script" not in page


def test_words_of_the_document_are_only_words_on_the_page(tmp_path: Path) -> None:
    document = checked(tmp_path, personnel="<script>alert(1)</script>255.08")
    page = write_annotated_html(document.annotated())
    assert "<script" not in page and "&lt;script&gt;" in page


def test_every_link_of_the_page_leads_somewhere_on_it(tmp_path: Path) -> None:
    page = write_annotated_html(checked(tmp_path, rate="91.00%", sheet_total="99.51").annotated())
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in re.findall(r'href="(#[^"]+)"', page)} <= set(ids)


def test_the_report_for_a_terminal_shows_both_places_and_what_to_do(tmp_path: Path) -> None:
    text = PlainReport().render(checked(tmp_path, rate="91.00%"))
    assert "错误（" in text and "[F02]" in text and text.count("位置：") >= 3 and "办法：" in text
    assert "\x1b" not in text
    assert "\x1b[31;1m" in PlainReport(colour=True).render(checked(tmp_path, rate="91.00%"))


def test_control_characters_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_text(
        evaluation_text(rate="91.00%").replace("住房保障事务经费", "住房\x1b[2J经费"), encoding="utf-8"
    )
    assert "\x1b" not in PlainReport().render(check_file(path))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["yueyanglou-2025", "yueyang-2023", "jiangan-2024"])
def test_no_rule_fails_on_a_published_report_and_grave_findings_are_placed(name: str) -> None:
    path = SHARED / f"{name}.txt"
    if not path.is_file():
        pytest.skip("三份公开报告不在检出目录旁边，未核对")
    document = check_file(path)
    assert not [r for r in document.relations if "出错" in r.reason]
    for finding in document.findings:
        if finding.severity.value == "error":
            assert finding.where and finding.where[0].line, finding.rule


def test_relations_that_hold_name_the_figures_they_hold_between(tmp_path: Path) -> None:
    document = checked(tmp_path)
    numbers = [
        r for r in document.relations if r.outcome is Outcome.HELD and r.rule in ("F01", "F04", "K05", "X01")
    ]
    assert numbers
    for relation in numbers:
        assert relation.facts and len(relation.places) >= 2, relation
        assert all(place.line for place in relation.places), relation


def test_a_figure_of_the_page_opens_the_relations_it_takes_part_in(tmp_path: Path) -> None:
    document = checked(tmp_path, sheet_total="99.51")
    page = write_annotated_html(document.annotated())
    figures = re.findall(r'<a class="fig (\w+)"[^>]* href="#g(\d+)">([^<]*)</a>', page)
    assert {outcome for outcome, _, _ in figures} >= {"held", "broken"}
    for _, number, printed in figures:
        opened = re.search(rf'<div class="taking" id="g{number}"><p><b>(.*?)</b>.*?</div>', page, re.DOTALL)
        assert opened is not None and opened[1].startswith(printed.strip()[:3])
        assert "<b>相符</b>" in opened[0] or "<b>不符</b>" in opened[0] or "<b>尾差</b>" in opened[0]
    total = next(number for outcome, number, printed in figures if printed == "99.51" and outcome == "broken")
    opened_total = page.split(f'id="g{total}"')[1].split("</div>")[0]
    finding = next(f for f in document.findings if "99.51" in f.found)
    assert f'href="#f{document.findings.index(finding) + 1}"' in opened_total
