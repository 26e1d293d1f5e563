"""Household files for tests, written with the acts of the register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils import timezone

from guangsha.areas.registry import actions
from guangsha.areas.registry.models import Address, Declaration, Household, Membership, Person
from guangsha.areas.verification.models import Verification
from guangsha.audit.actor import CLOCK
from guangsha.people.models import Agency
from guangsha.testing.cast import identity_number

DAY = date(2026, 11, 20)
OPENED = date(2025, 3, 1)


class FileMaker:
    """Makes household files from the words of ``cases/files.yaml``."""

    def __init__(self, district: Agency, community: Agency) -> None:
        self._district, self._community, self._serial = district, community, 0

    def household(self, case: Mapping[str, Any]) -> Household:
        people = [self._person(row) for row in case["成员"]]
        household = actions.open_household(
            CLOCK, head=people[0], agency=self._district, community=self._community, opened_on=OPENED
        )
        for person, row in zip(people[1:], case["成员"][1:], strict=True):
            household.refresh_from_db()
            actions.add_member(CLOCK, household.pk, household.version, person, row["关系"], started_on=OPENED)
        for person, row in zip(people, case["成员"], strict=True):
            if "减员" in row:
                day = date.fromisoformat(row["减员"])
                Membership.objects.filter(household=household, person=person).update(
                    ended_on=day, end_reason="迁出"
                )
            if "去世" in row:
                Person.objects.filter(pk=person.pk).update(died_on=date.fromisoformat(row["去世"]))
        for row in case.get("身份", ()):
            actions.record_status(
                CLOCK, people[int(row["成员"]) - 1], kind=row["类别"], source="民政部门", grade=row.get("等级", ""),
                started_on=date.fromisoformat(row.get("起", "2025-01-01")),
                ended_on=date.fromisoformat(row["止"]) if "止" in row else None,
            )  # fmt: skip
        if "户籍" in case:
            since, text = case["户籍"].split(" ", 1)
            Address.objects.create(
                household=household, kind="hukou", text=text, started_on=date.fromisoformat(since)
            )
        for row in case.get("住房", ()):
            gone = date.fromisoformat(row["处置"]) if "处置" in row else None
            actions.record_home(
                CLOCK, household, nature=row["性质"], address="某处", area_m2=Decimal(row["面积"]), share=Decimal(row.get("份额", "1")),
                owner=people[int(row["权利人"]) - 1] if "权利人" in row else None, disposed_on=gone,
                disposed_by="sold" if gone else "", rent_fen=int(row["月租金"]) * 100 if "月租金" in row else None,
            )  # fmt: skip
        if "申报" in case:
            self._declare(household, people, case)
        for row in case.get("核验", ()):
            self._verify(people[int(row.get("成员", "1")) - 1], row)
        return household

    def _person(self, row: Mapping[str, Any]) -> Person:
        born = date.fromisoformat(row["出生"])
        taken = set(Person.objects.filter(birth_date=born).values_list("identity", flat=True))
        self._serial += 1
        while (number := identity_number("430699", born, self._serial)) in taken:
            self._serial += 1  # another maker, or a demo district, has given that one out
        return actions.open_person(CLOCK, name="某某", identity=number)

    def _declare(self, household: Household, people: list[Person], case: Mapping[str, Any]) -> None:
        row = case["申报"]
        income = {
            str(person.pk): {"wages": int(member["月收入"]) * 100}
            for person, member in zip(people, case["成员"], strict=True)
        }
        assets = {"deposits": int(row["存款"]) * 100, **row.get("资产", {})}
        assets = {key: _numbers(value) for key, value in assets.items()}
        made = actions.declare(
            CLOCK, household, period=row["日期"][:7], income=income, assets=assets, source=row["来源"]
        )
        Declaration.objects.filter(pk=made.pk).update(declared_on=date.fromisoformat(row["日期"]))

    def _verify(self, person: Person, row: Mapping[str, Any]) -> None:
        self._serial += 1
        as_of = date.fromisoformat(row.get("数据截至", "2026-11-01"))
        moment = timezone.make_aware(datetime.combine(date(2026, 11, 5), time(10)))
        Verification.objects.create(
            number=f"V{self._serial}", case_number="T", person=person, source=row["来源"], purpose="测试",
            outcome=row["结果"], payload={"claimed": {}, "answer": _numbers(row["返回"])}, asked_at=moment,
            answered_at=moment, data_as_of=as_of, heard_at=moment if row.get("已听取") == "是" else None,
        )  # fmt: skip


def _numbers(value: Any) -> Any:
    """The texts of a YAML case as a source or a form would write them: whole numbers where they are."""
    if isinstance(value, Mapping):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return int(value) if isinstance(value, str) and value.isdigit() else value
