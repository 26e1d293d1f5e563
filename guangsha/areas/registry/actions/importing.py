"""A workbook of households: checked without touching the register, applied household by household, or dropped.

Applying is one transaction per household: killed at any moment it goes on where it stopped, and what is in the register
already (from this file or an earlier one) is recognised by its identity number and not written twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.registry.actions.files import (
    FileMoved,
    add_member,
    change_person,
    open_household,
    person_for,
    record_status,
)
from guangsha.areas.registry.import_sheet import (
    BYTES_MAX,
    check_households,
    check_row,
    follow_head,
    read_rows,
)
from guangsha.areas.registry.models import Household, ImportBatch, ImportRow, Membership, Person
from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.documents.reading.office_package import plain_package
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.models import Agency
from guangsha.privacy import files
from guangsha.privacy.fields import index_of
from guangsha.privacy.sealing import sm3_hex

_PORTION = 500
CONTEXT = "registry.import"
Checked = dict[int, tuple[dict[str, Any], list[str]]]


def communities_of(agency: Agency) -> dict[str, int]:
    """The communities below an agency, by name."""
    return dict(
        Agency.objects.filter(kind="community", path__startswith=agency.path)
        .order_by("id")
        .values_list("name", "id")
    )


def check_import(actor: Actor, agency: Agency, file_name: str, data: bytes) -> ImportBatch:
    """Take a workbook in and check it at once: ``take_import`` and ``check_taken`` in one go.

    Raises:
        InputError: the file cannot be used at all.
    """
    return check_taken(actor, take_import(actor, agency, file_name, data).pk)


def take_import(actor: Actor, agency: Agency, file_name: str, data: bytes) -> ImportBatch:
    """Keep an uploaded workbook, sealed, until it has been checked; the same file again gives the same batch.

    Only the package is looked at here, so that a damaged file is told at once; the rows take long and are a job's work.

    Raises:
        InputError: no workbook, damaged, too large.
    """
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1][:120] or "上传的文件.xlsx"
    if len(data) > BYTES_MAX:
        raise InputError(
            f"文件超过 {BYTES_MAX // 1024 // 1024} MB", where=name, advice="请分成几份，每份分别上传。"
        )
    plain_package(data, name)
    kept = files.store(data, context=CONTEXT)
    try:
        with transaction.atomic():
            batch = _taken(actor, agency, name, sm3_hex(data), kept.stored)
    except BaseException:
        files.remove(kept.stored)
        raise
    if batch.stored != kept.stored:
        files.remove(kept.stored)
    return batch


def _taken(actor: Actor, agency: Agency, name: str, digest: str, stored: str) -> ImportBatch:
    Agency.objects.select_for_update().get(pk=agency.pk)  # one upload of a file at a time
    batch = ImportBatch.objects.filter(agency=agency, digest=digest).first()
    if batch is not None and (batch.state in ("waiting", "done") or batch.done or batch.is_running):
        return batch
    if batch is None:
        batch = ImportBatch(agency=agency, digest=digest)
    else:
        batch.lines.all().delete()
    batch.account_id, batch.file_name, batch.state = actor.account_id, name, "waiting"
    batch.rows = batch.usable = batch.checked = 0
    batch.fault, batch.stored = "", stored
    batch.save()
    record(actor, "registry.import.upload", batch, after=snapshot(batch), agency_id=agency.pk)
    return batch


def check_taken(actor: Actor, batch_id: int) -> ImportBatch:
    """Say of every row of a workbook that was taken in whether it can be imported; the register is not touched.

    How far it is stands in ``rows`` and ``checked`` meanwhile. Run again after a kill, it begins anew; a batch that is
    checked already is left alone.

    Raises:
        InputError: the file cannot be used at all; the batch says so too.
    """
    batch = ImportBatch.objects.select_related("agency").get(pk=batch_id)
    if batch.state != "waiting":
        return batch
    try:
        rows = read_rows(files.load(batch.stored, context=CONTEXT), batch.file_name)
    except GuangshaError as error:
        refuse_import(actor, batch_id, str(error))
        raise
    here = ImportBatch.objects.filter(pk=batch_id, state="waiting")
    here.update(rows=len(rows))
    today, communities = timezone.localdate(), communities_of(batch.agency)
    checked: Checked = {}
    for place, (number, row) in enumerate(rows):
        checked[number] = check_row(row, today=today, communities=communities)
        if place % _PORTION == 0:
            here.update(checked=place)
    check_households(checked)
    _against_register(checked, batch.agency)
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        if batch.state != "waiting":
            return batch  # another worker was quicker
        batch.rows = batch.checked = len(rows)
        batch.usable = sum(not faults for _, faults in checked.values())
        lines = [
            ImportRow(batch=batch, number=number, given=cast(Any, dict(row)), faults=checked[number][1])
            for number, row in rows
        ]
        ImportRow.objects.bulk_create(lines, batch_size=_PORTION)
        _put_away(batch, "checked")
        record(actor, "registry.import.check", batch, after=snapshot(batch), agency_id=batch.agency_id)
    return batch


def _put_away(batch: ImportBatch, state: str) -> None:
    """The workbook has served: its rows are in the batch, or nobody needs it."""
    stored, batch.stored, batch.state = batch.stored, "", state
    batch.save()
    if stored:
        transaction.on_commit(lambda: files.remove(stored))


@transaction.atomic
def refuse_import(actor: Actor, batch_id: int, fault: str) -> None:
    """A workbook that cannot be checked says why, and can be uploaded again."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.state == "waiting":
        batch.fault = fault[:300]
        _put_away(batch, "refused")
        record(
            actor,
            "registry.import.refuse",
            batch,
            reason=batch.fault,
            after=snapshot(batch),
            agency_id=batch.agency_id,
        )


@transaction.atomic
def begin_import(actor: Actor, batch_id: int) -> ImportBatch:
    """Ask for the usable rows of a checked batch to be written; a job does it (``apply_import``).

    Raises:
        InputError: not checked, or it runs already.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.state != "checked":
        raise InputError("这批已经处理完", where=batch.file_name, advice="请刷新页面。")
    if batch.is_running:
        raise InputError("正在导入", where=batch.file_name, advice="完成的行数显示在本页。")
    batch.running_since = timezone.now()
    batch.save(update_fields=["running_since"])
    record(
        actor,
        "registry.import.begin",
        batch,
        after=snapshot(batch, "rows", "usable", "done"),
        agency_id=batch.agency_id,
    )
    return batch


def break_off(batch_id: int) -> None:
    """The job ended without finishing: the import can be asked for again and goes on where it stopped."""
    ImportBatch.objects.filter(pk=batch_id).update(running_since=None)


def _against_register(checked: Checked, agency: Agency) -> None:
    """Faults that only the register knows: the person counts in another household."""
    indexes = {
        index_of("identity", meant["identity"]): number
        for number, (meant, faults) in checked.items()
        if not faults
    }
    keys = list(indexes)
    homes: dict[int, tuple[int, str, bool]] = {}
    for start in range(0, len(keys), _PORTION):
        found = Membership.objects.filter(
            person__identity_index__in=keys[start : start + _PORTION], person__merged_into=None, ended_on=None, counted=True
        ).values_list(
            "person__identity_index", "person__identity_kind", "household_id", "household__number",
            "household__agency_id", "household__head_id", "person_id",
        )  # fmt: skip
        for index, kind, household, label, at, head_id, person in found:
            row = indexes[index]
            if checked[row][0]["identity_kind"] == kind:
                homes[row] = (household, label, head_id == person and at == agency.pk)
    groups: dict[str, list[int]] = {}
    for number, (meant, _) in checked.items():
        groups.setdefault(meant["household"], []).append(number)
    for group in groups.values():
        applicants = [number for number in group if checked[number][0]["relation"] == "self"]
        own = next((homes[number][0] for number in applicants if number in homes and homes[number][2]), None)
        for number in group:
            if number in homes and homes[number][0] != own:
                checked[number][1].append(
                    f"证件号码：此人已在家庭档案 {homes[number][1]} 中。请先在原家庭办理减员，或删去本行。"
                )
        follow_head(checked, group)


def apply_import(actor: Actor, batch_id: int, *, at_most: int | None = None) -> ImportBatch:
    """Write the usable rows of a checked batch, household by household; call it again after it was broken off.

    Args:
        at_most: stop after this many households (a portion of the work); None: all of them.

    Raises:
        FileMoved: the batch was dropped.
    """
    batch = ImportBatch.objects.select_related("agency").get(pk=batch_id)
    if batch.state == "dropped":
        raise FileMoved("这批导入已经放弃", advice="请重新上传文件。")
    households: dict[str, list[ImportRow]] = {}
    for line in batch.lines.filter(person=None).order_by("number").iterator(chunk_size=_PORTION):
        if not line.faults:
            households.setdefault(cast("dict[str, str]", line.given)["household"], []).append(line)
    communities = communities_of(batch.agency)
    for number, lines in enumerate(households.values()):
        if at_most is not None and number >= at_most:
            return ImportBatch.objects.get(pk=batch_id)
        try:
            _apply_household(actor, batch, [line.pk for line in lines], communities)
        except FileMoved:
            raise
        except GuangshaError as error:
            _give_up(batch, lines, str(error))
    return _finish(actor, batch_id)


def _finish(actor: Actor, batch_id: int) -> ImportBatch:
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state == "checked":
            batch.state, batch.running_since = "done", None
            batch.save(update_fields=["state", "running_since"])
            record(
                actor, "registry.import.apply", batch, after=snapshot(batch, "state", "rows", "usable", "done"),
                agency_id=batch.agency_id,
            )  # fmt: skip
    return batch


def _give_up(batch: ImportBatch, lines: Sequence[ImportRow], fault: str) -> None:
    """The register changed since the check: the household is told like any other fault."""
    with transaction.atomic():
        locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        for line in ImportRow.objects.filter(pk__in=[line.pk for line in lines], person=None):
            if not line.faults:
                line.faults = [fault]
                line.save(update_fields=["faults"])
                locked.usable -= 1
        locked.save(update_fields=["usable"])


@transaction.atomic
def _apply_household(
    actor: Actor, batch: ImportBatch, keys: list[int], communities: Mapping[str, int]
) -> None:
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state == "dropped":
        raise FileMoved("这批导入已经放弃", advice="请重新上传文件。")
    today = timezone.localdate()
    lines = [
        line
        for line in ImportRow.objects.filter(pk__in=keys, person=None).order_by("number")
        if not line.faults
    ]
    meant = [(line, _meaning(line, today, communities)) for line in lines]
    meant.sort(key=lambda pair: pair[1]["relation"] != "self")  # the applicant first
    if not meant:
        return  # somebody else has just written them
    household = _household_of(actor, batch, meant)
    for line, row in meant:
        person = _person_of(actor, batch, row)
        if household is None:
            household = _open(actor, batch, person, row, today)
        elif not Membership.objects.filter(household=household, person=person, ended_on=None).exists():
            household.refresh_from_db()
            add_member(
                actor, household.pk, household.version, person, row["relation"],
                started_on=_day(row["opened_on"]) or household.opened_on, reason=_why(batch),
            )  # fmt: skip
        _status_of(actor, person, row)
        line.person = person
        line.save(update_fields=["person"])
    locked.done += len(meant)
    locked.save(update_fields=["done"])


def _meaning(line: ImportRow, today: date, communities: Mapping[str, int]) -> dict[str, Any]:
    meant, faults = check_row(cast("dict[str, str]", line.given), today=today, communities=communities)
    if faults:
        raise InputError("；".join(faults), where=f"第 {line.number} 行", advice="请改正后重新上传。")
    return meant


def _why(batch: ImportBatch) -> str:
    return f"批量导入 {batch.file_name}"


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _household_of(
    actor: Actor, batch: ImportBatch, meant: Sequence[tuple[ImportRow, Mapping[str, Any]]]
) -> Household | None:
    """The file that the applicant of these rows has already: from an earlier household of this file, or an earlier file."""
    line, row = meant[0]
    if row["relation"] == "self":
        index, kind = index_of("identity", row["identity"]), row["identity_kind"]
        head = Person.objects.filter(identity_index=index, identity_kind=kind, merged_into=None).first()
    else:  # the applicant's row was written before somebody broke off or mended a member's row
        wanted = cast("dict[str, str]", line.given)["household"]
        written = ImportRow.objects.filter(batch=batch).exclude(person=None).select_related("person")
        head = next(
            (
                other.person
                for other in written.iterator(chunk_size=_PORTION)
                if (given := cast("dict[str, str]", other.given))["household"] == wanted
                and given["relation"] == "本人"
            ),
            None,
        )
        if head is None:
            raise InputError(
                "这一户的申请人没有导入", where=f"第 {line.number} 行", advice="请连同申请人一起上传。"
            )
    if head is None:
        return None
    return Household.objects.filter(head=head, agency=batch.agency, closed_on=None).order_by("-id").first()


def _person_of(actor: Actor, batch: ImportBatch, row: Mapping[str, Any]) -> Person:
    """The person of a row. What the register already knows of somebody is not overwritten by a workbook."""
    person = person_for(
        actor, name=row["name"], identity=row["identity"], identity_kind=row["identity_kind"], phone=row["phone"],
        reason=_why(batch),
    )  # fmt: skip
    if person.name != row["name"]:
        raise InputError("姓名与登记的不一致", where="姓名", advice="请核对证件；登记有误的先更正档案。")
    unknown = {"marital": "90"}
    more = {
        key: row[key]
        for key in ("marital", "employer", "bank_account", "bank_name")
        if row[key] and row[key] != unknown.get(key) and getattr(person, key) in ("", unknown.get(key))
    }
    return change_person(actor, person.pk, person.version, more, reason=_why(batch)) if more else person


def _open(actor: Actor, batch: ImportBatch, head: Person, row: Mapping[str, Any], today: date) -> Household:
    return open_household(
        actor, head=head, agency=batch.agency, community=Agency.objects.get(pk=row["community_id"]),
        residence=row["residence"], programme=row["programme"], opened_on=_day(row["opened_on"]) or today,
        reason=_why(batch),
    )  # fmt: skip


def _status_of(actor: Actor, person: Person, row: Mapping[str, Any]) -> None:
    if not row["status"]:
        return
    started = date.fromisoformat(row["status_started_on"])
    if not person.statuses.filter(kind=row["status"], started_on=started).exists():
        record_status(
            actor,
            person,
            kind=row["status"],
            grade=row["status_grade"],
            source=row["status_source"],
            started_on=started,
        )


@transaction.atomic
def drop_import(actor: Actor, batch_id: int) -> ImportBatch:
    """Give a batch up before anything of it is written: what the rows said is removed, the batch stays as a line.

    Raises:
        FileMoved: already applied, in part or whole.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.state not in ("waiting", "refused", "checked") or batch.done or batch.is_running:
        raise FileMoved("这批已经开始导入，不能放弃", advice="请刷新页面；个别家庭可在档案中改正。")
    batch.lines.all().delete()
    _put_away(batch, "dropped")
    record(actor, "registry.import.drop", batch, after=snapshot(batch, "state"), agency_id=batch.agency_id)
    return batch
