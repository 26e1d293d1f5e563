"""The rules that need no database: drafts, digests, the chain, mirrors, reconciliation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.ledger.facts import Draft, Line, StatementItem
from guangsha.ledger.rules import (
    LINES_MAX,
    LedgerRefused,
    check_draft,
    content_digest,
    days_of_month,
    genesis,
    link_of,
    mirror,
    month_of,
    reconcile,
    yuan_text,
)

DRAFT = Draft(
    1,
    date(2026, 11, 20),
    "payment",
    "subsidy:1",
    "租赁补贴",
    (Line(1, 100, 7), Line(2, -100)),
    "subsidy.batch",
    "1",
    "凭3",
    2,
)


def check(**change: Any) -> None:
    check_draft(replace(DRAFT, **change))


def test_a_good_draft_passes() -> None:
    check()
    check(lines=tuple(Line(n, 1) for n in range(LINES_MAX - 1)) + (Line(0, 1 - LINES_MAX),))  # noqa: RUF005


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("kind", {"kind": "gift"}), ("names-none", {"kind": "reversal"}), ("year", {"day": date(1999, 1, 1)}),
        ("empty", {"key": " "}), ("empty", {"reason": ""}), ("empty", {"source_id": ""}), ("empty", {"source_type": ""}),
        ("long", {"key": "x" * 101}), ("long", {"reason": "字" * 201}), ("text", {"reason": "a\nb"}), ("text", {"key": "a\0b"}),
        ("text", {"reason": "\ud800"}), ("range", {"attachments": -1}), ("whole", {"attachments": True}),
        ("lines", {"lines": (Line(1, 5),)}), ("lines", {"lines": tuple(Line(n, 1) for n in range(LINES_MAX + 1))}),
        ("zero", {"lines": (Line(1, 0), Line(2, 0))}), ("unbalanced", {"lines": (Line(1, 5), Line(2, -4))}),
        ("whole", {"lines": (Line(1, 5.0), Line(2, -5))}), ("whole", {"lines": (Line(1, True), Line(2, -1))}),
        ("range", {"lines": (Line(1, 10**15 + 1), Line(2, -(10**15) - 1))}),
    ],
)  # fmt: skip
def test_a_bad_draft_is_refused_with_its_reason(code: str, change: dict[str, Any]) -> None:
    with pytest.raises(LedgerRefused) as caught:
        check(**change)
    assert caught.value.reason_code == code
    assert str(caught.value).isprintable()


def test_the_message_says_which_side_is_more() -> None:
    with pytest.raises(LedgerRefused, match=r"借方多 1\.05元"):
        check(lines=(Line(1, 205), Line(2, -100)))
    with pytest.raises(LedgerRefused, match="贷方多"):
        check(lines=(Line(1, 5), Line(2, -100)))


def test_the_digest_covers_every_field_and_nothing_else_of_the_posting() -> None:
    changes: list[dict[str, Any]] = [
        {"agency_id": 2}, {"day": date(2026, 11, 21)}, {"kind": "transfer"}, {"key": "k"}, {"reason": "r"},
        {"source_type": "s"}, {"source_id": "i"}, {"voucher_number": "v"}, {"attachments": 3}, {"reversal_of": 1},
        {"lines": (Line(1, 100), Line(2, -100))}, {"lines": (Line(2, -100), Line(1, 100, 7))}, {"lines": (Line(1, 99, 7), Line(2, -99))},
    ]  # fmt: skip
    digests = {content_digest(DRAFT), *(content_digest(replace(DRAFT, **change)) for change in changes)}
    assert len(digests) == len(changes) + 1
    # what stands in somebody's books must be recomputed the same for ever
    assert content_digest(DRAFT) == "5073aa90a412623ef9c2162a64c2e12b3f54f2d91bb88aa6d5f42082286fcefd"
    assert (
        link_of(genesis(1, 202611), 1, "ab", 7, datetime(2026, 11, 21, 1, 2, 3, 4, UTC))
        == "d48f25314e752d69f21147946580ade3d0f55653455bc078ed9b194961cdeeb1"
    )


def test_months() -> None:
    assert month_of(date(2026, 2, 28)) == 202602
    assert days_of_month(202402) == (date(2024, 2, 1), date(2024, 2, 29))
    assert yuan_text(-5) == "-0.05元" and yuan_text(100_000_000_00) == "100,000,000.00元"


@given(
    amounts=st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=8),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_an_entry_and_its_mirror_cancel_on_every_account(amounts: list[int], day: date) -> None:
    lines = tuple(Line(n, fen, n) for n, fen in enumerate(amounts)) + (Line(99, -sum(amounts) or 1),)  # noqa: RUF005
    draft = replace(DRAFT, lines=lines)
    back = mirror(draft, entry_id=5, day=day, key="k", reason="r")
    for one, other in zip(draft.lines, back.lines, strict=True):
        assert one.account_id == other.account_id and one.amount_fen + other.amount_fen == 0
        assert other.budget_line_id == (one.budget_line_id if day.year == 2026 else None)
    assert back.kind == ("reversal" if day.year == 2026 else "correction") and back.reversal_of == 5


# -- reconciliation

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "reconciliation.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_reconciliation_cases(case: dict[str, Any]) -> None:
    parties = {
        party: [
            StatementItem(
                str(item.get("key", "")),
                item["fen"],
                item.get("day", date(2026, 11, 20)),
                str(item.get("reference", "")),
            )
            for item in items or []
        ]
        for party, items in case["given"].items()
    }
    found = reconcile(parties)
    expected = case["expect"]
    assert list(found.agreed) == [str(key) for key in expected.get("agreed", [])]
    assert [[d.key, d.kind, d.party] for d in found.differences] == [
        [str(part) for part in each] for each in expected.get("differences", [])
    ]
    assert [[p.key, p.party, p.reference] for p in found.proposals] == [
        [str(part) for part in each] for each in expected.get("proposals", [])
    ]
    assert found.clean is expected.get("clean", False)
    assert found.totals == {party: sum(item.amount_fen for item in items) for party, items in parties.items()}


def test_one_party_cannot_be_reconciled() -> None:
    with pytest.raises(LedgerRefused, match="两方"):
        reconcile({"账": []})


@given(
    items=st.dictionaries(st.text("abc123", min_size=1, max_size=6), st.integers(1, 10**9), max_size=20),
    drop=st.sets(st.integers(0, 19)),
    shift=st.sets(st.integers(0, 19)),
)
def test_every_item_that_is_dropped_or_changed_is_found_and_no_other(
    items: dict[str, int], drop: set[int], shift: set[int]
) -> None:
    day = date(2026, 11, 20)
    books = [StatementItem(key, fen, day) for key, fen in items.items()]
    bank = [
        replace(item, amount_fen=item.amount_fen + (1 if place in shift else 0))
        for place, item in enumerate(books)
        if place not in drop
    ]
    found = reconcile({"账": books, "批次": list(reversed(books)), "银行": bank})
    wrong = {books[n].key for n in range(len(books)) if n in drop or n in shift}
    assert {d.key for d in found.differences} == wrong
    assert set(found.agreed) == set(items) - wrong
