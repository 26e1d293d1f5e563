"""Whoever tampers with the log in the database itself is found, and what was done is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from guangsha.audit import actions, verify
from guangsha.audit.actions import COVERED, anchor_day, digest_of_columns, record, sign_anchor
from guangsha.audit.actor import CLOCK, Actor
from guangsha.audit.models import Act, Anchor, Chain
from guangsha.audit.verify import Fault, verify_chains
from guangsha.kernel.errors import InputError

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", 7, "钱受理", agency_id=3, roles=frozenset({"street_clerk"}))
CHAIN = "agency:3"
DAY = date(2026, 3, 1)


def sql(text: str, *given: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, given)


def faults(**more: Any) -> list[tuple[str, int, str]]:
    return [(fault.chain, fault.number, fault.code) for fault in verify_chains(**more).faults]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[Act]:
    """Ten acts on three days, an anchor of each day."""
    made: list[Act] = []
    for number in range(10):
        at = datetime(2026, 3, 1 + number // 4, 1, number, tzinfo=UTC)
        monkeypatch.setattr(actions.timezone, "now", lambda at=at: at)
        with transaction.atomic():
            made.append(
                record(CLERK, "intake.case.accept", Chain(name="x"), reason=f"理由{number}", after={"n": 1})
            )
    monkeypatch.undo()
    for number in range(3):
        anchor_day(DAY + timedelta(days=number))
    return made


def rewrite_from(number: int, **changes: object) -> None:
    """A thorough forger: changes an act, and computes every later digest, link and the head anew."""
    before = ""
    for act in Act.objects.filter(chain=CHAIN, number__gte=number).order_by("number"):
        columns = {name: getattr(act, name) for name in COVERED}
        if act.number == number:
            columns.update(changes)
        else:
            columns["previous"] = before
        before = digest_of_columns(columns)
        sql(
            "UPDATE audit_act SET reason=%s, previous=%s, digest=%s WHERE id=%s",
            columns["reason"],
            columns["previous"],
            before,
            act.pk,
        )
    sql("UPDATE audit_chain SET head=%s WHERE name=%s", before, CHAIN)


def test_an_untouched_log_is_sound_and_everything_was_read(log: list[Act]) -> None:
    found = verify_chains()
    assert found.sound and (found.chains, found.acts, found.anchors) == (2, 13, 3)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "另一个理由"), ("action", "intake.case.refuse"), ("actor_id", 8), ("actor_name", "别人"),
        ("actor_roles", ""), ("agency_id", 4), ("object_id", "99"), ("object_type", "x"), ("on_behalf_of", 5),
        ("after", '{"n": 2}'), ("before", '{"n": 2}'), ("at", "2026-03-01 01:00:00+00:00"), ("request_id", "z"),
        ("actor_kind", "citizen"), ("digest", "f" * 64), ("previous", "f" * 64),
    ],
)  # fmt: skip
def test_any_changed_column_is_found_once_at_its_act(log: list[Act], column: str, value: object) -> None:
    sql(f"UPDATE audit_act SET {column} = %s WHERE chain = %s AND number = 5", value, CHAIN)
    assert faults() == [(CHAIN, 5, "changed")]


def test_a_changed_last_act_is_found(log: list[Act]) -> None:
    sql("UPDATE audit_act SET reason = 'x' WHERE chain = %s AND number = 10", CHAIN)
    assert faults()[0] == (CHAIN, 10, "changed")


def test_an_act_changed_with_its_digest_is_named_by_the_one_after_it(log: list[Act]) -> None:
    act = Act.objects.get(chain=CHAIN, number=5)
    digest = digest_of_columns({**{n: getattr(act, n) for n in COVERED}, "reason": "x"})
    sql("UPDATE audit_act SET reason = 'x', digest = %s WHERE id = %s", digest, act.pk)
    assert faults() == [(CHAIN, 5, "rewritten")]


@pytest.mark.parametrize(("number", "text"), [(1, "第 1 条被删除"), (5, "第 5 条被删除")])
def test_a_removed_act_is_found(log: list[Act], number: int, text: str) -> None:
    sql("DELETE FROM audit_act WHERE chain = %s AND number = %s", CHAIN, number)
    assert verify_chains().faults == [Fault(CHAIN, number, "removed", text)]


def test_a_removed_stretch_is_named_whole(log: list[Act]) -> None:
    sql("DELETE FROM audit_act WHERE chain = %s AND number IN (5, 6, 7)", CHAIN)
    assert verify_chains().faults[0].text == "第 5 至 7 条被删除"


def test_an_act_removed_and_the_rest_renumbered_is_found(log: list[Act]) -> None:
    sql("DELETE FROM audit_act WHERE chain = %s AND number = 5", CHAIN)
    for number in range(6, 11):
        sql("UPDATE audit_act SET number = %s WHERE chain = %s AND number = %s", number - 1, CHAIN, number)
    first = verify_chains().faults[0]
    assert (first.number, first.code) == (5, "moved") and "第 6 条" in first.text


def test_two_acts_in_each_others_place_are_found(log: list[Act]) -> None:
    for old, new in ((5, 50), (6, 5), (50, 6)):
        sql("UPDATE audit_act SET number = %s WHERE chain = %s AND number = %s", new, CHAIN, old)
    assert faults()[:2] == [(CHAIN, 5, "moved"), (CHAIN, 6, "moved")]


def test_an_act_moved_to_the_chain_of_another_agency_is_missed_in_one_and_foreign_in_the_other(
    log: list[Act],
) -> None:
    sql("UPDATE audit_act SET chain = 'agency:9' WHERE chain = %s AND number = 5", CHAIN)
    assert faults()[:3] == [(CHAIN, 5, "removed"), ("agency:9", 1, "removed"), ("agency:9", 5, "changed")]


def test_an_act_appended_past_the_program_is_found(log: list[Act]) -> None:
    last = Act.objects.filter(chain=CHAIN).latest("number")
    columns = {**{n: getattr(last, n) for n in COVERED}, "number": 11, "previous": last.digest}
    Act(**columns, digest=digest_of_columns(columns)).save()
    assert faults() == [(CHAIN, 11, "appended")]


def test_a_chain_cut_at_its_end_is_shown_by_its_head(log: list[Act]) -> None:
    sql("DELETE FROM audit_act WHERE chain = %s AND number > 8", CHAIN)
    assert (CHAIN, 9, "cut") in faults()


def test_a_chain_cut_together_with_its_head_is_shown_by_the_anchor(log: list[Act]) -> None:
    eighth = Act.objects.get(chain=CHAIN, number=8)
    sql("DELETE FROM audit_act WHERE chain = %s AND number > 8", CHAIN)
    sql("UPDATE audit_chain SET length = 8, head = %s WHERE name = %s", eighth.digest, CHAIN)
    assert faults() == [(CHAIN, 10, "anchored-cut")]


def test_a_chain_rewritten_as_a_whole_is_shown_by_the_first_anchor_that_disagrees(log: list[Act]) -> None:
    rewrite_from(6, reason="改写")
    found = verify_chains()
    assert [(f.number, f.code) for f in found.faults] == [(5, "anchored-rewritten")]
    assert "2026-03-02" in found.faults[0].text and "第 5 至 8 条" in found.faults[0].text


def test_what_happened_after_the_last_anchor_can_be_rewritten_unseen_until_the_next_is_signed(
    log: list[Act],
) -> None:
    """Said in docs/operations/audit.md, so it is written down here as well."""
    with transaction.atomic():
        record(CLERK, "intake.case.accept", Chain(name="x"), reason="新")
    rewrite_from(11, reason="改写")
    assert verify_chains().sound


def test_a_whole_chain_taken_away_is_shown_by_the_anchor(log: list[Act]) -> None:
    sql("DELETE FROM audit_act WHERE chain = %s", CHAIN)
    sql("DELETE FROM audit_chain WHERE name = %s", CHAIN)
    assert faults() == [(CHAIN, 4, "anchored-cut")]
    assert faults(only=CHAIN) == [(CHAIN, 0, "missing"), (CHAIN, 4, "anchored-cut")]


def test_a_changed_or_missing_head_is_found(log: list[Act]) -> None:
    sql("UPDATE audit_chain SET head = %s WHERE name = %s", "f" * 64, CHAIN)
    assert faults() == [(CHAIN, 10, "head-changed")]
    sql("DELETE FROM audit_chain WHERE name = %s", CHAIN)
    assert faults() == [(CHAIN, 0, "head-removed")]


def test_anchors_that_were_changed_or_removed_are_found(log: list[Act]) -> None:
    sql("UPDATE audit_anchor SET acts = 99 WHERE day = %s", date(2026, 3, 2))
    assert faults() == [("锚", 0, "anchor-changed")]
    sql("DELETE FROM audit_anchor WHERE day = %s", date(2026, 3, 2))
    assert faults() == [("锚", 0, "anchor-removed")] * 2


def test_the_last_anchor_taken_away_is_missed_by_the_act_that_made_it(log: list[Act]) -> None:
    sql("DELETE FROM audit_anchor WHERE day = %s", date(2026, 3, 3))
    assert faults() == [("锚", 0, "anchor-removed")]


def test_a_log_forged_with_its_anchors_is_shown_by_the_signed_page(log: list[Act]) -> None:
    paper = Anchor.objects.get(day=DAY).digest
    rewrite_from(2, reason="改写")
    before = actions.GENESIS
    for anchor in Anchor.objects.order_by("day"):
        length = anchor.heads[CHAIN]["length"]
        anchor.heads[CHAIN]["head"] = Act.objects.get(chain=CHAIN, number=length).digest
        anchor.previous = before
        before = anchor.digest = actions.digest_of_anchor(anchor)
        anchor.save()
    assert verify_chains().sound
    assert faults(papers={DAY: paper[:16]}) == [("锚", 0, "paper")]
    assert faults(papers={date(2025, 1, 1): paper}) == [("锚", 0, "paper")]


def test_what_cannot_even_be_read_is_found(log: list[Act]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes nothing but JSON into a JSON column")
    sql("PRAGMA ignore_check_constraints = ON")
    sql("UPDATE audit_act SET after = '{oops' WHERE chain = %s AND number = 5", CHAIN)
    sql("PRAGMA ignore_check_constraints = OFF")
    assert faults() == [(CHAIN, 5, "changed")]


def test_pages_hold_together_at_every_size(log: list[Act], monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, 3, 7, 10, 11):
        monkeypatch.setattr(verify, "PAGE", size)
        seen: list[int] = []
        assert verify_chains(progress=seen.append).sound
        assert seen[-1] == 13 and seen == sorted(seen)


def test_many_faults_are_counted_and_only_the_first_are_told(
    log: list[Act], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "TOLD", 3)
    sql("UPDATE audit_act SET reason = 'x' WHERE chain = %s", CHAIN)
    found = verify_chains(only=CHAIN)
    assert len(found.faults) == 3 and found.untold == 7 and not found.sound


def test_an_anchor_is_made_once_in_order_and_only_of_a_day_that_is_over(log: list[Act]) -> None:
    assert anchor_day(DAY).pk == anchor_day(DAY).pk
    assert Anchor.objects.get(day=DAY).heads == {CHAIN: {"length": 4, "head": log[3].digest}}
    with pytest.raises(InputError, match="没有结束"):
        anchor_day(timezone.localdate())
    with pytest.raises(InputError, match="更早"):
        anchor_day(DAY - timedelta(days=1))


def test_the_job_of_the_morning_anchors_yesterday() -> None:
    told = actions.anchor_due(timezone.now())
    assert Anchor.objects.get().day == timezone.localdate() - timedelta(days=1)
    assert Anchor.objects.get().digest[:16] in told


def test_a_page_is_signed_once_by_one_who_signs(log: list[Act]) -> None:
    boss = Actor("staff", 1, "尤主任", agency_id=3, roles=frozenset({"supervisor"}))
    for actor in (CLERK, CLOCK):
        with pytest.raises(InputError):
            sign_anchor(actor, DAY)
    assert sign_anchor(boss, DAY).signed_by == "尤主任"
    with pytest.raises(InputError, match="已由"):
        sign_anchor(boss, DAY)
    assert verify_chains().sound
