"""Filled forms for invented applicants, of any service: what is typed, in the shape that ``forms.read_answers`` takes.

Fields that the household answers are taken from it; the rest is answered from their kind and a few words by name. A
service that an agency adds is filled in as well, so the demo does not fall behind the catalogue.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from guangsha.areas.intake.catalogue import Field, Group, Service
from guangsha.areas.intake.forms import holds
from guangsha.demo.population import EMPLOYERS, Family, luhn
from guangsha.kernel.identity import organisation_check_character

#: What people write, by the name of the field or ``service.field``.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "repair.text": ("卫生间顶棚漏水，已经有三天，下雨时更严重。", "入户门锁芯损坏，钥匙转不动。", "厨房下水道堵塞，水往外返。",
                    "楼道感应灯不亮，晚上看不清台阶。", "阳台推拉窗滑轮坏了，关不严。"),
    "help.text": ("想问公租房资格证明到期后怎么续。", "上个月的租赁补贴还没有到账，请帮忙查一下。", "楼上住户长期占用公共通道堆放杂物。",
                  "租赁备案需要房东到场吗？", "窗口工作人员讲解很耐心，想提一条建议：材料清单字体大一些。"),
    "property_complaint.text": ("小区垃圾清运不及时，夏天气味很大。", "电梯经常停运，物业报修三次没有修好。", "地下车库照明坏了半个月。"),
    "change_exit.text": ("女儿出嫁，户口已经迁出。", "母亲从老家来同住，户口已经迁入。", "孩子出生，申请增加家庭成员。", "工作调动，收入比去年增加。"),
    "change_note": ("家庭新增一名未成年子女，申请调整补贴档次。", "合同到期后换了住处，重新签订了租赁合同。"),
    "note": ("家中有人住院，这两个月手头紧张，请予以照顾。", "低保证已续期，申请按政策减免。", "已退房并结清水电，申请退还押金。"),
    "danger_report.text": ("外墙有一条斜裂缝，比上个月宽了一些。", "阳台构件有混凝土块掉落。"),
    "text": ("情况属实，请按规定办理。", "现场情况见照片，请派人查看。"),
    "item": ("屋面防水层老化，顶层多户渗漏，需要重做防水。", "电梯主机老化，需更换。"),
    "home_note": ("继承父母在外县的老屋一间，已如实申报。",),
    "company_note": ("与人合开小吃店，出资二万元。",),
    "visit": ("工作日晚上六点以后", "周末全天", "上午九点到十一点"),
    "place": ("湖滨新苑", "望岳家园", "金桥佳苑", "梅园里"),
    "school": ("岳州职业技术学院", "洞庭理工学院", "湖滨师范大学"),
    "swap_wish": ("离医院近一些、有电梯的房屋",),
    "bank_name": ("岳州农村商业银行湖滨支行",),
    "landlord": ("周文远", "秦明华"),
    "tenant": ("邓晓燕", "方志强"),
}  # fmt: skip
#: Prefixes of numbers that other papers have.
_NUMBERS = {
    "lease_number": "ZL", "selection_number": "XF", "certificate": "ZG", "plan": "PZ", "contract_number": "WQ",
    "title_number": "湘（2019）岳州市不动产权第", "filing_number": "BA", "residence_permit": "JZ",
}  # fmt: skip
#: A unit's code of the invented region with a right check digit (GB 32100-2015); it is nobody's.
_UNIT_CODE = "91430699MA0000001" + organisation_check_character("91430699MA0000001")
_PAST = ("signed_on", "bought_on", "happened_on", "graduated_on", "divorced_on", "disposed_on", "starts_on")


class Typist:
    """Fills in the form of a service for a household."""

    def __init__(
        self, rng: random.Random, service: Service, family: Family, community: str, day: date
    ) -> None:
        self._rng, self._service, self._family = rng, service, family
        self._community, self._day = community, day

    def answers(self) -> dict[str, Any]:
        """Typed answers, with every commitment signed and the consent given."""
        typed: dict[str, Any] = {}
        for group in self._service.form:
            if not holds(group.when, typed):
                continue
            if group.table is None:
                typed[group.code] = self._row(group, typed)
            elif group.code == "members":
                typed[group.code] = [
                    self._member(person) for person in self._family.people[1 : 1 + group.table.max]
                ]
            elif group.code == "homes":
                typed[group.code] = [self._home(home) for home in self._family.homes[: group.table.max]]
            else:
                typed[group.code] = [self._row(group, typed) for _ in range(group.table.min)]
        typed["commitments"] = [item.code for item in self._service.commitments]
        typed["consent"] = self._service.consent is not None
        return typed

    def _member(self, person: Any) -> dict[str, Any]:
        return {
            "name": person.name, "identity": person.identity, "relation": person.relation,
            "monthly_income": yuan(person.income_fen),
        }  # fmt: skip

    def _home(self, home: Any) -> dict[str, Any]:
        row = {"nature": home.nature, "address": home.address, "area": str(home.area)}
        if home.disposed_on is not None:
            row |= {"disposed_on": home.disposed_on.isoformat(), "disposed_by": home.disposed_by}
        return row

    def _row(self, group: Group, typed: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for field in group.fields:
            if holds(field.when, typed, row, group.code):
                value = self._known(group.code, field)
                if value is None and field.required:
                    value = self._invented(field)
                if value not in (None, ""):
                    row[field.name] = value
        return row

    def _known(self, group: str, field: Field) -> Any:
        """What the household answers; None where it does not."""
        family, head = self._family, self._family.head
        facts: dict[str, Any] = {
            "applicant.name": head.name, "applicant.identity": head.identity, "applicant.phone": head.phone,
            "applicant.marital": head.marital, "applicant.hukou": family.hukou, "applicant.address": family.address,
            "applicant.community": self._community, "applicant.employer": head.employer,
            "income.monthly_income": yuan(head.income_fen), "income.flexible_work": not head.employer,
            "income.deposits": yuan(family.deposits_fen), "income.has_vehicle": family.vehicle_fen > 0,
            "income.vehicle_value": yuan(family.vehicle_fen), "income.has_company": False,
            "lease.members": str(len(family.people)), "wish.members": str(len(family.people)),
            "lease.monthly_income": yuan(sum(person.income_fen for person in family.people)),
            "lease.got_home": False,
        }  # fmt: skip
        path = f"{group}.{field.name}"
        if path in facts:
            return facts[path]
        if self._service.code == "subsidy_apply" and path in (
            "applicant.matter",
            "lease.filing_number",
            "lease.rent",
        ):
            return self._of_subsidy(path)
        if field.name == "special":
            mine = [kind for kind in head.kinds if kind in field.choices]
            return mine if field.kind == "choices" else (mine or ["none"])[0]
        if field.kind == "address":
            return family.address
        if field.kind == "bank_account":
            return head.bank_account
        return None

    def _of_subsidy(self, path: str) -> str:
        """Most apply for the first time, with a filed lease and the rent that they pay."""
        if path == "applicant.matter":
            return "first"
        if path == "lease.filing_number":
            return f"租备{self._day.year}{self._rng.randrange(10**5):05d}"
        rents = [home.rent_fen for home in self._family.homes if home.rent_fen]
        return yuan(rents[0] if rents else self._rng.randrange(45_000, 120_000, 1_000))

    def _invented(self, field: Field) -> Any:
        rng = self._rng
        if field.kind == "choice":
            return rng.choice(list(field.choices))
        if field.kind == "choices":
            return sorted(rng.sample(list(field.choices), min(len(field.choices), rng.randint(1, 2))))
        if field.kind == "yes_no":
            return rng.random() < 0.15
        if field.kind in ("date", "month"):
            away = -rng.randint(20, 700) if field.name in _PAST else rng.randint(3, 360)
            day = self._day + timedelta(days=away)
            return day.isoformat() if field.kind == "date" else f"{day:%Y-%m}"
        if field.kind in ("money", "area", "number"):
            return self._amount(field)
        if field.kind == "identity":
            return self._family.head.identity
        if field.kind == "phone":
            return self._family.head.phone
        if field.kind == "bank_account":
            return luhn(f"622999{rng.randrange(10**12):012d}")
        if field.name == "enterprise_code":
            return _UNIT_CODE
        words = TEXTS.get(f"{self._service.code}.{field.name}") or TEXTS.get(field.name)
        if words:
            return rng.choice(words)[: field.max]
        if field.name in _NUMBERS:
            return f"{_NUMBERS[field.name]}{self._day.year}{rng.randrange(10**5):05d}"
        if "name" in field.name or field.name == "new_applicant":
            return self._family.people[-1].name
        return rng.choice(EMPLOYERS)[: field.max] if field.kind == "text" else rng.choice(TEXTS["text"])

    def _amount(self, field: Field) -> str:
        rng = self._rng
        least = int(field.least) if field.least is not None else 1
        most = (
            int(field.most)
            if field.most is not None
            else {"money": 3000, "area": 90, "number": 12}[field.kind]
        )
        return str(rng.randint(least, max(least, most)))


def yuan(fen: int) -> str:
    """Fen as a form takes them.

    >>> yuan(123450)
    '1234.50'
    """
    return f"{fen // 100}.{fen % 100:02d}"
