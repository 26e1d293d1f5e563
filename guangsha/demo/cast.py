"""The named cast of tests and of the demo: a small district and the people who work, live and ask there.

Agencies: the bureau over 岳州市住房保障服务中心 (city) → 湖滨区住房保障服务中心 (district) → 2 streets → 2 communities each; in the
city also a second district, 临江区, whose staff must see nothing of 湖滨区. Staff: one account per role, plus a second reviewer
(two-person review) and a second approver (a decision taken up again is decided by another person). Citizens: 李建国 (elderly,
the applicant), 王芳 (a stranger to him). Names and numbers are invented; the phones are of a range that no operator has issued
to anybody (199 0000 xxxx).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from guangsha.areas.registry.models import Person
from guangsha.audit.actor import Actor
from guangsha.kernel.identity import resident_check_digit
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Agency, Appointment
from guangsha.people.roles import ROLES

#: Everybody of the cast who signs in by password has this one. It is printed by the demo and guards nothing.
PASSWORD = "Anju-guangsha-2026"

#: Where each role works, and who holds it.
_POSTS: tuple[tuple[str, str, str, str], ...] = (
    # role, login name, name, agency
    ("community_helper", "helper", "赵代办", "community"),
    ("street_clerk", "street", "钱受理", "street"),
    ("civil_checker", "civil", "孙核对", "district"),
    ("district_reviewer", "reviewer", "周审核", "district"),
    ("district_approver", "approver", "吴审批", "district"),
    ("city_approver", "city", "郑市批", "city"),
    ("publicity_editor", "publicity", "冯公示", "district"),
    ("allocation_officer", "allocation", "陈配租", "district"),
    ("notary_observer", "notary", "褚公证", "district"),
    ("rent_clerk", "rent", "卫租金", "district"),
    ("accountant", "accountant", "蒋会计", "district"),
    ("fund_officer", "fund", "沈维资", "district"),
    ("field_inspector", "inspector", "韩巡查", "district"),
    ("hotline_agent", "hotline", "杨热线", "district"),
    ("legal_officer", "legal", "朱法制", "district"),
    ("archivist", "archivist", "秦档案", "district"),
    ("supervisor", "supervisor", "尤主任", "district"),
    ("auditor", "auditor", "许审计", "bureau"),
    ("system_admin", "sysadmin", "何系统", "city"),
    ("security_admin", "secadmin", "吕安全", "city"),
    ("audit_admin", "audadmin", "施审管", "city"),
    ("enterprise_user", "enterprise", "张企业", "district"),
    ("property_user", "property", "孔物业", "district"),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there. ``staff`` is by role code; ``second_reviewer`` reviews beside ``staff["district_reviewer"]``;
    ``second_approver`` decides what ``staff["district_approver"]`` decided before; ``second_clerk`` works in the other street, ``far_reviewer`` in the other district."""

    city: Agency
    bureau: Agency
    district: Agency
    far_district: Agency
    streets: tuple[Agency, ...]
    communities: tuple[Agency, ...]
    staff: Mapping[str, Account]
    second_reviewer: Account
    second_approver: Account
    second_clerk: Account
    far_reviewer: Account
    applicant: Account
    stranger: Account

    @property
    def helper(self) -> Account:
        """赵代办, who applies for others."""
        return self.staff["community_helper"]

    def actor(self, who: str | Account) -> Actor:
        """The actor of an account, or of the account that holds a role; ``applicant`` and ``stranger`` too."""
        account = who if isinstance(who, Account) else self.account(who)
        return build_actor(account)

    def account(self, who: str) -> Account:
        """An account by role code, or by its name here (``applicant``, ``stranger``, ``second_reviewer`` …)."""
        if who in self.staff:
            return self.staff[who]
        account: Account = getattr(self, who)
        return account


def identity_number(region: str, born: date, serial: int) -> str:
    """An invented resident identity number with a valid check digit; an odd ``serial`` is a man's."""
    first = f"{region}{born:%Y%m%d}{serial:03d}"
    return first + resident_check_digit(first)


def build_cast() -> Cast:
    """Write the cast into an empty database."""
    bureau = add_agency("岳州市住房和城乡建设局", "bureau", "430600000000")
    city = add_agency("岳州市住房保障服务中心", "city", "430600000000", bureau)
    district = add_agency("湖滨区住房保障服务中心", "district", "430699000000", city)
    far_district = add_agency("临江区住房保障服务中心", "district", "430698000000", city)
    streets = tuple(
        add_agency(name, "street", f"43069900{number}000", district)
        for number, name in enumerate(("洞庭街道办事处", "金桥街道办事处"), start=1)
    )
    communities = tuple(
        add_agency(name, "community", f"43069900{1 + number // 2}00{1 + number % 2}", streets[number // 2])
        for number, name in enumerate(("湖畔社区", "望岳社区", "金桥社区", "梅园社区"))
    )
    places = {
        "city": city,
        "bureau": bureau,
        "district": district,
        "street": streets[0],
        "community": communities[0],
    }
    hashed = make_password(PASSWORD)
    posts = [(login, name, role, places[where]) for role, login, name, where in _POSTS]
    more = [
        ("reviewer2", "严审核", "district_reviewer", district), ("approver2", "薛审批", "district_approver", district),
        ("street2", "金受理", "street_clerk", streets[1]), ("far", "魏外区", "district_reviewer", far_district),
    ]  # fmt: skip
    accounts = _add_together([*posts, *more], hashed)
    staff = {role: accounts[login] for role, login, _, _ in _POSTS}
    if missing := set(ROLES) - set(staff):
        raise LookupError(f"the cast has nobody for {sorted(missing)}")
    return Cast(
        city=city,
        bureau=bureau,
        district=district,
        far_district=far_district,
        streets=streets,
        communities=communities,
        staff=staff,
        second_reviewer=accounts["reviewer2"],
        second_approver=accounts["approver2"],
        second_clerk=accounts["street2"],
        far_reviewer=accounts["far"],
        applicant=add_citizen("李建国", "19900000001", identity_number("430699", date(1951, 2, 3), 11), "1"),
        stranger=add_citizen("王芳", "19900000002", identity_number("430699", date(1984, 5, 6), 22), "2"),
    )


def add_agency(name: str, kind: str, region_code: str, parent: Agency | None = None) -> Agency:
    """An agency below ``parent``."""
    agency = Agency.objects.create(
        name=name, kind=kind, region_code=region_code, parent=parent, path=f"new-{name}"
    )
    agency.path = f"{parent.path if parent else '/'}{agency.pk}/"
    agency.save(update_fields=["path"])
    return agency


def add_staff(login: str, name: str, role: str, agency: Agency, hashed: str) -> Account:
    """A member of staff (or an enterprise user) with one role since the start of 2026; ``hashed`` password."""
    return _add_together([(login, name, role, agency)], hashed)[login]


def _add_together(people: Sequence[tuple[str, str, str, Agency]], hashed: str) -> dict[str, Account]:
    """Several of them (login name, name, role, agency) in two statements, by login name."""
    accounts = Account.objects.bulk_create(
        Account(
            username=login,
            name=name,
            kind="enterprise" if role in ("enterprise_user", "property_user") else "staff",
            password=hashed,
            password_changed_at=timezone.now(),
        )
        for login, name, role, _ in people
    )
    Appointment.objects.bulk_create(
        Appointment(account=account, agency=agency, role=role, started_on=date(2026, 1, 1))
        for account, (_, _, role, agency) in zip(accounts, people, strict=True)
    )
    return {account.username: account for account in accounts}


def add_citizen(name: str, phone: str, identity: str, sex: str) -> Account:
    """A citizen's account and the registry person behind it."""
    born = date(int(identity[6:10]), int(identity[10:12]), int(identity[12:14]))
    person = Person.objects.create(name=name, identity=identity, birth_date=born, sex=sex, phone=phone)
    return Account.objects.create(
        username=f"citizen-{person.pk}", name=name, kind="citizen", phone=phone, person_id=person.pk
    )
