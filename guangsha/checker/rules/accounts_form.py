"""Family T, on how the tables are printed: decimals, blanks, codes, names, empty tables (T18, T19)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guangsha.checker.accounts_view import NO_ACCOUNTS, AccountsView
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held, not_checked
from guangsha.facts.accounts import CODE_TABLES, is_code
from guangsha.facts.classification import classification
from guangsha.facts.fact import Fact
from guangsha.facts.forms import ACCOUNTS
from guangsha.kernel.findings import Place, Relation, Severity
from guangsha.kernel.numbers import decimals_of, normalise

#: Lengths that a code may have, by table (类, 款, 项; economic codes have no 项).
_CODE_LENGTHS = dict.fromkeys(CODE_TABLES, (3, 5, 7)) | {"basic_detail": (3, 5)}

#: How many cells one finding names before it says "等".
_NAMED = 5


@rule(
    "T18",
    title="金额位数、空格、科目编码和名称符合表样",
    scope="公开01–09表",
    formula="金额保留两位小数；无数据留空；功能分类编码 3、5、7 位，经济分类编码 3、5 位；名称与当年科目一致",
    tolerance="–",
    severity=Severity.WARNING,
    why="位数和空格不统一会使同一数据在各处看起来不同；编码有误则无法归类。",
    source="政府收支分类科目（当年）；部门决算公开表填报说明",
    example="江岸区 2024 年度“三公”经费决算合计印为 0.182，应为两位小数。",
    absent=NO_ACCOUNTS,
)
def t18(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for table in ACCOUNTS:
        cells = [fact for fact in case.facts.select(f"accounts.{table}") if not fact.dimension("basis")]
        if not cells:
            continue
        title = view.title(table)
        fine = [fact for fact in cells if max(fact.decimals or 0, decimals_of(fact.number)) > 2]
        yield _listed(view, f"{title}金额保留两位小数", fine, Severity.WARNING, "小数超过两位", "decimals")
        if table in CODE_TABLES:
            zeros = [fact for fact in cells if fact.number == 0]
            yield _listed(view, f"{title}无数据的单元格留空", zeros, Severity.INFO, "印为 0，应留空", "zero")
        if table in _CODE_LENGTHS:
            yield from _codes(view, table)
            yield from _names(view, table)


def _listed(
    view: AccountsView, subject: str, faulty: Sequence[Fact], severity: Severity, what: str, kind: str
) -> Relation:
    """One relation for a whole table: held, or broken with the first faulty cells named."""
    if not faulty:
        return held("T18", subject)
    named = [
        f"{view.label((fact.concept.removeprefix('accounts.'), fact.dimension('row'), fact.dimension('column')))} {fact.text}"
        for fact in faulty[:_NAMED]
    ]
    more = f"等 {len(faulty)} 处" if len(faulty) > _NAMED else ""
    return broken(
        "T18", severity, kind, f"{'；'.join(named)}{more}：{what}。", subject=subject,
        found=faulty[0].text, facts=faulty, advice="请按表样统一格式。",
    )  # fmt: skip


def _codes(view: AccountsView, table: str) -> Iterator[Relation]:
    rows = [row for row in view.accounts.table(table).rows if is_code(row)]
    lengths = _CODE_LENGTHS[table]
    wrong = [row for row in rows if len(row) not in lengths]
    subject = f"{view.title(table)}科目编码位数"
    if wrong:
        message = f"{view.title(table)}科目编码 {'、'.join(wrong[:_NAMED])} 不是 {'、'.join(map(str, lengths))} 位数字。"
        place = Place(table=view.title(table), cell=wrong[0])
        yield broken(
            "T18", Severity.WARNING, "code", message, subject=subject, found=wrong[0],
            places=[place], advice="请按政府收支分类科目填写编码。",
        )  # fmt: skip
    elif rows:
        yield held("T18", subject)


def _names(view: AccountsView, table: str) -> Iterator[Relation]:
    """Printed names against the year's classification; only codes that were seen printed can be faulted."""
    year = view.year
    version = classification(year)
    entries = view.accounts.table(table)
    unknown, agreed = [], 0
    for row in entries.rows:
        printed = entries.row_name(row)
        if not is_code(row) or not printed:
            continue
        expected = version.name(row)
        if not expected or not version.covers(year) or row in version.unverified:
            unknown.append(row)
        elif _same_name(printed, expected):
            agreed += 1
        else:
            message = f"{view.title(table)}科目 {row} 的名称为“{printed}”，{version.id} 年度科目名称为“{expected}”。"
            yield broken(
                "T18", Severity.WARNING, "name", message, subject=f"{view.title(table)}{row} 科目名称",
                expected=expected, found=printed, places=[Place(table=view.title(table), cell=row)],
                advice="请核对编码和名称，以当年政府收支分类科目为准。",
            )  # fmt: skip
    if agreed:
        yield held("T18", f"{view.title(table)}{agreed} 个科目名称与当年科目一致")
    if unknown:
        subject = f"{view.title(table)}科目 {'、'.join(unknown[:_NAMED])}{'等' if len(unknown) > _NAMED else ''}的名称"
        yield not_checked("T18", subject, f"系统没有经核实的 {year} 年度科目名称")


def _same_name(printed: str, expected: str) -> bool:
    """Equal but for spaces and brackets; a name cut off by its column's width counts as equal."""
    one, two = (re.sub(r"[\s()“”\"]", "", normalise(text)) for text in (printed, expected))
    return one == two or (len(one) >= 4 and two.startswith(one))


#: What the sentence under an empty table must name.
_EMPTY_WORDS: dict[str, tuple[str, ...]] = {
    "government_fund": ("政府性基金",),
    "state_capital": ("国有资本经营",),
    "three_public": ("三公",),
}
_NONE_WORDS = re.compile(r"无|没有|未发生|不涉及")


@rule(
    "T19",
    title="空表须保留表样并写明“无”",
    scope="公开07、08、09表",
    formula="空表⇒有空表说明，且说明写明本表资金名称；有数据的表⇒没有“无”的说明",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="空表不加说明，读者无法分辨是没有发生还是漏报。",
    source="《地方预决算公开操作规程》财预〔2016〕143号",
    example="江岸区 2024 年度公开08表的说明把“国有资本经营”写成“国有资产经营”。",
    absent="没有空表，也没有空表说明",
)
def t19(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for table, words in _EMPTY_WORDS.items():
        note = case.facts.find("accounts.empty_note", table=table)
        frame = case.facts.find("accounts.number", table=table)
        subject = f"{view.title(table)}空表说明"
        filled = any(fact.number != 0 for fact in case.facts.select(f"accounts.{table}"))
        if note is None:
            if frame is not None and not filled:
                message = f"{view.title(table)}没有数据，也没有写明“无”的说明。"
                yield broken(
                    "T19", Severity.ERROR, "empty", message, subject=subject, facts=[frame],
                    advice="请在表下写明本年度没有该项收支。",
                )  # fmt: skip
            continue
        fault = _note_fault(note.text, words, case.report.year, filled)
        if fault:
            yield broken(
                "T19", Severity.ERROR, "empty", f"{view.title(table)}的空表说明有误：{fault}（所写为“{note.text}”）。",
                subject=subject, expected=words[0], found=note.text, facts=[note],
                advice="请更正空表说明。",
            )  # fmt: skip
        else:
            yield held("T19", subject)


def _note_fault(note: str, words: tuple[str, ...], year: int, filled: bool) -> str:
    text = normalise(note)
    if filled and _NONE_WORDS.search(text):
        return "表中有数据，说明却写为“无”"
    if not filled and not _NONE_WORDS.search(text):
        return "没有写明“无”"
    missing = next((word for word in words if word not in text), "")
    if missing:
        return f"没有写明“{missing}”"
    years = set(re.findall(r"20\d\d", text))
    if years and str(year) not in years:
        return f"所写年度不是 {year} 年"
    return ""
