"""The only writer of persons and households. Each function is one act of a person, in one transaction, in the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.registry.models import (
    Address,
    Declaration,
    Home,
    Household,
    Membership,
    Person,
    SpecialStatus,
)
from guangsha.areas.registry.rules import (
    clean_bank_account,
    clean_name,
    clean_phone,
    identity_facts,
    membership_fault,
    name_key,
)
from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.models import Agency
from guangsha.privacy.fields import index_of


class FileMoved(GuangshaError):
    """Somebody else changed the file in between."""

    code = "file-moved"


#: Columns of a person that a form may change; identity has an act of its own because it may join two persons.
CHANGEABLE = frozenset(
    {"name", "phone", "employer", "bank_account", "bank_name", "illness", "marital", "died_on"}
)


def _cleaned(changes: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = dict(changes)
    if "name" in cleaned:
        cleaned["name"] = clean_name(cleaned["name"])
        cleaned["name_key"] = name_key(cleaned["name"])
    if "phone" in cleaned:
        cleaned["phone"] = clean_phone(cleaned["phone"])
    if "bank_account" in cleaned:
        cleaned["bank_account"] = clean_bank_account(cleaned["bank_account"])
    return cleaned


@transaction.atomic
def open_person(
    actor: Actor, *, name: str, identity: str, identity_kind: str = "resident", reason: str = "", **more: Any
) -> Person:
    """Write down a person who is not in the register yet.

    Raises:
        InputError: a wrong number or name, or the identity number is already in the register.
    """
    unknown = set(more) - CHANGEABLE
    if unknown:
        raise ValueError(f"a person has no {sorted(unknown)}")
    facts = identity_facts(identity_kind, identity, on=timezone.localdate())
    person = Person(
        identity_kind=identity_kind,
        identity=facts.number,
        birth_date=facts.birth_date,
        sex=facts.sex,
        **_cleaned({"name": name, **more}),
    )
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        raise InputError(
            "这个证件号码已经登记过", where="证件号码", advice="请按证件号码查找已有的人员。"
        ) from error
    record(actor, "registry.person.open", person, reason=reason, after=snapshot(person))
    return person


@transaction.atomic
def person_for(
    actor: Actor,
    *,
    name: str,
    identity: str,
    identity_kind: str = "resident",
    phone: str = "",
    reason: str = "",
) -> Person:
    """The person with this identity number; written down when new. An existing person's name is not overwritten: what
    the form says differently is for the verification to find out."""
    facts = identity_facts(identity_kind, identity, on=timezone.localdate())
    known = (
        Person.objects.select_for_update()
        .filter(
            identity_kind=identity_kind, identity_index=index_of("identity", facts.number), merged_into=None
        )
        .first()
    )
    if known is None:
        return open_person(
            actor, name=name, identity=identity, identity_kind=identity_kind, phone=phone, reason=reason
        )
    if phone and not known.phone:
        return change_person(
            actor, known.pk, known.version, {"phone": phone}, reason=reason or "补充联系电话"
        )
    return known


@transaction.atomic
def change_person(
    actor: Actor, person_id: int, version: int, changes: Mapping[str, Any], *, reason: str
) -> Person:
    """Change what is known of a person.

    Raises:
        FileMoved: changed by somebody else since ``version``.
        InputError: a value that cannot be.
    """
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    person = Person.objects.select_for_update().get(pk=person_id)
    if person.version != version:
        raise FileMoved("这份档案刚被别人修改过", advice="请刷新后再改，您填写的内容没有丢失。")
    cleaned = _cleaned(changes)
    before = snapshot(person, *cleaned)
    for name, value in cleaned.items():
        setattr(person, name, value)
    person.version += 1
    person.save()
    record(
        actor,
        "registry.person.change",
        person,
        reason=reason,
        before=before,
        after=snapshot(person, *cleaned),
    )
    return person


def _household_number(community: Agency, today: date) -> str:
    """``H`` + the community's region code + year + running number; counted while the community's row is locked."""
    Agency.objects.select_for_update().get(pk=community.pk)
    prefix = f"H{community.region_code}{today.year}"
    last = (
        Household.objects.filter(number__startswith=prefix)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    serial = int(last[len(prefix) :]) + 1 if last else 1
    return f"{prefix}{serial:05d}"


@transaction.atomic
def open_household(
    actor: Actor,
    *,
    head: Person,
    agency: Agency,
    community: Agency,
    residence: str = "",
    programme: str = "",
    opened_on: date | None = None,
    reason: str = "",
) -> Household:
    """Open a file for the household of ``head``.

    Raises:
        InputError: the person already belongs to a living household.
    """
    today = timezone.localdate()
    opened = opened_on or today
    household = Household.objects.create(
        number=_household_number(community, opened),
        agency=agency,
        community=community,
        head=head,
        programme=programme,
        opened_on=opened,
    )
    _join(household, head, "self", opened)
    if residence:
        Address.objects.create(household=household, kind="residence", text=residence, started_on=opened)
    record(actor, "registry.household.open", household, reason=reason, after=snapshot(household))
    return household


def _join(
    household: Household, person: Person, relation: str, started_on: date, *, counted: bool = True
) -> Membership:
    taken = household.memberships.filter(ended_on=None).values_list("relation", flat=True)
    fault = membership_fault(
        relation, taken, started_on=started_on, opened_on=household.opened_on, today=timezone.localdate()
    )
    if fault:
        raise InputError(fault, where="家庭成员", advice="请核对成员情况。")
    if person.died_on is not None and person.died_on <= started_on:
        raise InputError(f"{person.name} 已于登记前去世", where="家庭成员", advice="请核对成员情况。")
    try:
        with transaction.atomic():
            return Membership.objects.create(
                household=household, person=person, relation=relation, started_on=started_on, counted=counted
            )
    except IntegrityError as error:
        raise InputError(
            f"{person.name} 已是另一户的保障人口",
            where="家庭成员",
            advice="请先在原家庭办理减员，再加入这一户。",
        ) from error


def _locked(household_id: int, version: int) -> Household:
    household = Household.objects.select_for_update().get(pk=household_id)
    if household.version != version:
        raise FileMoved("这份家庭档案刚被别人修改过", advice="请刷新后再改，您填写的内容没有丢失。")
    household.version += 1
    household.save(update_fields=["version"])
    return household


@transaction.atomic
def add_member(
    actor: Actor,
    household_id: int,
    version: int,
    person: Person,
    relation: str,
    *,
    started_on: date,
    counted: bool = True,
    reason: str = "",
) -> Membership:
    """A person joins a household.

    Raises:
        FileMoved, InputError
    """
    membership = _join(_locked(household_id, version), person, relation, started_on, counted=counted)
    record(actor, "registry.member.add", membership, reason=reason, after=snapshot(membership))
    return membership


@transaction.atomic
def end_membership(
    actor: Actor, membership_id: int, version: int, *, ended_on: date, end_reason: str
) -> Membership:
    """A member leaves: from the day after ``ended_on`` they no longer count.

    Raises:
        FileMoved: the file was changed in between.
        InputError: the head leaves (that needs a new applicant), or the day lies before the start or after today.
    """
    membership = Membership.objects.select_related("household").get(pk=membership_id)
    _locked(membership.household_id, version)
    if membership.relation == "self":
        raise InputError("申请人不能直接减员", where="家庭成员", advice="请办理“变更申请人”或销档。")
    if not membership.started_on <= ended_on <= timezone.localdate():
        raise InputError("减员日期应在加入日期之后、不晚于今天", where="减员日期", advice="请核对日期。")
    if membership.ended_on is not None:
        raise InputError("这名成员已经减员", where="家庭成员", advice="请刷新页面。")
    before = snapshot(membership, "ended_on")
    membership.ended_on, membership.end_reason = ended_on, end_reason
    membership.save(update_fields=["ended_on", "end_reason"])
    record(
        actor, "registry.member.end", membership, reason=end_reason, before=before,
        after=snapshot(membership, "ended_on", "end_reason"),
    )  # fmt: skip
    return membership


@transaction.atomic
def move_household(
    actor: Actor, household_id: int, version: int, *, text: str, on: date, community: Agency | None = None
) -> Address:
    """The household moves: the old residence ends, the new one begins, both stay in the file."""
    household = _locked(household_id, version)
    if not text.strip() or len(text) > 200:
        raise InputError("地址应为 1 至 200 字", where="现住地址", advice="请填写到门牌号。")
    household.addresses.filter(kind="residence", ended_on=None).update(ended_on=on)
    address = Address.objects.create(household=household, kind="residence", text=text.strip(), started_on=on)
    before = snapshot(household, "community")
    if community is not None and community.pk != household.community_id:
        household.community = community
        household.save(update_fields=["community"])
    record(
        actor, "registry.household.move", household, before=before,
        after={**snapshot(household, "community"), "address": address.pk},
    )  # fmt: skip
    return address


@transaction.atomic
def close_household(actor: Actor, household_id: int, version: int, *, on: date, reason: str) -> Household:
    """Close the file: members are free to belong to another household; nothing is deleted."""
    household = _locked(household_id, version)
    if household.closed_on is not None:
        raise InputError("这份档案已经销档", where=household.number, advice="请刷新页面。")
    before = snapshot(household, "closed_on")
    household.closed_on = on
    household.save(update_fields=["closed_on"])
    household.memberships.filter(ended_on=None).update(ended_on=on, end_reason="销档")
    record(
        actor, "registry.household.close", household, reason=reason, before=before,
        after=snapshot(household, "closed_on"),
    )  # fmt: skip
    return household


@transaction.atomic
def declare(
    actor: Actor,
    household: Household,
    *,
    period: str,
    income: Mapping[str, Mapping[str, int]],
    assets: Mapping[str, Any],
    case_number: str = "",
    source: str = "本人申报",
) -> Declaration:
    """Keep what a household declared (whole fen). Declarations are added, never changed."""
    if any(fen < 0 for member in income.values() for fen in member.values()):
        raise InputError("收入应为不小于零的金额", where="收入", advice="没有收入请填 0。")
    declaration = Declaration.objects.create(
        household=household,
        period=period,
        income=cast(Any, {who: dict(kinds) for who, kinds in income.items()}),
        assets=cast(Any, dict(assets)),
        declared_on=timezone.localdate(),
        case_number=case_number,
        source=source,
    )
    record(actor, "registry.declaration.add", declaration, after=snapshot(declaration))
    return declaration


@transaction.atomic
def record_status(
    actor: Actor,
    person: Person,
    *,
    kind: str,
    source: str,
    started_on: date,
    ended_on: date | None = None,
    grade: str = "",
    evidence: str = "",
) -> SpecialStatus:
    """Keep a status that another department confirmed."""
    if ended_on is not None and ended_on < started_on:
        raise InputError("截止日期早于开始日期", where="特殊身份", advice="请核对日期。")
    status = SpecialStatus.objects.create(
        person=person, kind=kind, source=source, started_on=started_on, ended_on=ended_on, grade=grade,
        evidence=evidence,
    )  # fmt: skip
    record(actor, "registry.status.add", status, after=snapshot(status))
    return status


@transaction.atomic
def end_status(actor: Actor, status_id: int, *, ended_on: date, reason: str) -> SpecialStatus:
    """A status ends; it stays in the history."""
    status = SpecialStatus.objects.select_for_update().get(pk=status_id)
    before = snapshot(status, "ended_on")
    status.ended_on = ended_on
    status.save(update_fields=["ended_on"])
    record(
        actor, "registry.status.end", status, reason=reason, before=before, after=snapshot(status, "ended_on")
    )
    return status


@transaction.atomic
def record_home(
    actor: Actor,
    household: Household,
    *,
    nature: str,
    address: str,
    area_m2: Decimal,
    owner: Person | None = None,
    share: Decimal = Decimal(1),
    disposed_on: date | None = None,
    disposed_by: str = "",
    rent_fen: int | None = None,
) -> Home:
    """Keep a home that the household owns, rents or has disposed of. Areas to 0.01 ㎡."""
    if not 0 < area_m2 <= Decimal(10_000):
        raise InputError(
            "建筑面积应大于 0、不超过 10000 平方米", where="住房情况", advice="请对照产权证填写。"
        )
    if not 0 < share <= 1:
        raise InputError("份额应大于 0、不超过 1", where="住房情况", advice="例如一半产权填 0.5。")
    home = Home.objects.create(
        household=household, owner=owner, nature=nature, address=address, area_m2=area_m2, share=share,
        disposed_on=disposed_on, disposed_by=disposed_by, rent_fen=rent_fen,
    )  # fmt: skip
    record(actor, "registry.home.add", home, after=snapshot(home))
    return home
