"""Books kept in fen and printed in 万元: whatever they hold, rounding alone breaks no relation between the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.checker.registry import RULES, Case
from guangsha.checker.run import load_rules
from guangsha.facts.accounts import Accounts, leaf_codes, rebuild_accounts
from guangsha.facts.concepts import Kind
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.report import Report
from guangsha.kernel.findings import Outcome, Relation
from guangsha.kernel.money import wan_yuan
from guangsha.scoring.profile import load_profile
from guangsha.scoring.results import Scores
from guangsha.testing.effort import examples

YEAR = 2024
Cells = dict[tuple[str, str, str], int]
Put = Callable[..., None]

#: Nothing, or an amount in fen that prints as at least 0.01 万元.
amounts = st.one_of(st.just(0), st.integers(5_000, 3_000_000_000))
ITEMS = [f"{group}{place}" for group in ("20601", "21101", "22101") for place in ("97", "98", "99")]
DETAILS = ("30101", "30103", "30302", "30201", "30202", "30299")


@dataclass
class Books:
    """One year's money in fen: item → (basic, project) from the budget, other money by item, one fund, one capital item."""

    general: dict[str, tuple[int, int]]
    other: dict[str, int]
    details: tuple[int, ...]
    fund: tuple[int, int, int]  # basic, project, closing
    capital: int
    three: tuple[int, int, int, int]  # abroad, purchase, running, reception
    cells: Cells = field(default_factory=dict)


@st.composite
def books(draw: st.DrawFn) -> Books:
    codes = draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=9, unique=True))
    general = {code: (draw(amounts), draw(amounts)) for code in codes}
    made = Books(
        general=general,
        other={code: draw(amounts) for code in codes},
        details=tuple(draw(st.tuples(*[st.integers(1, 9)] * len(DETAILS)))),
        fund=(draw(amounts), draw(amounts), draw(amounts)),
        capital=draw(amounts),
        three=(draw(amounts), draw(amounts), draw(amounts), draw(amounts)),
    )
    made.cells = _cells(made)
    return made


def _cells(kept: Books) -> Cells:
    """Every cell of the nine tables in fen; only non-zero ones are printed."""
    cells: Cells = defaultdict(int)

    def put(table: str, code: str, **columns: int) -> None:
        for column, fen in columns.items():
            cells[table, code, column] += fen
            cells[table, "total", column] += fen

    for code, (basic, project) in kept.general.items():
        other = kept.other[code]
        _put_item(put, code, basic, project, other)
        cells["overview", f"class.{code[:3]}", "amount"] += basic + project + other
        cells["fiscal_overview", f"class.{code[:3]}", "general_public"] += basic + project
    opening = _fund(kept, put, cells)
    if kept.capital:
        put("state_capital", "2230199", total=kept.capital, project=kept.capital)
        put("revenue", "2230199", total=kept.capital, fiscal=kept.capital)
        put("expenditure", "2230199", total=kept.capital, project=kept.capital)
        cells["overview", "class.223", "amount"] = kept.capital
        cells["fiscal_overview", "class.223", "state_capital"] = kept.capital
    _overviews(kept, cells, opening)
    _basic_detail(kept, cells)
    for row in ("budget", "executed"):
        abroad, purchase, running, reception = kept.three
        parts = {"abroad": abroad, "vehicle_purchase": purchase, "vehicle_running": running}
        parts |= {"reception": reception, "vehicles": purchase + running}
        for column, fen in (*parts.items(), ("total", sum(kept.three))):
            cells["three_public", row, column] = fen
    return {place: fen for place, fen in cells.items() if fen}


def _put_item(put: Put, code: str, basic: int, project: int, other: int) -> None:
    put("general_expenditure", code, total=basic + project, basic=basic, project=project)
    put("expenditure", code, total=basic + project + other, basic=basic + other, project=project)
    put("revenue", code, total=basic + project + other, fiscal=basic + project, other=other)


def _fund(kept: Books, put: Put, cells: Cells) -> int:
    basic, project, closing = kept.fund
    spent = basic + project
    opening = spent // 2 if spent > 20_000 else 0
    came = spent + closing - opening
    if came:
        put(
            "government_fund",
            "2120899",
            opening=opening,
            revenue=came,
            total=spent,
            basic=basic,
            project=project,
        )
        put("government_fund", "2120899", closing=closing)
        put("revenue", "2120899", total=came, fiscal=came)
        put("expenditure", "2120899", total=spent, basic=basic, project=project)
        cells["overview", "class.212", "amount"] = spent
        cells["fiscal_overview", "class.212", "government_fund"] = spent
    return opening


def _overviews(kept: Books, cells: Cells, opening: int) -> None:
    closing = cells["government_fund", "total", "closing"]
    revenue, spent = cells["revenue", "total", "total"], cells["expenditure", "total", "total"]
    funds = {
        "general_public": sum(map(sum, kept.general.values())),
        "government_fund": cells["government_fund", "total", "revenue"],
        "state_capital": kept.capital,
    }
    for table in ("overview", "fiscal_overview"):
        for fund, fen in funds.items():
            cells[table, f"income.{fund}", "amount"] = fen
    cells["overview", "income.other", "amount"] = cells["revenue", "total", "other"]
    cells["overview", "income.total", "amount"] = revenue
    cells["overview", "income.opening", "amount"] = opening
    cells["overview", "income.grand", "amount"] = revenue + opening
    cells["overview", "expenditure.total", "amount"] = spent
    cells["overview", "expenditure.closing", "amount"] = closing
    cells["overview", "expenditure.grand", "amount"] = spent + closing
    table = "fiscal_overview"
    fiscal = sum(funds.values())
    cells[table, "income.total", "amount"] = fiscal
    cells[table, "opening.government_fund", "amount"] = cells[table, "opening.total", "amount"] = opening
    cells[table, "income.grand", "amount"] = fiscal + opening
    cells[table, "closing.total", "government_fund"] = cells[table, "closing.total", "total"] = closing
    used = {"general_public": funds["general_public"], "state_capital": kept.capital}
    used["government_fund"] = cells["government_fund", "total", "total"]
    for (name, row, _), fen in list(cells.items()):
        if name == table and row.startswith("class."):
            cells[table, row, "total"] += fen
    for fund, fen in used.items():
        cells[table, "expenditure.total", fund] = fen
    cells[table, "expenditure.total", "total"] = sum(used.values())
    cells[table, "expenditure.grand", "total"] = sum(used.values()) + closing


def _basic_detail(kept: Books, cells: Cells) -> None:
    """Basic expenditure from the budget, split over the economic codes in the drawn proportions."""
    left = sum(basic for basic, _ in kept.general.values())
    shares = sum(kept.details)
    whole = left
    for code, share in zip(DETAILS, kept.details, strict=True):
        fen = left if code == DETAILS[-1] else whole * share // shares
        left -= fen
        for row in (code, code[:3], "personnel.total" if code[:3] != "302" else "public.total"):
            cells["basic_detail", row, "amount"] += fen


def printed(cells: Cells, places: int = 2) -> list[Fact]:
    facts = [
        Fact.of(f"accounts.{table}", wan_yuan(fen, places), year=YEAR, row=row, column=column)
        for (table, row, column), fen in cells.items()
        if wan_yuan(fen, places)
    ]
    given = {fact.concept for fact in facts}
    for table, name in (
        ("government_fund", "政府性基金"),
        ("state_capital", "国有资本经营"),
        ("three_public", "三公"),
    ):
        facts.append(Fact.of("accounts.number", "表", year=YEAR, table=table))
        if f"accounts.{table}" not in given:
            facts.append(Fact.of("accounts.empty_note", f"本单位2024年无{name}收支", year=YEAR, table=table))
    return facts


def relations(facts: list[Fact]) -> list[Relation]:
    load_rules()
    profile = load_profile("jiangan", YEAR)
    case = Case(FactSet("某局", YEAR, "jiangan", facts), profile, Scores("某局", YEAR, "jiangan", "", ()))
    return [r for rule in sorted(RULES) if rule[0] in "TX" for r in RULES[rule].check(case)]


def broken(found: list[Relation]) -> list[str]:
    return [f"{r.rule} {r.subject}" for r in found if r.outcome is Outcome.BROKEN]


@given(books())
@settings(max_examples=examples(40), deadline=None)
def test_rounding_each_cell_of_true_books_breaks_no_relation(kept: Books) -> None:
    assert broken(relations(printed(kept.cells))) == []


def _is_total(fact: Fact) -> bool:
    """Cells that follow from others; what nobody can compute is only as sure as its totals."""
    row, column = fact.dimension("row"), fact.dimension("column")
    if row in ("budget", "executed"):
        return column in ("total", "vehicles")
    return not row.isdigit() or len(row) == 3 or column == "total"


@given(books(), st.data())
@settings(max_examples=examples(40), deadline=None)
def test_a_total_that_is_off_by_five_hundredths_is_found(kept: Books, data: st.DataObject) -> None:
    facts = printed(kept.cells)
    totals = [fact for fact in facts if fact.declared.kind is Kind.MONEY and _is_total(fact)]
    if not totals:
        return
    wrong = data.draw(st.sampled_from(totals))
    shift = data.draw(st.sampled_from([Decimal("0.05"), Decimal("-0.05"), Decimal("1.00")]))
    changed = [replace(fact, value=fact.number + shift) if fact is wrong else fact for fact in facts]
    found = [r for r in relations(changed) if r.outcome is Outcome.BROKEN and r.finding]
    assert any(wrong.key in r.finding.facts for r in found if r.finding), wrong.key


@given(books())
@settings(max_examples=examples(30), deadline=None)
def test_rebuilding_from_exact_entries_gives_the_true_cells(kept: Books) -> None:
    entries = {place: fen for place, fen in kept.cells.items() if not _follows(place)}
    report = Report(FactSet("某局", YEAR, "jiangan", printed(entries, 6)))
    rebuilt = {
        (f.concept.removeprefix("accounts."), f.dimension("row"), f.dimension("column")): f.fen
        for f in rebuild_accounts(report)
    }
    following = {place: fen for place, fen in kept.cells.items() if _follows(place)}
    assert {place: rebuilt.get(place) for place in following} == following
    assert not [
        place
        for place, fen in rebuilt.items()
        if fen and kept.cells.get(place) != fen and place[1] != "expenditure.grand"
    ]


def _follows(place: tuple[str, str, str]) -> bool:
    table, row, column = place
    if table == "three_public":
        return column in ("total", "vehicles")
    if table == "basic_detail":
        return not row.isdigit() or len(row) == 3
    if table in ("overview", "fiscal_overview"):
        entries = ("income.opening", "expenditure.closing", "income.state_capital")
        return row not in entries
    return row == "total" or column in ("total", "closing")


def test_leaves_never_count_a_child_and_its_parent() -> None:
    assert leaf_codes(["221", "22102", "2210201", "2210202", "229"]) == ("2210201", "2210202", "229")
    assert leaf_codes([]) == ()


def test_a_table_with_three_levels_is_added_from_its_items_only() -> None:
    amounts_by_row = {"221": "30.00", "22102": "30.00", "2210201": "10.00", "2210203": "20.00"}
    facts = [
        Fact.of("accounts.expenditure", Decimal(value), year=YEAR, row=row, column="basic")
        for row, value in amounts_by_row.items()
    ]
    accounts = Accounts(Report(FactSet("某局", YEAR, "jiangan", facts)))
    total = accounts.computed("expenditure", "total", "basic")
    assert total is not None and total.number == Decimal("30.00")
    assert broken(relations(facts)) == []
