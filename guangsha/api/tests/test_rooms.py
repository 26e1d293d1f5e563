"""The rooms behind cases: what everybody may know, what is one's own, what systems of the agency read, and one act of staff."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from guangsha.api import citizens, limits
from guangsha.api.tests.calls import PROOF, Caller, identified, key_for, refused, signed_in
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.allocation.tests.draw_stage import Stage
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.registry.models import Person
from guangsha.areas.rent.models import Bill
from guangsha.areas.rent.rules import first_day, month_code
from guangsha.areas.rent.tests.builders import ORDINARY_FEN, Office
from guangsha.areas.stock import actions as stock
from guangsha.areas.stock.models import Dwelling
from guangsha.areas.stock.tests.builders import dwelling, estate
from guangsha.areas.subsidy.tests.builders import House
from guangsha.audit.models import Act
from guangsha.people.models import Account
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db
PLAN, DRAW = "/plans/{}", "/draws/{}"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    limits.WINDOW.clear()


@pytest.fixture
def caller(cast: Cast) -> Caller:
    return Caller(key_for(cast))


def shown(caller: Caller, path: str) -> Any:
    answer = caller("GET", path)
    assert answer.status_code == 200, (path, answer.content.decode())
    return answer.json()


def test_what_is_vacant_is_told_by_estate_and_never_by_door(caller: Caller, cast: Cast) -> None:
    home = estate(cast.district)
    for number, state in (("1-1-0101", "vacant"), ("1-1-0102", "vacant"), ("1-1-0201", "let")):
        dwelling(home, number, state=state)
    dwelling(cast.far_district, "1-1-0101")
    day = timezone.localdate() + timedelta(days=2)
    keeper = cast.actor("allocation_officer")
    stock.add_slot(keeper, home.pk, on=day, half="morning", seats=8, meet_at="南门")
    (only,) = shown(caller, "/housing?layout=A")["estates"]
    assert (only["vacant"], only["offers"][0]["count"]) == (2, 2) and isinstance(
        only["offers"][0]["rent_least_fen"], int
    )
    one = shown(caller, f"/housing/{home.pk}")
    assert one["viewings"][0] == {
        "on": day.isoformat(), "half": "morning", "half_name": "上午", "meet_at": "南门", "seats_left": 8,
    }  # fmt: skip
    assert "0101" not in json.dumps(one)
    (listed,) = shown(caller, "/estates")["estates"]
    assert listed["states"] == {"vacant": 2, "let": 1} and listed["total"] == 3
    assert shown(caller, f"/estates/{home.pk}/buildings")["buildings"][0]["vacant"] == 2
    first = shown(caller, "/dwellings?limit=2")
    rest = shown(caller, f"/dwellings?limit=2&after={first['next']}")
    assert [one["number"] for one in first["dwellings"] + rest["dwellings"]] == [
        "1-1-0101",
        "1-1-0102",
        "1-1-0201",
    ]
    assert rest["next"] is None and len(shown(caller, "/dwellings?state=let")["dwellings"]) == 1
    refused(caller("GET", "/dwellings?state=sold"), 422, "invalid")


def test_a_keeper_moves_a_dwelling_through_another_system_as_on_the_page(caller: Caller, cast: Cast) -> None:
    flat = dwelling(cast.district, state="preparing")
    path, body = f"/dwellings/{flat.pk}", {"on": timezone.localdate().isoformat(), "reason": "竣工验收"}
    tag = caller("GET", path)["ETag"]
    refused(caller("POST", f"{path}/acts/ready", body, If_Match=tag), 403, "no-scope")
    clerk = signed_in(caller, cast.staff["rent_clerk"])
    refused(clerk("POST", f"{path}/acts/ready", body, If_Match=tag), 409, "not-now")
    keeper = signed_in(caller, cast.staff["allocation_officer"])
    refused(keeper("POST", f"{path}/acts/ready", body), 428, "version-missing")
    refused(keeper("POST", f"{path}/acts/ready", body, If_Match='"9"'), 412, "moved")
    done = keeper("POST", f"{path}/acts/ready", body, If_Match=tag)
    assert done.status_code == 200 and done.json()["state"] == "vacant" and done["ETag"] != tag
    refused(keeper("POST", f"{path}/acts/ready", body, If_Match=done["ETag"]), 409, "not-now")
    asked = keeper("POST", f"{path}/acts/take-out", {"kind": "withdrawn", "reason": "外墙渗水"})
    assert asked.status_code == 201 and asked.json()["state"] == "asked"
    assert shown(caller, path)["history"][0] == {
        "number": 2, "before": "preparing", "after": "vacant", "on": body["on"], "reason": "竣工验收",
    }  # fmt: skip
    assert Dwelling.objects.get().state == "vacant"  # another person decides about taking it out
    mover = Act.objects.filter(action="stock.dwelling.move").latest("pk")
    assert mover.actor_id == cast.staff["allocation_officer"].pk


def test_a_plan_and_its_draw_are_told_with_the_pack_and_ones_own_place(caller: Caller, cast: Cast) -> None:
    stage = Stage(Hall(cast))
    draft = stage.hall.plan(1, approve=False, name="拟订中的方案")
    drawn = stage.at("drawn", stage.plan(3, 1))
    plan = drawn.plan
    assert [one["number"] for one in shown(caller, "/plans")["plans"]] == [plan.number]
    refused(caller("GET", PLAN.format(draft.number)), 404, "not-found")
    told = shown(caller, PLAN.format(plan.number))
    assert told["draws"] == [drawn.draw_id] and told["queues"][0]["dwellings"] == 1
    assert [one["id"] for one in shown(caller, "/draws")["draws"]] == [drawn.draw_id]
    draw = shown(caller, DRAW.format(drawn.draw_id))
    assert {one["code"]: one["value"] for one in draw["values"]}["seed"] == drawn.seed
    pack = caller("GET", DRAW.format(drawn.draw_id) + "/pack")
    names = zipfile.ZipFile(io.BytesIO(pack.content)).namelist()
    assert pack["Content-Type"] == "application/zip" and {name.rsplit("/")[-1] for name in names} >= set(
        draw["files"]
    )
    mine = plan.registrations.order_by("order_number").first()
    assert mine is not None
    (entry,) = shown(identified(caller, mine.applicant), "/own/waitlist")["entries"]
    assert entry["place"]["of"] == 3 and entry["registrations"][0]["order_number"] == mine.order_number
    far = Caller(key_for(cast, agency=cast.far_district))
    assert shown(far, "/plans")["plans"] == shown(far, "/draws")["draws"] == []
    refused(far("GET", DRAW.format(drawn.draw_id)), 404, "not-found")


def test_a_lease_its_rent_and_a_report_are_ones_own(caller: Caller, cast: Cast) -> None:
    office = Office(cast)
    month = month_code(timezone.localdate())
    lease, other = (office.lease(first_day(month).isoformat(), number=700 + k) for k in range(2))
    office.bill()
    receipt = office.pay(lease)
    own = identified(caller, lease.tenant)
    assert [one["number"] for one in shown(own, "/own/leases")["leases"]] == [lease.number]
    one = shown(own, f"/own/leases/{lease.number}")
    assert (
        one["rent_fen"] == ORDINARY_FEN
        and one["next_words"]
        and lease.tenant.name not in json.dumps(one, ensure_ascii=False)
    )
    bills = shown(own, f"/own/leases/{lease.number}/bills")
    assert bills["owed_fen"] == 0 and bills["bills"][-1]["state"] == "paid"
    assert (
        shown(own, f"/own/leases/{lease.number}/receipts")["receipts"][0]["amount_fen"] == receipt.amount_fen
    )
    for path in ("", "/bills", "/receipts"):
        refused(own("GET", f"/own/leases/{other.number}{path}"), 404, "not-found")
    given = {"lease": lease.number, "kind": "water", "text": "厨房漏水", "phone": "13800000000"}
    refused(
        own("POST", "/own/repairs", {**given, "lease": other.number}, Idempotency_Key="report-0001"),
        422,
        "invalid",
    )
    made = own("POST", "/own/repairs", given, Idempotency_Key="report-0002")
    assert made.status_code == 201, made.content.decode()
    assert own("POST", "/own/repairs", given, Idempotency_Key="report-0002").json() == made.json()
    order = RepairOrder.objects.get()
    assert (order.reporter, order.account, order.channel) == (lease.tenant, None, "online")
    assert [one["number"] for one in shown(own, "/own/repairs")["repairs"]] == [order.number]
    assert shown(own, f"/own/repairs/{order.number}")["timeline"][0]["title"] == "已报修"
    stranger = identified(caller, other.tenant)
    assert shown(stranger, "/own/repairs")["repairs"] == []
    refused(stranger("GET", f"/own/repairs/{order.number}"), 404, "not-found")
    # what systems of the agency read, each look once in the log
    assert {one["number"] for one in shown(caller, "/leases?state=active")["leases"]} == {
        lease.number,
        other.number,
    }
    for path, act in (
        (f"/leases/{lease.number}", "api.lease.read"), (f"/leases/{lease.number}/bills", "api.rent.read"),
        (f"/repairs/{order.number}", "api.repair.read"),
    ):  # fmt: skip
        told = json.dumps([shown(caller, path), shown(caller, path)], ensure_ascii=False)
        assert lease.tenant.name not in told and Act.objects.filter(action=act).count() == 1
    sums = shown(caller, f"/rent/months/{month}")
    assert sums["net_fen"] == sum(Bill.objects.filter(period=month).values_list("net_fen", flat=True))
    assert sums["open_fen"] == sums["net_fen"] - sums["paid_fen"] > 0
    refused(caller("GET", "/rent/months/202613"), 422, "invalid")
    queue = shown(caller, "/repairs?scope=new")["repairs"]
    assert [one["number"] for one in queue] == [order.number] and "答复还剩" in queue[0]["left"]


def test_an_agreement_and_what_was_paid_are_ones_own(caller: Caller, cast: Cast) -> None:
    house, today = House(cast), timezone.localdate()
    declared = {"日期": (today - timedelta(days=60)).isoformat(), "来源": "民政核对", "存款": "10000"}
    agreement = house.active(house.family(申报=declared), decided=today - timedelta(days=40))
    house.months(month_code(today))
    batch = house.paid(agreement, month_code(today))
    own = identified(caller, agreement.payee)
    assert [one["number"] for one in shown(own, "/own/agreements")["agreements"]] == [agreement.number]
    told = shown(own, f"/own/agreements/{agreement.number}")
    assert told["months"][0]["due_fen"] == agreement.amount_fen and told["next_words"]
    text = json.dumps(
        [told, shown(caller, f"/agreements/{agreement.number}"), shown(caller, "/agreements")],
        ensure_ascii=False,
    )
    assert agreement.payee.name not in text and str(agreement.bank_account) not in text
    assert [one["number"] for one in shown(caller, "/batches")["batches"]] == [batch.number]
    assert shown(caller, f"/batches/{batch.number}")["state"] == batch.state
    far = Caller(key_for(cast, agency=cast.far_district))
    for path in (f"/agreements/{agreement.number}", f"/batches/{batch.number}"):
        refused(far("GET", path), 404, "not-found")


def test_a_citizen_is_named_whole_and_only_where_the_key_reaches(caller: Caller, cast: Cast) -> None:
    lease = Office(cast).lease(timezone.localdate().isoformat(), number=720)
    person = lease.tenant
    given = {"name": person.name, "identity": person.identity, "proof": PROOF}
    far = Caller(key_for(cast, agency=cast.far_district))
    answers = [
        refused(one("POST", "/citizen-sessions", {**given, **changed}), 422, "invalid")
        for one, changed in (
            (caller, {"name": "别人"}),
            (caller, {"identity": "11010519491231002X"}),
            (far, {}),
        )
    ]
    assert (
        answers[0] == answers[1] == answers[2]
        and not Act.objects.filter(action="api.person.identify").exists()
    )
    own = identified(caller, person)
    kept = Act.objects.get(action="api.person.identify")
    assert kept.object_id == str(person.pk) and kept.after["reference"] == PROOF["reference"]
    session = own.headers["X-Citizen-Session"]
    other = Caller(key_for(cast), {"X-Citizen-Session": session})
    forged = signing.dumps([1, person.pk], salt="somebody else's")
    for one in (
        other,
        caller,
        Caller(caller.key, {"X-Citizen-Session": forged}),
        Caller(caller.key, {"X-Citizen-Session": session[:-1]}),
    ):
        refused(one("GET", "/own/leases"), 403, "no-scope")
    Person.objects.filter(pk=person.pk).update(merged_into=Person.objects.exclude(pk=person.pk).first())
    refused(own("GET", "/own/leases"), 403, "no-scope")
    assert not Account.objects.filter(kind="citizen", person_id=person.pk).exists()
    assert citizens.LIFE_SECONDS == 1800


def test_names_of_citizens_cannot_be_tried_one_by_one(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PERSONS_PER_MINUTE", 3)
    given = {"name": "某某", "identity": "11010519491231002X", "proof": PROOF}
    for _ in range(2):  # the minute may turn in between, once
        answers = [
            caller("POST", "/citizen-sessions", given).status_code
            for _ in range(limits.PERSONS_PER_MINUTE + 1)
        ]
        if answers[-1] == 429:
            break
    assert answers[-1] == 429 and set(answers) == {422, 429}
