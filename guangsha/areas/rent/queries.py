"""What pages show of rent: bills by state, arrears by step, one account with everything on it, what waits for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from guangsha.areas.intake.queries import hindered_cases
from guangsha.areas.rent.access import accounts_of, letters_of
from guangsha.areas.rent.actions.effects import EFFECT
from guangsha.areas.rent.facts import LATE, LETTERS, STEPS
from guangsha.areas.rent.models import Bill, RentAccount, RentTerm
from guangsha.areas.rent.models_after import (
    Adjustment,
    Dunning,
    DunningDelivery,
    InstalmentPlan,
    Refund,
    Settlement,
)
from guangsha.areas.rent.rules import age_band, month_text
from guangsha.audit.actor import Actor
from guangsha.kernel.numbers import plain
from guangsha.ledger.rules import yuan_text
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.privacy.masks import mask_name

HOOKS_SHOWN, WAITING_SHOWN, BILLS_SHOWN, LETTERS_SHOWN = 50, 50, 36, 100
#: Which bills a tab shows.
SCOPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": ("待缴", ("issued", "part_paid")),
    "late": ("逾期", LATE),
    "paid": ("已缴清", ("paid",)),
    "written_off": ("已核销", ("written_off",)),
    "all": ("全部", ()),
}


def bills_of(actor: Actor, scope: str, wanted: str = "") -> QuerySet[Bill]:
    """The bills that the actor may see, the oldest due first; ``wanted`` a lease number or the tenant's name."""
    found = Bill.objects.filter(account__in=accounts_of(actor)).select_related(
        "account__lease__tenant", "account__lease__dwelling"
    )
    if states := SCOPES[scope][1]:
        found = found.filter(state__in=states)
    if wanted:
        found = found.filter(account__lease__number__icontains=wanted) | found.filter(
            account__lease__tenant__name=wanted
        )
    return found.order_by("-period" if scope in ("paid", "all") else "due_on", "pk")


def figures_of(actor: Actor, day: date) -> Mapping[str, int]:
    """This month's billed and collected, and what is late, in fen; and how many households are late."""
    mine = accounts_of(actor).order_by()
    month = day.year * 100 + day.month
    bills = Bill.objects.filter(account__in=mine.values("pk")).order_by()
    this = bills.filter(period=month).aggregate(net=Sum("net_fen"), paid=Sum("paid_fen"))
    late = bills.filter(open_fen__gt=0, due_on__lt=day).aggregate(
        fen=Sum("open_fen"), households=Count("account", distinct=True)
    )
    return {"net": this["net"] or 0, "paid": this["paid"] or 0, "late": late["fen"] or 0, "households": late["households"] or 0}  # fmt: skip


def month_sums(actor: Actor, period: int) -> Mapping[str, int]:
    """What was billed for a month (202611) and what became of it, in fen; one query."""
    bills = Bill.objects.filter(
        period=period, account__in=accounts_of(actor).order_by().values("pk")
    ).order_by()
    sums = bills.aggregate(
        bills=Count("pk"), net_fen=Sum("net_fen"), paid_fen=Sum("paid_fen"), waived_fen=Sum("waived_fen"), open_fen=Sum("open_fen"),
    )  # fmt: skip
    return {"period": period, **{name: found or 0 for name, found in sums.items()}}


def arrears_of(actor: Actor, step: str = "") -> QuerySet[RentAccount]:
    """The accounts with something late or soon due, the oldest first; all steps or one of them."""
    found = (
        accounts_of(actor)
        .exclude(step="none")
        .exclude(oldest_due_on=None)
        .select_related("lease__tenant", "lease__dwelling", "lease__household__community")
    )
    return (found.filter(step=step) if step else found).order_by("oldest_due_on", "pk")


def arrears_tally(actor: Actor) -> list[tuple[str, str, int, int]]:
    """Step, its word, how many accounts stand there, and what they owe."""
    rows = (
        accounts_of(actor)
        .exclude(oldest_due_on=None)
        .order_by()
        .values_list("step")
        .annotate(n=Count("pk"), fen=Sum("owed_fen"))
    )
    found = {step: (n, fen or 0) for step, n, fen in rows}
    return [(step, word, *found.get(step, (0, 0))) for step, word in STEPS.items() if step != "none"]


def letters_waiting(actor: Actor) -> QuerySet[Dunning]:
    """Dunning letters of households that still owe, which nobody has handed over; of an account the last one only."""
    later = Dunning.objects.filter(account=OuterRef("account"), step__in=LETTERS, pk__gt=OuterRef("pk"))
    handed = DunningDelivery.objects.filter(dunning=OuterRef("pk")).exclude(way="failed")
    found = letters_of(actor).filter(account__owed_fen__gt=0).exclude(Exists(later)).exclude(Exists(handed))
    return found.select_related(
        "account__lease__tenant", "account__lease__dwelling__estate", "account__lease__dwelling__building__estate", "account__agency"
    ).prefetch_related("deliveries__made_by").order_by("-made_at", "-pk")  # fmt: skip


def letters_by_building(actor: Actor) -> list[tuple[int, str, int]]:
    """Id and name of each building with waiting letters, and how many; the most first."""
    rows = (
        letters_waiting(actor)
        .order_by()
        .values_list(
            "account__lease__dwelling__building", "account__lease__dwelling__estate__name", "account__lease__dwelling__building__number"
        )
        .annotate(n=Count("pk"))
        .order_by("-n", "account__lease__dwelling__building")
    )  # fmt: skip
    return [(key, f"{estate}{number}栋", n) for key, estate, number, n in rows[:LETTERS_SHOWN]]


def age_of(account: RentAccount) -> str:
    """How old the oldest unpaid bill is."""
    return age_band(account.oldest_due_on, timezone.localdate()) if account.oldest_due_on else "—"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for somebody: what, whose, which page."""

    kind: str
    lease: str
    tenant: str
    text: str
    by: str


def waiting(actor: Actor) -> list[Waiting]:
    """What is proposed and waits for another person, or for finance; the oldest first in each kind."""
    mine = accounts_of(actor).values("pk")
    found: list[Waiting] = []

    def add(kind: str, account: RentAccount, text: str, by: Any) -> None:
        found.append(
            Waiting(
                kind,
                account.lease.number,
                mask_name(account.lease.tenant.name),
                text,
                by.name if by else "系统",
            )
        )

    terms = RentTerm.objects.filter(account__in=mine, state="proposed")
    for term in terms.select_related("account__lease__tenant", "made_by").order_by("pk")[:WAITING_SHOWN]:
        add(
            "租金核定",
            term.account,
            f"{term.from_on:%Y年%-m月}起每月 {yuan_text(term.rent_fen)}",
            term.made_by,
        )
    plans = InstalmentPlan.objects.filter(account__in=mine, state="proposed")
    for plan in plans.select_related("account__lease__tenant", "made_by").order_by("pk")[:WAITING_SHOWN]:
        add("分期计划", plan.account, f"{yuan_text(plan.total_fen)} 分 {plan.months} 期", plan.made_by)
    changes = Adjustment.objects.filter(bill__account__in=mine, state="proposed")
    for one in changes.select_related("bill__account__lease__tenant", "made_by").order_by("pk")[
        :WAITING_SHOWN
    ]:
        add(one.get_kind_display(), one.bill.account, f"{month_text(one.bill.period)}账单减少 {yuan_text(one.fen)}", one.made_by)  # fmt: skip
    back = Refund.objects.filter(account__in=mine, state__in=("proposed", "confirmed"))
    for refund in back.select_related("account__lease__tenant", "made_by").order_by("pk")[:WAITING_SHOWN]:
        add(f"退付（{refund.get_state_display()}）", refund.account, f"{refund.get_source_display()} {yuan_text(refund.amount_fen)}", refund.made_by)  # fmt: skip
    ends = Settlement.objects.filter(account__in=mine, state__in=("proposed", "confirmed"))
    for end in ends.select_related("account__lease__tenant", "made_by").order_by("pk")[:WAITING_SHOWN]:
        add(f"退房结算（{end.get_state_display()}）", end.account, f"{end.handed_back_on:%Y年%-m月%-d日}退房", end.made_by)  # fmt: skip
    return found


def hindered(actor: Actor) -> list[tuple[str, str, str]]:
    """Decided cases that wait for something to be mended: number, applicant, why."""
    if actor.kind != "staff":
        return []
    waiting = hindered_cases((EFFECT,), actor.scope, HOOKS_SHOWN)
    return [(hook.case.number, mask_name(hook.case.applicant.name), hook.hindrance) for hook in waiting]


@dataclass(frozen=True, slots=True)
class Why:
    """How a month's rent came about, in words and numbers of its own."""

    steps: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    statuses: tuple[str, ...]


def why_of(term: RentTerm) -> Why:
    """The numbers of a term as a person reads them."""
    kept = term.kept
    kind = TYPE_BY_CODE.get(term.household_type)
    rate = Fraction(str(kept["market_fen_m2"])) / 100 if "market_fen_m2" in kept else None
    area = f"{plain(term.area_m2)} ㎡ × {float_free(rate)} 元 ＝ " if rate is not None else ""
    steps = [("市场租金", f"{area}{yuan_text(term.market_fen)}{'' if area else '（按租赁合同）'}")]
    if term.gross_fen != term.rent_fen:
        steps.append(("标准租金", yuan_text(term.gross_fen)))
        steps.append(("减免", f"－{yuan_text(term.gross_fen - term.rent_fen)}"))
    name = kind.name if kind else "一般承租家庭"
    share = plain((term.share * 100).quantize(term.share.__class__("0.01")).normalize())
    steps.append(("应交租金", f"市场租金的 {share}%（{name}）＝ {yuan_text(term.rent_fen)}/月"))
    sources = tuple(
        f"《{one['document']}》（{one['number']}）{one['article']}" for one in kept.get("sources", ())
    )
    statuses = tuple(
        f"{TYPE_BY_CODE[one['type']].name if one['type'] in TYPE_BY_CODE else one['type']}（{one['source']}）"
        for one in kept.get("statuses", ())
    )
    return Why(tuple(steps), tuple(dict.fromkeys(sources)), statuses)


def float_free(value: Fraction) -> str:
    """An exact price a square metre as people write it: two decimals, more only where there are more."""
    scaled = value * 10_000
    text = (
        f"{scaled.numerator // scaled.denominator:05d}" if scaled.denominator == 1 else f"{round(scaled):05d}"
    )
    whole, part = text[:-4], text[-4:]
    return f"{whole}.{part[:2]}{part[2:].rstrip('0')}"


def newest_accounts(actor: Actor, most: int = 3) -> list[RentAccount]:
    """The newest rent accounts of somebody's household, for a page that leads to them."""
    if not actor.person_id:
        return []
    return list(accounts_of(actor).select_related("lease").order_by("-lease__starts_on", "-pk")[:most])
