"""A unit's year by records alone: what 岳阳市住房保障服务中心岳阳楼区分中心 would have had in its books for 2025.

The published self-evaluation of that unit is the measure (examples/yueyanglou-2025): from these records every figure of it comes out
again, but for those with which it contradicts itself. The households, people and vouchers are invented. Money is whole fen; amounts
that a published table prints in 万元 are chosen within half a 百元 of what it prints, so that sums and parts round as they did.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import transaction

from guangsha.areas.performance.actions import import_table
from guangsha.areas.performance.models import UnitYear
from guangsha.areas.performance.unit_actions import hold_post, open_post, record_survey
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act
from guangsha.demo.cast import PASSWORD, add_agency, add_staff
from guangsha.demo.year_book_payments import Line as Source
from guangsha.demo.year_book_payments import pay_subsidies
from guangsha.kernel.errors import InputError
from guangsha.kernel.resources import data_folder
from guangsha.ledger.actions import post_many
from guangsha.ledger.books import adjust_budget, open_account, open_budget_line, open_fund, open_year
from guangsha.ledger.facts import Draft, Line
from guangsha.ledger.metrics import PROCUREMENT
from guangsha.ledger.models import Account, BudgetLine, Fund
from guangsha.people.actors import build_actor
from guangsha.people.models import Account as Person
from guangsha.people.models import Agency

UNIT = "岳阳市住房保障服务中心岳阳楼区分中心"
YEAR = 2025
#: The act that says that the year book is there.
BUILT = "demo.year_book.build"
HOUSEHOLDS = 3573
SUBSIDY_FEN = 922_450_000
AFFAIRS_FEN = 20_130_000
_APPROVAL = "岳楼财预〔2025〕3号"
_ADJUSTMENT = "岳楼财预〔2025〕61号"

#: Economic 款 → (name, executed as printed in 万元, and what the books have beyond that in 元).
ECONOMIC: dict[str, tuple[str, str, int]] = {
    "30101": ("基本工资", "43.90", -20), "30102": ("津贴补贴", "0.04", 0), "30103": ("奖金", "39.53", -20),
    "30106": ("伙食补助费", "6.92", 0), "30107": ("绩效工资", "70.95", -15), "30108": ("基本养老保险缴费", "21.22", 0),
    "30110": ("职工基本医疗保险缴费", "9.34", 0), "30112": ("其他社会保障缴费", "0.60", 0), "30113": ("住房公积金", "18.10", 0),
    "30114": ("医疗费", "2.80", 0),
    "30201": ("办公费", "4.13", 45), "30202": ("印刷费", "2.26", 0), "30205": ("水费", "0.50", 0), "30206": ("电费", "3.50", 0),
    "30207": ("邮电费", "0.45", 0), "30209": ("物业管理费", "4.27", 0), "30211": ("差旅费", "0.53", 0),
    "30213": ("维修（护）费", "0.10", 0), "30214": ("租赁费", "2.00", 0), "30216": ("培训费", "0.30", 0),
    "30226": ("劳务费", "4.93", 0), "30228": ("工会经费", "4.20", 0), "30229": ("福利费", "0.38", 0),
    "30239": ("其他交通费用", "9.43", 0), "30299": ("其他商品和服务支出", "1.51", 40),
    "30302": ("退休费", "40.11", 40), "30399": ("其他对个人和家庭的补助", "1.57", 30),
}  # fmt: skip
#: What stands under another function than 2120101 (行政运行): (function, 款, 元; 0: all that is left of it).
_ELSEWHERE: tuple[tuple[str, str, int], ...] = (
    ("2080505", "30108", 0), ("2080502", "30302", 0), ("2080502", "30399", 11_060), ("2101102", "30110", 0),
    ("2101199", "30112", 3_900), ("2210201", "30113", 0), ("2210202", "30103", 166_900), ("2069999", "30226", 30_800),
    ("2179902", "30299", 10_000), ("2299999", "30239", 6_500),
)  # fmt: skip
_FUNCTION = "2120101"
#: Initial budget of 公用经费 by 款, in 元, where it is printed by itself; the rest of 25.20 万元 goes by what was spent.
_INITIAL_PUBLIC = {"30201": 35_000, "30205": 10_000, "30206": 40_000, "30211": 6_000, "30216": 8_500}
_INITIAL_PUBLIC_YUAN, _INITIAL_PERSONNEL_YUAN, _INITIAL_AFFAIRS_YUAN = 252_000, 2_531_900, 220_000
#: Paid under procurement contracts, in 元, out of: the affairs project, 办公费, 印刷费.
_PROCURED = {"affairs": 120_000, "30201": 40_000, "30202": 11_900}
#: Received in the year, in 元; what was carried over from the year before is none of it.
_RECEIVED = {"general": 12_355_060, "other": 12_200}
#: What the subsidy is paid from, in 元: the appropriation of the year, and two small rests carried over.
_CARRIED_GENERAL, _CARRIED_OTHER = 60, 12_200
_TITLES = ("主任", "副主任", "副主任", "办公室", "计财股", "计财股", "住房保障股", "住房保障股", "住房保障股", "法规股", "法规股",
           "物业管理股", "物业管理股", "工勤")  # fmt: skip
_NAMES = (
    "方主任",
    "柳副主任",
    "梅副主任",
    "甘文秘",
    "蒋会计",
    "庄出纳",
    "卫保障",
    "阮保障",
    "靳保障",
    "苗法规",
    "向法规",
    "桂物业",
    "郁物业",
)


@dataclass(slots=True)
class Books:
    """The accounts of one fund."""

    fund: Fund
    accounts: dict[str, Account]

    def entry(self, fen: int, line: BudgetLine | int | None = None) -> tuple[Line, ...]:
        """An expense paid from the bank, in both accountings."""
        key = line.pk if isinstance(line, BudgetLine) else line
        return (
            Line(self.accounts["5001"].pk, fen), Line(self.accounts["1002"].pk, -fen),
            Line(self.accounts["7201"].pk, fen, key), Line(self.accounts["8001"].pk, -fen),
        )  # fmt: skip

    def receipt(self, fen: int, financial: str, budget: str) -> tuple[Line, ...]:
        """Money that comes in, in both accountings."""
        return (
            Line(self.accounts["1002"].pk, fen), Line(self.accounts[financial].pk, -fen),
            Line(self.accounts["8001"].pk, fen), Line(self.accounts[budget].pk, -fen),
        )  # fmt: skip


@dataclass(slots=True)
class YearBook:
    """What was built: the unit, its people by role, its books by source, its year."""

    agency: Agency
    people: Mapping[str, Person]
    books: Mapping[str, Books]
    year: UnitYear
    drafts: int = 0
    payments: int = 0
    communities: Sequence[Agency] = field(default_factory=tuple)

    def actor(self, role: str) -> Actor:
        """The actor who holds a role there."""
        return build_actor(self.people[role])


def stands() -> bool:
    """Whether the year book is there."""
    return Act.objects.filter(action=BUILT).exists()


def table_text() -> str:
    """The indicator table of the unit's year."""
    return (data_folder("examples") / "yueyanglou-2025" / "table.yaml").read_text(encoding="utf-8")


def build_year_book(*, households: int = HOUSEHOLDS, seed: int = 1) -> YearBook:
    """Write the year into the database, all or nothing.

    Raises:
        InputError: it is there already.
    """
    if stands() or Agency.objects.filter(name=UNIT).exists():
        raise InputError("年度账册已有，原样保留", where=UNIT)
    with transaction.atomic():
        agency = add_agency(UNIT, "district", "430602000000")
        communities = tuple(
            add_agency(name, "community", f"4306020010{place:02d}", agency)
            for place, name in enumerate(("岳阳楼社区", "洞庭社区", "五里牌社区", "奇家岭社区"), start=1)
        )
        people = _people(agency)
        accountant, head = build_actor(people["accountant"]), build_actor(people["supervisor"])
        _posts(head, agency)
        _survey(head, agency)
        open_year(accountant, agency.pk, YEAR)
        books = {
            source: _open_books(accountant, agency, code, name, source)
            for code, name, source in (("01", "一般公共预算", "general"), ("09", "其他资金", "other"))
        }
        drafts = [
            *_receipts(agency, books),
            *_basic(accountant, agency, books["general"]),
            *_affairs(accountant, agency, books["general"]),
        ]
        sources = _subsidy_lines(accountant, books)
        payments = list(
            pay_subsidies(
                agency, communities, people, sources, year=YEAR, households=households, total_fen=SUBSIDY_FEN, seed=seed
            )
        )  # fmt: skip
        for start in range(0, len(all_ := [*drafts, *payments]), 5000):
            post_many(accountant, all_[start : start + 5000])
        year = import_table(accountant, agency, table_text(), "table.yaml")
        record(
            head, BUILT, agency, reason="演示数据", agency_id=agency.pk,
            after={"year": YEAR, "households": households, "entries": len(all_)},
        )  # fmt: skip
    return YearBook(agency, people, books, year, len(drafts), len(payments), communities)


def _people(agency: Agency) -> dict[str, Person]:
    hashed = make_password(PASSWORD)
    return {
        role: add_staff(login, name, role, agency, hashed)
        for role, login, name in (
            ("accountant", "lou-accountant", "蒋会计"), ("supervisor", "lou-supervisor", "方主任"),
            ("rent_clerk", "lou-clerk", "卫保障"), ("district_reviewer", "lou-reviewer", "阮保障"),
            ("district_approver", "lou-approver", "柳副主任"), ("auditor", "lou-auditor", "邵审计"),
        )
    }  # fmt: skip


def _posts(head: Actor, agency: Agency) -> None:
    """14 posts, 13 of them held: one is empty."""
    for number, title in enumerate(_TITLES, start=1):
        post = open_post(head, agency, f"{number:03d}", title, "岳楼编〔2019〕12号", date(2019, 7, 1))
        if number <= len(_NAMES):
            hold_post(head, post, _NAMES[number - 1], date(2019 + number % 5, 9, 1))


def _survey(head: Actor, agency: Agency) -> None:
    """200 sheets, 190 of them satisfied."""
    rng = random.Random(YEAR)
    grades = [5] * 121 + [4] * 69 + [3] * 8 + [2] * 2
    rng.shuffle(grades)
    record_survey(
        head, agency, "2025-subsidy", "租赁补贴家庭满意度调查", date(2025, 11, 3), date(2025, 11, 28), 210,
        "住房保障股 2025 年第 17 卷", grades,
    )  # fmt: skip


def _open_books(actor: Actor, agency: Agency, code: str, name: str, source: str) -> Books:
    fund = open_fund(actor, agency.pk, code, name, source)
    accounts = {
        number: open_account(actor, fund, number, title, kind)
        for number, title, kind in (
            ("1002", "银行存款", "asset"), ("3001", "累计盈余", "net_assets"), ("4001", "财政拨款收入", "income"),
            ("5001", "业务活动费用", "expense"), ("6001", "财政拨款预算收入", "budget_income"),
            ("7201", "事业支出", "budget_expenditure"), ("8001", "资金结存", "budget_balance"),
            ("8101", "财政拨款结转", "budget_balance"),
        )
    }  # fmt: skip
    return Books(fund, accounts)


def _draft(agency: Agency, key: str, day: date, kind: str, reason: str, lines: tuple[Line, ...], source: str) -> Draft:  # fmt: skip
    return Draft(
        agency.pk, day, kind, key, reason, lines, source_type=source, source_id=key[-40:] if source else ""
    )


def _receipts(agency: Agency, books: Mapping[str, Books]) -> Iterator[Draft]:
    """What was carried over, then the money of the year: twelve appropriations, and once from elsewhere."""
    yield _draft(
        agency, "opening:general", date(YEAR, 1, 1), "opening", "上年结转",
        books["general"].receipt(_CARRIED_GENERAL * 100, "3001", "8101"), "",
    )  # fmt: skip
    month = _RECEIVED["general"] * 100 // 12
    for number in range(1, 13):
        fen = month if number < 12 else _RECEIVED["general"] * 100 - 11 * month
        yield _draft(
            agency, f"receipt:general:{number:02d}", date(YEAR, number, 3), "receipt", f"{number}月财政拨款",
            books["general"].receipt(fen, "4001", "6001"), "",
        )  # fmt: skip
    yield _draft(
        agency, "receipt:other:01", date(YEAR, 1, 8), "receipt", "其他资金到账",
        books["other"].receipt(_RECEIVED["other"] * 100, "4001", "6001"), "",
    )  # fmt: skip


def _yuan(code: str) -> int:
    _, printed, more = ECONOMIC[code]
    return int(Decimal(printed) * 10_000) + more


def basic_lines() -> dict[tuple[str, str], int]:
    """What was spent as 基本支出, in 元, by function and 款."""
    left = {code: _yuan(code) for code in ECONOMIC}
    spent: dict[tuple[str, str], int] = {}
    for function, code, yuan in _ELSEWHERE:
        spent[function, code] = yuan or left[code]
        left[code] -= spent[function, code]
    spent |= {(_FUNCTION, code): yuan for code, yuan in left.items() if yuan}
    return spent


def _initial(spent: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Initial budget of each line, in 元: printed ones as printed, the others about what was spent."""
    first: dict[str, tuple[str, str]] = {}
    for line in sorted(spent, key=lambda line: (line[0] != _FUNCTION, line)):
        first.setdefault(line[1], line)
    initial = {line: yuan // 100 * 100 for line, yuan in spent.items() if not line[1].startswith("302")}
    initial[_FUNCTION, "30107"] += _INITIAL_PERSONNEL_YUAN - sum(initial.values())
    rest = {code: _yuan(code) for code in ECONOMIC if code.startswith("302") and code not in _INITIAL_PUBLIC}
    open_ = _INITIAL_PUBLIC_YUAN - sum(_INITIAL_PUBLIC.values())
    shares = {code: open_ * yuan // sum(rest.values()) // 100 * 100 for code, yuan in rest.items()}
    shares["30239"] += open_ - sum(shares.values())
    return initial | {first[code]: yuan for code, yuan in (_INITIAL_PUBLIC | shares).items()}


def _basic(actor: Actor, agency: Agency, books: Books) -> Iterator[Draft]:
    """Pay by the month, everything else by the quarter; what exceeds the initial budget was appropriated in June."""
    spent = basic_lines()
    initial = _initial(spent)
    for (function, code), yuan in spent.items():
        name = ECONOMIC[code][0]
        begun = initial.get((function, code), 0)
        line = open_budget_line(
            actor,
            books.fund,
            YEAR,
            name,
            function,
            begun * 100,
            _APPROVAL,
            nature="basic",
            economic_code=code,
        )
        if yuan > begun:
            adjust_budget(
                actor, line.pk, "supplement", (yuan - begun) * 100, date(YEAR, 1, 20), _ADJUSTMENT,
                key=f"supplement:{line.pk}", reason=f"追加{name}",
            )  # fmt: skip
        bought = _PROCURED.get(code, 0) if function == _FUNCTION else 0
        if bought:
            key = f"procurement:{code}"
            yield _draft(
                agency, key, date(YEAR, 4, 15), "payment", f"支付采购合同款：{name}",
                books.entry(bought * 100, line), PROCUREMENT,
            )  # fmt: skip
        times = 12 if code[:3] != "302" else 4
        left = (yuan - bought) * 100
        for number in range(times):
            fen = left // times if number < times - 1 else left - (times - 1) * (left // times)
            month = (number + 1) * 12 // times
            yield _draft(
                agency, f"basic:{function}:{code}:{month:02d}", date(YEAR, month, 18), "payment",
                f"{month}月{name}", books.entry(fen, line), "",
            )  # fmt: skip


def _affairs(actor: Actor, agency: Agency, books: Books) -> Iterator[Draft]:
    """The affairs project: a contract for equipment, the rest by the quarter."""
    line = open_budget_line(
        actor, books.fund, YEAR, "住房保障事务经费", "2120102", _INITIAL_AFFAIRS_YUAN * 100, _APPROVAL,
        economic_code="302", project_code="affairs",
    )  # fmt: skip
    bought = _PROCURED["affairs"] * 100
    yield _draft(
        agency, "procurement:affairs", date(YEAR, 5, 20), "payment", "支付采购合同款：住房保障事务经费",
        books.entry(bought, line), PROCUREMENT,
    )  # fmt: skip
    left = AFFAIRS_FEN - bought
    for quarter in range(1, 5):
        fen = left // 4 if quarter < 4 else left - 3 * (left // 4)
        yield _draft(
            agency, f"affairs:{quarter}", date(YEAR, 3 * quarter, 22), "payment", f"第{quarter}季度住房保障事务支出",
            books.entry(fen, line), "",
        )  # fmt: skip


def _subsidy_lines(actor: Actor, books: Mapping[str, Books]) -> list[Source]:
    """Carried money is spent first; the appropriation of the year came during the year, not at its start."""
    made: list[Source] = []
    current = SUBSIDY_FEN - (_CARRIED_GENERAL + _CARRIED_OTHER) * 100
    for source, vintage, kind, fen in (
        ("other", "carried", "carry_over", _CARRIED_OTHER * 100),
        ("general", "carried", "carry_over", _CARRIED_GENERAL * 100),
        ("general", "current", "supplement", current),
    ):
        line = open_budget_line(
            actor, books[source].fund, YEAR, "公租房租赁补贴", "2210107", 0, _APPROVAL, vintage=vintage,
            economic_code="30305", project_code="subsidy",
        )  # fmt: skip
        adjust_budget(
            actor, line.pk, kind, fen, date(YEAR, 1, 24), "岳财保指〔2025〕18号", key=f"{kind}:{line.pk}",
            reason="下达租赁补贴资金" if kind == "supplement" else "结转使用租赁补贴资金",
        )  # fmt: skip
        made.append(Source(books[source], line, fen))
    return made
