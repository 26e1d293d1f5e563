"""A district in which every page of the staff has something to show: one of each thing, made by the acts that make it."""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from PIL import Image

from guangsha.areas.allocation.tests.one_of_each import Allocations, allocations
from guangsha.areas.allocation.tests.one_of_each_draw import Draws, draws
from guangsha.areas.fieldwork.tests.one_of_each import FieldThings, field_things
from guangsha.areas.intake import actions
from guangsha.areas.intake.models import Case, Draft, Material, Notice, Objection, Rating, Remedy, SpotCheck
from guangsha.areas.intake.tests import builders
from guangsha.areas.office.lists import start_of
from guangsha.areas.office.tests.full import full_district
from guangsha.areas.performance.tests.one_of_each import Years, years
from guangsha.areas.registry import actions as registry
from guangsha.areas.registry.models import (
    DuplicatePair,
    Household,
    ImportBatch,
    Membership,
    MergeRequest,
    Person,
    SpecialStatus,
)
from guangsha.areas.registry.tests.test_importing import GOOD, book, citizen, line
from guangsha.areas.rent.tests.one_of_each import Rents, rents
from guangsha.areas.stock.tests.one_of_each import Stock, stock
from guangsha.areas.subsidy.tests.one_of_each import Agreements, agreements
from guangsha.areas.subsidy.tests.one_of_each_payment import PaymentsMade, payments
from guangsha.areas.tenancy.tests.one_of_each import Leases, leases
from guangsha.notify.actions import tell
from guangsha.notify.models import Message, ScheduleRun
from guangsha.notify.schedule import SCHEDULE
from guangsha.people import actions as people
from guangsha.people.models import ApiToken, Appointment, Delegation, FactorDevice
from guangsha.privacy.actions import reveal
from guangsha.privacy.models import Reveal
from guangsha.testing.cast import Cast, add_citizen, identity_number

#: Opens the second factor of the district's reviewer once.
RECOVERY_CODE = "0a1b2c3d4e"


@dataclass(frozen=True, slots=True)
class OneOfEach:
    """What the pages are opened with."""

    household: Household
    member: Membership
    status: SpecialStatus
    at_street: Case
    at_district: Case
    deciding: Case
    decided: Case
    new: Case
    repair: Case
    objected: Case
    rejected: Case
    supplement: Case
    heard: Case
    material: Material
    notice: Notice
    objection: Objection
    remedy: Remedy
    rating: Rating
    spot_check: SpotCheck
    draft: Draft
    message: Message
    reveal: Reveal
    pair: DuplicatePair
    asked: MergeRequest
    merged: MergeRequest
    batch: ImportBatch
    token: ApiToken
    appointment: Appointment
    delegation: Delegation
    draws: Draws
    payment: PaymentsMade
    subsidy: Agreements
    allocation: Allocations
    performance: Years
    rent: Rents
    fieldwork: FieldThings
    stock: Stock
    tenancy: Leases


def one_of_each(cast: Cast) -> OneOfEach:
    """Fill the house; outside a transaction, since a look at a plain value insists on being kept."""
    household = _household(cast)
    at_street, at_district, public, deciding, decided, new, repair, *_ = full_district(cast, 24)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [public.pk])
    objection = actions.make_objection(None, notice.number, "他家另有一套房，请核实。", "", row=1)
    remedy, rejected = _remedy(_neighbour(cast, "何秀英", 131))
    pair, asked, merged = _doubles(cast, household)
    _messages_and_runs(at_street)
    tell(
        cast.account("system_admin"), subject="后台任务没有办成", body="原因在“后台任务”里。", key="told", link="/office/jobs/",
        channels=("inbox",),
    )  # fmt: skip
    case = Case.objects.get(pk=new.pk)
    reveal(cast.actor("street_clerk"), case, "answers.applicant.identity", "核对身份证原件")
    actions.serve(cast.actor("district_approver"), decided.pk, decided.version)
    rating = _rating(cast, decided)
    actions.draw_spot_checks(
        cast.actor("supervisor"), "elig_apply", start_of(date(2026, 1, 1)), timezone.now(), "20261121"
    )
    clerk = cast.actor("street_clerk")
    people.issue_token(
        cast.actor("system_admin"), name="统计局取数", agency_id=cast.district.pk, scopes=["cases:read"]
    )
    FactorDevice.objects.create(
        user=cast.account("district_reviewer"), name="动态口令", confirmed=True, recovery=RECOVERY_CODE
    )
    people.declare_kin(clerk, identity=citizen(61), relation="父母")
    today = timezone.localdate()
    delegation = people.delegate(
        cast.actor("district_reviewer"), deputy_id=cast.second_reviewer.pk, agency_id=cast.district.pk, role="district_reviewer",
        started_on=today, ended_on=today + timedelta(days=5), reason="年休",
    )  # fmt: skip
    for each in (at_street, at_district, deciding, decided, new, repair, public):
        each.refresh_from_db()
    return OneOfEach(
        household=household, member=household.memberships.get(relation="spouse"), status=SpecialStatus.objects.latest("id"),
        at_street=at_street, at_district=at_district, deciding=deciding, decided=decided, new=new, repair=repair, objected=public,
        rejected=rejected, supplement=_supplement(_neighbour(cast, "罗小娟", 133)), heard=_heard(_neighbour(cast, "高志远", 135)),
        material=_picture(cast, repair), notice=notice, objection=objection, remedy=remedy, rating=rating,
        spot_check=SpotCheck.objects.latest("id"), draft=actions.save_draft(clerk, "elig_apply", builders.answers(cast)),
        message=Message.objects.get(state="failed"), reveal=Reveal.objects.latest("id"), pair=pair, asked=asked, merged=merged,
        batch=_import(cast), token=ApiToken.objects.latest("id"), appointment=Appointment.objects.latest("id"), delegation=delegation,
        payment=payments(cast),
        subsidy=agreements(cast), allocation=allocations(cast), performance=years(cast),
        rent=rents(cast),
        fieldwork=field_things(cast),
        draws=draws(cast),
        stock=stock(cast),
        tenancy=leases(cast),
    )  # fmt: skip


def _neighbour(cast: Cast, name: str, serial: int) -> Cast:
    """The same cast with another applicant."""
    account = add_citizen(
        name, f"1990000{serial:04d}", identity_number("430699", date(1960, 1, 1), serial), "1"
    )
    return dataclasses.replace(cast, applicant=account)


def _household(cast: Cast) -> Household:
    clerk = cast.actor("street_clerk")
    head = Person.objects.get(pk=cast.applicant.person_id)
    made = registry.open_household(
        clerk, head=head, agency=cast.streets[0], community=cast.communities[0], residence="湖滨区洞庭路 1 号", programme="公租房",
        opened_on=date(2025, 3, 1), reason="窗口申请",
    )  # fmt: skip
    for name, relation, serial in (("吴敏", "spouse", 52), ("李小雨", "child", 53)):
        made.refresh_from_db()
        person = registry.open_person(clerk, name=name, identity=citizen(serial))
        registry.add_member(clerk, made.pk, made.version, person, relation, started_on=date(2025, 3, 1))
    made.refresh_from_db()
    gone = made.memberships.get(relation="child")
    registry.end_membership(clerk, gone.pk, made.version, ended_on=date(2026, 4, 1), end_reason="分户")
    made.refresh_from_db()
    registry.move_household(clerk, made.pk, made.version, text="望岳路 8 号 2 栋 301", on=date(2026, 3, 1))
    registry.record_home(
        clerk,
        made,
        nature="owned",
        address="旧居路 3 号",
        area_m2=Decimal("56.30"),
        owner=head,
        share=Decimal("0.5"),
    )
    registry.declare(clerk, made, period="2026-03", income={str(head.pk): {"wage": 120000}}, assets={})
    registry.record_status(
        clerk, head, kind="disability", grade="二级", source="残联", started_on=date(2024, 6, 1)
    )
    made.refresh_from_db()
    return made


def _remedy(cast: Cast) -> tuple[Remedy, Case]:
    case = builders.decided(cast, "rejected", ("income_over",))
    actions.serve(cast.actor("district_approver"), case.pk, case.version)
    case.refresh_from_db()
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "收入按去年算，请重新核实。")
    case.refresh_from_db()
    return remedy, case


def _supplement(cast: Cast) -> Case:
    case = builders.submitted(cast, members=[])
    actions.request_supplement(
        cast.actor("street_clerk"), case.pk, case.version, {"identity_card": "照片模糊，看不清号码"}
    )
    case.refresh_from_db()
    return case


def _heard(cast: Cast) -> Case:
    """A source says otherwise, and the applicant has not explained yet."""
    case = builders.submitted(cast, members=[])
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    return builders.verified(case, no_home="mismatch")


def _rating(cast: Cast, case: Case) -> Rating:
    from guangsha.people.models import Account

    owner = Account.objects.get(person_id=case.applicant_id)
    return actions.rate(cast.actor(owner), case.pk, 1, ["等待太久"], "跑了三趟")


def _picture(cast: Cast, case: Case) -> Material:
    """A photograph among the papers of a case."""
    drawn = io.BytesIO()
    Image.new("RGB", (320, 200), "#8fb1dc").save(drawn, "PNG")
    actor = cast.actor("applicant")
    draft = actions.save_draft(actor, "repair", {})
    made = actions.attach_material(actor, "photo", "漏水处.png", drawn.getvalue(), draft_id=draft.pk)
    Material.objects.filter(pk=made.pk).update(case=case, draft=None)
    return Material.objects.get(pk=made.pk)


def _doubles(cast: Cast, household: Household) -> tuple[DuplicatePair, MergeRequest, MergeRequest]:
    """A pair to judge, a merge that waits for a second person, and one that is done."""
    reviewer, made = cast.actor("district_reviewer"), []
    for one, other, serial in (("陈美华", "陈美花", 71), ("刘建军", "刘建君", 73), ("周立", "周丽", 75)):
        left, right = (
            registry.open_person(reviewer, name=name, identity=citizen(serial + place))
            for place, name in enumerate((one, other))
        )
        household.refresh_from_db()
        registry.add_member(
            reviewer, household.pk, household.version, left, "other", started_on=date(2026, 5, 1)
        )
        made.append((left, right))
    household.refresh_from_db()
    pair = DuplicatePair.objects.create(
        left=made[0][0], right=made[0][1], score=93, reasons=["姓名读音相同", "出生日期相同"]
    )
    asked, merged = (
        registry.propose_merge(reviewer, left.pk, right.pk, reason="核对户口簿，为同一人")
        for left, right in made[1:]
    )
    registry.approve_merge(cast.actor("supervisor"), merged.pk)
    return pair, asked, MergeRequest.objects.get(pk=merged.pk)


def _messages_and_runs(case: Case) -> None:
    now = timezone.now()
    Message.objects.create(
        channel="sms", phone="19900000001", subject="申请已受理", body="您的申请已受理。", about=case.number, key="failed", state="failed",
        tries=5, next_try_at=now, fault="短信网关：连接超时",
    )  # fmt: skip
    for place, (name, entry) in enumerate(sorted(SCHEDULE.items())):
        ScheduleRun.objects.create(
            job=name, due_at=entry.due(now), started_at=now, finished_at=now, failed=not place,
            outcome="OperationalError: 数据库暂时不可用" if not place else "没有要办的",
        )  # fmt: skip


def _import(cast: Cast) -> ImportBatch:
    rows = [*GOOD, line(9, "本人", "周武", "430699197001011234"), line(10, "子女", "赵小满", citizen(99))]
    return registry.check_import(cast.actor("archivist"), cast.district, "望岳社区老旧档案.xlsx", book(*rows))
