"""The register of the demo: more streets, communities and staff, and every invented household, written in bulk."""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from pypinyin import Style, lazy_pinyin

from guangsha.areas.registry.models import (
    Address,
    Declaration,
    Home,
    Household,
    Membership,
    Person,
    SpecialStatus,
)
from guangsha.audit.actions import snapshot
from guangsha.audit.actor import Actor
from guangsha.demo.cast import PASSWORD, Cast, add_agency, add_staff
from guangsha.demo.log import Entry
from guangsha.demo.population import Family, Resident
from guangsha.demo.tale import office_moment
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Agency

BATCH = 1000
#: Households of one community, about.
PER_COMMUNITY = 250
PER_STREET = 10
_STREETS = (
    "南湖",
    "云溪",
    "君山",
    "渔港",
    "柳林",
    "湘滨",
    "鹿角",
    "新墙",
    "荣家湾",
    "长岭",
    "麻塘",
    "筻口",
    "月田",
    "张谷",
    "黄沙",
    "公田",
)
_COMMUNITIES = (
    "枫桥",
    "银杏",
    "东升",
    "朝阳",
    "文昌",
    "翠竹",
    "清泉",
    "桂花",
    "红星",
    "学府",
    "南苑",
    "北港",
    "柳溪",
    "青年",
    "和平",
    "康乐",
)
#: A second person where two must agree, or where the first one has reviewed.
_SECONDS = (
    ("fund2", "雷维资", "fund_officer"), ("inspector2", "贺巡查", "field_inspector"),
    ("hotline2", "倪热线", "hotline_agent"), ("allocation2", "汤配租", "allocation_officer"), ("legal2", "殷法制", "legal_officer"),
)  # fmt: skip
_SOURCES = {
    "extreme_poverty": "民政部门", "minimum_living": "民政部门", "minimum_living_edge": "民政部门", "disability": "残疾人联合会",
    "veteran": "退役军人事务部门", "lone_elder": "民政部门", "serious_illness": "医疗保障部门",
}  # fmt: skip


@dataclass(slots=True)
class Register:
    """What was written: agencies, staff by role, persons by identity number, the accounts of applicants."""

    communities: list[Agency]
    staff: dict[str, list[tuple[Actor, Account, str]]]
    agencies: dict[int, Agency]
    persons: dict[str, Person] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)


def community_count(households: int) -> int:
    """How many communities so many households live in."""
    return max(4, households // PER_COMMUNITY)


def open_agencies(cast_: Cast, households: int) -> Register:
    """Streets and communities for so many households, with a clerk in each street, and the second ones of the district."""
    hashed = make_password(PASSWORD)
    communities, streets = list(cast_.communities), list(cast_.streets)
    while len(communities) < community_count(households):
        place = len(communities)
        if place >= len(streets) * PER_STREET:
            number = len(streets) + 1
            name = _STREETS[(number - 3) % len(_STREETS)] + (
                "" if number - 3 < len(_STREETS) else str(number)
            )
            street = add_agency(f"{name}街道办事处", "street", f"430699{number:03d}000", cast_.district)
            add_staff(
                f"street{number}",
                f"{_STREETS[number % len(_STREETS)][0]}受理",
                "street_clerk",
                street,
                hashed,
            )
            streets.append(street)
        street = streets[place % len(streets)] if place < 2 * PER_STREET else streets[-1]
        serial = sum(1 for item in communities if item.parent_id == street.pk) + 1
        name = _COMMUNITIES[place % len(_COMMUNITIES)] + (
            "" if place < len(_COMMUNITIES) else f"第{place // len(_COMMUNITIES) + 1}"
        )
        code = f"{street.region_code[:9]}{serial:03d}"
        communities.append(add_agency(f"{name}社区", "community", code, street))
    for login, name, role in _SECONDS:
        add_staff(login, name, role, cast_.district, hashed)
    staff: dict[str, list[tuple[Actor, Account, str]]] = {}
    agencies = {agency.pk: agency for agency in Agency.objects.select_related("parent")}
    for account in Account.objects.filter(kind="staff").order_by("pk"):
        actor = build_actor(account)
        for role in sorted(actor.roles):
            staff.setdefault(role, []).append((actor, account, agencies[actor.agency_id].path))
    return Register([agencies[item.pk] for item in communities], staff, agencies)


def write_families(register: Register, families: Sequence[Family], rng: random.Random, now: datetime) -> None:
    """Persons, households, members, homes, statuses, declarations; accounts for three applicants in five."""
    sounds: dict[str, str] = {}
    people = [person for family in families for person in family.people]
    new = [_person(person, sounds) for person in people if not person.pk]
    Person.objects.bulk_create(new, batch_size=BATCH)
    register.persons |= {row.identity: row for row in new}
    known = [person.pk for person in people if person.pk]
    register.persons |= {row.identity: row for row in Person.objects.filter(pk__in=known)}
    for person in people:
        person.pk = register.persons[person.identity].pk
    serials: Tally[str] = Tally()
    households = []
    for family in families:
        community = register.communities[family.community]
        prefix = f"H{community.region_code}{family.opened_on.year}"
        serials[prefix] += 1
        households.append(
            Household(number=f"{prefix}{serials[prefix]:05d}", agency=community.parent, community=community,
                      head=register.persons[family.head.identity], opened_on=family.opened_on, programme=_programme(family))
        )  # fmt: skip
    Household.objects.bulk_create(households, batch_size=BATCH)
    for family, household in zip(families, households, strict=True):
        family.pk = household.pk
    _write_details(register, families, households, timezone.localdate(now))
    _write_accounts(register, families, rng)
    _write_log(register, families, households, rng, now)


def _person(person: Resident, sounds: dict[str, str]) -> Person:
    for letter in person.name:
        if letter not in sounds:
            sounds[letter] = "".join(lazy_pinyin(letter, style=Style.NORMAL)).lower()
    return Person(
        name=person.name, name_key="".join(sounds[letter] for letter in person.name), identity=person.identity,
        birth_date=person.born, sex=person.sex, marital=person.marital, phone=person.phone, employer=person.employer,
        bank_account=person.bank_account, bank_name=person.bank_name, illness=person.illness,
    )  # fmt: skip


def _programme(family: Family) -> str:
    nature = family.homes[0].nature if family.homes else ""
    if nature == "public_rented":
        return "公租房"
    return "租赁补贴" if nature == "market_rented" and family.kind != "newcomer" else ""


#: Where the applicants are registered; the file holds the address with the district's name in it.
_HUKOU = {"city": "岳州市临江区滨江路", "outside": "华容县东山镇"}


def _write_details(
    register: Register, families: Sequence[Family], households: Sequence[Household], today: date
) -> None:
    members, addresses, homes, statuses, declarations = [], [], [], [], []
    for family, household in zip(families, households, strict=True):
        head = register.persons[family.head.identity]
        for person in family.people:
            row = register.persons[person.identity]
            members.append(
                Membership(
                    household=household,
                    person=row,
                    relation=person.relation,
                    started_on=max(family.opened_on, person.born),
                )
            )
            statuses += [
                SpecialStatus(person=row, kind=kind, source=_SOURCES.get(kind, "民政部门"), started_on=max(family.opened_on - timedelta(days=60), person.born),
                              evidence=f"证字〔{family.opened_on.year}〕{row.pk:06d}号", grade=person.illness[-2:] if kind == "disability" else "")
                for kind in person.kinds
            ]  # fmt: skip
        addresses.append(
            Address(household=household, kind="residence", text=family.address, started_on=family.opened_on)
        )
        registered = family.address if family.hukou == "local" else _HUKOU[family.hukou]
        since = max(family.head.born, family.opened_on - timedelta(days=3650))
        addresses.append(Address(household=household, kind="hukou", text=registered, started_on=since))
        homes += [
            Home(household=household, owner=head if home.nature in ("owned", "disposed") else None,
                 nature="owned" if home.nature == "disposed" else home.nature, address=home.address, area_m2=home.area,
                 rent_fen=home.rent_fen, acquired_on=home.acquired_on, disposed_on=home.disposed_on, disposed_by=home.disposed_by)
            for home in family.homes
        ]  # fmt: skip
        income = {
            str(register.persons[person.identity].pk): {"wages": person.income_fen}
            for person in family.people
        }
        assets: dict[str, Any] = {"deposits": family.deposits_fen}
        if family.vehicle_fen:
            assets["vehicles"] = [{"value": family.vehicle_fen}]
        declared = _declared_on(family, today)
        declarations.append(
            Declaration(household=household, period=f"{declared:%Y-%m}", income=cast(Any, income), assets=cast(Any, assets),
                        declared_on=declared, source="民政核对" if household.programme else "本人申报")
        )  # fmt: skip
    for model, rows in (
        (Membership, members),
        (Address, addresses),
        (Home, homes),
        (SpecialStatus, statuses),
        (Declaration, declarations),
    ):
        cast(Any, model)._default_manager.bulk_create(rows, batch_size=BATCH)


def _declared_on(family: Family, today: date) -> date:
    """Who is helped declares every year, around the day on which the file was opened."""
    years = (today - family.opened_on).days // 366
    return family.opened_on + timedelta(days=366 * years)


def _write_accounts(register: Register, families: Sequence[Family], rng: random.Random) -> None:
    rows = []
    for family in families:
        head = register.persons[family.head.identity]
        if head.phone and rng.random() < 0.62:
            rows.append(Account(username=f"citizen-{head.pk}", name=head.name, kind="citizen", phone=head.phone, person_id=head.pk,
                                password="!"))  # fmt: skip
    known = {account.person_id: account for account in Account.objects.filter(kind="citizen")}
    rows = [row for row in rows if row.person_id not in known]
    Account.objects.bulk_create(rows, batch_size=BATCH)
    by_person = known | {row.person_id: row for row in rows}
    for identity, person in register.persons.items():
        if person.pk in by_person:
            register.accounts[identity] = by_person[person.pk]


def _write_log(
    register: Register,
    families: Sequence[Family],
    households: Sequence[Household],
    rng: random.Random,
    now: datetime,
) -> None:
    """Each file was opened by the clerk of its street."""
    clerks = {path: actor for actor, _, path in register.staff["street_clerk"]}
    for family, household in zip(families, households, strict=True):
        street = register.agencies[household.agency_id]
        clerk = clerks[street.path]
        at = min(office_moment(rng, family.opened_on), now)
        for person in family.people:
            row = register.persons[person.identity]
            register.log.append(
                Entry(
                    at,
                    clerk,
                    "registry.person.open",
                    row,
                    street.pk,
                    "建档",
                    {},
                    snapshot(row, "name", "identity", "birth_date"),
                )
            )
        register.log.append(
            Entry(at, clerk, "registry.household.open", household, street.pk, "建档", {}, snapshot(household))
        )


def birthday(identity: str) -> date:
    """The birth date in an identity number."""
    return date(int(identity[6:10]), int(identity[10:12]), int(identity[12:14]))
