"""Every family is told its place in the order and what comes next, once, however often the job is killed and runs again.

Source: operations.md §4.1 (result lists out the same day, selection in order), §4.2 item 7.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation.actions.base import drafted_for, today, whole
from guangsha.areas.allocation.facts import QUEUES
from guangsha.areas.allocation.models import Plan, Registration
from guangsha.areas.allocation.rules import Following, what_follows
from guangsha.notify.actions import put_out
from guangsha.people.models import Account

#: Families of one transaction, and transactions of one run of the clock.
BATCH, ROUNDS = 200, 100
#: An order is told from these states on; a plan that was cancelled or is over has told its families otherwise.
TOLD_IN = ("drawn", "selecting")


def tell_orders() -> int:
    """Tell every family of an order that was not told yet; how many.

    A batch is told and marked in one transaction, so that one cut short is told again as a whole, under keys that the outbox knows.
    """
    told = 0
    for _ in range(ROUNDS):
        done = _tell_some()
        told += done
        if done < BATCH:
            break
    return told


@transaction.atomic
def _tell_some() -> int:
    families = list(
        Registration.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(plan__state__in=TOLD_IN, order_number__isnull=False, order_told_at=None)
        .select_related("plan__agency", "waitlist_entry", "household", "applicant")
        .order_by("plan_id", "pk")[:BATCH]
    )
    persons = {one.household.head_id for one in families} | {one.applicant_id for one in families}
    accounts: dict[int | None, list[Account]] = {}
    for account in Account.objects.filter(kind="citizen", person_id__in=persons, is_active=True).order_by(
        "pk"
    ):
        accounts.setdefault(account.person_id, []).append(account)
    after: dict[int, Following] = {}
    messages = []
    for one in families:
        plan = one.plan
        if plan.pk not in after:
            after[plan.pk] = following(plan)
        mine = [
            account
            for person in sorted({one.household.head_id, one.applicant_id})
            for account in accounts.get(person, ())
        ]
        messages += drafted_for(
            one.waitlist_entry, mine, f"order:{plan.number}", f"“{plan.name}”顺序已定：您家第 {one.order_number} 号",
            f"登记号 {one.entry_no}，{QUEUES[one.layout]}第 {one.order_number} 号。{what_follows(one.outcome, after[plan.pk])}",
            link=f"/my/allocation/{one.pk}/", phone=one.applicant.phone,
        )  # fmt: skip
    put_out(messages)
    Registration.objects.filter(pk__in=[one.pk for one in families]).update(order_told_at=timezone.now())
    return len(families)


def following(plan: Plan) -> Following:
    """What comes after the order of a plan."""
    day, region = today(), plan.agency.region_code
    return Following(
        when=f"{plan.selects_on:%Y年%-m月%-d日}起" if plan.selects_on else "日期确定后另行公布，",
        where=plan.place or "公布的选房地点",
        choose_minutes=plan.choose_minutes,
        lock_minutes=plan.lock_minutes,
        sign_days=whole("match_sign_days", region, day) if plan.matching == "machine" else None,
    )
