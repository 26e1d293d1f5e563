"""What a citizen does on the portal that no other room writes: taking a copy of their data, asking for a state by number."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from guangsha.areas.intake.models import Case
from guangsha.areas.portal.queries import copy_of_own_data
from guangsha.areas.registry.models import Person
from guangsha.areas.verification.proofing import prove_by_claims
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Account
from guangsha.people.tries import Tries, wait_words
from guangsha.privacy.sealing import same_index

#: Wrong answers for one number, and from one network address, within the window. The last four digits of a phone are ten
#: thousand: without a limit a stranger would try them all.
TRIES = Tries("track", number_max=5, address_max=30)


@transaction.atomic
def take_own_data(actor: Actor) -> dict[str, Any]:
    """Everything that is held on the person who asks, as they may take it with them (个人信息保护法 §45); logged."""
    copied = copy_of_own_data(actor)
    account = Account.objects.get(pk=actor.account_id)
    record(actor, "portal.data.take", account, after={"parts": sorted(copied)})
    return copied


#: What somebody is told whose person has another living account.
TAKEN = "您的身份已经绑定了另一个手机号"


def take_city_word(account: Account, name: str, identity: str) -> None:
    """The city's single sign-on vouches for who is signed in.

    Raises:
        InputError: it names nobody, or a person who has another account.
    """
    proof = prove_by_claims(account, name, identity, "single_sign_on")
    if proof.state != "live":
        raise InputError(TAKEN, where="核验身份", advice="要换成这个手机号，请带身份证到窗口办理。")


def track_case(number: str, last_four: str, *, address: str = "") -> Case:
    """The case with this number, for whoever knows the last four digits of its phone; only its state is for showing.

    Raises:
        InputError: unknown, wrong (the same sentence), or tried too often.
    """
    if TRIES.spent(number, address):
        raise InputError("查询次数过多", advice=f"{wait_words()}，或登录后在“我的办件”查看。")
    case = Case.objects.select_related("applicant", "account", "agency").filter(number=number).first()
    if case is None or not _is_phone_of(case, last_four):
        TRIES.note(number, address)
        raise InputError("没有查到", advice="请核对办件编号和申请时留的手机号后四位。")
    return case


def _is_phone_of(case: Case, last_four: str) -> bool:
    if len(last_four) != 4 or not (last_four.isascii() and last_four.isdecimal()):
        return False
    applicant: Person = case.applicant
    answers: Any = case.answers
    given = answers.get("applicant") if isinstance(answers, dict) else None
    phones = [
        applicant.phone,
        str((given or {}).get("phone", "")),
        case.account.phone if case.account else "",
    ]
    return any(same_index(str(phone)[-4:], last_four) for phone in phones if phone)
