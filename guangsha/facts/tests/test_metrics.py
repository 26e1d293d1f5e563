"""The machinery of metrics: folds, printing, record sets, and what a declaration refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.facts import metrics
from guangsha.facts.metrics import Metric, Parameter, Record, Scope, compute, metric, printed
from guangsha.kernel.errors import InputError
from guangsha.kernel.measures import UNITS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A world of its own, so that what a test declares stays there."""
    monkeypatch.setattr(metrics, "METRICS", {})
    metric(
        "toy.share", 1, label="占比", definition="玩具。", unit="%", records="记录", fold="share",
        parameters=(Parameter("half", "半边", {"left": "左", "right": "右"}),),
    )(lambda scope: [Record("a:1", 1), Record("a:2", 0), Record("a:3", 0)] if scope.given("half") != "left" else [])  # fmt: skip
    metric(
        "toy.done", 1, label="完成率", definition="玩具。", unit="%", records="户", fold="per_planned",
        parameters=(Parameter("planned", "计划数", required=True),),
    )(lambda _: (Record(f"h:{number}", 7) for number in range(3573)))  # fmt: skip
    yield


def scope(**parameters: str) -> Scope:
    return Scope(frozenset({1}), 2025, NOW, parameters)


def test_a_share_is_exact_and_nothing_has_none(declared: None) -> None:
    found = compute("toy.share", scope())
    assert found.value == Fraction(100, 3) and [record.id for record in found.records] == [
        "a:1",
        "a:2",
        "a:3",
    ]
    assert compute("toy.share", scope(half="left")).value is None
    assert compute("toy.share", scope(half="left")).told == "半边=左"


def test_the_published_rate_of_done_against_planned(declared: None) -> None:
    value = compute("toy.done", scope(planned="3500")).value
    assert value is not None
    assert str(printed(value, UNITS["%"], UNITS["%"], 2)) == "102.09"


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"half": "up"}, "不能是"), ({"whole": "1"}, "没有参数"),
    ],
)  # fmt: skip
def test_parameters_are_checked(declared: None, given_: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        compute("toy.share", scope(**given_))


@pytest.mark.parametrize("planned", ["", "0", "3.5", "-1", "三千"])
def test_a_plan_is_a_whole_number(declared: None, planned: str) -> None:
    with pytest.raises(InputError):
        compute("toy.done", scope(planned=planned))


def test_what_nobody_declared_is_one_sentence(declared: None) -> None:
    with pytest.raises(InputError, match=r"没有“toy\.none”这个取数指标"):
        compute("toy.none", scope())


def test_a_record_is_counted_once(declared: None) -> None:
    metric("toy.twice", 1, label="", definition="", unit="户", records="", fold="count")(
        lambda _: [Record("a:1", 1), Record("a:1", 2)]
    )
    with pytest.raises(ValueError, match="twice"):
        compute("toy.twice", scope())


@pytest.mark.parametrize(("fold", "unit"), [("product", "户"), ("sum", "斤"), ("per_planned", "%")])
def test_a_declaration_that_cannot_work_is_refused(declared: None, fold: str, unit: str) -> None:
    with pytest.raises(ValueError, match="toy"):
        metric("toy.bad", 1, label="", definition="", unit=unit, records="", fold=fold)


@pytest.mark.parametrize(
    ("fen", "unit", "decimals", "text"),
    [
        (922_450_000, "万元", 2, "922.45"), (1_226_000, "万元", 2, "1.23"), (1_224_999, "万元", 2, "1.22"),
        (566_000, "万元", 2, "0.57"), (-566_000, "万元", 2, "-0.57"), (922_450_000, "元", 0, "9224500"), (0, "万元", 2, "0.00"),
    ],
)  # fmt: skip
def test_money_is_rounded_once_half_up(fen: int, unit: str, decimals: int, text: str) -> None:
    assert str(printed(Fraction(fen), UNITS["fen"], UNITS[unit], decimals)) == text


def test_households_are_no_money() -> None:
    with pytest.raises(InputError, match="不能换算"):
        printed(Fraction(1), UNITS["户"], UNITS["万元"], 2)


RECORDS = st.lists(
    st.builds(
        Record,
        st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}:[0-9]{1,12}(\.[0-9]{1,3})?", fullmatch=True),
        st.integers(-(10**15), 10**15),
        st.integers(0, 10**6),
    ),
    unique_by=lambda record: record.id,
)


@given(RECORDS)
def test_a_record_set_comes_back_as_it_was_kept(found: list[Record]) -> None:
    lines = metrics.record_lines(found)
    assert metrics.records_of(lines) == tuple(sorted(found))
    assert metrics.record_lines(reversed(found)) == lines


@given(RECORDS, st.integers(min_value=0))
def test_the_digest_of_ids_tells_which_records_the_digest_of_lines_also_what_they_added(
    found: list[Record], place: int
) -> None:
    if not found:
        return
    other = list(found)
    chosen = other[place % len(other)]
    other[place % len(other)] = Record(chosen.id, chosen.amount + 1, chosen.of)
    one, two = (metrics.Measured(_any(), scope(), None, tuple(records)) for records in (found, other))
    assert one.digest == two.digest
    lines = [metrics.content_digest(metrics.record_lines(records)) for records in (found, other)]
    assert lines[0] != lines[1]


def _any() -> Metric:
    return Metric("toy.any", 1, "", "", "", "", "count", lambda _: ())


def test_every_declared_metric_and_reader_is_whole() -> None:
    """What areas declare: a sentence that ends, a unit, and somebody who shows each kind of record."""
    from django.utils.module_loading import autodiscover_modules

    autodiscover_modules("metrics")
    assert len(metrics.METRICS) > 20
    for known in metrics.METRICS.values():
        assert known.definition.endswith("。") and known.label and known.records, known.id
        assert known.unit == "" or known.unit in UNITS
        assert known.window == "year" and known.version >= 1
        assert known.id.count(".") == 1, known.id
    assert {"ledger.posting", "registry.household", "subsidy.item", "intake.case"} <= set(metrics.READERS)
