"""An account is a person's only when that was shown: every way, and every way around."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.registry.models import Person
from guangsha.areas.verification import proofing
from guangsha.areas.verification.adapters import Answer, NotAuthorized, Question, SourceFault
from guangsha.areas.verification.models import IdentityProof
from guangsha.areas.verification.simulator import Exchange
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor
from guangsha.people.entrances import Refused, send_phone_code, sign_in_citizen
from guangsha.people.models import Account, Kinship
from guangsha.privacy.fields import index_of
from guangsha.testing.cast import PASSWORD, Cast, add_staff, identity_number

NEW = identity_number("430699", date(1990, 1, 2), 37)
PHONE = "19900007777"


class Register:
    """The population register of a test: who is known, and the phone of each; it can be out of order."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.fault: Exception | None = None
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        if self.fault is not None:
            raise self.fault
        data = dict(self.people.get(question.identity, {}))
        if data:
            data["phone_match"] = data.pop("phone", "") == question.phone
        return Answer(data, timezone.localdate())


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    made = Register()
    monkeypatch.setattr("guangsha.areas.verification.gateway.current_adapter", lambda: made)
    return made


@pytest.fixture
def letters(settings: Any, tmp_path: Path) -> Path:
    settings.GUANGSHA_DATA = tmp_path
    return tmp_path / "sms.log"


def account(phone: str = PHONE) -> Account:
    return Account.objects.create(username=f"citizen-{phone}", kind="citizen", phone=phone)


def ask(who: Account, name: str = "何新", identity: str = NEW, **more: Any) -> IdentityProof:
    return proofing.ask_register(build_actor(who), name=name, identity=identity, agreed=True, **more)


def test_name_number_and_phone_that_agree_link_the_account(cast: Cast, register: Register) -> None:
    register.people[NEW] = {"name": "何新", "alive": True, "phone": PHONE}
    who = account()
    assert ask(who).state == "live"
    who.refresh_from_db()
    person = Person.objects.get(pk=who.person_id)
    assert (person.identity, person.name, who.proved_by) == (NEW, "何新", "population")
    assert proofing.proof_level(build_actor(who)) == proofing.LEVELS["person"]
    assert Act.objects.filter(action="verification.proof.link").count() == 1
    assert register.asked[0].phone == PHONE


@pytest.mark.parametrize(
    "held",
    [
        {},
        {"name": "何旧", "alive": True, "phone": PHONE},
        {"name": "何新", "alive": False, "phone": PHONE},
        {"name": "何新", "alive": True, "phone": "19900008888"},
        {"name": "何新", "phone": PHONE},
    ],
)
def test_whatever_does_not_agree_is_told_in_one_way_and_writes_nobody_into_the_register(
    cast: Cast, register: Register, held: dict[str, Any]
) -> None:
    if held:
        register.people[NEW] = held
    who, before = account(), Person.objects.count()
    proof = ask(who)
    assert (proof.state, proof.fault) == ("failed", "differs"), "which part differs is not told"
    who.refresh_from_db()
    assert who.person_id is None and Person.objects.count() == before


def test_a_stranger_with_somebodys_name_and_number_gets_nowhere(cast: Cast, register: Register) -> None:
    victim = Person.objects.get(pk=cast.applicant.person_id)
    register.people[victim.identity] = {"name": victim.name, "alive": True, "phone": victim.phone}
    thief = account()
    assert ask(thief, victim.name, victim.identity).fault == "differs"
    thief.refresh_from_db()
    assert thief.person_id is None


def test_one_living_account_for_a_person_and_its_holder_is_told(cast: Cast, register: Register) -> None:
    person = Person.objects.get(pk=cast.applicant.person_id)
    register.people[person.identity] = {"name": person.name, "alive": True, "phone": PHONE}
    proof = ask(account(), person.name, person.identity)
    assert (proof.state, proof.fault) == ("failed", "taken")
    assert Message.objects.filter(account=cast.applicant, subject__contains="另一个手机号").exists()
    cast.applicant.refresh_from_db()
    assert cast.applicant.person_id == person.pk


def test_a_register_that_does_not_answer_is_asked_again_and_then_the_counter_is_named(
    cast: Cast, register: Register
) -> None:
    register.fault = SourceFault("来源超时")
    register.people[NEW] = {"name": "何新", "alive": True, "phone": PHONE}
    who = account()
    proof = ask(who)
    assert proof.state == "asked" and proof.next_try_at is not None
    with pytest.raises(InputError, match="还没有结果"):
        ask(who)
    assert proofing.run_due(timezone.now()) == 0, "not before its time"
    register.fault = None
    assert proofing.run_due(timezone.now() + timedelta(minutes=2)) == 1
    proof.refresh_from_db()
    assert proof.state == "live"


@pytest.mark.parametrize("fault", [SourceFault("慢"), NotAuthorized("403"), ValueError("nonsense")])
def test_a_register_that_never_answers_proves_nobody(
    cast: Cast, register: Register, fault: Exception
) -> None:
    register.fault = fault
    proof = ask(account())
    for day in range(1, 8):
        proofing.run_due(timezone.now() + timedelta(days=day))
    proof.refresh_from_db()
    assert (proof.state, proof.fault) == ("failed", "unavailable")


def test_guessing_is_bounded_by_account_by_number_and_by_address(
    cast: Cast, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = account()
    for serial in range(proofing.ACCOUNT_DAY):
        ask(who, identity=identity_number("430699", date(1990, 1, 2), 101 + serial))
    with pytest.raises(InputError, match="次数过多"):
        ask(who)
    for number in range(proofing.IDENTITY_DAY):
        ask(account(f"199000060{number:02d}"))
    with pytest.raises(InputError, match="次数过多"):
        ask(account("19900006099"))
    monkeypatch.setattr(proofing, "ADDRESS_DAY", 2)
    for serial in range(2):
        ask(
            account(f"1990000520{serial}"),
            identity=identity_number("430699", date(1991, 1, 2), 11 + serial),
            address="192.0.2.9",
        )
    with pytest.raises(InputError, match="次数过多"):
        ask(
            account("19900005209"),
            identity=identity_number("430699", date(1991, 1, 2), 99),
            address="192.0.2.9",
        )


def test_nothing_is_asked_without_consent_or_of_staff(cast: Cast, register: Register) -> None:
    with pytest.raises(InputError, match="同意"):
        proofing.ask_register(build_actor(account()), name="何新", identity=NEW, agreed=False)
    with pytest.raises(NotThere):
        proofing.ask_register(cast.actor("street_clerk"), name="何新", identity=NEW, agreed=True)
    assert not register.asked


def test_a_certificate_or_the_city_vouches_for_more(cast: Cast, register: Register) -> None:
    who = account()
    proof = proofing.prove_by_claims(who, "何新", NEW, "single_sign_on")
    who.refresh_from_db()
    assert proof.state == "live" and proofing.proof_level(build_actor(who)) == proofing.LEVELS["strong"]
    with pytest.raises(InputError):
        proofing.prove_by_claims(account("19900007778"), "何新", "not a number", "single_sign_on")
    with pytest.raises(InputError, match="已经核验过"):
        proofing.prove_by_claims(who, "何新", NEW, "certificate")


def code_in(letters: Path) -> str:
    return letters.read_text(encoding="utf-8").strip().rsplit("验证码 ", 1)[1][:6]


def seen(
    cast: Cast, letters: Path, who: str = "street_clerk", phone: str = PHONE, **more: Any
) -> IdentityProof:
    handle = send_phone_code(phone, purpose="counter")
    given = {"name": "何新", "identity": NEW, "seen": True} | more
    return proofing.see_card(cast.actor(who), phone=phone, code=code_in(letters), handle=handle, **given)


def test_the_counter_sees_the_card_and_a_second_colleague_looks_again(cast: Cast, letters: Path) -> None:
    proof = seen(cast, letters)
    assert proof.state == "second_look"
    who = proof.account
    assert who.person_id is None, "nothing is linked before the second look"
    with pytest.raises(InputError, match="两个人"):
        proofing.look_again(cast.actor("street_clerk"), proof.pk, agree=True)
    with pytest.raises(NotThere):
        proofing.look_again(cast.actor("far_reviewer"), proof.pk, agree=True)
    assert [row.pk for row in proofing.waiting_proofs(cast.actor("supervisor"))] == [proof.pk]
    proofing.look_again(cast.actor("supervisor"), proof.pk, agree=True)
    who.refresh_from_db()
    assert who.person_id and proofing.proof_level(build_actor(who)) == proofing.LEVELS["strong"]
    with pytest.raises(InputError, match="已经复核过"):
        proofing.look_again(cast.actor("district_reviewer"), proof.pk, agree=True)


def test_the_second_look_may_refuse_with_a_reason(cast: Cast, letters: Path) -> None:
    proof = seen(cast, letters, "community_helper")
    with pytest.raises(InputError, match="写明理由"):
        proofing.look_again(cast.actor("street_clerk"), proof.pk, agree=False)
    proofing.look_again(cast.actor("street_clerk"), proof.pk, agree=False, text="照片与本人不符")
    proof.account.refresh_from_db()
    assert proof.account.person_id is None


def test_the_counter_needs_the_phone_the_card_and_a_role(cast: Cast, letters: Path) -> None:
    with pytest.raises(InputError, match="核对本人"):
        seen(cast, letters, seen=False)
    handle = send_phone_code("19900007001", purpose="counter")
    with pytest.raises(Refused):
        proofing.see_card(
            cast.actor("street_clerk"), phone="19900007001", code="000001", handle=handle, name="何新", identity=NEW, seen=True
        )  # fmt: skip
    with pytest.raises(NotThere):
        seen(cast, letters, "accountant", phone="19900007002")
    Kinship.objects.create(
        account=cast.staff["street_clerk"], identity_index=index_of("identity", NEW), relation="配偶"
    )
    with pytest.raises(InputError, match="回避"):
        seen(cast, letters, phone="19900007003")


def test_a_new_phone_replaces_the_old_one_with_a_reason_and_the_old_one_is_told(
    cast: Cast, letters: Path
) -> None:
    old, person = cast.applicant, Person.objects.get(pk=cast.applicant.person_id)
    given = {"name": person.name, "identity": person.identity}
    with pytest.raises(InputError, match=r"已绑定手机号 199\*+0001"):
        seen(cast, letters, **given)
    with pytest.raises(InputError, match="写明理由"):
        seen(cast, letters, phone="19900007101", replaces=True, **given)
    proof = seen(cast, letters, phone="19900007102", replaces=True, reason="原手机号停用", **given)
    old.refresh_from_db()
    assert old.person_id == person.pk, "until the second look the old account stays"
    proofing.look_again(cast.actor("supervisor"), proof.pk, agree=True)
    old.refresh_from_db()
    assert (old.person_id, old.is_active, old.phone) == (None, False, "")
    proof.account.refresh_from_db()
    assert proof.account.person_id == person.pk
    assert "19900000001" in [row.phone for row in Message.objects.filter(body__contains="不是本人办理")]


def test_whoever_is_given_the_old_number_begins_with_nothing(cast: Cast, letters: Path) -> None:
    person = Person.objects.get(pk=cast.applicant.person_id)
    supervisor = cast.actor("supervisor")
    with pytest.raises(InputError, match="写明理由"):
        proofing.release(supervisor, name=person.name, identity=person.identity, reason=" ")
    for name, identity in (("别人", person.identity), (person.name, NEW)):
        with pytest.raises(InputError, match="没有查到"):
            proofing.release(supervisor, name=name, identity=identity, reason="手机丢失")
    with pytest.raises(NotThere):
        proofing.release(
            cast.actor("accountant"), name=person.name, identity=person.identity, reason="手机丢失"
        )
    proofing.release(supervisor, name=person.name, identity=person.identity, reason="手机丢失")
    send_phone_code("19900000001")
    fresh = sign_in_citizen("19900000001", code_in(letters))
    assert fresh.pk != cast.applicant.pk and fresh.person_id is None
    assert Act.objects.filter(action="verification.proof.end", reason="手机丢失").exists()


def test_two_phones_at_the_counter_for_one_person_leave_one(cast: Cast, letters: Path) -> None:
    first = seen(cast, letters, phone="19900007201")
    second = seen(cast, letters, phone="19900007202")
    add_staff("reviewer9", "第二人", "district_reviewer", cast.district, PASSWORD)
    proofing.look_again(cast.actor("supervisor"), first.pk, agree=True)
    proofing.look_again(cast.actor("supervisor"), second.pk, agree=True)
    second.refresh_from_db()
    assert (second.state, second.fault) == ("failed", "taken")
    assert Account.objects.exclude(person_id=None).filter(name="何新").count() == 1


def test_the_simulated_exchange_says_whether_a_phone_is_the_persons_and_never_which() -> None:
    exchange = Exchange({NEW: {"population": {"name": "何新", "alive": True, "phone": PHONE}}})
    _, body = exchange.answer("population", {"identity": NEW, "phone": PHONE})
    assert b'"phone_match": true' in body and PHONE.encode() not in body
    _, body = exchange.answer("population", {"identity": NEW})
    assert b"phone" not in body
