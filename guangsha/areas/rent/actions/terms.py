"""What a lease costs: computed, proposed by one, confirmed by another; and the terms that come with the lease itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.registry.models import Membership, SpecialStatus
from guangsha.areas.rent.access import access_term
from guangsha.areas.rent.actions.base import (
    RentRefused,
    locked,
    need_other,
    next_term,
    said,
    tell_tenant,
    today,
    touched,
)
from guangsha.areas.rent.models import RentAccount, RentTerm
from guangsha.areas.rent.parameters import cited, whole
from guangsha.areas.rent.rules import (
    CONFIRMERS,
    MAKERS,
    ORDINARY,
    Standard,
    month_code,
    relief_ends,
    rent_of,
    starts_with_cycle,
)
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.hashing import digest
from guangsha.ledger.rules import yuan_text
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.parameter_files import book_of

#: A relief that ends so soon may be granted anew although the rent stays the same.
RENEWED = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Computed:
    """A rent with everything it was computed from, as the term keeps it."""

    standard: Standard
    decision: Mapping[str, Any]


def statuses_of(account: RentAccount) -> dict[str, str]:
    """The aid statuses of the household that civil affairs confirmed (民政), with where each comes from: type → source."""
    living = Membership.objects.filter(household_id=account.lease.household_id, ended_on=None)
    rows = SpecialStatus.objects.filter(person__in=living.values("person_id"), ended_on=None)
    return dict(rows.order_by("-pk").values_list("kind", "source"))


def compute_rent(account: RentAccount, on: date, statuses: Mapping[str, str]) -> Computed:
    """The rent of a lease on a day, for a household of these statuses; of two reliefs the larger one.

    Raises:
        RuleMissing: the place has not set market rent or shares.
    """
    lease, region = account.lease, account.lease.region
    market = book_of().get("market_rent_m2", region, on)
    shares_of = book_of().get("rent_share", region, on)
    rate = market.at(None)
    table = shares_of.amount if isinstance(shares_of.amount, Mapping) else {ORDINARY: shares_of.amount}
    shares = {str(code): cast(Fraction, share) for code, share in table.items()}
    if not isinstance(rate, Fraction):
        raise InputError("参数“市场租金”不是数", advice="请更正参数文件。")
    area = Decimal(lease.area_m2)
    standard = rent_of(area, rate, shares, statuses)
    decision = {
        "area_m2": str(area), "market_fen_m2": str(rate), "market_fen": standard.market_fen,
        "statuses": [{"type": one, "source": source, "share": str(shares[one]) if one in shares else ""}
                     for one, source in sorted(statuses.items())],
        "ordinary_share": str(shares[ORDINARY]), "share": str(standard.share), "household_type": standard.household_type,
        "gross_fen": standard.gross_fen, "relief_fen": standard.relief_fen, "rent_fen": standard.net_fen,
        "sources": [cited(market), cited(shares_of)], "rounding": "四舍五入到分，只在相乘之后舍入一次",
    }  # fmt: skip
    return Computed(standard, decision)


@transaction.atomic
def propose_term(
    actor: Actor, lease_number: str, version: int | None = None, *, reason: str, heard: str = "", case_number: str = "",
    statuses: Mapping[str, str] | None = None,
) -> RentTerm:  # fmt: skip
    """Propose the rent as it is now to be computed, from the next billing cycle on (W5). No amount is typed.

    Args:
        heard: what the household said; needed where they shall pay more than now (社会救助法 §48).
        statuses: type → source, where a case has just verified them with civil affairs; else those of the register.

    Raises:
        RentRefused: one is proposed already, nothing changes, more is asked and nobody was heard.
        RuleMissing: the place has not set what is needed.
    """
    account = locked(actor, lease_number, version, MAKERS, "核定租金")
    if RentTerm.objects.filter(account=account, state="proposed").exists():
        raise RentRefused(
            "open", "已有一项租金核定等待复核", where=lease_number, advice="请先复核或撤销那一项。"
        )
    words = said(reason, "理由")
    start = starts_with_cycle(today(), account.cycle)
    found = compute_rent(account, start, statuses_of(account) if statuses is None else statuses)
    now = standing_term(account, start)
    until = _relief_end(account, found, start)
    soon = (
        until is not None
        and now is not None
        and now.relief_until is not None
        and now.relief_until < start + RENEWED
    )
    if now and now.rent_fen == found.standard.net_fen and not soon:
        raise RentRefused(
            "same", "应交租金没有变化", where=lease_number, advice="家庭情况变化先在家庭档案登记。"
        )
    more = now is not None and found.standard.net_fen > now.rent_fen
    listened = said(heard, "听取意见情况", needed=more)
    term = propose_written(
        actor, account, start, found, reason=words, heard=listened, case_number=case_number
    )
    touched(account)
    return term


def _relief_end(account: RentAccount, found: Computed, start: date) -> date | None:
    if found.standard.relief_fen <= 0:
        return None
    return relief_ends(start, whole("relief_months_max", account.lease.region, start))


def propose_written(
    actor: Actor, account: RentAccount, start: date, found: Computed, *, reason: str, heard: str = "", case_number: str = ""
) -> RentTerm:  # fmt: skip
    """Write a computed rent down as proposed, with its line in the log. The account is locked."""
    term = _write(
        account, "contract", start, found, reason=reason, heard=heard, case_number=case_number,
        relief_until=_relief_end(account, found, start), made_by_id=actor.account_id or None,
    )  # fmt: skip
    record(
        actor, "rent.term.propose", term, reason=reason,
        after={"lease": account.lease.number, "from": start, "gross_fen": term.gross_fen, "rent_fen": term.rent_fen, "digest": term.digest},
        agency_id=account.agency_id,
    )  # fmt: skip
    return term


def standing_term(account: RentAccount, on: date) -> RentTerm | None:
    """The confirmed term that counts on a day."""
    return (
        RentTerm.objects.filter(account=account, state="confirmed", from_on__lte=on)
        .order_by("-from_on", "-number")
        .first()
    )


def _write(account: RentAccount, kind: str, start: date, found: Computed, **more: Any) -> RentTerm:
    standard = found.standard
    decision = dict(found.decision)
    return RentTerm.objects.create(
        account=account, number=next_term(account), kind=kind, from_on=start, household_type=standard.household_type,
        area_m2=account.lease.area_m2, market_fen=standard.market_fen, gross_fen=standard.gross_fen, rent_fen=standard.net_fen,
        share=round(Decimal(standard.share.numerator) / Decimal(standard.share.denominator), 6), decision=cast(Any, decision),
        digest=digest(decision), made_at=timezone.now(), **more,
    )  # fmt: skip


@transaction.atomic
def confirm_term(actor: Actor, key: int, version: int | None = None, *, note: str = "") -> RentTerm:
    """Confirm a proposed rent: by somebody else than who proposed it. Bills from its first day on follow it.

    Raises:
        RentRefused: confirmed or dropped already, proposed by the same person, its numbers do not fit its digest.
    """
    seen = access_term(actor, key)
    account = locked(actor, seen.account.lease.number, version, CONFIRMERS, "复核租金")
    term = RentTerm.objects.select_for_update(of=("self",)).get(pk=key)
    if term.state != "proposed":
        raise RentRefused("state", "这项核定已经办理", where=account.lease.number, advice="请刷新页面。")
    need_other(actor, term.made_by_id, account.lease.number)
    if digest(dict(term.kept)) != term.digest:
        raise RentRefused(
            "digest", "计算过程与摘要不符", where=account.lease.number, advice="请撤销后重新核定。"
        )
    term.state, term.confirmed_by_id, term.confirmed_at = (
        "confirmed",
        actor.account_id or None,
        timezone.now(),
    )
    term.note = said(note, "复核意见", needed=False)
    term.save(update_fields=["state", "confirmed_by", "confirmed_at", "note"])
    _bill_again(account, term.from_on)
    touched(account, "rebill_from")
    tell_tenant(
        account,
        f"term:{term.number}",
        "租金标准有调整",
        f"合同 {account.lease.number}：自{term.from_on:%Y年%-m月%-d日}起每月应交租金 {yuan_text(term.rent_fen)}。"
        + (
            f"其中减免 {yuan_text(term.gross_fen - term.rent_fen)}，到{term.relief_until:%Y年%-m月%-d日}为止。"
            if term.relief_until
            else ""
        )
        + "有异议的，可在收到之日起 60 日内申请行政复议，或在 6 个月内提起行政诉讼。",
    )
    record(
        actor, "rent.term.confirm", term, reason=term.note,
        after={"lease": account.lease.number, "from": term.from_on, "rent_fen": term.rent_fen, "digest": term.digest},
        agency_id=account.agency_id,
    )  # fmt: skip
    return term


@transaction.atomic
def drop_term(actor: Actor, key: int, version: int | None = None, *, reason: str) -> RentTerm:
    """Not to adopt a proposed rent; the one that stands goes on."""
    seen = access_term(actor, key)
    account = locked(actor, seen.account.lease.number, version, MAKERS | CONFIRMERS, "撤销租金核定")
    term = RentTerm.objects.select_for_update(of=("self",)).get(pk=key)
    if term.state != "proposed":
        raise RentRefused("state", "这项核定已经办理", where=account.lease.number, advice="请刷新页面。")
    term.state, term.note = "dropped", said(reason, "理由")
    term.save(update_fields=["state", "note"])
    touched(account)
    record(actor, "rent.term.drop", term, reason=term.note, agency_id=account.agency_id)
    return term


def _bill_again(account: RentAccount, start: date) -> None:
    """Bills from this day on are made anew. The account is locked and the caller saves it."""
    month = month_code(start)
    account.rebill_from = min(account.rebill_from or month, month)


def term_of_lease(
    actor: Actor, account: RentAccount, kind: str, start: date, rent_fen: int, market_fen: int, household_type: str, *, reason: str,
    case_number: str = "",
) -> RentTerm:  # fmt: skip
    """A term that comes with an act on the lease (signed, changed, moving time, holding over): two people decided it there. The account
    is locked; the caller records.

    The ordinary share of the market rent is the gross amount where the place has set it, so that what a tier saves is seen as relief.
    """
    share = Fraction(rent_fen, market_fen) if market_fen else Fraction(0)
    gross = rent_fen
    found = book_of().find("rent_share", account.lease.region, start) if kind == "contract" else None
    if found is not None and isinstance(found.amount, Mapping) and ORDINARY in found.amount:
        ordinary = Fraction(cast(Any, found.amount[ORDINARY])) * market_fen
        gross = max(rent_fen, (2 * ordinary.numerator + ordinary.denominator) // (2 * ordinary.denominator))
    standard = Standard(market_fen, gross, rent_fen, household_type, share)
    decision = {
        "lease": account.lease.number, "kind": kind, "from": start.isoformat(), "area_m2": str(account.lease.area_m2),
        "market_fen": market_fen, "gross_fen": gross, "relief_fen": gross - rent_fen, "rent_fen": rent_fen,
        "household_type": household_type, "share": str(share), "statuses": [], "sources": [cited(found)] if found else [],
    }  # fmt: skip
    until = None
    if kind == "contract" and gross > rent_fen and household_type in TYPE_BY_CODE:
        until = relief_ends(
            date(start.year, start.month, 1), whole("relief_months_max", account.lease.region, start)
        )
    term = _write(
        account, kind, start, Computed(standard, decision), reason=said(reason, "理由"), case_number=case_number,
        relief_until=until, made_by=None,
    )  # fmt: skip
    term.state, term.confirmed_by_id, term.confirmed_at = (
        "confirmed",
        actor.account_id or None,
        timezone.now(),
    )
    term.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    _bill_again(account, start)
    return term
