"""From the records of one household to what the policy may know of it; no database.

What is not known stays unknown, with a sentence that says what is missing; nothing is guessed. What a source holds otherwise
counts only after the person was heard on it (社会救助法 §48); before that the fact is unknown.

Sources: 公共租赁住房管理办法 §7; 社会救助法 §40-42; 特困人员认定办法 (民发〔2021〕43号) §5 (who is able to work); operations.md W1, W19.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from guangsha.policy.catalogue import CIRCUMSTANCES
from guangsha.policy.facts import FACT_KINDS, LOOKBACK_YEARS_MAX
from guangsha.policy.household import STATUSES, Family, Home, Lease, Month, Person, full_months, full_years

#: Areas of two registers differ by rounding (as in the comparison of the verification).
AREA_TOLERANCE = Decimal("0.50")
#: Statuses that the civil-affairs department keeps and can be asked about.
CIVIL = frozenset({"extreme_poverty", "minimum_living", "minimum_living_edge", "rigid_expenditure"})
#: Programmes of a file that are no other aid: the subsidy itself, public rental (known from the homes), none.
OWN_PROGRAMMES = frozenset({"", "租赁补贴", "公租房", "rental_subsidy", "public_rental"})
_DEGREES = (("doctor", ("博士",)), ("master", ("硕士", "研究生")), ("bachelor", ("本科", "学士")))
#: Facts that speak of homes.
AREA_FACTS = frozenset(
    {"own_area_hundredth_m2", *(f"disposed_area_year_{k}_hundredth_m2" for k in range(1, LOOKBACK_YEARS_MAX + 1))}
)  # fmt: skip
ASSET_FACTS = frozenset(
    {"assets_fen", "vehicles", "vehicle_value_fen", "business_capital_fen", "legal_person_posts"}
)


@dataclass(frozen=True, slots=True)
class Norms:
    """What a region sets about reading files (parameters ``work_age_from``, ``work_age_below``, ``declaration_months``)."""

    work_from: int
    work_below: int
    declaration_months: int


@dataclass(frozen=True, slots=True)
class StatusRecord:
    """A status that is valid on the day."""

    kind: str
    grade: str
    started_on: date


@dataclass(slots=True)
class MemberRecord:
    """Somebody who is or was a member; ``counted``: on the day they count."""

    person_id: int
    relation: str
    born: date | None
    died_on: date | None
    counted: bool
    identity_index: str = ""
    statuses: list[StatusRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HomeRecord:
    """A home of the file. ``nature`` as in the register or, from a form, ``disposed``."""

    owner_id: int | None
    nature: str
    area_m2: Decimal
    share: Decimal = Decimal(1)
    rent_fen: int | None = None
    acquired_on: date | None = None
    disposed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The latest fresh answer of one source about one person; ``heard``: the person was heard on the difference."""

    outcome: str
    heard: bool
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeclarationRecord:
    """What the household declared. ``income``: person → fen per month; ``checked``: civil affairs or a decision stands behind it."""

    declared_on: date
    income: Mapping[int, int]
    assets: Mapping[str, Any]
    checked: bool


@dataclass(slots=True)
class FileRecord:
    """Everything that is known of one household on a day. ``place``: the district's name as addresses write it."""

    household_id: int
    head_id: int
    region: str
    place: str
    programme: str = ""
    members: list[MemberRecord] = field(default_factory=list)
    homes: list[HomeRecord] = field(default_factory=list)
    hukou: tuple[date, str] | None = None
    declaration: DeclarationRecord | None = None
    answers: dict[tuple[int, str], Answer] = field(default_factory=dict)
    subsidised_months: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing, in a sentence a clerk can act on, and the facts that are unknown for it."""

    facts: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """A household as the policy may know it, and what is missing."""

    family: Family
    gaps: tuple[Gap, ...]

    def missing_for(self, facts: Iterable[str]) -> tuple[str, ...]:
        """The sentences on these unknown facts; a fact that nobody explained is called by its title."""
        wanted = list(facts)
        said = [gap.text for gap in self.gaps if gap.facts.intersection(wanted)]
        explained = frozenset().union(*(gap.facts for gap in self.gaps))
        return (*said, *(f"没有“{FACT_KINDS[name].title}”。" for name in wanted if name not in explained))


def assemble(
    record: FileRecord, norms: Norms, on: date, lease: Lease | None = None, *, explain: bool = True
) -> Known:
    """The family of ``record`` on a day.

    Args:
        lease: the lease to count with, where somebody has it in hand; else the home that the file says is rented.
        explain: False leaves the sentences out, where a whole district is computed and nobody reads them.
    """
    return _Assembly(record, norms, on, explain).known(lease)


class _Assembly:
    def __init__(self, record: FileRecord, norms: Norms, on: date, explain: bool) -> None:
        self.record, self.norms, self.on, self.explain = record, norms, on, explain
        self.gaps: list[Gap] = []
        self.unknown: set[str] = set()

    def miss(self, text: str, *facts: str, unknown: bool = True) -> None:
        """Something is missing; ``unknown`` marks the facts, where the family would else say something."""
        if self.explain:
            self.gaps.append(Gap(frozenset(facts), text))
        if unknown:
            self.unknown.update(facts)

    def answer(self, person: int, source: str) -> Answer | None:
        return self.record.answers.get((person, source))

    def known(self, lease: Lease | None) -> Known:
        record, on = self.record, self.on
        members = self._living()
        declaration = self._declaration()
        homes, rented = self._homes(members)
        local, since = self._hukou()
        head = next((m for m in members if m.person_id == record.head_id), None)
        degree, graduated = self._education(head)
        insured, contract = self._insurance()
        public = [h for h in homes if h.nature == "public_rented" and not _gone(h, on)]
        family = Family(
            persons=tuple(self._person(m, declaration) for m in members),
            homes=tuple(homes),
            **self._assets(declaration),
            statuses=self._statuses(members),
            hukou_since=since if local else None,
            local_hukou=local,
            residence_permit=None if local is not True else False,
            insured_months=insured,
            labour_contract=contract,
            graduated_on=graduated,
            degree=degree,
            lease=lease or rented,
            in_public_rental=bool(public),
            other_housing_aid=record.programme not in OWN_PROGRAMMES,
            subsidised_months=record.subsidised_months,
            unit_area_m2=public[0].area_m2 if len(public) == 1 else None,
            unknown=frozenset(self.unknown - (_LEASE_FACTS if lease else frozenset())),
        )
        if local is None:
            self.miss(
                "户籍没有核验，户籍地址也没有写明区县：请发起户籍核验，或补登户籍地址。",
                "local_hukou",
                "hukou_months",
                unknown=False,
            )
        elif local and since is None:
            self.miss("没有户籍迁入日期：请补登户籍地址的起始日期。", "hukou_months", unknown=False)
        gaps = [gap for gap in self.gaps if not (lease and gap.facts <= _LEASE_FACTS)]
        return Known(family, tuple(gaps))

    # Persons -------------------------------------------------------------------------------------------------------

    def _living(self) -> list[MemberRecord]:
        """The counted members, the applicant first; who died does not count."""
        record, found = self.record, []
        for member in record.members:
            if not member.counted or (member.died_on is not None and member.died_on <= self.on):
                continue
            population = self.answer(member.person_id, "population")
            if population is not None and population.payload.get("alive") is False:
                if population.heard:
                    continue
                self.miss(
                    f"人口库登记{_who(member)}已经去世，还没有向家庭核实。",
                    "members", *(("applicant_age",) if member.person_id == record.head_id else ()),
                )  # fmt: skip
            found.append(member)
        found.sort(key=lambda m: (m.person_id != record.head_id, m.person_id))
        if not found:
            self.miss("家庭没有在册的保障人口。", "members", unknown=False)
        elif found[0].person_id != record.head_id:
            self.miss("申请人已经去世或不在册：请家庭确定新的申请人。", "applicant_age")
        elif found[0].born is None:
            self.miss("申请人没有登记出生日期。", "applicant_age")
        return found

    def _person(self, member: MemberRecord, declaration: DeclarationRecord | None) -> Person:
        declared = None if declaration is None else declaration.income.get(member.person_id)
        income = self._income(member, declaration, declared)
        able = self._able(member)
        if income is None and not able:
            self.miss(f"{_who(member)}的收入没有核实。", "income_12m_fen", unknown=False)
        return Person(
            born=member.born or self.on,
            # twelve equal months make the yearly sum; it is what a mean over twelve months says
            income_fen=None if income is None else {Month.of(self.on).plus(-1): 12 * income},
            able_to_work=able,
            declared_income_fen=declared or 0,
            circumstances=frozenset(s.kind for s in member.statuses if s.kind in CIRCUMSTANCES),
        )

    def _income(
        self, member: MemberRecord, declaration: DeclarationRecord | None, declared: int | None
    ) -> int | None:
        """Verified income per month in fen; None: nothing verified."""
        tax = self.answer(member.person_id, "tax")
        if tax is not None and tax.outcome == "mismatch":
            found = tax.payload.get("monthly_income_fen")
            if tax.heard and found is not None:
                return int(found)
            self.miss(f"税务记录显示{_who(member)}的收入高于申报，还没有听取说明。", "income_12m_fen")
            return 0  # unknown as a whole, whatever the others earn
        if tax is not None and tax.outcome == "match":
            found = tax.payload.get("monthly_income_fen")
            if declared is not None or found is not None:
                return declared if declared is not None else int(found or 0)
        if declaration is not None and declaration.checked and declared is not None:
            return declared
        if member.born is not None and full_years(member.born, self.on) < self.norms.work_from:
            return declared or 0  # nobody may employ a child (禁止使用童工规定 §2)
        return None

    def _able(self, member: MemberRecord) -> bool:
        """Whether somebody is surely able to work: of working age, and nothing on file speaks against it."""
        if member.born is None:
            return False
        age = full_years(member.born, self.on)
        if not self.norms.work_from <= age < self.norms.work_below:
            return False
        return not any(
            s.kind == "serious_illness" or (s.kind == "disability" and "四" not in s.grade)
            for s in member.statuses
        )

    def _statuses(self, members: Sequence[MemberRecord]) -> frozenset[str]:
        sure: set[str] = set()
        doubtful: set[str] = set()
        for member in members:
            civil = self.answer(member.person_id, "civil_status")
            held = None
            if civil is not None and civil.outcome == "mismatch":
                held = set(civil.payload.get("kinds", ()))
            for status in member.statuses:
                if status.kind not in STATUSES:
                    continue
                if held is None or status.kind not in CIVIL or status.kind in held:
                    sure.add(status.kind)
                elif civil is not None and not civil.heard:
                    doubtful.add(status.kind)
        if doubtful - sure:
            facts = sorted(f"is_{kind}" for kind in doubtful - sure)
            names = "、".join(FACT_KINDS[name].title for name in facts)
            self.miss(f"民政部门没有{names}的有效登记，还没有听取家庭的说明。", *facts)
        return frozenset(sure)

    def _education(self, head: MemberRecord | None) -> tuple[str, date | None]:
        graduate = next((s for s in head.statuses if s.kind == "graduate"), None) if head else None
        if graduate is None:
            return "none", None
        for degree, words in _DEGREES:
            if any(word in graduate.grade for word in words):
                return degree, graduate.started_on
        self.miss("大学毕业生身份没有写明学历：请在等级中填写本科、硕士或博士。", "degree")
        return "none", graduate.started_on

    # Sources -------------------------------------------------------------------------------------------------------

    def _hukou(self) -> tuple[bool | None, date | None]:
        answer = self.answer(self.record.head_id, "hukou")
        since = self.record.hukou[0] if self.record.hukou else None
        if answer is not None:
            held = answer.payload.get("hukou")
            if answer.outcome == "mismatch" and not answer.heard:
                return None, None
            if held:
                return held == "local", since
        if self.record.hukou is not None and self.record.place and self.record.place in self.record.hukou[1]:
            return True, since
        return None, None

    def _insurance(self) -> tuple[int | None, bool | None]:
        """Months insured, and whether an employer insures: that proves the employment (社会保险法 §58)."""
        answer = self.answer(self.record.head_id, "social_insurance")
        months = None
        if answer is not None and isinstance(answer.payload.get("months"), int):
            months = answer.payload["months"]
        employed = True if answer is not None and answer.payload.get("employer") else None
        if months is None:
            self.miss("申请人的社会保险缴纳月数没有核验。", "insured_months", unknown=False)
        if employed is None:
            self.miss(
                "没有申请人劳动关系的依据：请核验社会保险，或提交劳动合同。",
                "has_labour_contract",
                unknown=False,
            )
        return months, employed

    def _declaration(self) -> DeclarationRecord | None:
        found = self.record.declaration
        if found is None:
            self.miss("没有收入资产申报。", "income_12m_fen", *ASSET_FACTS, unknown=False)
            return None
        if full_months(found.declared_on, self.on) >= self.norms.declaration_months:
            self.miss(
                f"收入资产申报是{found.declared_on:%Y年%m月%d日}的，已满{self.norms.declaration_months}个月，需要重新申报。",
                "income_12m_fen", *ASSET_FACTS, unknown=False,
            )  # fmt: skip
            return None
        return found

    def _assets(self, declaration: DeclarationRecord | None) -> dict[str, Any]:
        """What a declaration does not name it declares not to have: the form asks for each. Without one nothing is known."""
        if declaration is None or not declaration.assets:
            if declaration is not None:
                self.miss("申报中没有资产情况。", *ASSET_FACTS, unknown=False)
            return {}
        assets = declaration.assets
        vehicles, companies = _rows(assets, "vehicles"), _rows(assets, "companies")
        capitals = [company.get("capital") for company in companies]
        if not all(isinstance(capital, int) for capital in capitals):
            self.miss("申报办有企业或持有股份，没有写明出资额。", "business_capital_fen")
            capitals = []
        posts = [company.get("legal_person") for company in companies]
        if None in posts:
            self.miss("申报办有企业，没有写明是否担任法定代表人。", "legal_person_posts")
        return {
            "assets_fen": sum(v for v in assets.values() if isinstance(v, int) and not isinstance(v, bool)),
            "vehicles": len(vehicles), "vehicle_value_fen": sum(int(v.get("value", 0)) for v in vehicles),
            "vehicles_for_disabled": bool(vehicles) and all(v.get("for_disabled") is True for v in vehicles),
            "business_capital_fen": sum(c for c in capitals if c), "legal_person_posts": sum(1 for p in posts if p),
        }  # fmt: skip

    # Homes ---------------------------------------------------------------------------------------------------------

    def _homes(self, members: Sequence[MemberRecord]) -> tuple[list[Home], Lease | None]:
        record, on = self.record, self.on
        counted = {m.person_id for m in members}
        # what a dead member owned is still the family's; what somebody owns who left or does not count is not
        left = {
            m.person_id
            for m in record.members
            if m.person_id not in counted and (m.died_on is None or m.died_on > on)
        }
        mine = [
            home for home in record.homes
            if home.owner_id not in left and (home.acquired_on is None or home.acquired_on <= on)
        ]  # fmt: skip
        homes = [Home(h.nature, h.area_m2, Fraction(h.share), h.disposed_on) for h in mine]
        for member in members:
            homes.extend(self._found(member, homes))
        rented = [
            h for h in mine if h.nature == "market_rented" and (h.disposed_on is None or h.disposed_on > on)
        ]
        lease = None
        if rented:
            lease = Lease(rented[0].rent_fen or 0, filed=False)
            if rented[0].rent_fen is None:
                self.miss("租住的房屋没有登记月租金。", "actual_rent_fen")
            self.miss("没有租赁合同备案的依据。", "lease_filed")
        elif not any(_lived_in(h, on) for h in mine):
            self.miss(
                "档案没有写明家庭现在住在哪里、是否租房。", "is_renting", "lease_filed", "actual_rent_fen"
            )
        return homes, lease

    def _found(self, member: MemberRecord, known: Sequence[Home]) -> list[Home]:
        """Homes that the title register holds and the file does not, once the person was heard on them."""
        answer = self.answer(member.person_id, "real_estate")
        if answer is None or answer.outcome != "mismatch":
            return []
        left = [home.area_m2 for home in known if home.nature in ("owned", "disposed")]
        found = []
        for row in answer.payload.get("homes", ()):
            try:
                area = Decimal(str(row.get("area_m2", "")))
                gone = date.fromisoformat(row["disposed_on"]) if row.get("disposed_on") else None
            except (InvalidOperation, ValueError):
                self.miss(f"不动产登记返回的{_who(member)}的住房不能读取，请重新核验。", *AREA_FACTS)
                return []
            near = next((mine for mine in left if abs(mine - area) <= AREA_TOLERANCE), None)
            if near is not None:
                left.remove(near)
            else:
                found.append(Home("owned", area.quantize(Decimal("0.01")), Fraction(1), gone))
        if found and not answer.heard:
            self.miss(f"不动产登记显示{_who(member)}有未申报的住房，还没有听取说明。", *AREA_FACTS)
            return []
        return found


_LEASE_FACTS = frozenset({"is_renting", "lease_filed", "actual_rent_fen"})
_WORDS = {
    "self": "申请人", "spouse": "配偶", "child": "子女", "parent": "父母", "grandchild": "孙子女", "grandparent": "祖父母",
    "sibling": "兄弟姐妹", "other": "其他成员",
}  # fmt: skip


def _who(member: MemberRecord) -> str:
    """A member by the relation, never by name: the sentence may stand in lists."""
    return _WORDS.get(member.relation, "成员")


def _rows(assets: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = assets.get(key)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _gone(home: Home, on: date) -> bool:
    return home.disposed_on is not None and home.disposed_on <= on


def _lived_in(home: HomeRecord, on: date) -> bool:
    """Whether a home says where the household lives without renting on the market."""
    return home.nature in ("owned", "public_rented", "lent") and (
        home.disposed_on is None or home.disposed_on > on
    )


def place_of(agency_name: str) -> str:
    """The district as addresses write it, from the name of its agency; empty where it names none.

    >>> place_of("湖滨区住房保障服务中心")
    '湖滨区'
    """
    found = re.match(r".+?(?:自治县|[区县市旗])", agency_name)
    return found.group() if found else ""
