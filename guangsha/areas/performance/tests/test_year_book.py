"""The demo's year book against the published report: every figure comes out of the records again, but for those with which the
publication contradicts itself; and those come out as findings when it is laid beside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from guangsha.areas.performance.actions import made_of
from guangsha.areas.performance.making import Made
from guangsha.areas.subsidy.models import Entitlement, Item
from guangsha.demo.year_book import (
    AFFAIRS_FEN,
    ECONOMIC,
    HOUSEHOLDS,
    SUBSIDY_FEN,
    YearBook,
    basic_lines,
    build_year_book,
)
from guangsha.demo.year_book_payments import invent
from guangsha.documents.reading.figures import load_figures
from guangsha.evaluation import Evaluation, evaluate_facts, render
from guangsha.evaluation.beside import differences
from guangsha.evaluation.verify import verify_package
from guangsha.facts.fact import DerivedSource, EntrySource, FactSet, MetricSource
from guangsha.kernel.errors import InputError
from guangsha.ledger.verify import verify_books

pytestmark = pytest.mark.django_db
PUBLISHED = Path(__file__).parents[4] / "examples" / "yueyanglou-2025" / "figures.yaml"
_FUNDS = "sheet.funds[fund={},sheet=subsidy,stage={}]@2025"
#: Cells of the publication that no records can give, each with what the records say, and why.
MUST_DIFFER: dict[str, tuple[str, str, str]] = {
    "sheet.goal_actual[sheet=subsidy]@2025": (
        "累计发放3573万户、922.45万元",
        "累计发放3573户、922.45万元",
        "“万户”",
    ),
    _FUNDS.format("total", "initial"): (
        "921.23",
        "0.00",
        "基础数据表同一项目年初预算为 0，整体表 300.39 也不含它",
    ),
    _FUNDS.format("current", "initial"): ("921.22", "0.00", "同上"),
    _FUNDS.format("carry_over", "initial"): ("0.01", "0.00", "同上"),
    _FUNDS.format("total", "full_year"): ("922.44", "922.45", "执行 922.45 超过预算，账上不可能"),
    _FUNDS.format("carry_over", "full_year"): ("1.22", "1.23", "执行 1.23 超过预算，账上不可能"),
    "base.amount[line=public_total,stage=executed]@2025": ("23.52", "38.50", "正文和明细的公用经费为 38.50"),
    "base.amount[line=office,stage=executed]@2025": ("4.2", "4.13", "明细的办公费为 4.13"),
    "statement.amount[role=amount,statement=n13-subsidy-amount]@2025": ("922.4", "922.45", "少写一位小数"),
}


@pytest.fixture(scope="module")
def book(django_db_setup: None, django_db_blocker: Any) -> Iterator[YearBook]:
    """The whole year book, once for all tests here; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_year_book()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def made(book: YearBook, django_db_blocker: Any) -> Made:
    with django_db_blocker.unblock():
        return made_of(book.year)


@pytest.fixture(scope="module")
def evaluation(made: Made) -> Evaluation:
    return evaluate_facts(made.facts)


@pytest.fixture(scope="module")
def published() -> FactSet:
    return load_figures(PUBLISHED)


def test_every_cell_is_the_published_one_or_must_differ(made: Made, published: FactSet) -> None:
    assert made.gaps == ()
    differ = {}
    for fact in published:
        if fact.dimension("basis"):
            continue
        ours = made.facts.by_key(fact.key)
        assert ours is not None, fact.key
        if ours.value != fact.value or ours.unit != fact.unit:
            differ[fact.key] = (fact.text, ours.text)
    assert differ == {key: pair[:2] for key, pair in MUST_DIFFER.items()}
    assert not [fact.key for fact in made.facts if fact.key not in published]


def test_what_was_done_is_measured_and_what_was_entered_has_its_evidence(made: Made) -> None:
    kinds: dict[type, int] = {}
    for path, key in made.keys.items():
        fact = made.facts.by_key(key)
        assert fact is not None
        kinds[type(fact.source)] = kinds.get(type(fact.source), 0) + 1
        if isinstance(fact.source, MetricSource):
            assert len(fact.source.records_digest) == 64 and fact.source.as_of
        elif isinstance(fact.source, EntrySource):
            assert fact.source.person and fact.source.evidence, path
    # the year before, effects in words, and what no area keeps a record of
    assert kinds == {MetricSource: 157, EntrySource: 25, DerivedSource: 2}
    prior = [path for path in made.keys if path.endswith(".prior")]
    effects = [
        path for path in made.keys if path.endswith(".actual") and made.cells[path].bindings[0].by_hand
    ]
    assert len(prior) + len(effects) == 24 and len(prior) == 17


def test_the_scores_are_the_published_ones_or_the_publication_is_wrong(
    evaluation: Evaluation, published: FactSet
) -> None:
    said = {
        (f.concept, f.dimension("sheet"), f.dimension("indicator")): f.number
        for f in published
        if f.dimension("basis") == "published" and f.declared.kind.numeric
    }
    wrong = {}
    for sheet in evaluation.scores.sheets:
        name = sheet.sheet.id
        computed: dict[tuple[str, str, str], Any] = {
            ("execution.rate", name, ""): sheet.execution.rate,
            ("execution.score", name, ""): sheet.execution.score,
            ("sheet.total", name, ""): sheet.total,
        }
        computed |= {("indicator.score", name, row.indicator.key): row.score for row in sheet.indicators}
        wrong |= {key: (str(said[key]), str(value)) for key, value in computed.items() if said[key] != value}
    assert wrong == {
        ("execution.rate", "affairs", ""): ("91.00", "91.50"),
        ("execution.score", "affairs", ""): ("9.10", "9.15"),
        ("sheet.total", "affairs", ""): ("99.10", "99.15"),
        ("sheet.total", "overall", ""): ("99.79", "100.00"),
    }


def test_the_contradictions_come_out_as_findings_beside_the_records(
    evaluation: Evaluation, published: FactSet
) -> None:
    found = differences(evaluation, published)
    cells = [finding for finding in found if finding.rule == "published"]
    assert {finding.facts[0] for finding in cells} == set(MUST_DIFFER)
    results = {(finding.rule, finding.found) for finding in found if finding.rule != "published"}
    assert {rule for rule, _ in results} == {"F02", "F03", "K04"}
    told = "".join(finding.message for finding in found)
    for words in ("91.00%", "9.10", "99.79", "3573万户", "23.52万元", "922.44万元"):
        assert words in told
    with pytest.raises(InputError, match="年度"):
        differences(evaluation, FactSet("某单位", 2024, "yueyanglou"))


def test_the_package_prints_what_was_measured(evaluation: Evaluation) -> None:
    files = render(evaluation)
    verify_package(files, evaluation.facts, evaluation.scores)
    facts = json.loads(files["facts.json"])
    paid = next(
        f
        for f in facts["facts"]
        if f["concept"] == "detail.programme" and f["dimensions"]["programme"] == "subsidy"
    )
    source = paid["source"]
    assert (source["metric"], source["version"], source["parameters"]) == (
        "ledger.executed",
        1,
        "项目编码=subsidy",
    )
    assert source["records"] > 13_000 and len(source["records_digest"]) == 64


def test_the_books_prove_and_the_payments_sum_to_the_fen(book: YearBook) -> None:
    assert verify_books(only=book.agency.pk).sound
    assert sum(Item.objects.values_list("amount_fen", flat=True)) == SUBSIDY_FEN == 922_450_000
    assert sum(Entitlement.objects.values_list("amount_fen", flat=True)) == SUBSIDY_FEN
    assert Item.objects.values("agreement__household").distinct().count() == HOUSEHOLDS == 3573
    assert book.payments == Item.objects.count()


def test_a_second_year_book_is_refused(book: YearBook) -> None:
    with pytest.raises(InputError, match="已有"):
        build_year_book()


def test_the_amounts_of_the_lines_are_what_the_tables_print() -> None:
    spent = basic_lines()
    by_class: dict[str, int] = {}
    for (function, _), yuan in spent.items():
        assert yuan > 0
        by_class[function[:3]] = by_class.get(function[:3], 0) + yuan
    assert sum(spent.values()) == 2_935_800
    assert by_class["208"] == 624_400 and by_class["210"] == 97_300
    assert (
        by_class["212"] + AFFAIRS_FEN // 100 == 2_020_200
        and by_class["221"] + SUBSIDY_FEN // 100 == 9_572_400
    )
    assert {code for _, code in spent} == set(ECONOMIC)


@pytest.mark.parametrize(("households", "total"), [(1, 400_000), (60, 15_000_001), (3573, SUBSIDY_FEN)])
def test_invented_payments_sum_to_what_is_asked(households: int, total: int) -> None:
    homes = invent(households, total, 1)
    assert len(homes) == households and sum(home.year_fen for home in homes) == total
    assert sum(fen for home in homes for _, fen in home.months(2025)) == total


def test_too_little_money_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot sum"):
        invent(3573, 1_000_000, 1)
