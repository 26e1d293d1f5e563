"""A workbook of households: told row by row, applied once however often it is broken off, and never half a household."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from guangsha.areas.registry import actions
from guangsha.areas.registry.actions import importing
from guangsha.areas.registry.import_sheet import BYTES_MAX, COLUMNS, read_rows, result_workbook, template
from guangsha.areas.registry.models import (
    Household,
    ImportBatch,
    ImportRow,
    Membership,
    Person,
    SpecialStatus,
)
from guangsha.areas.registry.tasks import run_check, run_import
from guangsha.audit.models import Act
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.notify.models import Message
from guangsha.privacy import files
from guangsha.testing.cast import Cast, identity_number

LABELS = [column.label for column in COLUMNS]


def citizen(serial: int) -> str:
    return identity_number("430699", date(1970, 7, 7), serial)


def line(household: int | str, relation: str, name: str, identity: Any, **more: Any) -> dict[str, Any]:
    row = {"户序号": household, "与申请人关系": relation, "姓名": name, "证件号码": identity}
    if relation == "本人":
        row |= {
            "社区": "湖畔社区",
            "现住地址": f"湖畔路 {household} 号",
            "建档日期": "2025-03-01",
            "保障类别": "公租房",
        }
    return row | more


def book(*rows: dict[str, Any], head: Sequence[str] = LABELS) -> bytes:
    made = Workbook()
    sheet = made.active
    sheet.append(list(head))
    for row in rows:
        sheet.append([row.get(label) for label in head])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


GOOD = [
    line(1, "本人", "周文波", citizen(11), 手机号="199 0000 0001", 婚姻状况="已婚"),
    line(1, "配偶", "吴敏", citizen(12), 特殊身份="残疾", 等级="二级", 认定来源="残联", 认定日期="2024/6/1"),
    line(1, "子女", "周小雨", citizen(14)),
    line("2", "本人", "郑海", citizen(15)),
]


def faults_of(batch: ImportBatch) -> dict[int, list[str]]:
    return {row.number: row.faults for row in batch.lines.order_by("number")}


@pytest.mark.django_db
def test_checking_changes_nothing_and_applying_writes_whole_households(cast: Cast) -> None:
    actor, people = cast.actor("archivist"), Person.objects.count()
    batch = actions.check_import(actor, cast.district, "枫树.xlsx", book(*GOOD))
    assert (batch.rows, batch.usable, batch.done, batch.state) == (4, 4, 0, "checked")
    assert Person.objects.count() == people and not Household.objects.exists()
    batch = actions.apply_import(actor, batch.pk)
    assert (batch.state, batch.done) == ("done", 4)
    first, second = Household.objects.order_by("number")
    assert [m.relation for m in first.memberships.order_by("id")] == ["self", "spouse", "child"]
    assert (first.opened_on, first.programme, first.community) == (
        date(2025, 3, 1),
        "公租房",
        cast.communities[0],
    )
    assert first.addresses.get().text == "湖畔路 1 号" and second.head.name == "郑海"
    assert (first.head.phone, first.head.marital) == ("19900000001", "20")
    status = SpecialStatus.objects.get()
    assert (status.kind, status.grade, status.source, status.started_on) == (
        "disability",
        "二级",
        "残联",
        date(2024, 6, 1),
    )
    told = str(list(Act.objects.values_list("after", flat=True)))
    assert "19900000001" not in told and "199 0000" not in told


@pytest.mark.django_db
def test_applying_again_and_uploading_again_add_nothing(cast: Cast) -> None:
    actor = cast.actor("archivist")
    data = book(*GOOD)
    batch = actions.apply_import(actor, actions.check_import(actor, cast.district, "a.xlsx", data).pk)
    counts = (Person.objects.count(), Household.objects.count(), Membership.objects.count())
    actions.apply_import(actor, batch.pk)
    assert actions.check_import(actor, cast.district, "b.xlsx", data).pk == batch.pk
    # the same people in another file (another digest)
    other = actions.check_import(
        actor, cast.district, "c.xlsx", book(*GOOD, line(3, "本人", "孙立", citizen(21)))
    )
    assert other.usable == 5
    actions.apply_import(actor, other.pk)
    assert (Person.objects.count(), Household.objects.count(), Membership.objects.count()) == tuple(
        count + 1 for count in counts
    )
    assert SpecialStatus.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("killed_at", range(1, 12))
def test_killed_at_any_write_it_goes_on_where_it_stopped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    actor = cast.actor("archivist")
    batch = actions.check_import(actor, cast.district, "a.xlsx", book(*GOOD))
    calls = {"n": 0}

    def dying(real: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            calls["n"] += 1
            if calls["n"] == killed_at:
                raise KeyboardInterrupt
            return real(*args, **more)

        return call

    names = ("person_for", "open_household", "add_member", "record_status", "change_person", "_finish")
    with monkeypatch.context() as patch:
        for name in names:
            patch.setattr(importing, name, dying(getattr(importing, name)))
        with pytest.raises(KeyboardInterrupt):
            actions.apply_import(actor, batch.pk)
    for household in Household.objects.all():  # never half a household
        assert household.memberships.count() == (3 if household.head.name == "周文波" else 1)
    batch = actions.apply_import(actor, batch.pk)
    assert (batch.state, batch.done, Household.objects.count(), Membership.objects.count()) == (
        "done",
        4,
        2,
        4,
    )


@pytest.mark.django_db
def test_every_fault_says_what_where_and_what_to_do(cast: Cast) -> None:
    actor = cast.actor("archivist")
    wrong = citizen(31)[:-1] + ("1" if citizen(31)[-1] != "1" else "2")
    batch = actions.check_import(
        actor,
        cast.district,
        "a.xlsx",
        book(
            line(1, "本人", "周文波", wrong, 手机号="12345", 社区="不存在社区", 建档日期="三月一日"),  # 2
            line(1, "子女", "周小雨", citizen(41)),  # 3
            line(2, "子女", "无主", citizen(42)),  # 4
            line(3, "本人", "甲", citizen(43)),  # 5
            line(3, "本人", "乙", citizen(44)),  # 6
            line(4, "本人", "丁", citizen(45)),  # 7
            line(4, "表哥", "丁二", citizen(45), 特殊身份="残疾"),  # 8
            line(5, "本人", "", 430699197007070512),  # 9
            line(6, "本人", "戊", citizen(46)),  # 10
            line(6, "配偶", "己", citizen(47)),  # 11
            line(6, "配偶", "庚", citizen(48)),  # 12
        ),
    )
    told = faults_of(batch)
    assert told[2] == [
        "身份证号：身份证号校验码不对，请逐位核对。请对照身份证重新填写。",
        "手机号：手机号应为 11 位数字，以 13 至 19 开头。请核对后重新填写。",
        "建档日期：“三月一日”不是日期。请按 2025-03-01 的样子填写。",
        "社区：没有“不存在社区”。请从下拉列表中选择本机构的社区。",
    ]
    assert told[3] == ["申请人所在的第 2 行有问题，本行随之不能导入。请先改正那一行。"]
    assert "没有申请人" in told[4][0] and "有 2 个申请人（第 5、6 行）" in told[5][0] and told[5] == told[6]
    assert told[7] == []
    assert [text.split("：")[0] for text in told[8]] == ["与申请人关系", "特殊身份", "证件号码"]
    assert "与第 7 行相同" in told[8][2]
    assert told[9] == [
        "姓名：没有填写。这一列必填。",
        "证件号码：是数字格式，末几位已经丢失。请将这一列设为文本后重新填写。",
    ]
    assert told[10] == told[11] == [] and "第 11 行已是配偶" in told[12][0]
    assert batch.usable == 3
    actions.apply_import(actor, batch.pk)
    assert sorted(h.head.name for h in Household.objects.all()) == ["丁", "戊"]
    assert batch.lines.exclude(person=None).count() == 3


@pytest.mark.django_db
def test_members_of_another_household_are_told_and_a_mended_row_joins_its_own(cast: Cast) -> None:
    actor = cast.actor("archivist")
    actions.apply_import(actor, actions.check_import(actor, cast.district, "a.xlsx", book(*GOOD)).pk)
    number = Household.objects.get(head__name="周文波").number
    batch = actions.check_import(
        actor, cast.district, "b.xlsx",
        book(line(9, "本人", "新户", citizen(61)), line(9, "配偶", "吴敏", citizen(12)), GOOD[0], line(1, "父母", "周父", citizen(63))),
    )  # fmt: skip
    told = faults_of(batch)
    assert told[3] == [f"证件号码：此人已在家庭档案 {number} 中。请先在原家庭办理减员，或删去本行。"]
    assert told[4] == told[5] == []
    actions.apply_import(actor, batch.pk)
    assert Household.objects.get(number=number).memberships.count() == 4


@pytest.mark.django_db
def test_what_changed_since_the_check_is_told_and_the_rest_goes_on(cast: Cast) -> None:
    actor = cast.actor("archivist")
    batch = actions.check_import(actor, cast.district, "a.xlsx", book(*GOOD))
    known = actions.open_person(actor, name="周小雨", identity=citizen(14))
    actions.open_household(actor, head=known, agency=cast.district, community=cast.communities[1])
    batch = actions.apply_import(actor, batch.pk)
    assert (batch.done, batch.usable) == (1, 1)
    told = faults_of(batch)
    assert told[2] == told[3] == told[4] and "另一户的保障人口" in told[2][0]
    assert not Person.objects.filter(name="周文波").exists()


@pytest.mark.django_db
def test_a_dropped_batch_keeps_nothing_of_the_people_and_can_be_uploaded_again(cast: Cast) -> None:
    actor, data = cast.actor("archivist"), book(*GOOD)
    batch = actions.check_import(actor, cast.district, "a.xlsx", data)
    actions.drop_import(actor, batch.pk)
    assert not ImportRow.objects.exists()
    with pytest.raises(GuangshaError, match="已经放弃"):
        actions.apply_import(actor, batch.pk)
    again = actions.check_import(actor, cast.district, "a.xlsx", data)
    assert (again.pk, again.state, again.usable) == (batch.pk, "checked", 4)
    actions.apply_import(actor, again.pk)
    with pytest.raises(GuangshaError, match="不能放弃"):
        actions.drop_import(actor, again.pk)


def sealed() -> list[str]:
    return list(files.stored_files())


@pytest.mark.django_db(transaction=True)
def test_a_workbook_is_kept_sealed_until_it_is_checked_and_not_longer(cast: Cast) -> None:
    actor, data, before = cast.actor("archivist"), book(*GOOD), sealed()
    batch = actions.take_import(actor, cast.district, "a.xlsx", data)
    assert (batch.state, batch.lines.count()) == ("waiting", 0)
    assert [batch.stored] == [name for name in sealed() if name not in before]
    assert actions.take_import(actor, cast.district, "again.xlsx", data).pk == batch.pk
    assert [batch.stored] == [name for name in sealed() if name not in before], "the same file once"
    batch = actions.check_taken(actor, batch.pk)
    assert (batch.state, batch.rows, batch.checked, batch.usable, batch.stored) == ("checked", 4, 4, 4, "")
    assert sealed() == before
    assert actions.check_taken(actor, batch.pk).lines.count() == 4, "a second worker changes nothing"
    dropped = actions.take_import(actor, cast.district, "b.xlsx", book(*GOOD, GOOD[0]))
    actions.drop_import(actor, dropped.pk)
    assert sealed() == before and actions.check_taken(actor, dropped.pk).state == "dropped"


@pytest.mark.django_db(transaction=True)
def test_a_check_that_was_killed_begins_anew_and_one_that_breaks_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, before, account = cast.actor("archivist"), sealed(), cast.account("archivist")
    data = book(*GOOD)
    batch = actions.take_import(actor, cast.district, "a.xlsx", data)

    def dying(*given: Any, **more: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(importing, "check_households", dying)
        with pytest.raises(KeyboardInterrupt):
            actions.check_taken(actor, batch.pk)
    assert ImportBatch.objects.get().state == "waiting" and len(sealed()) == len(before) + 1
    with monkeypatch.context() as patch:
        patch.setattr(importing, "check_households", lambda checked: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            run_check.func(batch.pk, account.pk)
    batch.refresh_from_db()
    assert batch.state == "refused" and "重新上传" in batch.fault and sealed() == before
    assert Message.objects.get(account=account).subject == "导入校验中断"
    again = actions.check_import(actor, cast.district, "a.xlsx", data)
    assert (again.pk, again.state) == (batch.pk, "checked")


@pytest.mark.django_db
def test_a_workbook_without_rows_is_refused_with_the_reason(cast: Cast) -> None:
    batch = actions.take_import(cast.actor("archivist"), cast.district, "a.xlsx", book())
    assert run_check.func(batch.pk, cast.account("archivist").pk).startswith("不能使用")
    batch.refresh_from_db()
    assert batch.state == "refused" and "没有填写任何一行" in batch.fault
    assert Act.objects.get(action="registry.import.refuse").reason == batch.fault


@pytest.mark.django_db
def test_an_import_runs_once_and_can_be_asked_for_again_when_it_was_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, account = cast.actor("archivist"), cast.account("archivist")
    batch = actions.check_import(actor, cast.district, "a.xlsx", book(*GOOD))
    actions.begin_import(actor, batch.pk)
    for refused in (actions.begin_import, actions.drop_import):
        with pytest.raises(GuangshaError, match=r"正在导入|不能放弃"):
            refused(actor, batch.pk)
    with monkeypatch.context() as patch:
        patch.setattr(importing, "open_household", lambda *given, **more: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            run_import.func(batch.pk, account.pk)
    assert Message.objects.get(account=account).subject == "批量导入中断"
    actions.begin_import(actor, batch.pk)
    long_ago = timezone.now() - ImportBatch.LOST_AFTER
    ImportBatch.objects.update(running_since=long_ago)
    actions.begin_import(actor, batch.pk)
    run_import.func(batch.pk, account.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.running_since) == ("done", 4, None)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", b" " * 60_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "为空|不是|损坏"),
        (b"x" * (BYTES_MAX + 1), "超过 10 MB"),
        (b"PK\x03\x04 nothing", "损坏|不完整"),
        (bomb(), "过大|损坏"),
        (book(), "没有填写任何一行"),
        (book(*GOOD, head=["姓名", "证件号码"]), "表头缺少"),
        (book(*GOOD)[:-300], "损坏|不完整"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_rows(data, "a.xlsx")
    assert caught.value.where == "a.xlsx" and caught.value.advice


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guangsha.areas.registry.import_sheet.ROWS_MAX", 3)
    with pytest.raises(InputError, match="超过 3 行"):
        read_rows(book(*GOOD), "a.xlsx")


def test_the_template_has_drop_downs_and_notes_and_reads_back() -> None:
    data = template(["湖畔社区", "望岳社区"])
    filled: Any = load_workbook(io.BytesIO(data))
    sheet = filled.worksheets[0]
    assert [cell.value for cell in sheet[1]] == LABELS
    assert all(cell.comment is not None for cell in sheet[1])
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in sheet.data_validations.dataValidation}
    assert lists["B2"].startswith('"本人,配偶') and lists["H2"] == '"湖畔社区,望岳社区"'
    assert sheet["E2"].number_format == "@"
    for at, label in enumerate(LABELS, 1):
        sheet.cell(2, at).value = GOOD[0].get(label)
    out = io.BytesIO()
    filled.save(out)
    ((number, row),) = read_rows(out.getvalue(), "a.xlsx")
    assert (number, row["name"], row["identity"]) == (2, "周文波", citizen(11))


def test_the_result_can_be_mended_and_uploaded_as_it_is() -> None:
    rows = read_rows(book(*GOOD), "a.xlsx")
    lines = [
        (row, "未导入" if number == 2 else "已导入", ["手机号：不对。"] if number == 2 else [])
        for number, row in rows
    ]
    data = result_workbook(lines, [["导出人：甲"], ["含个人信息"]])
    sheet: Any = load_workbook(io.BytesIO(data)).worksheets[0]
    assert [cell.value for cell in sheet[3]][-2:] == ["导入结果", "问题与处理办法"]
    assert [cell.value for cell in sheet[4]][-2:] == ["未导入", "手机号：不对。"]
    assert [row for _, row in read_rows(data, "b.xlsx")] == [row for _, row in rows]
