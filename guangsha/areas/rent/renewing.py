"""Reliefs that end soon (W5: at most twelve months): computed anew from the statuses of civil affairs that still stand.

Nobody loses a relief because an office forgot it: while the status stands the next term waits for one confirmation, and one that is
confirmed late makes the bills smaller again. Where no status stands the household is told in time how to apply or to object.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from guangsha.areas.rent.actions.base import tell_tenant, touched
from guangsha.areas.rent.actions.terms import compute_rent, propose_written, statuses_of
from guangsha.areas.rent.models import RentAccount, RentTerm
from guangsha.audit.actor import CLOCK

#: How long before the end of a relief the office and the household hear of it.
AHEAD = timedelta(days=60)
BATCH = 2000


def prepare_renewals(day: date) -> tuple[int, int]:
    """Propose the next relief of every account whose relief ends within sixty days; how many, and how many households were told."""
    later = RentTerm.objects.filter(
        account=OuterRef("account"), from_on__gt=OuterRef("relief_until")
    ).exclude(state="dropped")
    ending = (
        RentTerm.objects.filter(
            state="confirmed", kind="contract", relief_until__gte=day, relief_until__lte=day + AHEAD
        )
        .filter(account__until_on=None)
        .exclude(Exists(later))
        .exclude(account__terms__state="proposed")
        .order_by("pk")
    )
    proposed, told = 0, 0
    for key, account_id in list(ending.values_list("pk", "account_id")[:BATCH]):
        done = _renew(key, account_id)
        proposed += done == "proposed"
        told += done == "told"
    return proposed, told


@transaction.atomic
def _renew(key: int, account_id: int) -> str:
    account = (
        RentAccount.objects.select_for_update(of=("self",))
        .select_related("lease__tenant", "lease__household", "agency")
        .get(pk=account_id)
    )
    term = RentTerm.objects.get(pk=key)
    last = RentTerm.objects.filter(account=account, state="confirmed").order_by("-from_on", "-number").first()
    if last is None or last.pk != key or term.relief_until is None:
        return ""
    start = term.relief_until + timedelta(days=1)
    found = compute_rent(account, start, statuses_of(account))
    if found.standard.relief_fen > 0:
        propose_written(CLOCK, account, start, found, reason="减免期满，按民政在册身份重新核定")
        touched(account)
        return "proposed"
    tell_tenant(
        account, f"relief-ends:{key}", "租金减免快到期了",
        f"合同 {account.lease.number} 的租金减免到{term.relief_until:%Y年%-m月%-d日}为止，目前没有查到仍有效的民政救助身份。仍符合条件的，请尽快申请减免；有不同意见的，请告诉我们。",
    )  # fmt: skip
    return "told"
