"""Prove the books: everything that the database keeps is computed once more from the rows (``guangsha ledger verify``).

The rules run while entries are written. Here nothing is believed: neither the kept balances nor that the guards were always on.
What a forger who recomputes every digest could hide, the log shows: it names number and link of what was posted, and its anchors
are signed on paper (docs/adr/0010). One pass in order; memory does not grow with the books.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.db import connection, transaction

from guangsha.audit.models import Act
from guangsha.ledger.actions import POSTED, POSTED_MANY, REVERSED
from guangsha.ledger.facts import Draft, Line
from guangsha.ledger.models import BudgetMove, Entry, Period, PeriodAct, Posting
from guangsha.ledger.rules import content_digest, days_of_month, genesis, link_of, move_digest

#: Entries read at a time.
PAGE = 2000
#: Faults of one kind that are told one by one; the rest is counted.
TOLD = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: a stable ``code``, where, and a sentence."""

    code: str
    where: str
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "where": self.where, "text": self.text}


@dataclass(slots=True)
class Findings:
    """What was read, what is wrong, and the heads of the months to compare with another copy of the books."""

    agencies: int = 0
    periods: int = 0
    entries: int = 0
    postings: int = 0
    accounts: int = 0
    budget_lines: int = 0
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0
    heads: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not self.faults

    def note(self, code: str, where: str, text: str) -> None:
        """Add a fault; only the first of each kind are told."""
        self._counts[code] = self._counts.get(code, 0) + 1
        if self._counts[code] <= TOLD:
            self.faults.append(Fault(code, where, text))
        else:
            self.untold += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "sound": self.sound,
            "agencies": self.agencies,
            "periods": self.periods,
            "entries": self.entries,
            "postings": self.postings,
            "accounts": self.accounts,
            "budget_lines": self.budget_lines,
            "heads": self.heads,
            "faults": [fault.as_json() for fault in self.faults],
            "untold": self.untold,
        }


def verify_books(*, only: int = 0, progress: Callable[[int], None] | None = None) -> Findings:
    """Read all books, or those of one agency, and say what is wrong with them.

    Args:
        only: the id of an agency; 0: all.
        progress: is told the number of entries read, page by page.
    """
    findings = Findings()
    with _at_one_moment():
        _verify_guards(findings)
        _verify_sums(findings, only)
        periods = Period.objects.order_by("agency_id", "month")
        for period in periods.filter(agency=only) if only else periods:
            _verify_period(period, findings, progress)
        findings.agencies = len({head.split("/")[0] for head in findings.heads})
        _verify_budget_moves(findings, only)
        _verify_log(findings, only)
    return findings


@contextmanager
def _at_one_moment() -> Iterator[None]:
    """All questions see the books as they stood at one moment, while others go on posting."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # atomic() would begin to write and keep everybody else out
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


# -- that the database still keeps the books ----------------------------------------------------------------------------------


def guards_wanted(vendor: str) -> set[str]:
    """The names of all triggers that the migration made for this kind of database."""
    made = import_module("guangsha.ledger.migrations.0002_guards").statements(vendor)
    return {found[1] for statement in made if (found := re.search(r"CREATE TRIGGER (\w+)", statement))}


def guards_standing() -> set[str]:
    """The names of the triggers of the books that are there and switched on."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE c.relname LIKE 'ledger\\_%' AND pg_table_is_visible(c.oid) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            )
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger\\_%' ESCAPE '\\'"
            )
        return {str(name) for (name,) in cursor.fetchall()}


def _verify_guards(findings: Findings) -> None:
    for name in sorted(guards_wanted(connection.vendor) - guards_standing()):
        findings.note("guard", name, f"数据库的保护规则 {name} 被删除或停用")


# -- what sums show -------------------------------------------------------------------------------------------------------------

#: code → (SQL that finds what is wrong, sentence). Each row: where, then what the sentence names. ``{agency}`` narrows to one.
_SUMS: dict[str, tuple[str, str]] = {
    "unbalanced": (
        """SELECT e.id, sum(p.amount_fen) FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
             LEFT JOIN ledger_account a ON a.id = p.account_id WHERE 1 = 1 {entry}
            GROUP BY e.id, a.fund_id, a.book HAVING sum(p.amount_fen) <> 0 ORDER BY e.id""",
        "凭证 {0} 借贷不平，差 {1} 分",
    ),
    "lines": (
        """SELECT e.id, e.lines, count(p.entry_id) FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
            WHERE 1 = 1 {entry} GROUP BY e.id, e.lines HAVING count(p.entry_id) <> e.lines ORDER BY e.id""",
        "凭证 {0} 应有 {1} 条分录，实有 {2} 条",
    ),
    "orphan": (
        """SELECT p.entry_id, count(*) FROM ledger_posting p LEFT JOIN ledger_entry e ON e.id = p.entry_id
            WHERE e.id IS NULL GROUP BY p.entry_id ORDER BY p.entry_id""",
        "凭证 {0} 不存在，却有 {1} 条分录",
    ),
    "stranger": (
        """SELECT e.id, p.account_id FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
             LEFT JOIN ledger_account a ON a.id = p.account_id WHERE (a.id IS NULL OR a.agency_id <> e.agency_id) {entry}
            ORDER BY e.id""",
        "凭证 {0} 用到不存在或属于别的机构的科目 {1}",
    ),
    "balance": (
        """SELECT a.id, a.code, a.balance_fen, a.debit_fen, a.credit_fen, coalesce(s.total, 0), coalesce(s.debit, 0)
             FROM ledger_account a LEFT JOIN (
               SELECT p.account_id, sum(p.amount_fen) AS total,
                      sum(CASE WHEN (p.amount_fen > 0) <> (e.kind = 'reversal') THEN p.amount_fen ELSE 0 END) AS debit
                 FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id GROUP BY p.account_id) s ON s.account_id = a.id
            WHERE (a.balance_fen <> coalesce(s.total, 0) OR a.debit_fen <> coalesce(s.debit, 0)
                   OR a.credit_fen <> coalesce(s.debit, 0) - coalesce(s.total, 0)) {account} ORDER BY a.id""",
        "科目 {1} 的余额记为 {2} 分（借 {3}、贷 {4}），按分录应为 {5} 分（借 {6}）",
    ),
    "within": (
        """SELECT a.id, a.code, a.balance_fen FROM ledger_account a
            WHERE (a.balance_fen < a.least_fen OR a.balance_fen > a.most_fen) {account} ORDER BY a.id""",
        "科目 {1} 的余额 {2} 分超出允许的范围",
    ),
    "executed": (
        """SELECT b.id, b.name, b.executed_fen, coalesce(s.total, 0) FROM ledger_budgetline b LEFT JOIN (
               SELECT p.budget_line_id, sum(p.amount_fen) AS total FROM ledger_posting p
                WHERE p.budget_line_id IS NOT NULL GROUP BY p.budget_line_id) s ON s.budget_line_id = b.id
            WHERE b.executed_fen <> coalesce(s.total, 0) {line} ORDER BY b.id""",
        "预算指标“{1}”的执行数记为 {2} 分，按分录应为 {3} 分",
    ),
    "moved": (
        """SELECT b.id, b.name, b.adjusted_fen, coalesce(s.adjusted, 0), b.committed_fen, coalesce(s.committed, 0)
             FROM ledger_budgetline b LEFT JOIN (
               SELECT m.line_id, sum(CASE WHEN m.kind IN ('commitment', 'release') THEN 0 ELSE m.amount_fen END) AS adjusted,
                      sum(CASE WHEN m.kind IN ('commitment', 'release') THEN m.amount_fen ELSE 0 END) AS committed
                 FROM ledger_budgetmove m GROUP BY m.line_id) s ON s.line_id = b.id
            WHERE (b.adjusted_fen <> coalesce(s.adjusted, 0) OR b.committed_fen <> coalesce(s.committed, 0)) {line}
            ORDER BY b.id""",
        "预算指标“{1}”的调整数记为 {2} 分、按变动应为 {3} 分，承诺数记为 {4} 分、应为 {5} 分",
    ),
    "exceeded": (
        """SELECT b.id, b.name, b.executed_fen, b.committed_fen, b.initial_fen + b.adjusted_fen FROM ledger_budgetline b
            WHERE (b.executed_fen + b.committed_fen > b.initial_fen + b.adjusted_fen OR b.executed_fen < 0
                   OR b.committed_fen < 0 OR b.initial_fen < 0) {line} ORDER BY b.id""",
        "预算指标“{1}”执行 {2} 分、承诺 {3} 分，超出预算 {4} 分",
    ),
    "misplaced": (
        """SELECT e.id, p.budget_line_id FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
             JOIN ledger_period x ON x.id = e.period_id JOIN ledger_account a ON a.id = p.account_id
             LEFT JOIN ledger_budgetline b ON b.id = p.budget_line_id
            WHERE p.budget_line_id IS NOT NULL
              AND (b.id IS NULL OR b.agency_id <> e.agency_id OR b.fund_id <> a.fund_id OR b.year <> x.month / 100) {entry}
            ORDER BY e.id""",
        "凭证 {0} 列在不相符的预算指标 {1} 上",
    ),
    "unbudgeted": (
        """SELECT e.id, a.code FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
             JOIN ledger_account a ON a.id = p.account_id
            WHERE a.kind = 'budget_expenditure' AND p.budget_line_id IS NULL
              AND e.kind NOT IN ('opening', 'closing', 'reversal', 'correction') {entry} ORDER BY e.id""",
        "凭证 {0} 的预算支出（科目 {1}）没有列明预算指标",
    ),
    "key": (
        """SELECT min(e.id), e.key, count(*) FROM ledger_entry e WHERE 1 = 1 {entry}
            GROUP BY e.agency_id, e.key HAVING count(*) > 1 ORDER BY 1""",
        "编号“{1}”记了 {2} 张凭证",
    ),
    "mirror": (
        """SELECT e.id, e.reversal_of_id FROM ledger_entry e LEFT JOIN ledger_entry o ON o.id = e.reversal_of_id
            WHERE (e.reversal_of_id IS NOT NULL OR e.kind IN ('reversal', 'correction'))
              AND (o.id IS NULL OR o.agency_id <> e.agency_id OR o.lines <> e.lines OR o.kind IN ('reversal', 'correction')
                   OR (SELECT count(*) FROM ledger_posting p JOIN ledger_posting q ON q.entry_id = o.id AND q.line = p.line
                        WHERE p.entry_id = e.id AND q.account_id = p.account_id AND q.amount_fen = -p.amount_fen) <> e.lines)
              {entry} ORDER BY e.id""",
        "凭证 {0} 与它所冲销的凭证 {1} 不对应",
    ),
    "reversed-twice": (
        """SELECT e.reversal_of_id, count(*) FROM ledger_entry e WHERE e.reversal_of_id IS NOT NULL {entry}
            GROUP BY e.reversal_of_id HAVING count(*) > 1 ORDER BY 1""",
        "凭证 {0} 被冲销了 {1} 次",
    ),
    "lost": (
        """SELECT e.id, e.period_id FROM ledger_entry e LEFT JOIN ledger_period x ON x.id = e.period_id
            WHERE (x.id IS NULL OR x.agency_id <> e.agency_id) {entry} ORDER BY e.id""",
        "凭证 {0} 不在本机构的任何会计期间（{1}）",
    ),
}


def _verify_sums(findings: Findings, only: int) -> None:
    narrow = {
        "entry": f"AND e.agency_id = {int(only)}" if only else "",
        "account": f"AND a.agency_id = {int(only)}" if only else "",
        "line": f"AND b.agency_id = {int(only)}" if only else "",
    }
    with connection.cursor() as cursor:
        for code, (sql, sentence) in _SUMS.items():
            cursor.execute(sql.format(**narrow))
            while rows := cursor.fetchmany(PAGE):
                for row in rows:
                    findings.note(code, str(row[0]), sentence.format(*row))
        for name, table in (("accounts", "ledger_account"), ("budget_lines", "ledger_budgetline")):
            cursor.execute(
                f"SELECT count(*) FROM {table}" + (f" WHERE agency_id = {int(only)}" if only else "")
            )
            setattr(findings, name, int(cursor.fetchone()[0]))


# -- what only reading in order shows ----------------------------------------------------------------------------------------


def _pages(period: Period) -> Iterator[list[tuple[Entry, list[tuple[int, Line]]]]]:
    after = -1
    while True:
        entries = list(Entry.objects.filter(period=period, number__gt=after).order_by("number", "pk")[:PAGE])
        if not entries:
            return
        lines: dict[int, list[tuple[int, Line]]] = {entry.pk: [] for entry in entries}
        rows = Posting.objects.filter(entry__in=list(lines)).order_by("entry_id", "line")
        for entry_id, number, account, amount, budget in rows.values_list(
            "entry_id", "line", "account_id", "amount_fen", "budget_line_id"
        ):
            lines[entry_id].append((number, Line(account, amount, budget)))
        yield [(entry, lines[entry.pk]) for entry in entries]
        after = entries[-1].number


def _verify_period(period: Period, findings: Findings, progress: Callable[[int], None] | None) -> None:
    where = f"{period.agency_id}/{period.month}"
    findings.periods += 1
    findings.heads[where] = period.head
    expected, before, sound = 1, genesis(period.agency_id, period.month), True
    if (period.starts_on, period.ends_on) != days_of_month(period.month):
        findings.note("period", where, f"{period} 的起止日期不是该月")
    links: dict[int, str] = {0: before}
    wanted = set(PeriodAct.objects.filter(period=period).values_list("length", flat=True))
    for page in _pages(period):
        for entry, lines in page:
            sound = _verify_entry(entry, lines, period, (expected, before, sound), findings)
            expected, before = entry.number + 1, entry.link
            if entry.number in wanted:
                links[entry.number] = entry.link
            findings.postings += len(lines)
        findings.entries += len(page)
        if progress:
            progress(findings.entries)
    if expected - 1 != period.length:
        findings.note("length", where, f"{period} 记着 {period.length} 张凭证，实际到第 {expected - 1} 号")
    elif before != period.head and sound:
        findings.note("head", where, f"{period} 的链头与最后一张凭证不符")
    _verify_locks(period, max(period.length, expected - 1), links, findings)


def _verify_entry(
    entry: Entry,
    lines: list[tuple[int, Line]],
    period: Period,
    chain: tuple[int, str, bool],
    findings: Findings,
) -> bool:
    """Check one entry against the one before it; whether its link can be trusted."""
    expected, before, sound = chain
    where = f"{period.agency_id}/{period.month} 第 {entry.number} 号"
    if entry.number != expected:
        code, text = ("gap", "之前缺号") if entry.number > expected else ("repeated", "出现两次")
        findings.note(code, where, f"凭证号不连续：第 {entry.number} 号{text}")
    draft = Draft(
        entry.agency_id, entry.date, entry.kind, entry.key, entry.reason, tuple(line for _, line in lines),
        entry.source_type, entry.source_id, entry.voucher_number, entry.attachments, entry.reversal_of_id,
    )  # fmt: skip
    if content_digest(draft) != entry.digest or [number for number, _ in lines] != list(
        range(1, len(lines) + 1)
    ):
        findings.note(
            "digest", where, f"第 {entry.number} 号凭证（{entry.reason[:40]}）的内容与摘要不符，被改动过"
        )
    linked = link_of(before, entry.number, entry.digest, entry.actor_id, entry.posted_at) == entry.link
    if not linked and sound and entry.number == expected:
        findings.note("link", where, f"第 {entry.number} 号凭证或它的前一张被改写")
    if not period.starts_on <= entry.date <= period.ends_on:
        findings.note("date", where, f"第 {entry.number} 号凭证的日期 {entry.date} 不在该月")
    return linked


def _verify_locks(period: Period, length: int, links: dict[int, str], findings: Findings) -> None:
    """No entry came into the month while it was closed: its length and head stayed as they were when it was closed."""
    where = f"{period.agency_id}/{period.month}"
    closing: PeriodAct | None = None
    last: PeriodAct | None = None
    for act in PeriodAct.objects.filter(period=period).order_by("pk"):
        if (act.kind == "close") == (closing is not None):
            findings.note("lock", where, f"{period} 的结账记录不成对，有记录被删除")
        if act.length in links and links[act.length] != act.head:
            findings.note("lock", where, f"{period} 第 {act.length} 号以前的凭证在结账后被改写")
        if act.kind == "reopen" and closing is not None:
            if (act.length, act.head) != (closing.length, closing.head):
                findings.note(
                    "late", where, f"{period} 结账后又记入了凭证（{closing.length} 至 {act.length} 号）"
                )
            if act.actor_id == closing.actor_id:
                findings.note("lock", where, f"{period} 的反结账由结账人自己办理")
        closing = act if act.kind == "close" else None
        last = act
    if period.closed != (closing is not None):
        findings.note("lock", where, f"{period} 的结账状态与结账记录不符")
    if closing is not None and last is closing:
        if length != closing.length:
            findings.note(
                "late",
                where,
                f"{period} 结账时有 {closing.length} 张凭证，现在有 {length} 张：结账后又记入",
            )
        if period.closed_by != closing.actor_id:
            findings.note("lock", where, f"{period} 的结账人与结账记录不符")


def _verify_budget_moves(findings: Findings, only: int) -> None:
    moves = BudgetMove.objects.order_by("pk")
    for move in (moves.filter(line__agency=only) if only else moves).iterator(chunk_size=PAGE):
        digest = move_digest(
            move.line_id, move.kind, move.amount_fen, move.date, move.document_number, move.key, move.reason
        )
        if digest != move.digest:
            findings.note(
                "budget-digest",
                str(move.pk),
                f"预算变动 {move.pk}（{move.reason[:40]}）的内容与摘要不符，被改动过",
            )


def _verify_log(findings: Findings, only: int) -> None:
    """What the log says was posted stands in the books under that number with that link, and nothing stands that it does not name."""
    acts = Act.objects.filter(action__in=(POSTED, POSTED_MANY, REVERSED)).order_by("pk")
    if only:
        acts = acts.filter(agency_id=only)
    named = 0
    page: list[tuple[int, dict[str, Any]]] = []

    def compare() -> None:
        found = dict(Entry.objects.filter(pk__in=[pk for pk, _ in page]).values_list("pk", "link"))
        numbers = dict(Entry.objects.filter(pk__in=[pk for pk, _ in page]).values_list("pk", "number"))
        for pk, after in page:
            if (numbers.get(pk), found.get(pk)) != (after.get("number"), after.get("link")):
                findings.note(
                    "log",
                    str(pk),
                    f"凭证 {pk} 与行为记录不符：记录为第 {after.get('number')} 号，凭证被改写或删除",
                )

    for object_id, after in acts.values_list("object_id", "after").iterator(chunk_size=PAGE):
        content = after if isinstance(after, dict) else {}
        first = int(object_id) if object_id.isdigit() else 0
        named += int(content.get("count", 1))
        page.append((int(content.get("last_entry", first)), content))
        if len(page) == PAGE:
            compare()
            page.clear()
    compare()
    if named != findings.entries:
        findings.note("log", "", f"行为记录里记了 {named} 张凭证，账上有 {findings.entries} 张")
