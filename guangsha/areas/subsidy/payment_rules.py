"""The rules of paying that need no database: who does what when, controls before a check, set-off, samples, the entries.

Amounts are whole fen, months year * 100 + month. What a place sets itself (limits, shares, days) comes in as an argument; its
source is in ``parameters/<region>/subsidy/``. Source: operations.md W2, §2.1, §5.2; 建保〔2016〕281号 (25 December).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from guangsha.ledger.facts import Line

#: 经办 is the rent clerk: the house forbids "经办与会计" to one person under exactly these two roles (people/roles.py), and the district
#: reviewer checks what others made (operations.md §2.1: batch maker and checker, reviewer and approver are never one).
MAKERS = frozenset({"rent_clerk"})
CHECKERS = frozenset({"district_reviewer"})
APPROVERS = frozenset({"district_approver", "supervisor"})
#: Who approves whatever the amount.
HIGHEST = frozenset({"supervisor"})
BANKERS = frozenset({"accountant"})
SAMPLERS = frozenset({"rent_clerk", "district_reviewer", "supervisor"})
READERS = MAKERS | CHECKERS | APPROVERS | BANKERS | frozenset({"auditor"})


@dataclass(frozen=True, slots=True)
class Edge:
    """An act on a batch: from which states, to which (None: it stays, or what came of it decides), by whom."""

    label: str
    before: frozenset[str]
    after: str | None
    roles: frozenset[str]


BATCH_EDGES: dict[str, Edge] = {
    "check": Edge("复核通过", frozenset({"draft"}), "checked", CHECKERS),
    "approve": Edge("审批通过", frozenset({"checked"}), "approved", APPROVERS),
    "refuse": Edge("退回经办", frozenset({"draft", "checked"}), "draft", CHECKERS | APPROVERS),
    "cancel": Edge("作废", frozenset({"draft", "checked", "approved"}), "cancelled", MAKERS | APPROVERS),
    "send": Edge("报送银行", frozenset({"approved"}), "sent", BANKERS),
    "accept": Edge("登记银行受理", frozenset({"sent"}), "accepted", BANKERS),
    # also of a batch that is paid: the same answers in another file change nothing, other ones are told to be a contradiction
    "receive": Edge("登记回盘", frozenset({"sent", "accepted", "partly_paid", "paid"}), None, BANKERS),
    "come_back": Edge("入账后退回", frozenset({"partly_paid", "paid"}), "partly_paid", BANKERS),
    "surrender": Edge("上缴国库", frozenset({"partly_paid"}), None, BANKERS),
    "close": Edge("办结", frozenset({"partly_paid", "paid"}), "closed", BANKERS),
}
#: A batch whose items may still be paid, or are.
LIVE = frozenset({"draft", "checked", "approved", "sent", "accepted", "partly_paid", "paid", "closed"})

ITEM_EDGES: dict[str, frozenset[str]] = {
    "ready": frozenset({"sent", "cancelled"}),
    "sent": frozenset({"paid", "returned"}),
    "paid": frozenset({"returned"}),
    "returned": frozenset({"reissued", "cancelled"}),
    "reissued": frozenset({"returned"}),  # the batch that took it over was cancelled
    "cancelled": frozenset(),
}

BLOCK, EXPLAIN = "block", "explain"


def state_of(items: Mapping[str, int]) -> str:
    """What a batch that was answered is: ``paid`` when every item is, ``partly_paid`` otherwise.

    >>> state_of({"paid": 3}), state_of({"paid": 2, "returned": 1}), state_of({"paid": 2, "sent": 1})
    ('paid', 'partly_paid', 'partly_paid')
    """
    return "paid" if {state for state, count in items.items() if count} == {"paid"} else "partly_paid"


def may_close(items: Mapping[str, int]) -> str:
    """Why a batch cannot be closed yet; empty when it can: no item waits for the bank or for somebody's care."""
    waiting, returned = items.get("sent", 0), items.get("returned", 0)
    if waiting:
        return f"还有 {waiting} 笔没有银行结果"
    if returned:
        return f"还有 {returned} 笔退回款没有重发或上缴"
    return ""


def approvers_of(amount_fen: int, limit_fen: int | None) -> frozenset[str]:
    """Who may approve a sum; without a limit of the place only the head of the agency."""
    return APPROVERS if limit_fen is not None and amount_fen <= limit_fen else HIGHEST


def four_eyes(persons: Collection[int], *others: int | None) -> bool:
    """Whether nobody of ``persons`` (who acts, and whose duty it is) did one of the other parts."""
    return not set(persons) & {other for other in others if other}


@dataclass(frozen=True, slots=True)
class Due:
    """One payment as the controls see it.

    Attributes:
        persons: keys of the payee and of everybody counted in the household, the payee's first; blind indexes, never numbers.
        died_on: of the payee; ``dead_members``: how many counted members have died before the month.
        account: the blind index of the account; empty: none is on file.
        latest_fen, before_fen: the monthly amount of the last month paid for, and of the month before that (None: none).
    """

    seq: int
    household: int
    persons: tuple[str, ...]
    account: str
    months: tuple[int, ...]
    gross_fen: int
    amount_fen: int
    latest_fen: int
    before_fen: int | None = None
    died_on: date | None = None
    dead_members: int = 0
    payee_is_member: bool = True


@dataclass(frozen=True, slots=True)
class Control:
    """What a control found. ``block``: the batch cannot be checked; ``explain``: the checker writes what was found out."""

    code: str
    severity: str
    text: str
    items: tuple[int, ...] = ()

    def as_json(self) -> dict[str, object]:
        """As the batch keeps it."""
        return {"code": self.code, "severity": self.severity, "items": list(self.items), "text": self.text}


@dataclass(frozen=True, slots=True)
class Measures:
    """What the controls hold the payments against.

    Attributes:
        elsewhere: (person, month) → where that person is paid for that month already, as a member of another household.
        accounts_elsewhere: account → the households with a living agreement that name it.
        available_fen: what is left on the budget line; None: no line was chosen.
        jump: how large a change of the monthly amount is asked about, as a share of it.
        last_day: in December the batch is approved before this day of the month.
    """

    elsewhere: Mapping[tuple[str, int], str] = field(default_factory=dict)
    accounts_elsewhere: Mapping[str, Collection[int]] = field(default_factory=dict)
    available_fen: int | None = None
    jump: Fraction = Fraction(1, 2)
    last_day: int | None = None


def first_day(month: int) -> date:
    """The first day of a month."""
    return date(month // 100, month % 100, 1)


def month_before(month: int) -> int:
    """The month before.

    >>> month_before(202601)
    202512
    """
    return month - 1 if month % 100 > 1 else month - 89


def late_in_december(day: date, last_day: int | None) -> bool:
    """Whether ``day`` is too late to approve anything in this year (建保〔2016〕281号: before 25 December)."""
    return last_day is not None and day.month == 12 and day.day >= last_day


def check_batch(dues: Sequence[Due], measures: Measures, *, on: date) -> tuple[Control, ...]:
    """Every control over the payments of a batch, those that block first; empty when nothing is found."""
    found = [
        *_twice(dues, measures),
        *_dead(dues),
        *_accounts(dues, measures),
        *_amounts(dues, measures),
        *_told(
            "not_member",
            EXPLAIN,
            "收款人不是家庭现有成员",
            [due.seq for due in dues if not due.payee_is_member],
        ),
    ]
    if late_in_december(on, measures.last_day):
        found.append(
            Control("year_end", BLOCK, f"当年批次须在12月{measures.last_day}日之前审批，请列入下一年度预算。")
        )
    return tuple(sorted(found, key=lambda control: control.severity))


def _told(code: str, severity: str, what: str, seqs: Iterable[int], advice: str = "") -> Iterable[Control]:
    items = tuple(sorted(set(seqs)))
    if items:
        yield Control(code, severity, f"{len(items)} 笔{what}。{advice}", items)


def _twice(dues: Sequence[Due], measures: Measures) -> Iterable[Control]:
    here: dict[tuple[str, int], set[int]] = defaultdict(set)
    for due in dues:
        for month in due.months:
            for person in due.persons:
                here[person, month].add(due.seq)
    within = {seq for seqs in here.values() if len(seqs) > 1 for seq in seqs}
    yield from _told("twice", BLOCK, "涉及同一人同一月份重复发放", within, "请核对家庭成员后移出重复的一笔。")
    outside: dict[str, set[int]] = defaultdict(set)
    for key, seqs in here.items():
        if key in measures.elsewhere:
            outside[measures.elsewhere[key]] |= seqs
    for where, seqs in sorted(outside.items()):
        yield from _told("twice", BLOCK, f"中有人已在{where}领取同月补贴", seqs, "请核对后移出。")


def _dead(dues: Sequence[Due]) -> Iterable[Control]:
    gone = [due.seq for due in dues if due.died_on is not None and due.died_on < first_day(max(due.months))]
    yield from _told("dead", BLOCK, "收款人已去世", gone, "请由家庭推举新的申请人后另行发放。")
    members = [due.seq for due in dues if due.dead_members]
    yield from _told("dead_member", EXPLAIN, "家庭成员去世后尚未重新核定", members)


def _accounts(dues: Sequence[Due], measures: Measures) -> Iterable[Control]:
    yield from _told(
        "no_account",
        BLOCK,
        "没有收款账号",
        [due.seq for due in dues if not due.account],
        "请补录本人银行账号。",
    )
    users: dict[str, set[int]] = defaultdict(set)
    for due in dues:
        if due.account:
            users[due.account] |= {due.household, *measures.accounts_elsewhere.get(due.account, ())}
    shared = [due.seq for due in dues if due.account and len(users[due.account]) > 1]
    yield from _told("shared_account", EXPLAIN, "的收款账号被一户以上使用", shared)


def _amounts(dues: Sequence[Due], measures: Measures) -> Iterable[Control]:
    jumped = [
        due.seq
        for due in dues
        if due.before_fen and abs(due.latest_fen - due.before_fen) > measures.jump * due.before_fen
    ]
    percent = measures.jump * 100
    shown = percent.numerator if percent.denominator == 1 else f"{percent.numerator}/{percent.denominator}"
    yield from _told("jump", EXPLAIN, f"月补贴额比上月变动超过 {shown}%", jumped)
    total = sum(due.amount_fen for due in dues)
    if measures.available_fen is None:
        yield Control("budget", BLOCK, "没有选定预算指标。")
    elif total > measures.available_fen:
        short = total - measures.available_fen
        yield Control("budget", BLOCK, f"超出预算指标可用数 {short // 100:,}.{short % 100:02d} 元。")


def set_off(gross_fen: int, owed: Sequence[tuple[int, int]], share: Fraction) -> list[tuple[int, int]]:
    """What is kept back from one payment, by claim: (id of the claim, fen), oldest claim first.

    At most ``share`` of the payment, rounded down, and never so much that less than one yuan is paid: each payment is one that
    the bank answers.

    >>> set_off(43_200, [(1, 10_000), (2, 30_000)], Fraction(1, 2))
    [(1, 10000), (2, 11600)]
    """
    left = min(int(gross_fen * share), gross_fen - 100)
    kept = []
    for claim, fen in owed:
        part = min(fen, left)
        if part > 0:
            kept.append((claim, part))
            left -= part
    return kept


@dataclass(frozen=True, slots=True)
class Change:
    """How a batch differs from the month before, by household: (household, before, now)."""

    new: tuple[tuple[int, int, int], ...]
    gone: tuple[tuple[int, int, int], ...]
    more: tuple[tuple[int, int, int], ...]
    less: tuple[tuple[int, int, int], ...]
    same: int
    before_fen: int
    now_fen: int


def compare(before: Mapping[int, int], now: Mapping[int, int]) -> Change:
    """The difference report against last month (差异表): household → monthly amount."""
    both = sorted(set(before) & set(now))
    return Change(
        new=tuple((h, 0, now[h]) for h in sorted(set(now) - set(before))),
        gone=tuple((h, before[h], 0) for h in sorted(set(before) - set(now))),
        more=tuple((h, before[h], now[h]) for h in both if now[h] > before[h]),
        less=tuple((h, before[h], now[h]) for h in both if now[h] < before[h]),
        same=sum(before[h] == now[h] for h in both),
        before_fen=sum(before.values()),
        now_fen=sum(now.values()),
    )


def draw(seqs: Collection[int], seed: str, batch: str, share: Fraction) -> list[int]:
    """Which payments are looked into: ``share`` of them, at least one, by SHA-256 of seed, batch and seq. Anybody can draw again.

    >>> draw(range(1, 41), "7", "B1", Fraction(1, 20)) == draw(range(40, 0, -1), "7", "B1", Fraction(1, 20))
    True
    """
    if not seqs:
        return []
    wanted = max(1, -(-len(seqs) * share.numerator // share.denominator))
    return sorted(
        sorted(seqs, key=lambda seq: hashlib.sha256(f"{seed}|{batch}|{seq}".encode()).digest())[:wanted]
    )


def unclaimed(returned_on: date, on: date, months: int) -> bool:
    """Whether money that came back then has waited longer than so many months.

    >>> unclaimed(date(2025, 11, 20), date(2026, 11, 20), 12), unclaimed(date(2025, 11, 20), date(2026, 11, 21), 12)
    (False, True)
    """
    waited = (on.year - returned_on.year) * 12 + on.month - returned_on.month
    return waited > months or (waited == months and on.day > returned_on.day)


#: The accounts of the programme in its fund: name here → (code, name, kind). Codes of 政府会计制度, with a part of their own.
ACCOUNT_PLAN: dict[str, tuple[str, str, str]] = {
    "bank": ("1002.81", "银行存款—租赁补贴代发", "asset"),
    "payable": ("2307.81", "其他应付款—应付租赁补贴", "liability"),
    "treasury": ("2103.81", "应缴财政款—追回租赁补贴", "liability"),
    "payable_returned": ("2307.82", "其他应付款—退回待付租赁补贴", "liability"),
    "expense": ("5001.81", "业务活动费用—租赁补贴", "expense"),
    "spending": ("7201.81", "事业支出—租赁补贴", "budget_expenditure"),
    "resources": ("8001.81", "资金结存—租赁补贴", "budget_balance"),
    "carried": ("8101.81", "财政拨款结转—租赁补贴", "budget_balance"),
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """Ids of the accounts of :data:`ACCOUNT_PLAN`."""

    bank: int
    payable: int
    treasury: int
    payable_returned: int
    expense: int
    spending: int
    resources: int
    carried: int


def _lines(*pairs: tuple[int, int, int | None]) -> tuple[Line, ...]:
    return tuple(Line(account, fen, line) for account, fen, line in pairs if fen)


def approved_lines(of: Accounts, amount_fen: int) -> tuple[Line, ...]:
    """A batch is approved: it is owed. What is kept back for an overpayment was an expense before and is none again."""
    return _lines((of.expense, amount_fen, None), (of.payable, -amount_fen, None))


def reissued_lines(of: Accounts, amount_fen: int) -> tuple[Line, ...]:
    """A reissue is approved: what had come back is owed as before."""
    return _lines((of.payable_returned, amount_fen, None), (of.payable, -amount_fen, None))


def paid_lines(of: Accounts, amount_fen: int, budget_line: int) -> tuple[Line, ...]:
    """The bank has paid: in the financial accounting the debt is settled, in the budget accounting the line is executed."""
    return _lines(
        (of.payable, amount_fen, None),
        (of.bank, -amount_fen, None),
        (of.spending, amount_fen, budget_line),
        (of.resources, -amount_fen, None),
    )


def returned_lines(of: Accounts, amount_fen: int) -> tuple[Line, ...]:
    """The bank could not pay: it is owed still, apart."""
    return _lines((of.payable, amount_fen, None), (of.payable_returned, -amount_fen, None))


def surrendered_lines(of: Accounts, amount_fen: int) -> tuple[Line, ...]:
    """Nobody claimed it: the money goes to the treasury; no line of the budget is executed by that."""
    return _lines(
        (of.payable_returned, amount_fen, None),
        (of.bank, -amount_fen, None),
        (of.carried, amount_fen, None),
        (of.resources, -amount_fen, None),
    )


def taken_back_lines(of: Accounts, amount_fen: int) -> tuple[Line, ...]:
    """What came back is not due any more: neither owed nor an expense."""
    return _lines((of.payable_returned, amount_fen, None), (of.expense, -amount_fen, None))


def recovered_lines(of: Accounts, amount_fen: int, budget_line: int | None) -> tuple[Line, ...]:
    """A household paid back what it got too much. Of this year (``budget_line`` given): it was no expense, and the line has it back. Of a
    past year: it is the treasury's (政府会计制度: 应缴财政款), no line is touched."""
    if budget_line is None:
        return _lines((of.bank, amount_fen, None), (of.treasury, -amount_fen, None))
    return _lines(
        (of.bank, amount_fen, None),
        (of.expense, -amount_fen, None),
        (of.resources, amount_fen, None),
        (of.spending, -amount_fen, budget_line),
    )
