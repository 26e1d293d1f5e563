"""What every act on rent shares: the locked account, who may, the books, figures that follow the bills.

Order of locks: the book of the agency (bills only), accounts by id, bills, the month of the books, the chain of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from django.db.models import Max, Min, Q, Sum
from django.utils import timezone

from guangsha.areas.intake.actions.numbers import yearly_number
from guangsha.areas.registry.models import Membership
from guangsha.areas.rent.access import access_account
from guangsha.areas.rent.models import Bill, RentAccount, RentBook, RentTerm
from guangsha.areas.rent.postings import ACCOUNT_PLAN, Accounts
from guangsha.areas.tenancy.models import Lease
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.actions import post_many
from guangsha.ledger.facts import Draft, Line
from guangsha.ledger.models import Account
from guangsha.notify.actions import tell
from guangsha.people import models as people
from guangsha.people.recusal import recused_indexes

#: ``prefix, region, day`` → a number of this room's series.
new_number = partial(yearly_number, "rent")

TEXT_MAX = 300
#: What an entry of the books names as its object.
SOURCE = "rent.account"
#: Rows of one statement to the database.
CHUNK = 2000


class RentRefused(InputError):
    """An act on rent that is not done. ``reason_code`` is stable: ``role``, ``moved``, ``state``, ``four-eyes``, ``kin`` …"""

    code = "rent"

    def __init__(self, reason_code: str, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message, where=where, advice=advice)
        self.reason_code = reason_code


def today() -> date:
    """Today in Beijing."""
    return timezone.localdate()


def said(text: str, where: str, *, needed: bool = True, longest: int = TEXT_MAX) -> str:
    """A sentence of somebody.

    Raises:
        RentRefused: missing, too long, or not printable.
    """
    words = " ".join(text.split())
    if needed and not words:
        raise RentRefused("empty", f"没有填写{where}", where=where, advice=f"请填写{where}。")
    if len(words) > longest or not words.isprintable():
        raise RentRefused("long", f"{where}最多 {longest} 个字，不含控制字符", where=where, advice="请缩短。")
    return words


def need_role(actor: Actor, agency_id: int, roles: frozenset[str], what: str) -> None:
    """Only staff who hold one of ``roles`` over the agency; the clock may do what it is asked.

    Raises:
        RentRefused: somebody else.
    """
    if actor.kind == "system":
        return
    if actor.kind != "staff" or actor.roles_at(agency_id).isdisjoint(roles):
        raise RentRefused("role", f"您的岗位不能{what}", advice="请由有此权限的同事办理。")


def need_no_kin(actor: Actor, lease: Lease) -> None:
    """Nobody decides on the rent of a relative (回避).

    Raises:
        RentRefused: the tenant, or somebody of the household, is one.
    """
    kin = recused_indexes(actor.account_id) if actor.kind == "staff" else frozenset()
    if not kin:
        return
    near = Membership.objects.filter(
        household_id=lease.household_id, ended_on=None, person__identity_index__in=kin
    )
    if near.exists() or lease.tenant.identity_index in kin:
        raise RentRefused(
            "kin", "您与该家庭有亲属关系，应当回避", where=lease.number, advice="请由同事办理。"
        )


def need_other(actor: Actor, made_by: int | None, where: str) -> None:
    """Who confirms is somebody else than who proposed.

    Raises:
        RentRefused
    """
    if actor.account_id and actor.account_id == made_by:
        raise RentRefused(
            "four-eyes", "经办人不能复核自己提出的事项", where=where, advice="请由其他同事复核。"
        )


def locked(
    actor: Actor, lease_number: str, version: int | None, roles: frozenset[str], what: str
) -> RentAccount:
    """The account, locked until the commit, where one of ``roles`` acts.

    Args:
        version: of the page from which the act was asked; None where the act itself tells a repetition.

    Raises:
        NotThere: no such lease, or not this actor's to see.
        RentRefused: another version, not one of those who do this, a relative.
    """
    seen = access_account(actor, lease_number)
    need_role(actor, seen.agency_id, roles, what)
    need_no_kin(actor, seen.lease)
    account = (
        RentAccount.objects.select_for_update(of=("self",))
        .select_related("lease", "lease__tenant", "lease__household", "agency")
        .get(pk=seen.pk)
    )
    if version is not None and account.version != version:
        raise RentRefused(
            "moved", "这份租金账刚被别人办理过", where=lease_number, advice="请刷新页面后再办。"
        )
    return account


def touched(account: RentAccount, *fields: str) -> None:
    """Save these columns and a new version."""
    account.version += 1
    account.save(update_fields=[*fields, "version"])


def book_for(agency_id: int) -> Accounts:
    """The ids of the accounts in which the agency books rent.

    Raises:
        RentRefused: they are not open yet.
    """
    book = RentBook.objects.filter(agency=agency_id).first()
    codes = {code: name for name, (code, _, _) in ACCOUNT_PLAN.items()}
    found = (
        dict(
            Account.objects.filter(fund=book.fund_id, code__in=codes, closed_on=None).values_list(
                "code", "pk"
            )
        )
        if book
        else {}
    )
    if len(found) < len(codes):
        raise RentRefused("accounts", "租金的会计科目还没有开立", advice="请会计先办理“开立租金科目”。")
    return Accounts(**{codes[code]: pk for code, pk in found.items()})


def draft(
    account: RentAccount, key: str, kind: str, reason: str, lines: Sequence[Line], day: date | None = None
) -> Draft:
    """An entry of the books about an account."""
    return Draft(
        account.agency_id, day or today(), kind, f"rent:{key}", reason[:200], tuple(lines), source_type=SOURCE,
        source_id=str(account.pk),
    )  # fmt: skip


def book(actor: Actor, drafts: Sequence[Draft]) -> None:
    """Post what was drafted, in one go; entries without lines are left out."""
    standing = [one for one in drafts if one.lines]
    for start in range(0, len(standing), 50_000):
        post_many(actor, standing[start : start + 50_000])


def refresh(accounts: Iterable[RentAccount], *, version: bool = False) -> None:
    """``owed_fen`` and ``oldest_due_on`` follow the bills; ``advance_fen`` and ``rebill_from`` are saved as they stand on the objects."""
    rows = list(accounts)
    found: dict[int, tuple[int, date]] = {}
    for start in range(0, len(rows), CHUNK):
        part = [row.pk for row in rows[start : start + CHUNK]]
        for pk, fen, oldest in (
            Bill.objects.filter(account__in=part, open_fen__gt=0)
            .order_by()
            .values_list("account")
            .annotate(fen=Sum("open_fen"), oldest=Min("due_on"))
        ):
            found[pk] = (fen, oldest)
    for row in rows:
        row.owed_fen, row.oldest_due_on = found.get(row.pk, (0, None))
        row.version += version
    RentAccount.objects.bulk_update(
        rows, ["owed_fen", "oldest_due_on", "advance_fen", "rebill_from", "version"], batch_size=500
    )


def next_term(account: RentAccount) -> int:
    """The number of the next term; the account is locked."""
    return int(RentTerm.objects.filter(account=account).aggregate(last=Max("number"))["last"] or 0) + 1


def tell_tenant(
    account: RentAccount, key: str, subject: str, body: str, *, link: str = "", channels: Sequence[str] = ("inbox", "sms")
) -> None:  # fmt: skip
    """Tell the tenant and the household's head, in their inbox and by text; the same ``key`` once."""
    lease = account.lease
    told = f"rent:{lease.number}:{key}"
    where = link or f"/my/rent/{lease.number}/"
    persons = {lease.tenant_id, lease.household.head_id}
    found = people.Account.objects.filter(Q(person_id__in=persons), kind="citizen", is_active=True)
    reached = False
    for person in found:
        reached = True
        tell(
            person, subject=subject, body=body, key=f"{told}:{person.pk}", link=where, about=lease.number, channels=channels
        )  # fmt: skip
    if not reached and lease.tenant.phone and "sms" in channels:
        tell(None, subject=subject, body=body, key=told, about=lease.number, phone=lease.tenant.phone)
