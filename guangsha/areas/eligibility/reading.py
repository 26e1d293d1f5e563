"""Reads the records of many households in a fixed number of queries; nothing here decides.

Sealed columns are the cost: only the declaration that counts and the answers that say something are opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from guangsha.areas.eligibility.rules import (
    Answer,
    DeclarationRecord,
    FileRecord,
    HomeRecord,
    MemberRecord,
    StatusRecord,
    place_of,
)
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import (
    Address,
    Declaration,
    Home,
    Household,
    Membership,
    SpecialStatus,
)
from guangsha.areas.verification.comparison import FRESH_DAYS
from guangsha.areas.verification.models import Verification
from guangsha.people.models import Agency
from guangsha.privacy.fields import index_of

#: Households of one round of queries: databases limit the numbers in a statement.
ROUND = 5000
#: Services whose form asks for income, assets and homes.
DECLARING = ("subsidy_apply", "elig_apply")
#: Who stands behind a declaration that is not the household's own word.
CHECKED_SOURCE = "民政"
#: Answers that say something; the others leave a fact unknown.
_TELLING = ("match", "mismatch")

#: Months of subsidy that households had already, by household. The area that pays adds itself.
MONTHS_PAID: list[Callable[[Collection[int], date], Mapping[int, int]]] = []


def files_of(households: Collection[int], on: date) -> Iterator[FileRecord]:
    """The records of these households on a day, in the order of their keys; unknown keys give nothing."""
    keys = sorted(set(households))
    for start in range(0, len(keys), ROUND):
        yield from _round(keys[start : start + ROUND], on)


def _round(keys: Sequence[int], on: date) -> Iterable[FileRecord]:
    files = _heads(keys)
    if not files:
        return ()
    _members(files, on)
    _homes(files)
    _addresses(files, on)
    _answers(files, on)
    _declarations(files, on)
    for months in MONTHS_PAID:
        for key, count in months(list(files), on).items():
            files[key].subsidised_months += count
    return files.values()


def _within(field: str, keys: Collection[int]) -> Q:
    """Rows of these keys. Where the keys lie close together a range of them: thousands of numbers in a statement cost more than
    the few rows between, which the caller leaves aside."""
    least, most = min(keys, default=0), max(keys, default=0)
    if most - least < 2 * len(keys):
        return Q(**{f"{field}__gte": least, f"{field}__lte": most})
    return Q(**{f"{field}__in": list(keys)})


def _heads(keys: Sequence[int]) -> dict[int, FileRecord]:
    rows = Household.objects.filter(_within("pk", keys)).order_by("pk")
    found = list(rows.values_list("pk", "head_id", "programme", "agency__region_code"))
    wanted = set(keys)
    places = {
        code[:6]: place_of(name)
        for code, name in Agency.objects.filter(kind="district").values_list("region_code", "name")
    }
    return {
        pk: FileRecord(pk, head, code[:6], places.get(code[:6], ""), programme)
        for pk, head, programme, code in found
        if pk in wanted
    }


def _members(files: dict[int, FileRecord], on: date) -> None:
    rows = (
        Membership.objects.filter(_within("household_id", files), started_on__lte=on)
        .order_by("id")
        .values_list(
            "household_id", "person_id", "relation", "person__birth_date", "person__died_on", "counted", "person__identity_index",
            "ended_on",
        )
    )  # fmt: skip
    members: dict[int, list[MemberRecord]] = {}
    for household, person, relation, born, died, counted, index, ended in rows:
        if household not in files:
            continue
        here = counted and (ended is None or ended >= on)
        member = MemberRecord(person, relation, born, died, here, index)
        files[household].members.append(member)
        members.setdefault(person, []).append(member)
    statuses = (
        SpecialStatus.objects.filter(_within("person_id", members), started_on__lte=on)
        .filter(Q(ended_on=None) | Q(ended_on__gte=on))
        .order_by("id")
        .values_list("person_id", "kind", "grade", "started_on")
    )
    for person, kind, grade, started in statuses:
        for member in members.get(person, ()):
            member.statuses.append(StatusRecord(kind, grade, started))


def _homes(files: dict[int, FileRecord]) -> None:
    rows: QuerySet[Any, Any] = (
        Home.objects.filter(_within("household_id", files))
        .order_by("id")
        .values_list(
            "household_id", "owner_id", "nature", "area_m2", "share", "rent_fen", "acquired_on", "disposed_on"
        )
    )
    for household, *home in rows:
        if household in files:
            files[household].homes.append(HomeRecord(*home))


def _addresses(files: dict[int, FileRecord], on: date) -> None:
    rows = (
        Address.objects.filter(_within("household_id", files), kind="hukou", started_on__lte=on)
        .filter(Q(ended_on=None) | Q(ended_on__gte=on))
        .order_by("started_on", "id")
        .values_list("household_id", "started_on", "text")
    )
    for household, started, text in rows:
        if household in files:
            files[household].hukou = (started, text)


# Answers of sources -------------------------------------------------------------------------------------------------


def _persons(files: dict[int, FileRecord]) -> set[int]:
    return {member.person_id for file in files.values() for member in file.members}


def _end_of(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on + timedelta(days=1), time()))


def _answers(files: dict[int, FileRecord], on: date) -> None:
    """The latest answer of each source about each member, where its data are fresh on the day."""
    fresh = Q()
    for source, days in FRESH_DAYS.items():
        fresh |= Q(source=source, data_as_of__gte=on - timedelta(days=days))
    latest = (
        Verification.objects.filter(
            fresh, _within("person_id", _persons(files)), outcome__in=_TELLING, answered_at__lt=_end_of(on),
        )
        .annotate(
            place=Window(RowNumber(), partition_by=[F("person"), F("source")], order_by=[F("answered_at").desc(), F("id").desc()])
        )
        .filter(place=1)
        .values_list("id", "person_id", "source", "outcome", "heard_at")
    )  # fmt: skip
    persons = _persons(files)
    found = [row for row in latest if row[1] in persons]
    payloads = _payloads(_worth_opening(files, found))
    by_person: dict[int, list[tuple[str, Answer]]] = {}
    for pk, person, source, outcome, heard in found:
        told = heard is not None and heard < _end_of(on)
        by_person.setdefault(person, []).append((source, Answer(outcome, told, payloads.get(pk, {}))))
    for file in files.values():
        for member in file.members:
            for source, answer in by_person.get(member.person_id, ()):
                file.answers[member.person_id, source] = answer


def _worth_opening(files: dict[int, FileRecord], found: Sequence[Any]) -> list[int]:
    """Differences, and what only the answer itself says: hukou and insurance of applicants, taxed income."""
    heads = {file.head_id for file in files.values()}
    return [
        pk for pk, person, source, outcome, _ in found
        if outcome == "mismatch" or source == "tax" or (person in heads and source in ("hukou", "social_insurance"))
    ]  # fmt: skip


def _payloads(keys: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    opened: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(keys), ROUND):
        rows = Verification.objects.filter(pk__in=keys[start : start + ROUND]).values_list("pk", "payload")
        for pk, payload in rows:
            answer = payload.get("answer") if isinstance(payload, Mapping) else None
            opened[pk] = answer if isinstance(answer, Mapping) else {}
    return opened


# Declarations -------------------------------------------------------------------------------------------------------


def _declarations(files: dict[int, FileRecord], on: date) -> None:
    latest: QuerySet[Any, Any] = (
        Declaration.objects.filter(_within("household_id", files), declared_on__lte=on)
        .annotate(
            place=Window(
                RowNumber(), partition_by=F("household"), order_by=[F("declared_on").desc(), F("id").desc()]
            )
        )
        .filter(place=1)
        .values_list("household_id", "declared_on", "source", "case_number", "income", "assets")
    )
    found = [row for row in latest if row[0] in files]
    approved = set(
        Case.objects.filter(number__in={row[3] for row in found if row[3]}, outcome="approved").values_list(
            "number", flat=True
        )
    )
    for household, declared, source, case, income, assets in found:
        checked = source.startswith(CHECKED_SOURCE) or case in approved
        files[household].declaration = DeclarationRecord(
            declared,
            {int(who): _sum(kinds) for who, kinds in income.items() if str(who).isdigit()},
            assets,
            checked,
        )
    _forms(files, on)


def _sum(kinds: Any) -> int:
    return sum(v for v in kinds.values() if isinstance(v, int)) if isinstance(kinds, Mapping) else 0


def _forms(files: dict[int, FileRecord], on: date) -> None:
    """What the applicant wrote into a form, where the file has no later declaration."""
    heads = {file.head_id: file for file in files.values()}
    latest: QuerySet[Any, Any] = (
        Case.objects.filter(applicant_id__in=list(heads), service__in=DECLARING, submitted_at__lt=_end_of(on))
        .exclude(state="withdrawn")
        .annotate(
            place=Window(
                RowNumber(), partition_by=F("applicant"), order_by=[F("submitted_at").desc(), F("id").desc()]
            )
        )
        .filter(place=1)
        .values_list("pk", "applicant_id", "submitted_at", "outcome")
    )
    wanted = {}
    for pk, applicant, submitted, outcome in latest:
        file, day = heads.get(applicant), timezone.localdate(submitted)
        if file is not None and (file.declaration is None or file.declaration.declared_on < day):
            wanted[pk] = (file, day, outcome == "approved")
    opened: QuerySet[Any, Any] = Case.objects.filter(pk__in=list(wanted)).values_list("pk", "answers")
    for pk, answers in opened:
        file, day, approved = wanted[pk]
        file.declaration = _declared_in(answers, file, day, approved)
        if not any(home.nature != "market_rented" for home in file.homes):
            file.homes.extend(_homes_in(answers))


def _declared_in(
    answers: Mapping[str, Any], file: FileRecord, day: date, approved: bool
) -> DeclarationRecord | None:
    given = answers.get("income")
    if not isinstance(given, Mapping) or given.get("monthly_income") is None:
        return file.declaration
    income = {file.head_id: int(given["monthly_income"])}
    by_index = {member.identity_index: member.person_id for member in file.members if member.identity_index}
    for row in answers.get("members") or ():
        person = by_index.get(index_of("identity", str(row.get("identity", ""))))
        if person is not None and row.get("monthly_income") is not None:
            income[person] = int(row["monthly_income"])
    assets: dict[str, Any] = {}
    if given.get("deposits") is not None:
        assets["deposits"] = int(given["deposits"])
    if given.get("has_vehicle"):
        assets["vehicles"] = [{"value": int(given.get("vehicle_value") or 0)}]
    if given.get("has_company"):
        assets["companies"] = [{}]
    return DeclarationRecord(day, income, assets, approved)


def _homes_in(answers: Mapping[str, Any]) -> Iterable[HomeRecord]:
    for row in answers.get("homes") or ():
        if row.get("nature") == "market_rented":  # the lease is asked for by itself
            continue
        gone = row.get("disposed_on")
        yield HomeRecord(
            None, row["nature"], Decimal(str(row["area"])),
            disposed_on=date.fromisoformat(gone) if isinstance(gone, str) else gone,
        )  # fmt: skip
