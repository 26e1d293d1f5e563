"""What the clock does for leases: it reminds, counts silence as heard, begins signed renewals; it decides nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from guangsha.areas.tenancy.actions.base import heard, keep_act, locked, tell_household, whole
from guangsha.areas.tenancy.actions.violations import close_hearing
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Exit, Hearing
from guangsha.areas.tenancy.rules import months_later, renewal_opens
from guangsha.audit.actor import CLOCK

BATCH = 1000


def remind_renewals(now: datetime) -> int:
    """Households whose lease ends soon are told, twice: when they can ask, and when it is due (11号令 §30)."""
    day, told = timezone.localdate(now), 0
    soon = Lease.objects.filter(state="active", ends_on__gte=day, ends_on__lte=months_later(day, 24))
    for lease in (
        soon.exclude(handed_over_on=None).select_related("tenant", "household").order_by("ends_on")[:BATCH]
    ):
        months = whole("renewal_months", lease.region, day)
        due = renewal_opens(lease.ends_on, months)
        if day < renewal_opens(lease.ends_on, 2 * months):
            continue
        key = "renewal-due" if day >= due else "renewal"
        tell_household(
            lease, key, "租赁合同快到期了",
            f"合同 {lease.number} 到 {lease.ends_on:%Y年%-m月%-d日} 期满。需要续租的，请在 {due:%Y年%-m月%-d日} 前申请；我们会重新核对家庭情况。",
        )  # fmt: skip
        told += 1
    return told


def close_hearings(now: datetime) -> int:
    """Households that were asked and let the time pass count as heard; a person still decides."""
    done = 0
    late = Hearing.objects.filter(outcome="", due_on__lt=timezone.localdate(now)).select_related("lease")
    for row in list(late.order_by("pk")[:BATCH]):
        with transaction.atomic():
            lease = locked(CLOCK, row.lease.number)
            hearing = (
                Hearing.objects.select_for_update(of=("self",))
                .select_related("violation", "exit")
                .get(pk=row.pk)
            )
            if hearing.outcome:
                continue
            heard(hearing, "", "silent", "", None)
            close_hearing(hearing)
            keep_act(CLOCK, lease, "hearing", hearing, after={"outcome": "silent"})
            done += 1
    return done


def remind_leaving(now: datetime) -> int:
    """Households that are to leave within a month are told of the day once; afterwards a person goes and looks."""
    day, told = timezone.localdate(now), 0
    near = Exit.objects.filter(
        state__in=("notice", "transition"), leave_by__gte=day, leave_by__lte=months_later(day, 1)
    )
    for row in (
        near.exclude(served_on=None)
        .select_related("lease__tenant", "lease__household")
        .order_by("pk")[:BATCH]
    ):
        tell_household(
            row.lease, f"exit:{row.number}:near", "腾退期限快到了",
            f"请在 {row.leave_by:%Y年%-m月%-d日} 前交还住房，可以预约退房查验。有困难的请与我们联系。",
        )  # fmt: skip
        told += 1
    return told
