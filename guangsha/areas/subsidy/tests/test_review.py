"""Reviews: everybody at once says what one by one would; nothing changes by itself; what is taken away is heard first."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from guangsha.areas.eligibility.families import family_of
from guangsha.areas.registry.models import Declaration, Home, Person
from guangsha.areas.subsidy.models import Agreement, Calculation, Entitlement
from guangsha.areas.subsidy.models_review import ReviewDifference, ReviewRun
from guangsha.areas.subsidy.review import _write, find_differences, run_review
from guangsha.areas.subsidy.review_acts import (
    access_difference,
    access_run,
    confirm_difference,
    differences_of,
    dismiss_difference,
    runs_of,
    settle_many,
)
from guangsha.areas.subsidy.review_export import FORMATS, exported, why
from guangsha.areas.subsidy.review_jobs import begin_reviews, months_paid
from guangsha.areas.subsidy.review_rules import facts_to_judge, happened
from guangsha.areas.subsidy.tests.builders import THREE, TWO, Clock, House
from guangsha.areas.verification.models import Verification
from guangsha.audit.actor import CLOCK
from guangsha.audit.models import Act
from guangsha.cli.main import main
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 10)


def review(house: House, kind: str = "quarterly", on: date = ON, actor: Any = None) -> ReviewRun:
    return run_review(actor or house.maker, house.cast.district, kind, on)


def only(run: ReviewRun) -> ReviewDifference:
    return ReviewDifference.objects.get(run=run)


@pytest.fixture
def agreement(house: House, clock: Clock) -> Agreement:
    made = house.active()
    clock.at("2026-03-10")
    return made


def test_a_review_of_what_is_right_finds_nothing_and_writes_no_difference(
    house: House, agreement: Agreement
) -> None:
    run = review(house)
    assert run.counts["agreements"] == run.counts["unchanged"] == 1
    assert not ReviewDifference.objects.exists()
    assert {row["key"] for row in run.parameters} >= {"base_rent_m2", "coef", "income_line_pc_month"}


def test_the_same_facts_give_the_same_run_and_a_change_another(house: House, agreement: Agreement) -> None:
    first = review(house)
    assert review(house) == first
    assert Act.objects.filter(action="subsidy.review.run").count() == 1
    house.one_leaves(agreement.household, "2026-02-11")
    second = review(house)
    assert second != first and second.facts_digest != first.facts_digest
    assert review(house, actor=CLOCK) == second


def test_two_runs_that_computed_at_once_leave_one_list(house: House, agreement: Agreement) -> None:
    house.one_leaves(agreement.household, "2026-02-11")
    one, two = (find_differences(house.cast.district, "quarterly", ON) for _ in range(2))
    runs = [_write(house.maker, house.cast.district, "quarterly", ON, found) for found in (one, two)]
    assert runs[0] == runs[1] and ReviewDifference.objects.count() == 1


def test_a_reduction_is_proposed_heard_first_and_changes_nothing_by_itself(
    house: House, agreement: Agreement, clock: Clock
) -> None:
    house.months(202603)
    house.one_leaves(agreement.household, "2026-02-11")
    one = only(review(house))
    assert (one.kind, one.before_fen, one.proposed_fen) == ("less", THREE, TWO)
    assert one.happened_on == date(2026, 2, 12)
    assert why(one) == "保障人口由3人变为2人。"
    agreement.refresh_from_db()
    assert agreement.amount_fen == THREE
    done = confirm_difference(house.maker, one.pk, reason="户籍迁出已核实")
    made = done.calculation
    assert made is not None and (made.state, made.amount_fen, made.declared) == ("hearing", TWO, False)
    agreement.refresh_from_db()
    assert agreement.amount_fen == THREE
    assert set(Entitlement.objects.values_list("amount_fen", flat=True)) == {THREE}
    with pytest.raises(InputError, match="已经处理过"):
        confirm_difference(house.maker, one.pk, reason="再来一次")


def test_more_may_be_confirmed_for_many_at_once_but_never_less(
    house: House, agreement: Agreement, clock: Clock
) -> None:
    Agreement.objects.update(amount_fen=TWO)
    run = review(house)
    assert only(run).kind == "more" and run.counts["more_fen"] == THREE - TWO
    assert settle_many(house.maker, run.pk, "more", "confirm", reason="人口增加") == {
        "done": 1,
        "refused": [],
    }
    assert Calculation.objects.get(kind="review").state == "proposed"
    for kind in ("less", "ends"):
        with pytest.raises(InputError, match="逐户"):
            settle_many(house.maker, run.pk, kind, "confirm", reason="一并处理")
    with pytest.raises(InputError, match="可以确认的金额"):
        settle_many(house.maker, run.pk, "incomplete", "confirm", reason="一并处理")


def test_who_is_no_longer_qualified_ends_with_the_conditions_that_fail(
    house: House, agreement: Agreement
) -> None:
    Home.objects.create(
        household=agreement.household, nature="owned", address="滨江路88号", area_m2="96", acquired_on=date(2026, 2, 20)
    )  # fmt: skip
    one = only(review(house, "monthly"))
    assert (one.kind, one.proposed_fen, one.happened_on) == ("ends", 0, date(2026, 2, 20))
    assert one.failed == 1 << 1
    dismiss_difference(house.checker, one.pk, reason="房屋已灭失，登记待注销")
    one.refresh_from_db()
    assert (one.state, one.settled_by_id) == ("dismissed", house.checker.account_id)


def test_a_household_of_which_nobody_lives_ends(house: House, agreement: Agreement) -> None:
    Person.objects.filter(memberships__household=agreement.household).update(died_on=date(2026, 3, 1))
    one = only(review(house, "monthly"))
    assert (one.kind, one.happened_on) == ("ends", date(2026, 3, 1))
    made = confirm_difference(house.maker, one.pk, reason="人口库核实").calculation
    assert made is not None and made.ends and made.amount_fen == 0


def test_what_is_contradicted_is_incomplete_and_says_what_is_missing(
    house: House, agreement: Agreement, clock: Clock
) -> None:
    Verification.objects.create(
        number="V-1", case_number="T", person=agreement.household.head, source="real_estate", purpose="核查", outcome="mismatch",
        payload={"answer": {"homes": [{"area_m2": "90", "disposed_on": ""}]}}, asked_at=clock.now, answered_at=clock.now,
        data_as_of=date(2026, 3, 9),
    )  # fmt: skip
    one = only(review(house, "monthly"))
    assert one.kind == "incomplete" and one.proposed_fen is None
    assert one.missing == ["不动产登记显示申请人有未申报的住房，还没有听取说明。"]
    with pytest.raises(InputError, match="没有可以确认"):
        confirm_difference(house.maker, one.pk, reason="不行")


def test_a_file_that_changed_after_the_review_is_not_confirmed(house: House, agreement: Agreement) -> None:
    Agreement.objects.update(amount_fen=TWO)
    one = only(review(house))
    house.one_leaves(agreement.household, "2026-03-09")
    with pytest.raises(InputError, match="又有变化"):
        confirm_difference(house.maker, one.pk, reason="增加")
    one.refresh_from_db()
    assert one.state == "open" and not Calculation.objects.filter(kind="review").exists()


def test_a_later_run_supersedes_what_was_left_open(house: House, agreement: Agreement) -> None:
    Agreement.objects.update(amount_fen=TWO)
    first = review(house)
    second = review(house, "annual")
    assert list(first.differences.values_list("state", flat=True)) == ["superseded"]
    assert list(second.differences.values_list("state", flat=True)) == ["open"]


def test_monthly_holds_incomes_as_they_were_found_and_the_quarter_asks_them(
    house: House, clock: Clock
) -> None:
    family = house.family(
        身份=[], 成员=[{"关系": "self", "出生": "1981-05-01", "月收入": "900"}, {"关系": "spouse", "出生": "1983-02-01", "月收入": "900"}]
    )  # fmt: skip
    house.active(family)
    clock.at("2026-03-10")
    made = Declaration.objects.get(household=family)
    made.income = {key: {"wages": 900_000} for key in made.income}
    made.save()
    assert review(house, "monthly").counts["unchanged"] == 1
    one = only(review(house, "quarterly"))
    assert one.kind == "ends" and one.failed & 1


def test_the_year_lists_who_must_declare_and_who_let_it_pass(house: House, clock: Clock) -> None:
    agreement = house.active()
    clock.at("2026-12-15")
    Agreement.objects.update(ends_on=date(2026, 12, 31))
    run = review(house, "annual", date(2026, 12, 15))
    one = only(run)
    assert (one.kind, run.counts["declare"]) == ("declare", 1)
    assert "12月31日" in one.missing[0]
    Declaration.objects.update(declared_on=date(2026, 12, 14))
    assert review(house, "annual", date(2026, 12, 15)).counts["declare"] == 0
    Declaration.objects.update(declared_on=date(2026, 6, 1))
    clock.at("2027-01-10")
    Agreement.objects.update(state="expired")
    late = review(house, "annual", date(2027, 1, 10))
    assert only(late).kind == "lapsed" and late.counts["agreements"] == 0
    assert agreement.pk == only(late).agreement_id


def test_only_reviewers_of_the_district_begin_and_settle(house: House, agreement: Agreement) -> None:
    Agreement.objects.update(amount_fen=TWO)
    run = review(house)
    one = only(run)
    for actor in (
        house.far,
        house.accountant,
        house.cast.actor("stranger"),
        house.cast.actor("system_admin"),
    ):
        with pytest.raises(InputError):
            review(house, actor=actor)
        with pytest.raises(NotThere):
            access_run(actor, run.pk)
        with pytest.raises(NotThere):
            access_difference(actor, one.pk)
        with pytest.raises(NotThere):
            confirm_difference(actor, one.pk, reason="不是我的")
    auditor = house.cast.actor("auditor")
    assert access_run(auditor, run.pk) == run and differences_of(auditor, run).count() == 1
    with pytest.raises(InputError, match="岗位"):
        dismiss_difference(auditor, one.pk, reason="审计员只看")
    assert runs_of(house.head).count() == 1
    with pytest.raises(InputError, match="没有填写"):
        dismiss_difference(house.head, one.pk, reason=" ")
    with pytest.raises(InputError, match="晚于今天"):
        review(house, on=date(2026, 4, 1))


def test_facts_to_judge_hold_and_state_only_what_they_may() -> None:
    found: dict[str, int | None] = {
        "members": 2,
        "income_12m_fen": 900,
        "local_hukou": None,
        "own_area_hundredth_m2": 5,
    }
    stood: dict[str, int | None] = {"members": 2, "income_12m_fen": 100, "own_area_hundredth_m2": 0}
    held = facts_to_judge(found, stood, {"local_hukou": 1, "members": 9}, "monthly")
    assert held == {"members": 2, "income_12m_fen": 100, "local_hukou": 1, "own_area_hundredth_m2": 5}
    assert facts_to_judge(found, {**stood, "members": 3}, {}, "monthly") == found
    assert facts_to_judge(found, stood, {}, "quarterly") == found
    days = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    assert happened(days, date(2026, 1, 1), date(2026, 2, 28)) == date(2026, 2, 1)
    assert happened(days, date(2026, 3, 1), date(2026, 3, 2)) == date(2026, 3, 2)


def test_the_clock_reviews_every_agency_once_a_month(
    house: House, agreement: Agreement, clock: Clock
) -> None:
    assert "湖滨区住房保障服务中心月度核查差异 0 户" in begin_reviews(clock.now)
    assert begin_reviews(clock.now) == "本期已复核"
    assert begin_reviews(clock.at("2026-03-31")) == "本期已复核"
    assert "季度核查" in begin_reviews(clock.at("2026-04-01"))


def test_months_that_were_paid_count_towards_the_limit(house: House, agreement: Agreement) -> None:
    house.months(202603)
    house.paid(agreement, 202602)
    key = agreement.household_id
    assert months_paid([key], ON) == {key: 1}
    assert months_paid([key], date(2026, 2, 1)) == {}
    assert family_of(agreement.household, ON).subsidised_months == 1


@pytest.mark.parametrize("form", FORMATS)
def test_a_review_as_a_file_names_no_payee_in_full(house: House, agreement: Agreement, form: str) -> None:
    Agreement.objects.update(amount_fen=TWO)
    run = review(house)
    made = exported(run, differences_of(house.maker, run), form)
    assert made == exported(run, differences_of(house.maker, run), form)
    if form == "json":
        told = json.loads(made)
        assert told["differences"][0]["proposed_fen"] == THREE and told["counts"]["more"] == 1
    if form == "csv":
        assert "应增加" in made.decode("utf-8-sig") and "某某" not in made.decode("utf-8-sig")


def test_the_verb_writes_the_summary_and_the_file(
    house: House, agreement: Agreement, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Agreement.objects.update(amount_fen=TWO)
    out = tmp_path / "differences.csv"
    asked = ["review", "--kind", "quarterly", "--agency", "湖滨区住房保障服务中心", "--on", "2026-03-10"]
    assert main([*asked, "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["counts"]["more"] == 1 and "应增加 1" in told.err
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    for wrong in (["--out", "x.docx"], ["--on", "2026-02-30"], ["--agency", "没有"], ["--on", "2027-01-01"]):
        assert main([*asked, *wrong]) == 2
    assert "Traceback" not in capsys.readouterr().err
