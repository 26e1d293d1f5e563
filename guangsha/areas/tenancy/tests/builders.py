"""A household with a lease for tests of this area and of those above it: rows as the acts leave them, without the acts."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from guangsha.areas.eligibility.tests.builders import FileMaker
from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.stock.models import Dwelling
from guangsha.areas.stock.tests.builders import dwelling, estate
from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.models import Lease, Occupant
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.models_exit import Exit, Hearing
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.testing.cast import Cast

#: Example 3 of operations.md §3.3: 52.30 ㎡ at ¥12.00: market ¥627.60, a household of the edge tier pays 30 %.
AREA, MARKET_FEN, EDGE_FEN = Decimal("52.30"), 62_760, 18_828
EDGE_FAMILY: dict[str, Any] = {
    "成员": [
        {"关系": "self", "出生": "1981-05-01", "月收入": "1500"},
        {"关系": "spouse", "出生": "1983-02-01", "月收入": "0"},
        {"关系": "child", "出生": "2014-09-01", "月收入": "0"},
    ],
    "身份": [{"成员": "1", "类别": "minimum_living_edge"}],
    "户籍": "2018-01-01 岳州市湖滨区洞庭路1号",
    "申报": {"日期": "2026-10-20", "来源": "民政核对", "存款": "10000"},
}


def family_of_three(cast: Cast, words: dict[str, Any] | None = None) -> Household:
    """A household file; one after another in one test."""
    return FileMaker(cast.district, cast.communities[0]).household(words or EDGE_FAMILY)


def active_lease(
    cast: Cast,
    *,
    number: str = "HT430699190000001",
    room: str = "1-1-0101",
    household: Household | None = None,
    starts_on: date | None = None,
    state: str = "active",
    **changes: Any,
) -> Lease:
    """A lease under which a household lives in a dwelling since ``starts_on`` (two hundred days ago), tier 低保边缘, with
    keys; everybody of the household lives there."""
    today = timezone.localdate()
    first = starts_on or today - timedelta(days=200)
    home = household or family_of_three(cast)
    columns: dict[str, Any] = {
        "number": number, "agency": cast.district, "household": home, "tenant": home.head,
        "region": cast.district.region_code[:6], "household_type": "minimum_living_edge",
        "area_m2": AREA, "market_fen": MARKET_FEN, "rent_fen": EDGE_FEN, "deposit_fen": 100_000,
        "starts_on": first, "ends_on": first.replace(year=first.year + 3) - timedelta(days=1),
        "signed_on": first, "handed_over_on": first, "state": state, "made_at": timezone.now(),
    }  # fmt: skip
    columns |= changes
    if "dwelling" not in columns:
        columns["dwelling"] = dwelling(
            estate(cast.district, "租户小区"),
            room,
            state="let",
            layout="B",
            area_m2=AREA,
            programme="public_rental",
        )
    moved_in = columns.pop("handed_over_on")
    lease = Lease.objects.create(**columns)
    for person_id in Membership.objects.filter(household=home, ended_on=None).values_list(
        "person_id", flat=True
    ):
        Occupant.objects.create(lease=lease, person_id=person_id, since=first)
    AccessGrant.objects.create(
        lease=lease, person=lease.tenant, kind="key", lasting=True, state="active", reason="handover", asked_at=timezone.now()
    )  # fmt: skip
    lease.handed_over_on = moved_in  # nobody moves in without a key: the database asks for it
    lease.save(update_fields=["handed_over_on"])
    return lease


class House:
    """The cast and its acts: ``maker`` and ``second`` propose and look on site, ``decider`` signs, ``lawyer`` goes to court."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.leaser = build_actor(cast.staff["allocation_officer"])
        self.maker = build_actor(cast.staff["rent_clerk"])
        self.second = build_actor(cast.staff["district_reviewer"])
        self.inspector = build_actor(cast.staff["field_inspector"])
        self.decider = build_actor(cast.staff["district_approver"])
        self.lawyer = build_actor(cast.staff["legal_officer"])
        self.far = build_actor(cast.far_reviewer)

    def vacant(self, room: str = "1-1-0201") -> Dwelling:
        return dwelling(estate(self.cast.district, "湖滨新居"), room, layout="B", area_m2=AREA)

    def drafted(self, home: Dwelling | None = None, household: Household | None = None, **more: Any) -> Lease:
        family = household or family_of_three(self.cast)
        plan = actions.Plan(
            family, family.head, home or self.vacant(), self.cast.district, timezone.localdate(), **more
        )
        return actions.open_relet(self.leaser, plan)

    def signed(self, **more: Any) -> Lease:
        lease = self.drafted(**more)
        return actions.sign_lease(self.leaser, lease.number, lease.version, signed_on=timezone.localdate())

    def found(self, **more: Any) -> actions.Found:
        usual: dict[str, Any] = {
            "on": timezone.localdate(), "readings": {"water": Decimal("12.30"), "power": Decimal("340.00")}, "keys": 2,
            "tenant_signed": "某某", "items": (("热水器", 1, "完好"),),
        }  # fmt: skip
        return actions.Found(**(usual | more))

    def moved_in(self, **more: Any) -> Lease:
        lease = self.signed(**more)
        actions.hand_over(self.inspector, lease.number, lease.version, self.found())
        lease.refresh_from_db()
        return lease

    def heard(self, hearing: Hearing) -> None:
        actions.hear(self.maker, hearing.pk, text="", outcome="agreed", way="window")

    def exit(self, lease: Lease, ground: str = "other_home", **more: Any) -> Exit:
        """A way out on which a person has decided."""
        found = actions.open_exit(self.maker, lease.number, ground=ground, facts="核验发现", **more)
        if found.state == "hearing":
            self.heard(found.hearing)
            found.refresh_from_db()
        return actions.decide_exit(
            self.decider, found.number, found.version, approve=True, reasons="事实清楚"
        )


def press(who: Account, address: str, **given: str) -> str:
    """Fill in the form at an address and send it, without a browser; ``__`` in a name stands for ``-``. The page that follows."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(who)
    version = re.search(r'name="version" value="(\d+)"', client.get(address).content.decode())
    sent = {"version": version[1] if version else ""} | {
        key.replace("__", "-"): value for key, value in given.items()
    }
    answer = client.post(address, sent, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain, page[page.find("<main") :][:2000]
    return page


def citizen_of(person: Person) -> Account:
    """The citizen's account of somebody of the register."""
    return Account.objects.create(
        username=f"citizen-{person.pk}", name=person.name, kind="citizen", phone=f"1990001{person.pk:04d}", person_id=person.pk
    )  # fmt: skip
