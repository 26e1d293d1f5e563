"""The page: one file, no script, nothing fetched, well-formed, and every figure opens."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from decimal import Decimal
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from guangsha.checker.registry import Case, CheckResult
from guangsha.checker.run import check_case
from guangsha.documents.reading.figures import load_figures
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.html import write_html
from guangsha.documents.writing.html_sources import fact_title
from guangsha.facts.fact import CellSource, EntrySource, Fact, FactSet, MetricSource
from guangsha.facts.report import Report
from guangsha.kernel.findings import Finding, Outcome, Place, Relation, Severity
from guangsha.kernel.resources import data_folder
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile

EXAMPLES = ("yueyang-2023", "yueyanglou-2025", "jiangan-2024", "bureau-2023")
VOID = {"meta", "br", "col", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """Collects elements, their attributes and text; refuses tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


@lru_cache(maxsize=8)
def page_text(example: str) -> str:
    facts = load_figures(data_folder("examples") / example / "figures.yaml")
    profile = load_profile(facts.profile, facts.year)
    scores = score_report(Report(facts), profile)
    checked = check_case(Case(facts, profile, scores))
    document = build_report(facts, profile, scores, checked)
    return write_html(document, scores=scores, checked=checked, facts=facts)


@lru_cache(maxsize=8)
def page(example: str) -> Page:
    return Page(page_text(example))


def small_page(facts: list[Fact], checked: CheckResult | None = None, unit: str = "某市住房保障中心") -> str:
    given = FactSet(unit, 2023, "yueyang", facts)
    profile = load_profile("yueyang", 2023)
    scores = score_report(Report(given), profile)
    document = build_report(given, profile, scores, checked)
    return write_html(document, scores=scores, checked=checked, facts=given)


@pytest.mark.parametrize("example", EXAMPLES)
class TestEveryPage:
    def test_is_well_formed_and_names_every_id_once(self, example: str) -> None:
        ids = page(example).ids
        assert len(ids) == len(set(ids))

    def test_every_link_leads_to_a_place_on_the_page(self, example: str) -> None:
        ids = set(page(example).ids)
        links = [attributes["href"] for attributes in page(example).all("a")]
        assert len(links) > 20
        assert all(link.startswith("#") and link[1:] in ids for link in links)

    def test_fetches_nothing_and_runs_nothing(self, example: str) -> None:
        text = page_text(example)
        assert not re.search(r"<(script|link|iframe|object|embed|img|base|form)\b", text)
        assert not re.search(r"\b(src|srcset|action|on[a-z]+)=", text)
        assert not re.search(r"@import|url\(|javascript:", text)
        addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}

    def test_policy_allows_its_one_style_sheet_and_nothing_else(self, example: str) -> None:
        text = page_text(example)
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
        assert style is not None
        digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
        policy = next(m["content"] for m in page(example).all("meta") if "http-equiv" in m)
        assert f"style-src 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert not any("style" in attributes for _, attributes in page(example).elements)

    def test_serves_readers_of_every_kind(self, example: str) -> None:
        found = page(example)
        assert found.all("html") == [{"lang": "zh-CN"}]
        assert len(found.all("main")) == len(found.all("h1")) == 1
        assert found.all("nav") and found.all("header") and found.all("footer")
        assert found.all("a")[0] == {"class": "skip", "href": "#report"}
        assert len(found.all("caption")) == len(found.all("table"))
        assert all("scope" in attributes for attributes in found.all("th"))
        scrolling = [a for _, a in found.elements if a.get("class") == "scroll"]
        assert all(a.get("tabindex") == "0" and a.get("aria-label") for a in scrolling)
        assert all(a.get("role") == "img" and a.get("aria-labelledby") for a in found.all("svg"))

    def test_heads_never_skip_a_level(self, example: str) -> None:
        levels = [int(tag[1]) for tag, _ in page(example).elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))

    def test_every_source_says_where_it_comes_from(self, example: str) -> None:
        text = page_text(example)
        entries = re.findall(r'<li id="s\d+">\n(.*?)</li>', text, re.DOTALL)
        assert entries
        assert all('<span class="tag">' in entry for entry in entries)
        assert "sheet.funds" not in text.split('id="sources"')[1]

    def test_is_the_same_when_written_again(self, example: str) -> None:
        before = page_text(example)
        page_text.cache_clear()
        assert page_text(example) == before


def test_summary_shows_score_grade_and_execution() -> None:
    words = "".join(page("yueyang-2023").words)
    summary = words[words.index("自评总分") : words.index("勾稽核对情况")]
    assert all(part in summary for part in ("97.94", "优", "99.41%", "3216.47 万元", "3197.46 万元"))


def test_a_published_total_that_differs_is_called_so() -> None:
    words = re.sub(r"\s+", "", "".join(page("yueyanglou-2025").words))
    assert "99.79（与计算不符）" in words
    assert "97.94（与计算不符）" not in re.sub(r"\s+", "", "".join(page("yueyang-2023").words))


def test_a_score_opens_to_its_steps_and_its_inputs() -> None:
    text = page_text("yueyang-2023")
    entry = next(
        e for e in re.findall(r'<li id="s\d+">.*?</li>\n', text, re.DOTALL) if "执行得分 · 整体支出" in e
    )
    assert "9.94分" in entry
    assert "全年执行数：3197.46万元" in entry


def _finding(message: str, key: str, severity: Severity = Severity.ERROR) -> CheckResult:
    place = Place(file="figures.yaml", line=12)
    finding = Finding(
        "F02", severity, "ratio", message, "91.50%", "91.00%", "0.005", (place,), "请更正。", (key,)
    )
    return CheckResult(
        (
            Relation("F02", Outcome.BROKEN, finding=finding),
            Relation("F01", Outcome.HELD),
            Relation("B14", Outcome.NOT_CHECKED, "上年决算数", "没有上年数据"),
        )
    )


def test_findings_say_what_is_wrong_where_and_what_to_do() -> None:
    employed = Fact.of("staff.employed", 73, year=2023)
    text = small_page([employed], _finding("执行率与计算不符。", employed.key))
    words = re.sub(r"\s+", "", "".join(Page(text).words))
    assert "错误执行率与计算不符。表中为91.00%应为91.50%允许误差0.005建议：请更正。" in words
    assert "figures.yaml第12行" in words
    assert "相符1尾差0不符1未核对1" in words
    assert "上年决算数：没有上年数据" in words


def test_a_cell_that_a_finding_concerns_links_to_it() -> None:
    facts = [
        Fact.of("staff.employed", 73, year=2023),
        Fact.of("staff.established", 75, year=2023),
        Fact.of("base.amount", Decimal(6), year=2023, line="three_public", stage="executed"),
    ]
    text = small_page(facts, _finding("三公经费有误。", facts[2].key))
    assert re.search(r'<td class="right marked"[^>]*>.*6\.00.*href="#k1"', text)
    assert 'class="marked' not in small_page(facts, None)


def test_words_of_a_person_cannot_become_markup() -> None:
    facts = [
        Fact.of("unit.nature", "<script>alert(1)</script>", year=2023),
        Fact.of("unit.thrift", '"><img src=x onerror=alert(1)>', year=2023),
        Fact.of("staff.employed", 73, year=2023),
        Fact.of("base.amount", Decimal(6), year=2023, line="three_public", stage="executed"),
    ]
    text = small_page(facts, _finding("<b>坏</b>", facts[0].key), unit="<i>中心</i>")
    found = Page(text)
    assert not found.all("script") and not found.all("img") and not found.all("b") and not found.all("i")
    assert "&lt;script&gt;" in text


def test_every_kind_of_source_is_told() -> None:
    facts = [
        Fact.of("staff.established", 75, year=2023, source=CellSource("填报.xlsx", "人员", "B2", quote="75")),
        Fact.of("staff.employed", 73, year=2023, source=EntrySource("钱某", "2024-01-05", "名册.pdf")),
        Fact.of(
            "staff.retired", 17, year=2023, source=MetricSource("retired", 2, "", "2023-12-31", 17, "ab12")
        ),
    ]
    words = re.sub(r"\s+", "", "".join(Page(small_page(facts)).words))
    assert "填报填报.xlsx“人员”B2“75”" in words
    assert "人工录入钱某，2024-01-05“名册.pdf”" in words
    assert "业务记录retired（第2版），截至2023-12-31，共17条记录“ab12”" in words
    assert "计算实有在职人数÷编制数×100%所用数据：在职人数：73；编制数：75" in words


def test_titles_speak_the_terms_of_the_forms() -> None:
    name = Fact.of("sheet.name", "租赁补贴", year=2023, sheet="p")
    money = Fact.of("sheet.funds", Decimal(1), year=2023, sheet="p", fund="carry_over", stage="executed")
    code = Fact.of("accounts.revenue", Decimal(1), year=2023, row="2210201", column="fiscal")
    facts = FactSet("某中心", 2023, "yueyang", [name, money, code])
    assert fact_title(money, facts) == "项目资金 · 租赁补贴 · 上年结转资金 · 全年执行数"
    assert fact_title(code, facts) == "收入决算表 · 2210201 住房公积金 · 财政拨款收入"


@pytest.mark.parametrize("width", [360, 1280])
def test_in_a_browser_no_page_overflows_and_axe_finds_nothing(
    width: int, tmp_path: Path, browser: Any
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for example in ("yueyanglou-2025", "bureau-2023", "jiangan-2024"):
        file = tmp_path / f"{example}.html"
        file.write_text(page_text(example), encoding="utf-8")
        # The page's own policy keeps axe out; the test lets it in.
        context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
        tab = context.new_page()
        tab.goto(file.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        if example == "bureau-2023":
            # axe needs half a minute for two thousand cells; this page holds every kind of element
            assert axe.Axe().run(tab).response["violations"] == []
        context.close()
