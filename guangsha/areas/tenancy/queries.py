"""What pages show of leases: lists, one lease with all that belongs to it, what comes next. Lists are bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from guangsha.areas.intake.queries import hindered_cases
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.access import leases_of
from guangsha.areas.tenancy.actions.effects import EFFECTS
from guangsha.areas.tenancy.actions.exits import window_of
from guangsha.areas.tenancy.facts import EXIT_OPEN, VIOLATION_OPEN
from guangsha.areas.tenancy.models import Lease, LeaseChange
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.models_exit import Ban, Exit, Hearing, Violation
from guangsha.areas.tenancy.models_swap import Swap, SwapLeg
from guangsha.areas.tenancy.rules import CourtWindow, months_later
from guangsha.areas.tenancy.terms import ground_months, tier_name
from guangsha.audit.actor import Actor
from guangsha.privacy.masks import mask_name

SHOWN = 60
HOOKS_SHOWN = 30
ENDING_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Why:
    """How a rent came about, as a person reads it."""

    tier: str
    reason: str
    steps: tuple[tuple[str, str, str], ...]
    sources: tuple[tuple[str, str, str], ...]


def why_of(kept: Mapping[str, Any]) -> Why | None:
    """How a rent came about; None where nothing was kept."""
    if not kept:
        return None
    chosen = str(kept.get("chosen") or "")
    used = {row["title"]: (row["title"], row["value"], _source(row)) for row in kept.get("parameters", ())}
    steps = tuple((title, how, result) for title, how, result in kept.get("worked", ()))
    return Why(tier_name(chosen), str(kept.get("reason", "")), steps, tuple(used.values()))


def _source(parameter: Mapping[str, Any]) -> str:
    cited = parameter["citation"]
    return f"《{cited['document']}》（{cited['number']}）{cited['article']}"


def listed(actor: Actor, scope: str, text: str) -> QuerySet[Lease]:
    """The leases of a list: ``todo`` (something waits for staff), ``active``, ``ending``, ``leaving``, ``ended``, ``all``."""
    changes = LeaseChange.objects.filter(lease=OuterRef("pk"), state="proposed")
    grants = AccessGrant.objects.filter(lease=OuterRef("pk")).filter(
        Q(state="asked") | (Q(state="active") & ~Q(stop_reason=""))
    )
    exits = Exit.objects.filter(lease=OuterRef("pk"), state__in=EXIT_OPEN)
    rows = (
        leases_of(actor)
        .select_related("household__community", "tenant", "dwelling__estate")
        .annotate(open_change=Exists(changes), open_grant=Exists(grants), open_exit=Exists(exits))
    )
    if text:
        rows = rows.filter(
            Q(number=text)
            | Q(household__number=text)
            | Q(tenant__name=text)
            | Q(dwelling__number=text)
            | Q(dwelling__code=text)
        )
    today = timezone.localdate()
    if scope == "todo":
        waiting = (
            Q(open_change=True)
            | Q(open_grant=True)
            | Q(open_exit=True)
            | Q(state__in=("pending_sign", "renewing"))
        )
        rows = rows.filter(waiting | Q(state="active", handed_over_on=None))
    elif scope == "active":
        rows = rows.filter(state__in=("active", "renewing"))
    elif scope == "ending":
        rows = rows.filter(
            state="active", ends_on__gte=today, ends_on__lte=months_later(today, ENDING_MONTHS)
        )
        return rows.order_by("ends_on", "pk")
    elif scope == "leaving":
        rows = rows.filter(state__in=("notice", "transition", "holding_over", "litigation"))
    elif scope == "ended":
        rows = rows.filter(state="ended")
    return rows.order_by("-pk")


def tally(actor: Actor) -> dict[str, int]:
    """How many leases are in each state."""
    found = leases_of(actor).order_by().values("state").annotate(count=Count("pk"))
    return {row["state"]: row["count"] for row in found}


def violations_listed(actor: Actor, scope: str) -> QuerySet[Violation]:
    """Violations of the actor's leases: open ones or all, the oldest open one first."""
    rows = Violation.objects.filter(lease__in=leases_of(actor).values("pk")).select_related(
        "lease__tenant", "lease__dwelling__estate"
    )
    if scope == "open":
        return rows.filter(state__in=VIOLATION_OPEN).order_by("found_on", "pk")
    return rows.order_by("-pk")


def hindered(actor: Actor) -> list[tuple[str, str, str]]:
    """Decided cases that could not become a lease or a change: number, who, why."""
    waiting = hindered_cases(EFFECTS, actor.scope, HOOKS_SHOWN)
    return [(hook.case.number, mask_name(hook.case.applicant.name), hook.hindrance) for hook in waiting]


@dataclass(frozen=True, slots=True)
class File:
    """Everything of a lease on one screen."""

    occupants: list[Any]
    handovers: list[Any]
    changes: list[LeaseChange]
    violations: list[Violation]
    exits: list[Exit]
    grants: list[AccessGrant]
    devices: list[Any]
    hearings: list[Hearing]
    bans: list[Ban]
    signatures: list[Any]
    swaps: list[Swap]
    owed_fen: int
    #: Months in which rent is owed, and how many make a ground under this contract.
    owed_months: int
    arrears_limit: int
    idle_limit: int
    open_reasons: tuple[str, ...]
    why: Why | None


def file_of(lease: Lease) -> File:
    """Everything of a lease, each list bounded."""
    dwelling = lease.dwelling
    devices = [
        *dwelling.devices.filter(retired_on=None)[:20],
        *dwelling.entrance.devices.filter(retired_on=None)[:20],
    ]
    return File(
        occupants=list(lease.occupants.select_related("person").order_by("until", "pk")[:SHOWN]),
        handovers=list(lease.handovers.select_related("made_by").order_by("pk")),
        changes=list(
            lease.changes.select_related("person", "made_by", "confirmed_by").order_by("-number")[:SHOWN]
        ),
        violations=list(lease.violations.order_by("-pk")[:SHOWN]),
        exits=list(
            lease.exits.select_related("violation", "made_by", "decided_by", "hearing")
            .prefetch_related("steps__made_by")
            .order_by("-pk")[:SHOWN]
        ),
        grants=list(lease.grants.select_related("person").order_by("state", "pk")[:SHOWN]),
        devices=devices,
        hearings=list(lease.hearings.order_by("-pk")[:SHOWN]),
        bans=list(
            lease.bans.select_related("person").prefetch_related("lifts__made_by").order_by("-until")[:SHOWN]
        ),
        signatures=list(lease.sign_requests.order_by("-pk")[:10]),
        swaps=list(
            Swap.objects.filter(Q(legs__lease=lease) | Q(legs__follower=lease))
            .distinct()
            .order_by("-pk")[:10]
        ),
        owed_fen=(owed := hooks.owed_fen(lease)),
        owed_months=hooks.months_owed(lease, timezone.localdate()) if owed else 0,
        arrears_limit=ground_months(lease, "arrears", timezone.localdate()),
        idle_limit=ground_months(lease, "idle", timezone.localdate()),
        open_reasons=hooks.why_not_settled(lease),
        why=why_of(lease.kept),
    )


def window_shown(found: Exit) -> CourtWindow | None:
    """When the court may be asked, where that is near."""
    return window_of(found) if found.state in ("holding_over", "demanded") else None


def banned_households(households: Sequence[int], on: date) -> dict[int, str]:
    """Households in which somebody who counts may not apply anew on a day (11号令 §36), and why, in one sentence without a name."""
    rows = Ban.objects.filter(
        person__memberships__household_id__in=households, person__memberships__ended_on=None,
        person__memberships__counted=True, starts_on__lte=on, until__gte=on, lifted_on=None,
    )  # fmt: skip
    found = rows.order_by("until").values_list(
        "person__memberships__household_id", "until", "article", "lease__number"
    )
    return {
        household: f"家庭成员中有人至 {until:%Y年%-m月%-d日}不得再次申请公租房（{article}，合同 {lease} 的违规处理决定）"
        for household, until, article, lease in found
    }


def newest_leases(actor: Actor, most: int = 3) -> list[Lease]:
    """The newest leases of somebody's household, for a page that leads to them."""
    if not actor.person_id:
        return []
    rows = leases_of(actor).select_related("dwelling__estate")
    return list(rows.order_by("-starts_on", "-pk")[:most])


def follower_of(lease: Lease) -> Lease | None:
    """The lease that took the place of one that ended (renewed, swapped)."""
    return Lease.objects.filter(follows=lease).first() if lease.state == "ended" else None


def offer_of(lease: Lease) -> SwapLeg | None:
    """The dwelling that a household is asked to agree to, while it has not answered."""
    legs = SwapLeg.objects.filter(lease=lease, is_open=True, swap__state="proposed", agreed_on=None)
    return legs.select_related("swap", "lease", "dwelling__estate").first()


def what_next(lease: Lease) -> str:
    """One sentence on what happens next, for the household."""
    found = lease.exits.filter(state__in=EXIT_OPEN).order_by("-pk").first()
    if lease.state == "ended":
        return f"合同已终止：{lease.get_end_reason_display()}。"
    if lease.state == "pending_sign" and lease.is_of_swap:
        return f"这是调换住房的新合同，请于 {lease.starts_on:%Y年%-m月%-d日} 到场交接时签订。"
    if lease.state == "pending_sign":
        return (
            "请到窗口签订合同，签订后办理入住交接。"
            if lease.signed_on is None
            else "续签合同已签字，到期自动衔接。"
        )
    if lease.handed_over_on is None:
        return "合同已签订，请按约定时间办理入住交接、领取钥匙。"
    asked = lease.hearings.filter(outcome="").order_by("due_on").first()
    if asked is not None:
        return f"有一件事请您说明意见，{asked.due_on:%Y年%-m月%-d日} 前有效。作出决定前您家照常居住。"
    if found is not None and found.state == "checking":
        return "房屋已交还，正在结算费用和押金。"
    if found is not None and found.leave_by is not None:
        late = timezone.localdate() > found.leave_by
        day = f"{found.leave_by:%Y年%-m月%-d日}"
        return (
            f"腾退期限 {day} 已过，请尽快与我们联系。"
            if late
            else f"请在 {day} 前交还住房，可以预约退房查验。"
        )
    if lease.state == "renewing":
        return "续租申请已登记，正在重新核对家庭情况。"
    if lease.ends_on <= months_later(timezone.localdate(), ENDING_MONTHS):
        return f"合同到 {lease.ends_on:%Y年%-m月%-d日} 期满，需要续租的请提前三个月申请。"
    return f"合同到 {lease.ends_on:%Y年%-m月%-d日} 期满。"
