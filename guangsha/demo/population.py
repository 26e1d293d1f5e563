"""Invented households, the same for the same seed. Pure: no database, no clock of its own.

The mix of kinds, sizes, ages and disability is that of a district (operations.md §7): 低保、特困 35 %, 低保边缘 15 %, 低收入 25 %,
中等偏下 15 %, newcomers and graduates 10 %; one person 45 %, two 30 %, three 17 %, four and more 8 %; three applicants in
eight are sixty or older, one person in seven is disabled. Names are put together from common characters; identity numbers
have the region 430699, which does not exist, and a valid check digit; phones begin with 1990, issued to nobody.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from guangsha.kernel.identity import resident_check_digit

REGION = "430699"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
_ELDER = "国建志德玉秀桂兰英华明珍福贵春生树凤荣金林山清云忠义发祥松梅菊香淑芝"
_YOUNG = "伟芳娜敏静丽强磊洋勇军杰涛超鹏辉刚平霞玲红燕波飞婷雪琳晨浩宇轩子涵欣怡佳梓瑞博文思雨嘉俊泽诗"

#: kind of household → (weight, income per head and month in yuan: least, most)
KINDS: dict[str, tuple[int, int, int]] = {
    "minimum_living": (35, 0, 780),
    "minimum_living_edge": (15, 700, 1200),
    "low_income": (25, 1100, 2100),
    "lower_middle": (15, 2000, 3400),
    "newcomer": (10, 2800, 5200),
}
KIND_NAMES = {
    "minimum_living": "低保、特困",
    "minimum_living_edge": "低保边缘",
    "low_income": "低收入",
    "lower_middle": "中等偏下收入",
    "newcomer": "新就业和外来务工",
}
_SIZES = (1, 2, 3, 4, 5)
_SIZE_WEIGHTS = (45, 30, 17, 6, 2)
EMPLOYERS = (
    "湖畔物业服务有限公司", "洞庭环卫服务中心", "金桥食品加工厂", "望岳百货商场", "岳州公共交通公司", "梅园幼儿园",
    "临湖建筑劳务公司", "巴丘机械配件厂", "云梦快递服务站", "君山酒店", "南湖家政服务部", "楚风餐饮店",
)  # fmt: skip
BANKS = ("岳州农村商业银行湖滨支行", "湖滨村镇银行", "岳州银行洞庭支行")
_ESTATES = (
    "湖畔花园",
    "望岳小区",
    "金桥新村",
    "梅园里",
    "洞庭人家",
    "南津苑",
    "芦苇巷",
    "渔港路",
    "柳毅里",
    "云溪坊",
)


@dataclass(slots=True)
class Resident:
    """One person. ``income_fen`` per month as declared; ``kinds`` of special status with the year they began."""

    name: str
    identity: str
    born: date
    sex: str
    relation: str
    marital: str = "90"
    phone: str = ""
    employer: str = ""
    income_fen: int = 0
    bank_account: str = ""
    bank_name: str = ""
    kinds: tuple[str, ...] = ()
    illness: str = ""
    #: What is not known to the register: filled for the planted differences of the exchange.
    died_on: date | None = None
    hidden_home_m2: Decimal | None = None
    hidden_income_fen: int = 0
    #: The row in the register, once there is one.
    pk: int = 0


@dataclass(slots=True)
class Dwelling:
    """A home that a household declared."""

    nature: str
    address: str
    area: Decimal
    rent_fen: int | None = None
    acquired_on: date | None = None
    disposed_on: date | None = None
    disposed_by: str = ""


@dataclass(slots=True)
class Family:
    """A household: the applicant first. ``community`` is a place in the list of communities."""

    kind: str
    community: int
    people: list[Resident]
    address: str
    hukou: str
    opened_on: date
    homes: list[Dwelling] = field(default_factory=list)
    deposits_fen: int = 0
    vehicle_fen: int = 0
    pk: int = 0

    @property
    def head(self) -> Resident:
        """Who applies."""
        return self.people[0]


def luhn(first: str) -> str:
    """A card number from all but its last digit (GB/T 15694.1, annex B)."""
    doubled = [
        int(d) if place % 2 else sum(divmod(int(d) * 2, 10)) for place, d in enumerate(reversed(first))
    ]
    return f"{first}{-sum(doubled) % 10}"


class Inventor:
    """Makes households one after the other; the same seed and day make the same ones."""

    def __init__(self, seed: int, today: date, communities: int) -> None:
        self._random = random.Random(f"guangsha-demo-{seed}")
        self._today, self._communities = today, communities
        self._taken: set[str] = set()
        self._phones = 1000

    def take(self, identity: str) -> None:
        """A number that somebody else has."""
        self._taken.add(identity)

    def families(self, count: int) -> Iterator[Family]:
        """So many households."""
        for _ in range(count):
            yield self.family()

    def family(self) -> Family:
        """One household with its members, homes and means."""
        rng = self._random
        kind = rng.choices(list(KINDS), [row[0] for row in KINDS.values()])[0]
        size = rng.choices(_SIZES, _SIZE_WEIGHTS)[0]
        old = rng.random() < (0.12 if kind == "newcomer" else 0.41)
        age = (
            rng.randint(60, 86) if old else rng.randint(24, 40) if kind == "newcomer" else rng.randint(24, 59)
        )
        head = self._person(age, "self", 0.55)
        people = [head, *self._members(head, age, size)]
        for person in people:
            self._means(person, kind)
        community = rng.randrange(self._communities)
        estate = _ESTATES[(community * 3 + rng.randrange(3)) % len(_ESTATES)]
        address = f"岳州市湖滨区{estate}{rng.randint(1, 28)}栋{rng.randint(1, 4)}单元{rng.randint(1, 7)}0{rng.randint(1, 4)}室"
        family = Family(
            kind,
            community,
            people,
            address,
            hukou=rng.choices(
                ("local", "city", "outside"), (35, 15, 50) if kind == "newcomer" else (86, 10, 4)
            )[0],
            opened_on=self._today - timedelta(days=rng.randint(30, 2900)),
            deposits_fen=rng.randint(0, 60_000) * 100,
            vehicle_fen=rng.randint(30_000, 80_000) * 100 if rng.random() < 0.06 else 0,
        )
        self._homes(family)
        return family

    def _person(self, age: int, relation: str, men: float, surname: str = "") -> Resident:
        rng = self._random
        year = self._today.year - age
        born = date(year, 1, 1) + timedelta(days=rng.randrange(365))
        if born > self._today:
            born -= timedelta(days=370)
        sex = "1" if rng.random() < men else "2"
        letters = _ELDER if age >= 50 else _YOUNG
        given = "".join(rng.choice(letters) for _ in range(rng.choice((1, 2, 2))))
        name = (surname or rng.choice(SURNAMES)) + given
        phone = ""
        if age >= 16:
            self._phones += 1
            phone = f"1990{self._phones:07d}"
        marital = (
            "10"
            if age < 23
            else rng.choices(("20", "10", "40", "30"), (6, 2, 2, 4) if age >= 60 else (6, 2, 2, 0.3))[0]
        )
        identity, born = self._identity(born, sex)
        return Resident(name, identity, born, sex, relation, marital=marital, phone=phone)

    def _identity(self, born: date, sex: str) -> tuple[str, date]:
        """A number that nobody has; where a day is full, of a day before."""
        while True:
            serial = self._random.randrange(100, 999)
            serial += (serial % 2 == 0) == (sex == "1")
            first = f"{REGION}{born:%Y%m%d}{min(serial, 999 if sex == '1' else 998):03d}"
            identity = first + resident_check_digit(first)
            if identity not in self._taken:
                self._taken.add(identity)
                return identity, born
            born += timedelta(days=-1)

    def _members(self, head: Resident, age: int, size: int) -> list[Resident]:
        rng, found = self._random, []
        left = size - 1
        if left and head.marital == "20":
            spouse = self._person(
                max(22, age + rng.randint(-5, 5)), "spouse", 0.0 if head.sex == "1" else 1.0
            )
            spouse.marital = "20"
            found.append(spouse)
            left -= 1
        elif not left and head.marital == "20":
            head.marital = "30" if age >= 60 else "40"
        for _ in range(left):
            draw = rng.random()
            surname = head.name[0]
            if age >= 58 and draw < 0.5:
                found.append(self._person(rng.randint(3, 17), "grandchild", 0.5, surname))
            elif draw < 0.8:
                found.append(self._person(max(1, min(age - 22, rng.randint(1, 30))), "child", 0.5, surname))
            elif age < 60:
                found.append(self._person(min(92, age + rng.randint(22, 32)), "parent", 0.4, surname))
            else:
                found.append(self._person(max(20, age + rng.randint(-8, 8)), "sibling", 0.5, surname))
        return found

    def _means(self, person: Resident, kind: str) -> None:
        rng = self._random
        _, least, most = KINDS[kind]
        age = self._today.year - person.born.year
        if 18 <= age < 60 and rng.random() < (0.92 if kind == "newcomer" else 0.55):
            person.employer = rng.choice(EMPLOYERS)
        if age >= 18:
            person.income_fen = rng.randint(least, most) * 100
        kinds = []
        if kind == "minimum_living":
            kinds.append(
                "extreme_poverty" if person.relation == "self" and rng.random() < 0.08 else "minimum_living"
            )
        elif kind == "minimum_living_edge":
            kinds.append("minimum_living_edge")
        if rng.random() < 0.14:
            kinds.append("disability")
            person.illness = rng.choice(("肢体残疾三级", "视力残疾二级", "听力残疾四级", "精神残疾二级"))
        if age >= 60 and person.relation == "self" and rng.random() < 0.05:
            kinds.append("lone_elder")
        if rng.random() < 0.03:
            kinds.append("serious_illness")
            person.illness = person.illness or rng.choice(("尿毒症透析", "恶性肿瘤治疗期", "冠心病术后"))
        if rng.random() < 0.015 and age >= 40:
            kinds.append("veteran")
        person.kinds = tuple(kinds)
        if person.relation == "self":
            person.bank_account = luhn(f"622999{rng.randrange(10**12):012d}")
            person.bank_name = rng.choice(BANKS)

    def _homes(self, family: Family) -> None:
        """What the household declares, and what some did not."""
        rng = self._random
        draw = rng.random()
        area = Decimal(rng.randint(1800, 6800)) / 100
        if draw < 0.34:
            family.homes.append(
                Dwelling("market_rented", family.address, area, rent_fen=rng.randint(300, 1400) * 100)
            )
        elif draw < 0.56:
            family.homes.append(
                Dwelling("public_rented", family.address, area, rent_fen=rng.randint(60, 260) * 100)
            )
        elif draw < 0.72:
            family.homes.append(Dwelling("lent", family.address, area))
        elif draw < 0.86:
            family.homes.append(
                Dwelling("owned", family.address, area, acquired_on=date(rng.randint(1985, 2015), 6, 1))
            )
        elif draw < 0.9:
            sold = self._today - timedelta(days=rng.randint(200, 1700))
            family.homes.append(
                Dwelling("disposed", f"岳州市湖滨区老街{rng.randint(1, 90)}号", area, disposed_on=sold,
                         disposed_by=rng.choice(("sold", "expropriated", "divorce", "gift")))
            )  # fmt: skip
        if rng.random() < 0.05:
            rng.choice(family.people).hidden_home_m2 = Decimal(rng.randint(4000, 11000)) / 100
        if rng.random() < 0.05:
            family.head.hidden_income_fen = family.head.income_fen + rng.randint(1500, 4500) * 100
        if len(family.people) > 1 and rng.random() < 0.012:
            oldest = min(family.people[1:], key=lambda person: person.born)
            oldest.died_on = self._today - timedelta(days=rng.randint(40, 700))


def exchange_record(family: Family, person: Resident) -> dict[str, dict[str, object]]:
    """What the eight sources hold of a person: the same as declared, but for the planted differences."""
    head = person is family.head
    homes: list[dict[str, object]] = []
    if head:
        homes = [
            {"address": home.address, "area_m2": str(home.area), "disposed_on": home.disposed_on.isoformat() if home.disposed_on else ""}
            for home in family.homes
            if home.nature in ("owned", "disposed")
        ]  # fmt: skip
    if person.hidden_home_m2 is not None:
        homes.append(
            {"address": "岳州市临江区滨江路88号", "area_m2": str(person.hidden_home_m2), "disposed_on": ""}
        )
    civil = ("extreme_poverty", "minimum_living", "minimum_living_edge", "rigid_expenditure")
    held: dict[str, dict[str, object]] = {
        "population": {"name": person.name, "alive": person.died_on is None, "phone": person.phone},
        "hukou": {"hukou": family.hukou, "address": family.address},
        "marriage": {"marital": person.marital},
        "real_estate": {"homes": homes},
        "civil_status": {"kinds": [kind for kind in person.kinds if kind in civil]},
        "tax": {"monthly_income_fen": person.hidden_income_fen or person.income_fen},
    }
    if person.employer:
        held["social_insurance"] = {"employer": person.employer, "months": 26}
        held["provident_fund"] = {"employer": person.employer, "months": 26}
    return held


def exchange_people(families: Sequence[Family]) -> dict[str, dict[str, dict[str, object]]]:
    """The people file of the simulated exchange: identity → source → data."""
    return {
        person.identity: exchange_record(family, person) for family in families for person in family.people
    }
