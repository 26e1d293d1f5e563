"""Arrears: reminders step by step, instalment plans before anything else, and where the lease itself is asked about.

A step never touches the home: no key, no water, no lock follows from a debt (operations.md W18). Source: operations.md §5.1;
公共租赁住房管理办法 §29.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from guangsha.areas.rent.access import access_plan
from guangsha.areas.rent.actions.base import (
    CHUNK,
    RentRefused,
    Word,
    locked,
    locked_together,
    need_other,
    need_role,
    new_number,
    new_numbers,
    said,
    tell_tenant,
    tell_tenants,
    today,
    touched,
)
from guangsha.areas.rent.facts import LATE, LETTERS, STEPS
from guangsha.areas.rent.models import Bill, RentAccount
from guangsha.areas.rent.models_after import Dunning, Instalment, InstalmentPlan
from guangsha.areas.rent.parameters import steps_of, whole
from guangsha.areas.rent.rules import (
    CONFIRMERS,
    MAKERS,
    Rate,
    Steps,
    arrears_months,
    check_plan,
    instalments,
    month_code,
    plan_stands,
    plus_months,
    step_of,
)
from guangsha.areas.tenancy.models import Lease
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.ledger.rules import yuan_text
from guangsha.people.changed_rows import save_columns
from guangsha.people.models import Agency
from guangsha.policy.parameter_files import book_of

#: What the household is told at each step; nothing is threatened that a person has not decided.
_WORDS = {
    "reminder": ("租金快到期了", "请在{due}前缴清租金 {owed}。"),
    "overdue": ("租金已过期限", "租金 {owed} 已过缴费期限（{due}），请尽快缴清。"),
    "dunning1": ("租金逾期提醒", "您有 {owed} 租金未缴，最早一笔应在{due}前缴清。缴款有困难的，可以申请分期缴纳或租金减免。"),
    "dunning2": ("租金催缴通知", "截至今日未缴租金 {owed}，最早一笔应在{due}前缴清。请{answer}缴清；有困难的请申请分期缴纳或租金减免，我们会一起想办法。对账单有疑问的，可以随时申请核对。"),
    "dunning3": ("上门了解租金情况", "未缴租金 {owed} 已满三个月，工作人员将上门了解您家的困难，一起商定分期或减免办法。"),
    "legal": ("租金拖欠已转租约处理", "未缴租金 {owed}，累计拖欠已达约定月数，已转租约经办人处理。作出任何决定前会先听取您的意见，您仍可以缴清或申请分期。"),
}  # fmt: skip
_TEXTED = frozenset({"reminder", "dunning1", "dunning2", "dunning3", "legal"})
#: Bills that a letter lists; older ones first.
ITEMS_MAX = 60


@transaction.atomic
def dun_agency(actor: Actor, agency: Agency, on: date | None = None) -> Counter[str]:
    """Bring every account of an agency to the step its oldest unpaid bill is at, and tell the households that came to a new one.

    Whoever keeps an instalment plan is not reminded. A step for the same oldest bill is told once, however often this runs.
    """
    need_role(actor, agency.pk, MAKERS, "催缴")
    day, told = on or today(), Counter[str]()
    late = Bill.objects.filter(account__agency=agency, open_fen__gt=0, due_on__lt=day)
    late.filter(state__in=("issued", "part_paid")).update(state="overdue")
    waiting = RentAccount.objects.filter(agency=agency).filter(
        Q(oldest_due_on__lte=day + timedelta(days=31)) | ~Q(step="none")
    )
    keys = list(waiting.order_by("pk").values_list("pk", flat=True))
    planned = set(InstalmentPlan.objects.filter(account__agency=agency, state="active").values_list("account_id", flat=True))  # fmt: skip
    for start in range(0, len(keys), CHUNK):
        _dun_some(keys[start : start + CHUNK], day, planned, told)
    if told:
        record(actor, "rent.dunning.run", agency, after={"day": day, "told": dict(told)}, agency_id=agency.pk)
    return told


class _Standing:
    """At which step an account should be, and whether its household has still to hear of it."""

    def __init__(self, keys: Sequence[int], day: date, planned: set[int]) -> None:
        self._day, self._planned = day, planned
        self._steps: dict[tuple[str, int | None], Steps] = {}
        known = Dunning.objects.filter(account__in=keys, oldest_due_on=F("account__oldest_due_on"))
        self._known = set(known.values_list("account_id", "oldest_due_on", "step"))

    def of(self, pk: int, region: str, months: int | None, oldest: date | None, now: str) -> tuple[str, bool]:
        """Its step, and whether to tell; ``months`` of arrears as the contract sets them."""
        if pk in self._planned:
            return ("none" if oldest is None else now), False
        if (region, months) not in self._steps:
            self._steps[region, months] = steps_of(region, self._day, months)
        step = step_of(oldest, self._day, self._steps[region, months])
        return step, step in _WORDS and (pk, oldest, step) not in self._known


def _dun_some(keys: Sequence[int], day: date, planned: set[int], told: Counter[str]) -> None:
    """Most accounts stand where they stood yesterday: only those that move or hear something are locked."""
    standing = _Standing(keys, day, planned)
    seen = RentAccount.objects.filter(pk__in=keys).values_list(
        "pk", "lease__region", "lease__arrears_months", "oldest_due_on", "step"
    )
    due = [row[0] for row in seen if standing.of(*row) != (row[4], False)]
    moved, tellings = [], []
    for account in locked_together(due):
        lease = account.lease
        step, tells = standing.of(
            account.pk, lease.region, lease.arrears_months, account.oldest_due_on, account.step
        )
        if step != account.step:
            account.step = step
            moved.append(account)
        if tells and account.oldest_due_on is not None:
            tellings.append((account, account.oldest_due_on))
            told[step] += 1
    _say(tellings)
    save_columns(moved, ["step"])
    for step in ("dunning1", "dunning2", "dunning3", "legal"):
        at = [account.pk for account in moved if account.step == step]
        Bill.objects.filter(account__in=at, open_fen__gt=0, state__in=LATE).update(state=step)


def _say(tellings: Sequence[tuple[RentAccount, date]]) -> None:
    """Write down and tell the step at which each account is now, with its oldest due day."""
    numbered = Counter(account.lease.region for account, _ in tellings if account.step in LETTERS)
    numbers = {region: iter(new_numbers("CJ", region, today(), count)) for region, count in sorted(numbered.items())}  # fmt: skip
    open_bills = _open_bills([account.pk for account, _ in tellings if account.step in LETTERS])
    rows, words, now = [], [], timezone.now()
    for account, oldest in tellings:
        subject, form = _WORDS[account.step]
        lettered = account.step in LETTERS
        answer_by = _answer_by(account.lease.region) if lettered else None
        text = f"合同 {account.lease.number}：" + form.format(
            owed=yuan_text(account.owed_fen), due=f"{oldest:%Y年%-m月%-d日}", answer=f"在{answer_by:%Y年%-m月%-d日}前" if answer_by else "尽快",
        )  # fmt: skip
        channels = ("inbox", "sms") if account.step in _TEXTED else ("inbox",)
        words.append(Word(account, f"{account.step}:{oldest}", subject, text, channels))
        number = next(numbers[account.lease.region]) if lettered else ""
        rows.append(
            Dunning(
                account=account, step=account.step, oldest_due_on=oldest, owed_fen=account.owed_fen, number=number, text=text, made_at=now,
                items=open_bills.get(account.pk, []), answer_by=answer_by,
            )
        )  # fmt: skip
    Dunning.objects.bulk_create(rows, batch_size=CHUNK)
    tell_tenants(words)


def _open_bills(keys: Sequence[int]) -> dict[int, list[dict[str, object]]]:
    """What is open of each account, bill by bill, as a letter lists it."""
    found: dict[int, list[dict[str, object]]] = {}
    rows = Bill.objects.filter(account__in=keys, open_fen__gt=0).order_by("account", "due_on", "pk")
    for account, period, item, fen, due in rows.values_list("account", "period", "item", "open_fen", "due_on"):  # fmt: skip
        listed = found.setdefault(account, [])
        if len(listed) < ITEMS_MAX:
            listed.append({"period": period, "item": item, "fen": fen, "due_on": due.isoformat()})
    return found


def _answer_by(region: str) -> date | None:
    """By when a letter of today asks for the money; None where the place has not set it."""
    if book_of().find("dunning_answer_days", region, today()) is None:
        return None
    return today() + timedelta(days=whole("dunning_answer_days", region, today()))


def months_in_arrears(lease: Lease, on: date | None = None) -> int:
    """In how many months altogether the rent of a lease is late and unpaid on a day (11号令 §29: 累计)."""
    rows = Bill.objects.filter(
        account__lease=lease, item__in=("rent", "transition", "occupation_fee"), open_fen__gt=0, due_on__lt=on or today()
    )  # fmt: skip
    return arrears_months(rows.values_list("period", "account__cycle", "open_fen"))


def overdue_fen(account: RentAccount, before: date) -> int:
    """What is open on the bills whose day was before ``before``."""
    found = Bill.objects.filter(account=account, open_fen__gt=0, due_on__lt=before)
    return int(found.aggregate(fen=Sum("open_fen"))["fen"] or 0)


# --- instalment plans --------------------------------------------------------------------------------------


@transaction.atomic
def propose_plan(
    actor: Actor, lease_number: str, version: int | None, *, months: int, reason: str, case_number: str = ""
) -> InstalmentPlan:
    """Propose to spread what is overdue over some months, because the household asked for it.

    Raises:
        RentRefused: a plan is open already; InputError: nothing is overdue, too many months.
    """
    account = locked(actor, lease_number, version, MAKERS, "提出分期")
    if InstalmentPlan.objects.filter(account=account, state__in=("proposed", "active")).exists():
        raise RentRefused("open", "已有一份分期计划", where=lease_number, advice="请在那一份上办理。")
    total, region, day = overdue_fen(account, today()), account.lease.region, today()
    check_plan(total, months, whole("instalment_months_max", region, day))
    plan = InstalmentPlan.objects.create(
        account=account, number=new_number("FQ", region, day), months=months, total_fen=total, case_number=case_number,
        reason=said(reason, "困难情况"), made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    rates = instalments(total, months, plus_months(month_code(day), 1), whole("rent_due_day", region, day))
    Instalment.objects.bulk_create(
        [Instalment(plan=plan, number=one.number, due_on=one.due_on, amount_fen=one.amount_fen) for one in rates]
    )  # fmt: skip
    touched(account)
    record(
        actor, "rent.plan.propose", plan, reason=plan.reason,
        after={"lease": lease_number, "total_fen": total, "months": months}, agency_id=account.agency_id,
    )  # fmt: skip
    return plan


@transaction.atomic
def decide_plan(
    actor: Actor, number: str, version: int | None, *, approved: bool, note: str = ""
) -> InstalmentPlan:
    """Approve a plan or not: somebody else than who proposed it.

    Raises:
        RentRefused: decided already, proposed by the same person, refused without a reason.
    """
    seen = access_plan(actor, number)
    account = locked(actor, seen.account.lease.number, version, CONFIRMERS, "批准分期")
    plan = InstalmentPlan.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if plan.state != "proposed":
        raise RentRefused("state", "这份计划已经办理", where=number, advice="请刷新页面。")
    need_other(actor, plan.made_by_id, number)
    plan.note = said(note, "意见", needed=not approved)
    plan.state = "active" if approved else "refused"
    plan.confirmed_by_id, plan.confirmed_at = actor.account_id, timezone.now()
    plan.save(update_fields=["state", "note", "confirmed_by", "confirmed_at"])
    touched(account)
    first = plan.rates.order_by("number")[:1].get()
    tell_tenant(
        account, f"plan:{number}",
        "分期缴纳已同意" if approved else "分期缴纳未获同意",
        f"计划 {number}：欠租 {yuan_text(plan.total_fen)} 分 {plan.months} 期，首期 {yuan_text(first.amount_fen)}，请在{first.due_on:%Y年%-m月%-d日}前缴纳；当月租金照常缴纳。履行期间不再催缴。"
        if approved
        else f"计划 {number} 未获同意：{plan.note}。有异议的，可以向我们申请复核，或在 60 日内申请行政复议。",
    )  # fmt: skip
    record(
        actor, "rent.plan.decide", plan, reason=plan.note, after={"state": plan.state}, agency_id=account.agency_id
    )  # fmt: skip
    return plan


@transaction.atomic
def review_plans(agency: Agency, on: date | None = None) -> Counter[str]:
    """See which plans are paid off and which are not kept; the latter are told, and the reminders go on where they were."""
    day, found = on or today(), Counter[str]()
    for plan in InstalmentPlan.objects.filter(account__agency=agency, state="active").order_by("pk"):
        account = (
            RentAccount.objects.select_for_update(of=("self",))
            .select_related("lease__tenant", "lease__household")
            .get(pk=plan.account_id)
        )
        grace = whole("instalment_grace_days", account.lease.region, day)
        rates = [Rate(one.number, one.due_on, one.amount_fen) for one in plan.rates.order_by("number")]
        open_fen = overdue_fen(account, day - timedelta(days=grace))
        state = plan_stands(rates, account.owed_fen, open_fen, day, grace)
        if state == "active":
            continue
        plan.state, plan.ended_on = state, day
        plan.save(update_fields=["state", "ended_on"])
        found[state] += 1
        tell_tenant(
            account, f"plan:{plan.number}:{state}",
            "分期已缴清" if state == "kept" else "分期没有按期缴纳",
            f"计划 {plan.number} 的欠租已全部缴清，谢谢您。" if state == "kept"
            else f"计划 {plan.number} 没有按期缴纳，现在逾期 {yuan_text(open_fen)}。请尽快补缴；仍有困难的，可以重新申请分期或减免。",
        )  # fmt: skip
        record(
            CLOCK, "rent.plan.end", plan, after={"state": state, "overdue_fen": open_fen}, agency_id=agency.pk
        )
    return found


def step_text(step: str) -> str:
    """A step in words."""
    return STEPS[step]
