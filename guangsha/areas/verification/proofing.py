"""Whose account is it: the link between a citizen's account and a registered person, and its end.

A code on a phone shows that somebody holds the phone, not who they are. Whoever types a stranger's name and number must not
receive that stranger's letters: before an application is sent and before a result is read the person is proved, at the level
that the service states (``services/*.yaml``, key ``proof``). Four ways: the population register (name, number and phone agree), a
certificate or the city's single sign-on, the counter with the card and a second pair of eyes, a helper under a signed paper
(``areas.intake.actions.proxies``, which needs no account of the person).

One living account for a person. The counter replaces or releases it; the phone that had it is told. A released account is
retired, not emptied: whoever is given the old number later begins with a new one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.registry.actions import person_for
from guangsha.areas.registry.models import Person
from guangsha.areas.registry.rules import clean_name, identity_facts
from guangsha.areas.verification import gateway
from guangsha.areas.verification.adapters import Adapter, NotAuthorized, Question, SourceFault
from guangsha.areas.verification.models import IdentityProof
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.numbers import normalise
from guangsha.notify.actions import tell
from guangsha.people.access import NotThere
from guangsha.people.entrances import sign_in_citizen
from guangsha.people.models import Account
from guangsha.people.prepared import Prepared
from guangsha.people.recusal import must_recuse
from guangsha.privacy.fields import index_of
from guangsha.privacy.masks import mask_phone

#: What a service may ask for (``services/*.yaml``, ``proof``), the weakest first.
LEVELS: Mapping[str, int] = {"phone": 0, "person": 1, "strong": 2}
#: Ways after which somebody has seen a card, or a certificate was shown.
STRONG = frozenset({"certificate", "single_sign_on", "counter"})
#: Who sees cards at a counter; the head of the agency may take the second look too.
COUNTER = ("street_clerk", "community_helper", "district_reviewer")
SECOND = (*COUNTER, "supervisor")
#: Questions to the register in a day: by one account, about one number, from one network address. Names and numbers are guessed
#: by trying; an office or a village behind one address still gets through.
ACCOUNT_DAY, IDENTITY_DAY, ADDRESS_DAY = 5, 10, 60
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
#: A worker that died while it asked is followed by another.
CLAIM = timedelta(minutes=3)
BATCH = 100
PURPOSE = "核验账号本人身份"
ALIVE = ("asked", "second_look", "live")
#: Called inside the transaction that retires an account, with the account that takes its place or None; the room above adds itself.
RETIRED: list[Callable[[Account, Account | None], None]] = []
logger = logging.getLogger("guangsha.verification")


class ProofNeeded(InputError):
    """The person behind the account is not proved as far as this needs."""

    code = "proof-needed"


_STRONGLY_PROVED = Prepared(
    lambda account: Account.objects.filter(pk=account, proved_by__in=STRONG).values_list("id")
)


def proof_level(actor: Actor) -> int:
    """How far a citizen is proved, as a number of :data:`LEVELS`."""
    if actor.kind != "citizen" or not actor.person_id:
        return LEVELS["phone"]
    strong = (
        bool(_STRONGLY_PROVED(actor.account_id)) if actor.proved_by is None else actor.proved_by in STRONG
    )
    return LEVELS["strong" if strong else "person"]


def latest_proof(account_id: int) -> IdentityProof | None:
    """The newest attempt of an account."""
    return IdentityProof.objects.filter(account_id=account_id).order_by("-id").first()


# --- by the population register


def ask_register(actor: Actor, *, name: str, identity: str, agreed: bool, address: str = "") -> IdentityProof:
    """A citizen types their name and number; the register says whether they and the account's phone belong together. It is asked
    at once; where it does not answer, the worker asks again.

    Raises:
        InputError: what was typed cannot be, was not agreed to, or was tried too often.
    """
    if actor.kind != "citizen" or not actor.account_id:
        raise NotThere
    chosen, number = _read(name, identity, agreed=agreed)
    now, place = timezone.now(), index_of("sign-in-address", address)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=actor.account_id)
        _refuse_linked(account)
        _refuse_often(account.pk, index_of("identity", number), place, now)
        proof = IdentityProof.objects.create(
            account=account, way="population", state="asked", name=chosen, identity=number, address_index=place,
            asked_at=now, next_try_at=now,
        )  # fmt: skip
        record(actor, "verification.proof.ask", proof, after={"way": "population"})
    _ask(proof.pk, now)
    proof.refresh_from_db()
    return proof


def _read(name: str, identity: str, *, agreed: bool = True) -> tuple[str, str]:
    """The name and the number as they are kept; everything that is wrong with them is told at once."""
    chosen, number, faults = "", "", []
    try:
        chosen = clean_name(name)
    except InputError as error:
        faults.append(error)
    try:
        number = identity_facts("resident", normalise(identity), on=timezone.localdate()).number
    except InputError as error:
        faults.append(error)
    if not agreed:
        faults.append(
            InputError("请勾选同意核验", where="同意核验", advice="不同意的，可以带身份证到窗口核验。")
        )
    if faults:
        raise InputErrors(faults) if len(faults) > 1 else faults[0]
    return chosen, number


def _refuse_linked(account: Account) -> None:
    if account.person_id:
        raise InputError(
            "这个账号已经核验过身份", where="核验身份", advice="需要更换的，请带身份证到窗口办理。"
        )
    if IdentityProof.objects.filter(account=account, state__in=ALIVE).exists():
        raise InputError("上一次核验还没有结果", where="核验身份", advice="请稍后刷新页面查看。")


def _refuse_often(account_id: int, index: str, place: str, now: datetime) -> None:
    day = IdentityProof.objects.filter(way="population", asked_at__gt=now - timedelta(days=1))
    if (
        day.filter(account_id=account_id).count() >= ACCOUNT_DAY
        or day.filter(identity_index=index).count() >= IDENTITY_DAY
        or (place and day.filter(address_index=place).count() >= ADDRESS_DAY)
    ):
        raise InputError("今天核验的次数过多", where="核验身份", advice="请明天再试，或带身份证到窗口核验。")


def run_due(now: datetime | None = None, adapter: Adapter | None = None) -> int:
    """Ask again where the register did not answer; how many were asked."""
    moment = now or timezone.now()
    due = IdentityProof.objects.filter(state="asked", next_try_at__lte=moment).order_by("next_try_at", "id")
    asked = 0
    for pk in list(due.values_list("pk", flat=True)[:BATCH]):
        asked += _ask(pk, moment, adapter)
    return asked


def _ask(proof_id: int, now: datetime, adapter: Adapter | None = None) -> bool:
    seen = IdentityProof.objects.filter(pk=proof_id, state="asked", next_try_at__lte=now).values_list(
        "next_try_at", flat=True
    )
    for moment in list(seen):
        row = IdentityProof.objects.filter(pk=proof_id, state="asked", next_try_at=moment)
        if not row.update(next_try_at=now + CLAIM):
            return False
        proof = IdentityProof.objects.select_related("account").get(pk=proof_id)
        question = Question(
            f"P{proof.pk}-{proof.attempts + 1}", "population", proof.identity, proof.name, PURPOSE, f"P{proof.pk}",
            proof.account.phone,
        )  # fmt: skip
        try:
            answer = gateway.ask_population(question, now, adapter)
        except (SourceFault, NotAuthorized) as fault:
            _again(proof, now, refused=isinstance(fault, NotAuthorized))
        except Exception:  # an answer that nobody foresaw is no answer
            logger.exception("proof %s failed", proof.pk)
            _again(proof, now)
        else:
            _settle(proof_id, agrees(answer.payload, proof.name))
        return True
    return False


def agrees(payload: Mapping[str, Any], name: str) -> bool:
    """Whether the register says: this living person has this name, and the phone is theirs. What it does not say is not agreed.

    >>> agrees({"name": "李建国", "alive": True, "phone_match": True}, "李建国")
    True
    >>> agrees({"name": "李建国", "alive": True}, "李建国")
    False
    """
    return (
        payload.get("alive") is True
        and payload.get("phone_match") is True
        and "".join(str(payload.get("name", "")).split()) == "".join(name.split())
    )


def _again(proof: IdentityProof, now: datetime, *, refused: bool = False) -> None:
    with transaction.atomic():
        row = IdentityProof.objects.select_for_update(of=("self",)).get(pk=proof.pk)
        if row.state != "asked":
            return
        row.attempts += 1
        if refused or row.attempts > len(RETRY_AFTER):
            _fail(CLOCK, row, "unavailable")
            return
        row.next_try_at = now + RETRY_AFTER[row.attempts - 1]
        row.save(update_fields=["attempts", "next_try_at"])


def _settle(proof_id: int, good: bool) -> None:
    with transaction.atomic():
        proof = IdentityProof.objects.select_for_update(of=("self",)).get(pk=proof_id)
        if proof.state != "asked":
            return  # another worker was faster
        if good:
            _link(CLOCK, proof)
        else:
            _fail(CLOCK, proof, "differs")


# --- by a certificate or the city's single sign-on


def prove_by_claims(account: Account, name: str, identity: str, way: str) -> IdentityProof:
    """The provider vouches for the name and number of whoever is signed in.

    Raises:
        InputError: it does not name a person, the account is linked, or the person has another account.
    """
    if way not in ("certificate", "single_sign_on") or account.kind != "citizen":
        raise NotThere
    chosen, number = _read(name, identity)
    actor = Actor("citizen", account.pk, str(account))
    with transaction.atomic():
        locked = Account.objects.select_for_update().get(pk=account.pk)
        IdentityProof.objects.filter(account=locked, state__in=("asked", "second_look")).update(
            state="failed", next_try_at=None, settled_at=timezone.now()
        )
        _refuse_linked(locked)
        proof = IdentityProof.objects.create(
            account=locked, way=way, state="asked", name=chosen, identity=number, asked_at=timezone.now()
        )
        _link(actor, proof)
    return proof


# --- at the counter


def see_card(
    actor: Actor, *, phone: str, code: str, handle: str, name: str, identity: str, seen: bool, replaces: bool = False, reason: str = "",
) -> IdentityProof:  # fmt: skip
    """Somebody stands at the counter with their card and reads the code that came to their phone. A second colleague looks at it
    before the account is theirs.

    Args:
        seen: the card was seen and is the person's who shows it.
        replaces: the account that they had until now gives way; needs a reason.

    Raises:
        InputError: not this actor's to do, a wrong code, or another account is there and is not to be replaced.
    """
    _needs(actor, *COUNTER)
    if not seen:
        raise InputError("请核对本人和身份证原件后勾选", where="窗口核验")
    chosen, number = _read(name, identity)
    index = index_of("identity", number)
    if must_recuse(actor.account_id, index):
        raise InputError("您与当事人有亲属关系，按规定应当回避", where="窗口核验", advice="请交由他人办理。")
    if replaces and not reason.strip():
        raise InputError("更换原账号请写明理由", where="窗口核验")
    account = sign_in_citizen(phone, code, handle=handle, purpose="counter")
    with transaction.atomic():
        locked = Account.objects.select_for_update().get(pk=account.pk)
        IdentityProof.objects.filter(account=locked, state="asked").update(
            state="failed", next_try_at=None, settled_at=timezone.now()
        )
        _refuse_linked(locked)
        holder = _holder(index)
        if holder is not None and not replaces:
            raise InputError(
                f"此人已绑定手机号 {mask_phone(holder.phone)}",
                where="窗口核验",
                advice="本人要求换用这个手机号的，请勾选“更换原账号”并写明理由。",
            )
        proof = IdentityProof.objects.create(
            account=locked, way="counter", state="second_look", name=chosen, identity=number, asked_at=timezone.now(),
            agency_id=actor.agency_id, made_by=actor.account_id, replaces=holder is not None, reason=reason.strip()[:300],
        )  # fmt: skip
        record(
            actor,
            "verification.proof.see",
            proof,
            reason=proof.reason,
            after={"account": locked.pk, "replaces": proof.replaces},
        )
    return proof


def waiting_proofs(actor: Actor) -> list[IdentityProof]:
    """What waits for a second look within the actor's reach, the oldest first."""
    reach = actor.reach(SECOND)
    found = IdentityProof.objects.filter(state="second_look", agency_id__in=reach)
    return list(found.select_related("account", "agency").order_by("asked_at", "id")[:BATCH])


@transaction.atomic
def look_again(actor: Actor, proof_id: int, *, agree: bool, text: str = "") -> IdentityProof:
    """The second look at what a colleague saw at the counter.

    Raises:
        NotThere: not within reach.
        InputError: one's own, settled already, or refused without a reason.
    """
    proof = IdentityProof.objects.select_for_update(of=("self",)).filter(pk=proof_id).first()
    if proof is None or proof.agency_id not in actor.reach(SECOND):
        raise NotThere
    if proof.state != "second_look":
        raise InputError("已经复核过", where="身份复核", advice="请刷新页面。")
    if proof.made_by in (actor.account_id, actor.on_behalf_of):
        raise InputError("经办和复核须是两个人", where="身份复核", advice="请由另一名同事复核。")
    if must_recuse(actor.account_id, proof.identity_index):
        raise InputError("您与当事人有亲属关系，按规定应当回避", where="身份复核")
    words = text.strip()[:300]
    proof.second_by = actor.account_id
    if not agree:
        if not words:
            raise InputError("不同意请写明理由", where="身份复核")
        proof.state, proof.settled_at = "refused", timezone.now()
        proof.save()
        tell(proof.account, subject="身份核验没有通过", key=f"proof:{proof.pk}:refused", link="/my/identity/",
             body="窗口复核没有通过，请带身份证到窗口问明情况。")  # fmt: skip
        record(actor, "verification.proof.refuse", proof, reason=words)
        return proof
    holder = _holder(proof.identity_index)
    if holder is not None and proof.replaces:
        _retire(actor, holder, proof.reason, onward=proof.account)
    _link(actor, proof)
    return proof


@transaction.atomic
def release(actor: Actor, *, name: str, identity: str, reason: str) -> Account:
    """End the link between a person who shows their card and the account that has it: a lost phone, a wrong link. The account is
    retired and its phone told.

    Raises:
        InputError: no reason, or nobody of this name and number has an account (one sentence for both).
    """
    _needs(actor, *SECOND)
    words = reason.strip()[:300]
    if not words:
        raise InputError("请写明理由", where="解除绑定")
    chosen, number = _read(name, identity)
    index = index_of("identity", number)
    if must_recuse(actor.account_id, index):
        raise InputError("您与当事人有亲属关系，按规定应当回避", where="解除绑定")
    holder = _holder(index)
    if holder is None or not Person.objects.filter(pk=holder.person_id or 0, name=chosen).exists():
        raise InputError("没有查到这个人绑定的账号", where="解除绑定", advice="请对照身份证核对姓名和号码。")
    _retire(actor, holder, words, onward=None)
    return holder


def _needs(actor: Actor, *roles: str) -> None:
    if actor.kind != "staff" or not actor.has(*roles):
        raise NotThere


def _holder(index: str) -> Account | None:
    """The living account of whoever has this number, locked."""
    person = Person.objects.filter(identity_index=index, merged_into=None).first()
    if person is None or not index:
        return None
    return Account.objects.select_for_update().filter(person_id=person.pk).first()


def _retire(actor: Actor, account: Account, reason: str, *, onward: Account | None) -> None:
    phone, person_id = account.phone, account.person_id
    account.phone, account.person_id, account.is_active = "", None, False
    account.proved_by, account.proved_at = "", None
    account.session_round += 1
    account.save()
    now = timezone.now()
    IdentityProof.objects.filter(account=account, state__in=ALIVE).update(
        state="ended", ended_at=now, next_try_at=None
    )
    for listener in RETIRED:
        listener(account, onward)
    if phone:
        what = "改用新的手机号" if onward is not None else "解除"
        tell(None, subject="身份绑定已变更", key=f"account:{account.pk}:retired", phone=phone,
             body=f"您的实名账号与本手机号的绑定已在窗口{what}。不是本人办理的，请立即联系住房保障服务中心。")  # fmt: skip
    record(
        actor,
        "verification.proof.end",
        account,
        reason=reason,
        before={"person": person_id},
        after={"onward": onward.pk if onward else None},
    )


def _link(actor: Actor, proof: IdentityProof) -> None:
    """The account is the person's from now on. A person who has another living account keeps it, and is told."""
    account = Account.objects.select_for_update().get(pk=proof.account_id)
    person = person_for(
        CLOCK, name=proof.name, identity=proof.identity, phone=account.phone, reason="身份核验通过"
    )
    holder = Account.objects.filter(person_id=person.pk).exclude(pk=account.pk).first()
    if holder is not None or account.person_id or not account.is_active or person.died_on is not None:
        if holder is not None:
            tell(holder, subject="有人用另一个手机号核验您的身份", key=f"proof:{proof.pk}:taken",
                 body="没有更换您的账号。是您本人要换手机号的，请带身份证到窗口办理；不是您本人的，请联系我们。")  # fmt: skip
        _fail(actor, proof, "taken" if holder is not None else "differs")
        return
    now = timezone.now()
    account.person_id, account.name, account.proved_by, account.proved_at = (
        person.pk,
        proof.name,
        proof.way,
        now,
    )
    try:
        with transaction.atomic():
            account.save(update_fields=["person_id", "name", "proved_by", "proved_at"])
    except IntegrityError:  # two phones at the same moment
        _fail(actor, proof, "taken")
        return
    proof.state, proof.person, proof.settled_at, proof.next_try_at, proof.fault = (
        "live",
        person,
        now,
        None,
        "",
    )
    proof.save()
    tell(account, subject="身份核验已通过", key=f"proof:{proof.pk}:live", link="/my/identity/",
         body="您的账号已完成身份核验，可以提交申请、查看决定书。")  # fmt: skip
    if person.phone and person.phone != account.phone:
        tell(None, subject="您的身份绑定了新的手机号", key=f"proof:{proof.pk}:other", phone=person.phone,
             body=f"您登记在住房保障服务中心的身份已与尾号 {account.phone[-4:]} 的手机号绑定。不是本人办理的，请立即联系我们。")  # fmt: skip
    record(actor, "verification.proof.link", proof, reason=proof.reason,
           after={"account": account.pk, "person": person.pk, "way": proof.way})  # fmt: skip


def _fail(actor: Actor, proof: IdentityProof, fault: str) -> None:
    proof.state, proof.fault, proof.settled_at, proof.next_try_at = "failed", fault, timezone.now(), None
    proof.save()
    record(actor, "verification.proof.fail", proof, after={"fault": fault, "way": proof.way})
