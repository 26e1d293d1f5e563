"""The pure rules of paying: controls, edges, thresholds, set-off, samples, entries that balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.subsidy import payment_rules as rules
from guangsha.areas.subsidy.facts import BATCH_STATES, ITEM_STATES
from guangsha.areas.subsidy.payment_rules import ACCOUNT_PLAN, Accounts, Due, Measures, check_batch
from guangsha.ledger.facts import Line
from guangsha.ledger.rules import ACCOUNT_KINDS
from guangsha.people.roles import ROLES

CASES = yaml.safe_load(
    (Path(__file__).parent / "cases" / "payment_controls.yaml").read_text(encoding="utf-8")
)


def fen(yuan: Any) -> int:
    return round(Fraction(str(yuan)) * 100)


def due(seq: int, given: dict[str, Any]) -> Due:
    now = fen(given["now"])
    return Due(
        seq, given["household"], tuple(given["persons"]), given["account"], tuple(given["months"]), now, now, now,
        fen(given["before"]) if "before" in given else None, given.get("died_on"), given.get("dead_members", 0),
        given.get("payee_is_member", True),
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES["cases"], ids=[case["name"] for case in CASES["cases"]])
def test_controls_find_what_an_official_would(case: dict[str, Any]) -> None:
    available = case.get("available", 1_000_000)
    measures = Measures(
        elsewhere={
            (key.split("/")[0], int(key.split("/")[1])): where
            for key, where in case.get("elsewhere", {}).items()
        },
        accounts_elsewhere=case.get("accounts_elsewhere", {}),
        available_fen=None if available is None else fen(available),
        last_day=25,
    )
    dues = [due(seq, row) for seq, row in enumerate(case["dues"], start=1)]
    found = check_batch(dues, measures, on=case.get("day", date(2026, 11, 20)))
    assert {f"{c.severity}/{c.code}": list(c.items) for c in found} == case["expect"]
    assert [c.severity for c in found] == sorted(c.severity for c in found)
    assert all(c.text.endswith("。") and not any(p in c.text for p in "甲乙丙") for c in found)


@given(st.permutations(range(1, 7)), st.data())
def test_the_order_of_payments_changes_no_control(order: Sequence[int], data: st.DataObject) -> None:
    person = st.sampled_from("甲乙丙丁")
    dues = [
        Due(
            seq, seq, (data.draw(person), data.draw(person)), data.draw(st.sampled_from("AB")), (202611,), 100,
            100, 100, data.draw(st.sampled_from([None, 40, 100])),
        )
        for seq in range(1, 7)
    ]  # fmt: skip
    measures = Measures(available_fen=599)
    on = date(2026, 11, 1)
    assert check_batch([dues[place - 1] for place in order], measures, on=on) == check_batch(
        dues, measures, on=on
    )


def test_edges_name_states_and_roles_that_exist() -> None:
    for edge in rules.BATCH_EDGES.values():
        assert edge.before <= set(BATCH_STATES) and edge.after in {None, *BATCH_STATES}
        assert edge.roles <= set(ROLES)
    assert set(rules.ITEM_EDGES) == set(ITEM_STATES)
    assert set(BATCH_STATES) - {"cancelled"} == rules.LIVE
    # nothing leads back from where money may have gone, and every state is reached
    assert not rules.BATCH_EDGES["cancel"].before & {"sent", "accepted", "partly_paid", "paid", "closed"}
    reached = {"draft", "partly_paid", "paid"} | {edge.after for edge in rules.BATCH_EDGES.values()}
    assert reached - {None} == set(BATCH_STATES)


def test_maker_checker_and_approver_share_no_role() -> None:
    groups = [rules.MAKERS, rules.CHECKERS, rules.APPROVERS, rules.BANKERS]
    assert sum(len(group) for group in groups) == len(frozenset().union(*groups))


def test_who_acts_for_another_is_that_other() -> None:
    assert rules.four_eyes([5], 1, 2, None)
    assert not rules.four_eyes([5, 1], 1, 2)  # 5 in place of 1, who made it
    assert not rules.four_eyes([2], 1, 2)


def test_large_sums_are_for_the_head() -> None:
    assert "district_approver" in rules.approvers_of(50_000_000, 50_000_000)
    assert rules.approvers_of(50_000_001, 50_000_000) == {"supervisor"}
    assert rules.approvers_of(1, None) == {"supervisor"}, "where no limit is set, the strictest"


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ({"paid": 5}, ""), ({"paid": 4, "reissued": 1}, ""), ({"paid": 4, "cancelled": 1}, ""),
        ({"paid": 4, "returned": 1}, "1 笔退回款"), ({"paid": 4, "sent": 2}, "2 笔没有银行结果"),
    ],
)  # fmt: skip
def test_nothing_is_closed_over_open_money(items: dict[str, int], says: str) -> None:
    assert says in rules.may_close(items) and bool(rules.may_close(items)) == bool(says)


@given(
    st.integers(1, 10**7),
    st.lists(
        st.tuples(st.integers(1, 99), st.integers(0, 10**6)), max_size=4, unique_by=lambda owed: owed[0]
    ),
    st.fractions(0, 1, max_denominator=20),
)
def test_set_off_keeps_no_more_than_is_owed_and_leaves_a_yuan(
    gross: int, owed: list[tuple[int, int]], share: Fraction
) -> None:
    kept = rules.set_off(gross, owed, share)
    total = sum(part for _, part in kept)
    assert all(0 < part <= dict(owed)[claim] for claim, part in kept)
    assert total <= gross * share and (not total or gross - total >= 100)
    assert [claim for claim, _ in kept] == [claim for claim, _ in owed if claim in dict(kept)], (
        "oldest claim first"
    )


@given(
    st.sets(st.integers(1, 500), max_size=60),
    st.text(max_size=8),
    st.fractions(Fraction(1, 100), 1, max_denominator=100),
)
def test_a_draw_is_the_same_for_everybody(seqs: set[int], seed: str, share: Fraction) -> None:
    drawn = rules.draw(seqs, seed, "B1", share)
    assert drawn == rules.draw(sorted(seqs, reverse=True), seed, "B1", share)
    assert set(drawn) <= seqs and len(drawn) == (
        max(1, -((-len(seqs) * share) // 1)) if seqs else 0
    )  # rounded up


def test_another_seed_draws_others() -> None:
    assert (
        len({tuple(rules.draw(range(1, 200), str(seed), "B1", Fraction(1, 20))) for seed in range(20)}) == 20
    )


@given(
    st.dictionaries(st.integers(1, 9), st.integers(1, 99)),
    st.dictionaries(st.integers(1, 9), st.integers(1, 99)),
)
def test_the_difference_report_adds_up(before: dict[int, int], now: dict[int, int]) -> None:
    found = rules.compare(before, now)
    rows = [*found.new, *found.gone, *found.more, *found.less]
    assert found.now_fen - found.before_fen == sum(after - was for _, was, after in rows)
    assert len(rows) + found.same == len(set(before) | set(now))


BOOKS = Accounts(*range(1, 9))
KINDS = {
    number: ACCOUNT_KINDS[ACCOUNT_PLAN[name][2]][1]
    for name, number in zip(Accounts.__slots__, range(1, 9), strict=True)
}


def balances(lines: Sequence[Line]) -> Counter[int]:
    sums: Counter[str] = Counter()
    of: Counter[int] = Counter()
    for line in lines:
        sums[KINDS[line.account_id]] += line.amount_fen
        of[line.account_id] += line.amount_fen
        assert (line.budget_line_id is not None) == (line.account_id == BOOKS.spending)
        assert line.amount_fen
    assert not any(sums.values()), "both accountings balance"
    return of


@given(st.integers(1, 10**9))
def test_entries_balance_in_both_accountings_and_leave_nothing_open(fen: int) -> None:
    approved = balances(rules.approved_lines(BOOKS, fen))
    paid = balances(rules.paid_lines(BOOKS, fen, 1))
    returned = balances(rules.returned_lines(BOOKS, fen))
    again = balances(rules.reissued_lines(BOOKS, fen))
    gone = balances(rules.surrendered_lines(BOOKS, fen))
    for way in ((approved, paid), (approved, returned, again, paid), (approved, returned, gone)):
        total: Counter[int] = Counter()
        for step in way:
            total.update(step)
        assert total[BOOKS.payable] == total[BOOKS.payable_returned] == 0
        assert total[BOOKS.expense] == fen and total[BOOKS.bank] == -fen
        assert total[BOOKS.spending] == (fen if way[-1] is paid else 0)


@given(st.integers(1, 10**9))
def test_what_a_household_pays_back_is_no_expense_of_this_year_and_the_treasurys_of_a_past_one(
    fen: int,
) -> None:
    total = balances(rules.approved_lines(BOOKS, fen))
    for step in (rules.paid_lines(BOOKS, fen, 1), rules.recovered_lines(BOOKS, fen, 1)):
        total.update(balances(step))
    assert not any(total.values()), "paid and paid back in one year leaves nothing"
    past = balances(rules.recovered_lines(BOOKS, fen, None))
    assert past == {BOOKS.bank: fen, BOOKS.treasury: -fen}


def test_the_plan_of_accounts_is_the_accounts() -> None:
    assert tuple(ACCOUNT_PLAN) != () and set(ACCOUNT_PLAN) == set(Accounts.__slots__)
    assert len({code for code, _, _ in ACCOUNT_PLAN.values()}) == len(ACCOUNT_PLAN)
