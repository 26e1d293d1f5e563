"""A year is made, closed and corrected: what was said stays said, and every difference is named with its records."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import IntegrityError, transaction

from guangsha.areas.performance.actions import (
    close_year,
    correct,
    enter_value,
    import_table,
    make_draft,
)
from guangsha.areas.performance.models import (
    CellTrace,
    IndicatorBinding,
    RecordSet,
    ReportVersion,
    UnitYear,
)
from guangsha.areas.performance.queries import differences, facts_of_version, open_figure
from guangsha.areas.performance.tests.builders import TABLE, World, build_world
from guangsha.audit.kept import Kept
from guangsha.audit.models import Act
from guangsha.demo.cast import add_agency
from guangsha.facts.fact import EntrySource, MetricSource
from guangsha.kernel.errors import InputError
from guangsha.ledger.actions import reverse
from guangsha.ledger.models import Entry

pytestmark = pytest.mark.django_db
EXECUTED = "sheet.funds[fund=total,sheet=overall,stage=executed]@2026"
ENTERED = "sheets[0].indicators[1].actual"


@pytest.fixture
def world() -> World:
    return build_world(add_agency("湖滨区住房保障服务中心", "district", "430699000000"))


def test_each_figure_names_its_metric_its_records_and_their_digest(world: World) -> None:
    version = make_draft(world.accountant, world.year.pk)
    facts = facts_of_version(version)
    fact = facts.by_key(EXECUTED)
    assert fact is not None and fact.text == "4.00"
    source = fact.source
    assert isinstance(source, MetricSource) and (source.metric, source.version, source.records) == (
        "ledger.executed",
        1,
        2,
    )
    trace = open_figure(version, EXECUTED).traces[0]
    assert trace.ids_digest == source.records_digest and trace.exact == "4000000"
    ids = sorted(f"ledger.posting:{entry}.3" for entry in Entry.objects.values_list("pk", flat=True))
    assert source.records_digest == hashlib.sha256("\n".join(ids).encode()).hexdigest()
    entered = facts.find("indicator.actual", sheet="overall", indicator="2")
    assert entered is not None
    assert entered.source == EntrySource("蒋会计", "2027-01-05", "工作总结")
    goal = open_figure(version, "sheet.goal_actual[sheet=overall]@2026")
    assert goal.value == "支出4.00万元，收入0.00万元" and [t.part for t in goal.traces] == ["spent", "got"]


def test_figures_that_share_their_records_keep_them_once(world: World) -> None:
    make_draft(world.accountant, world.year.pk)
    assert CellTrace.objects.count() == 7  # six figures, one of them with two parts; the entered one has none
    assert RecordSet.objects.count() == 3  # the line, the postings, nothing


def test_nothing_new_makes_no_new_version(world: World) -> None:
    first = make_draft(world.accountant, world.year.pk)
    assert make_draft(world.head, world.year.pk) == first
    world.spend("c", 100)  # a yuan: no printed figure moves, the records do
    second = make_draft(world.accountant, world.year.pk)
    assert second.number == 2 and second.figures_digest == first.figures_digest
    assert {d.before for d in differences(first, second)} == {d.after for d in differences(first, second)}


def test_a_closed_year_stays_and_a_correction_is_the_next_version(world: World) -> None:
    final = close_year(world.head, world.year.pk)
    before = (final.figures, final.facts, final.scores, final.figures_digest, final.facts_digest)
    with pytest.raises(InputError, match="没有不同"):
        correct(world.accountant, world.year.pk, "没有不同")

    went = Entry.objects.get(key="a")
    reverse(world.accountant, went.pk, "付给了错误的人")
    world.spend("c", 2_000_000)
    second = correct(world.accountant, world.year.pk, "一笔重付，另一笔漏记")

    stands = ReportVersion.objects.get(pk=final.pk)
    assert before == (stands.figures, stands.facts, stands.scores, stands.figures_digest, stands.facts_digest)
    assert hashlib.sha256(stands.figures.encode()).hexdigest() == stands.figures_digest
    assert hashlib.sha256(stands.facts.encode()).hexdigest() == stands.facts_digest
    assert (second.number, second.kind) == (2, "correction")

    found = {d.key: d for d in differences(final, second)}
    money = found[EXECUTED]
    assert (money.before, money.after) == ("4.00万元", "4.50万元")
    assert money.counts == (2, 0, 0) and sorted(record.amount for record in money.came) == [
        -1_500_000,
        2_000_000,
    ]
    assert found["execution.rate[basis=computed,sheet=overall]@2026"].after == "45.00%"
    assert not any(key.startswith("sheet.funds") and "initial" in key for key in found)
    assert {d.key for d in differences(second, second)} == set()


def test_what_went_and_what_changed_is_named_too(world: World) -> None:
    first = make_draft(world.accountant, world.year.pk)
    world.spend("c", 500_000)
    second = make_draft(world.accountant, world.year.pk)
    back = {d.key: d for d in differences(second, first)}
    assert back[EXECUTED].counts == (0, 1, 0) and back[EXECUTED].went[0].amount == 500_000


def test_reports_are_written_once(world: World) -> None:
    version = make_draft(world.accountant, world.year.pk)
    version.figures = "{}"
    for act in (
        version.save,
        version.delete,
        ReportVersion.objects.all().delete,
        RecordSet.objects.all().delete,
    ):
        with pytest.raises(Kept):
            act()
    with pytest.raises(Kept):
        CellTrace.objects.update(text="5.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportVersion.objects.bulk_create(
            [
                ReportVersion(
                    unit_year=world.year, number=1, made_by=1, as_of=version.as_of, made_at=version.made_at
                )
            ]
        )


def test_the_log_holds_the_digests(world: World) -> None:
    version = close_year(world.head, world.year.pk)
    act = Act.objects.get(action="performance.version.closing")
    assert act.after["figures"] == version.figures_digest and act.after["facts"] == version.facts_digest


def test_who_may_do_what(world: World) -> None:
    for act in (
        lambda: make_draft(world.auditor, world.year.pk), lambda: close_year(world.accountant, world.year.pk),
        lambda: make_draft(world.stranger, world.year.pk), lambda: enter_value(world.auditor, world.year.pk, ENTERED, "有效促进", "x"),
        lambda: import_table(world.auditor, world.agency, TABLE.format(unit=world.agency.name), "t.yaml"),
        lambda: correct(world.accountant, world.year.pk, "还没有定稿"),
    ):  # fmt: skip
        with pytest.raises(InputError):
            act()
    close_year(world.head, world.year.pk)
    for act in (
        lambda: make_draft(world.accountant, world.year.pk), lambda: close_year(world.head, world.year.pk),
        lambda: enter_value(world.accountant, world.year.pk, ENTERED, "有效促进", "工作总结"),
        lambda: import_table(world.accountant, world.agency, TABLE.format(unit=world.agency.name), "t.yaml"),
        lambda: correct(world.accountant, world.year.pk, " "),
    ):  # fmt: skip
        with pytest.raises(InputError):
            act()
    assert UnitYear.objects.get().state == "closed"


def test_entering_by_hand_needs_evidence_and_a_cell_for_hands(world: World) -> None:
    enter_value(world.accountant, world.year.pk, ENTERED, "有效促进", "", "0" * 64)
    row = IndicatorBinding.objects.get(path=ENTERED)
    assert (row.person, row.evidence_digest) == ("蒋会计", "0" * 64)
    for path, value, evidence, digest in (
        (ENTERED, "有效促进", "", ""), (ENTERED, "", "总结", ""), (ENTERED, "有效促进", "总结", "abc"),
        ("sheets[0].funds.total.executed", "5", "总结", ""), ("nowhere", "5", "总结", ""),
    ):  # fmt: skip
        with pytest.raises(InputError):
            enter_value(world.accountant, world.year.pk, path, value, evidence, digest)


def test_a_new_table_takes_the_place_of_the_old_while_the_year_is_open(world: World) -> None:
    text = TABLE.format(unit=world.agency.name).replace("weight: 50", "weight: 45")
    again = import_table(world.accountant, world.agency, text, "second.yaml")
    assert again.pk == world.year.pk and again.version == 2 and again.bindings.count() == 8
    version = make_draft(world.accountant, again.pk)
    assert json.loads(version.scores)["sheets"][0]["indicators"][1]["weight"] == "45"


def test_the_table_of_another_unit_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="指标取数表是“别的单位”的"):
        import_table(world.accountant, world.agency, TABLE.format(unit="别的单位"), "t.yaml")
