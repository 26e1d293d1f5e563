"""Prove that the log is as it was written: every digest, every link, every number, every head, every anchor.

Acts are read page by page in the order of their chain, so that memory does not grow with the log. What is found is named
by the first act that is wrong and by what was done to it. What links cannot show, anchors can: a chain cut at its end
together with its head, or rewritten as a whole; and what was done to the anchors as well is shown by a signed page
(``papers``). Source: GB/T 22239-2019 §8.1.4.3 (audit records are protected), operations.md §6.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Max

from guangsha.audit.actions import ANCHORED, COVERED, GENESIS, digest_of_anchor, digest_of_columns
from guangsha.audit.models import Act, Anchor, Chain

#: Acts read at a time; a page is the most that is held in memory.
PAGE = 2000
#: Faults of one chain that are told one by one; the rest is counted.
TOLD = 20
#: How far an act is searched for that was moved to another place.
MOVED_WITHIN = 500

_READ = (*COVERED, "digest")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. ``number`` is the place in the chain (0: the chain as a whole)."""

    chain: str
    number: int
    code: str
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"chain": self.chain, "number": self.number, "code": self.code, "text": self.text}


@dataclass(slots=True)
class Findings:
    """What was read and what is wrong with it; ``untold`` faults are not listed."""

    chains: int = 0
    acts: int = 0
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0

    @property
    def sound(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {
            "sound": self.sound,
            "chains": self.chains,
            "acts": self.acts,
            "anchors": self.anchors,
            "faults": [fault.as_json() for fault in self.faults],
            "untold": self.untold,
        }


class _Book:
    """Collects the faults of one chain."""

    def __init__(self, findings: Findings, chain: str) -> None:
        self.findings, self.chain, self.count = findings, chain, 0

    def note(self, number: int, code: str, text: str) -> None:
        self.count += 1
        if self.count <= TOLD:
            self.findings.faults.append(Fault(self.chain, number, code, text))
        else:
            self.findings.untold += 1


def verify_chains(
    *,
    only: str = "",
    papers: Mapping[date, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Findings:
    """Read the whole log and say what is wrong with it.

    Args:
        only: one chain; anchors are then checked for this chain alone.
        papers: day → digest (or its beginning, at least 16 characters) as a signed page shows it.
        progress: is told the number of acts read, page by page.
    """
    findings = Findings()
    names = set(Chain.objects.values_list("name", flat=True)) | set(
        Act.objects.order_by().values_list("chain", flat=True).distinct()
    )
    for name in sorted(names if not only else names & {only}):
        findings.chains += 1
        _verify_chain(name, findings, progress)
    if only and only not in names:
        findings.faults.append(Fault(only, 0, "missing", "没有这条链，也没有它的任何记录"))
    _verify_anchors(findings, papers or {}, only)
    return findings


def _pages(chain: str, upto: int) -> Iterator[list[dict[str, Any]]]:
    """The acts of a chain up to a number, in order; a row that cannot be read has only its number."""
    after = -1
    while True:
        base = Act.objects.filter(chain=chain, number__gt=after, number__lte=upto).order_by("number", "pk")
        try:
            rows = [dict(row) for row in base.values(*_READ)[:PAGE]]
        except (ValueError, TypeError):  # somebody wrote what is no date or no JSON: find it row by row
            rows = [_row(pk, number) for pk, number in base.values_list("pk", "number")[:PAGE]]
        if not rows:
            return
        yield rows
        after = rows[-1]["number"]


def _row(pk: int, number: int) -> dict[str, Any]:
    try:
        return dict(Act.objects.values(*_READ).get(pk=pk))
    except (ValueError, TypeError):
        digest = Act.objects.values_list("digest", flat=True).get(pk=pk)
        return {"number": number, "digest": digest, "previous": None}


def _verify_chain(name: str, findings: Findings, progress: Callable[[int], None] | None) -> None:
    book = _Book(findings, name)
    head = Chain.objects.filter(name=name).first()
    upto = head.length if head else Act.objects.filter(chain=name).aggregate(last=Max("number"))["last"]
    expected, before, before_sound = 1, GENESIS, True
    for rows in _pages(name, upto):
        for row in rows:
            before_sound = _verify_act(row, expected, before, before_sound, book)
            expected, before = row["number"] + 1, row["digest"]
        findings.acts += len(rows)
        if progress:
            progress(findings.acts)
    if head is None:
        book.note(0, "head-removed", f"链头记录被删除（链上有 {upto} 条记录）")
        return
    last = expected - 1
    if last < head.length:
        book.note(last + 1, "cut", f"{_span(last + 1, head.length)}被从末尾删除（链头记着 {head.length} 条）")
    elif before != head.head and before_sound:
        book.note(last, "head-changed", "链头摘要与最后一条记录不符：链头被改动，或最后一条连同摘要被改写")
    _find_appended(name, book)


def _find_appended(name: str, book: _Book) -> None:
    # first the acts, then the head: an act recorded between the two is counted in the head
    last = Act.objects.filter(chain=name).aggregate(last=Max("number"))["last"] or 0
    length = Chain.objects.values_list("length", flat=True).get(name=name)
    if last > length:
        book.note(
            length + 1, "appended", f"{_span(length + 1, last)}不在链头之内：绕过程序追加，或链头被改回"
        )


def _span(first: int, last: int) -> str:
    return f"第 {first} 条" if first == last else f"第 {first} 至 {last} 条"


def _verify_act(row: dict[str, Any], expected: int, before: str, before_sound: bool, book: _Book) -> bool:
    """Check one act against the one before it; whether it can be trusted."""
    number = row["number"]
    if row["previous"] is None:
        book.note(number, "changed", f"第 {number} 条的内容已无法读取，被直接改写过")
        return False
    own = digest_of_columns(row) == row["digest"]
    if number < expected:
        book.note(number, "repeated", f"第 {number} 条出现两次，其中一条是绕过程序写入的")
        return False
    if number > expected:
        book.note(expected, "removed", f"{_span(expected, number - 1)}被删除")
    if not own:
        _name_change(row, book)
        return False
    if number == expected and row["previous"] != before and before_sound:
        if number == 1:
            book.note(1, "removed", "第 1 条之前的记录被删除，编号被重排")
        else:
            book.note(
                number - 1,
                "rewritten",
                f"第 {number - 1} 条被改写并重算了摘要（第 {number} 条记着原来的摘要）",
            )
    return True


def _name_change(row: dict[str, Any], book: _Book) -> None:
    number = row["number"]
    if book.count < TOLD:
        for place in range(max(1, number - MOVED_WITHIN), number + MOVED_WITHIN + 1):
            if digest_of_columns({**row, "number": place}) == row["digest"]:
                book.note(number, "moved", f"第 {number} 条原是第 {place} 条，顺序被调换或编号被重排")
                return
    book.note(
        number,
        "changed",
        f"第 {number} 条的内容与摘要不符，被改动过（现为 {row['action']}，{row['actor_name']}，{row['object_type']} "
        f"{row['object_id']}）",
    )


def _verify_anchors(findings: Findings, papers: Mapping[date, str], only: str) -> None:
    book = _Book(findings, "锚")
    before: Anchor | None = None
    days: set[date] = set()
    for anchor in Anchor.objects.order_by("day").iterator(chunk_size=200):
        findings.anchors += 1
        days.add(anchor.day)
        if digest_of_anchor(anchor) != anchor.digest:
            book.note(0, "anchor-changed", f"{anchor.day} 的审计锚被改动过")
        elif anchor.previous != (before.digest if before else GENESIS):
            book.note(0, "anchor-removed", f"{anchor.day} 之前的审计锚被删除或改写")
        paper = papers.get(anchor.day, "")
        if paper and not anchor.digest.startswith(paper):
            book.note(0, "paper", f"{anchor.day} 的审计锚与签字纸面的摘要不同：此日以前的记录被整体改写")
        _verify_heads(anchor, before, findings, only)
        before = anchor
    for day in sorted(set(papers) - days):
        book.note(0, "paper", f"签字纸面有 {day} 的审计锚，数据库里没有：锚被删除")
    recorded = Act.objects.filter(chain="system", action=ANCHORED).order_by("number")
    for pk in recorded.values_list("object_id", flat=True).iterator(chunk_size=PAGE):
        if not Anchor.objects.filter(pk=int(pk) if pk.isdigit() else 0).exists():
            book.note(0, "anchor-removed", f"编号 {pk} 的审计锚被删除（链上记着它的生成）")


def _verify_heads(anchor: Anchor, before: Anchor | None, findings: Findings, only: str) -> None:
    """What the chains were at the anchor must still be in them."""
    heads: Mapping[str, Mapping[str, Any]] = anchor.heads if isinstance(anchor.heads, dict) else {}
    earlier: Mapping[str, Any] = before.heads if before and isinstance(before.heads, dict) else {}
    wanted = {
        name: (int(head["length"]), str(head["head"]))
        for name, head in heads.items()
        if head != earlier.get(name) and (not only or name == only)
    }
    told = {fault.chain for fault in findings.faults if fault.code in ("anchored-cut", "anchored-rewritten")}
    for name, (length, digest) in wanted.items():
        if name in told:
            continue  # the first anchor that disagrees says when; later ones say the same
        start = int(earlier.get(name, {}).get("length", 0)) + 1
        found = Act.objects.filter(chain=name, number=length).values_list("digest", flat=True).first()
        if found is None:
            findings.faults.append(
                Fault(
                    name,
                    length,
                    "anchored-cut",
                    f"{anchor.day} 锚定时有 {length} 条，现在没有第 {length} 条：链的末尾被截去",
                )
            )
        elif found != digest:
            findings.faults.append(
                Fault(
                    name,
                    start,
                    "anchored-rewritten",
                    f"{_span(start, length)}中有记录被改写：第 {length} 条的摘要与 {anchor.day} 的审计锚不同",
                )
            )
