"""What every act on rent shares: the locked account, who may, the books, figures that follow the bills.

Order of locks: the book of the agency (bills only), accounts by id, bills, the month of the books, the chain of the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db.models import Max, Min, Sum
from django.utils import timezone

from guangsha.areas.intake.actions.numbers import yearly_numbers
from guangsha.areas.registry.models import Membership, Person
from guangsha.areas.rent.access import access_account
from guangsha.areas.rent.models import Bill, RentAccount, RentBook, RentTerm
from guangsha.areas.rent.postings import ACCOUNT_PLAN, Accounts
from guangsha.areas.tenancy.models import Lease
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import TEXT_MAX, said_in_line
from guangsha.ledger.actions import post_many
from guangsha.ledger.facts import Draft, Line
from guangsha.ledger.models import Account
from guangsha.notify.actions import drafted, put_out
from guangsha.people import models as people
from guangsha.people.changed_rows import save_columns
from guangsha.people.recusal import recused_indexes

#: A sentence of somebody, on one line as the books print it.
said = partial(said_in_line, most=TEXT_MAX)

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


#: What a run over many accounts reads of their leases: nothing of it is sealed.
_OF_LEASE = (
    "lease__number",
    "lease__region",
    "lease__arrears_months",
    "lease__tenant_id",
    "lease__household_id",
)
_OF_ACCOUNT = tuple(field.name for field in RentAccount._meta.concrete_fields)


def locked_together(keys: Iterable[int]) -> list[RentAccount]:
    """Accounts by their ids in that order, locked until the commit, each with number and region of its lease."""
    rows = RentAccount.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    return list(rows.select_related("lease").only(*_OF_ACCOUNT, *_OF_LEASE))


def touched(account: RentAccount, *fields: str) -> None:
    """Save these columns and a new version."""
    account.version += 1
    account.save(update_fields=[*fields, "version"])


def book_for(agency_id: int) -> Accounts:
    """The ids of the accounts in which the agency books rent.

    Raises:
        RentRefused: they are not open yet.
    """
    codes = {code: name for name, (code, _, _) in ACCOUNT_PLAN.items()}
    rows = Account.objects.filter(
        fund__in=RentBook.objects.filter(agency=agency_id).values("fund"), code__in=codes, closed_on=None
    )
    found = dict(rows.values_list("code", "pk"))
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
    save_columns(rows, ["owed_fen", "oldest_due_on", "advance_fen", "rebill_from", "version"])


def next_term(account: RentAccount) -> int:
    """The number of the next term; the account is locked."""
    return int(RentTerm.objects.filter(account=account).aggregate(last=Max("number"))["last"] or 0) + 1


def new_number(prefix: str, region: str, day: date) -> str:
    """A number of this room's series: ``TF430699202600012``."""
    return new_numbers(prefix, region, day, 1)[0]


def new_numbers(prefix: str, region: str, day: date, count: int) -> list[str]:
    """So many numbers of one series, taken at once."""
    return yearly_numbers("rent", prefix, region, day, count)


@dataclass(frozen=True, slots=True)
class Word:
    """What a household is told about its rent account; the same ``key`` of an account is told once."""

    account: RentAccount
    key: str
    subject: str
    body: str
    channels: tuple[str, ...] = ("inbox", "sms")


def tell_tenant(
    account: RentAccount, key: str, subject: str, body: str, *, channels: tuple[str, ...] = ("inbox", "sms")
) -> None:
    """Tell the tenant and the household's head, in their inbox and by text; the same ``key`` once."""
    tell_tenants([Word(account, key, subject, body, channels)])


def tell_tenants(words: Sequence[Word]) -> None:
    """Tell many households at once: whose head and tenant have no inbox, the tenant gets a text message. Four statements for
    :data:`CHUNK` of them."""
    for start in range(0, len(words), CHUNK):
        _tell_some(words[start : start + CHUNK])


def _tell_some(words: Sequence[Word]) -> None:
    leases = {
        pk: (tenant, {tenant, head})
        for pk, tenant, head in Lease.objects.filter(
            pk__in={word.account.lease_id for word in words}
        ).values_list("pk", "tenant_id", "household__head_id")
    }
    inboxes: dict[int, list[people.Account]] = defaultdict(list)
    persons = {person for _, both in leases.values() for person in both}
    for inbox in people.Account.objects.filter(person_id__in=persons, kind="citizen", is_active=True):
        inboxes[inbox.person_id or 0].append(inbox)
    lost = {tenant for tenant, both in leases.values() if not any(inboxes.get(person) for person in both)}
    phones = dict(Person.objects.filter(pk__in=lost).values_list("pk", "phone"))
    rows = []
    for word in words:
        lease = word.account.lease
        tenant, both = leases[word.account.lease_id]
        told = f"rent:{lease.number}:{word.key}"
        for inbox in sorted(
            (one for person in both for one in inboxes.get(person, ())), key=lambda one: one.pk
        ):
            rows += drafted(
                inbox, subject=word.subject, body=word.body, key=f"{told}:{inbox.pk}", link=f"/my/rent/{lease.number}/",
                about=lease.number, channels=word.channels,
            )  # fmt: skip
        if phones.get(tenant) and "sms" in word.channels:
            rows += drafted(
                None, subject=word.subject, body=word.body, key=told, about=lease.number, phone=phones[tenant]
            )  # fmt: skip
    put_out(rows)
