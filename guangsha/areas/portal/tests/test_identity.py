"""A phone is not a person: applying and reading in somebody else's name fails, and the page says what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_case, access_decision, cases_of
from guangsha.areas.intake.actions.base import owns
from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Draft
from guangsha.areas.intake.tests.builders import answers, decided, sample_answers, submitted
from guangsha.areas.portal.tests.builders import client_of, filled, key_in
from guangsha.areas.registry.models import Person
from guangsha.areas.verification import proofing
from guangsha.areas.verification.adapters import Answer, Question
from guangsha.areas.verification.models import Consent
from guangsha.areas.verification.proofing import ProofNeeded
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.testing.cast import Cast, identity_number

NEW = identity_number("430699", date(1990, 1, 2), 37)


def thief() -> Account:
    """Somebody with a phone and a code."""
    return Account.objects.create(username="citizen-thief", kind="citizen", phone="19900007777")


def browser(account: Account) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


def victim(cast: Cast) -> Person:
    return Person.objects.get(pk=cast.applicant.person_id)


def test_a_phone_alone_submits_nothing_in_anybodys_name_and_keeps_its_draft(cast: Cast) -> None:
    account = thief()
    actor = build_actor(account)
    draft = actions.save_draft(actor, "elig_apply", answers(cast))
    with pytest.raises(ProofNeeded, match="核验身份"):
        actions.submit(actor, draft.pk, draft.key)
    assert not Case.objects.exists() and Draft.objects.filter(pk=draft.pk).exists()


def test_the_page_before_sending_leads_to_the_proof(cast: Cast) -> None:
    client = browser(thief())
    base = filled(client, victim(cast).identity)
    page = client.get(f"{base}check/").content.decode()
    assert "提交前要核验一次身份" in page and "/my/identity/?next=" in page
    sent = client.post(
        f"{base}check/",
        {
            "act": "submit",
            "key": key_in(page),
            "commit-truth": "yes",
            "commit-change": "yes",
            "consent": "yes",
        },
    )
    assert sent.status_code == 400 and "核验身份" in sent.content.decode()


def test_a_case_that_was_sent_in_a_strangers_name_is_not_the_senders_to_read(cast: Cast) -> None:
    case, account = decided(cast), thief()
    Case.objects.filter(pk=case.pk).update(account=account)  # as it was before proofs were asked for
    actor = build_actor(account)
    case.refresh_from_db()
    assert not cases_of(actor).exists() and not owns(actor, case)
    with pytest.raises(NotThere):
        access_case(actor, case.number)
    with pytest.raises(NotThere):
        access_decision(actor, case.decisions.get().number)
    client = browser(account)
    assert client.get(f"/my/cases/{case.number}/").status_code == 404
    assert client.get(f"/my/letters/{case.decisions.get().number}/").status_code == 404
    Message.objects.all().delete()
    actions.serve(cast.actor("district_approver"), case.pk, case.version)
    case.refresh_from_db()
    actions.change_benefit(
        cast.actor("district_approver"), case.pk, case.version, "adjust", "减少一人", heard="电话"
    )
    assert not Message.objects.filter(account=account).exists()
    assert Message.objects.filter(account=cast.applicant).exists(), "the person themselves is told"


def test_where_a_service_asks_for_no_proof_the_result_still_does(cast: Cast) -> None:
    account = thief()
    actor, chosen, person = build_actor(account), service("danger_report"), victim(cast)
    person.phone = ""
    person.save()
    given = sample_answers(chosen)
    given["applicant"] |= {"name": person.name, "identity": person.identity, "phone": "19900007777"}
    draft = actions.save_draft(actor, chosen.code, given)
    case = actions.submit(actor, draft.pk, draft.key, community_id=cast.communities[0].pk)
    assert access_case(actor, case.number) == case, "who reports a danger sees that it was taken"
    assert not Consent.objects.exists(), "nobody agrees for a person whom they are not proved to be"
    person.refresh_from_db()
    assert person.phone == "", "and does not say where the agency reaches them"
    clerk = cast.actor("street_clerk")
    actions.refuse_acceptance(clerk, case.pk, case.version, "not_needed", "甲户已经搬走")
    letter = case.decisions.get()
    with pytest.raises(NotThere):
        access_decision(actor, letter.number)
    page = browser(account).get(f"/my/cases/{case.number}/").content.decode()
    assert letter.number not in page and "甲户已经搬走" not in page and "核验身份" in page
    told = "".join(Message.objects.filter(account=account).values_list("body", flat=True))
    assert letter.number not in told and "甲户" not in told


def test_a_service_may_ask_for_a_card_or_a_certificate(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case = decided(cast)
    actor, number = cast.actor("applicant"), case.decisions.get().number
    assert access_decision(actor, number)
    asked = service("elig_apply").proof
    object.__setattr__(asked, "read", "strong")
    try:
        with pytest.raises(NotThere):
            access_decision(actor, number)
        Account.objects.filter(pk=cast.applicant.pk).update(proved_by="counter")
        assert access_decision(actor, number)
    finally:
        object.__setattr__(asked, "read", "person")


class Register:
    def ask(self, question: Question) -> Answer:
        held = {"name": "何新", "alive": True, "phone_match": question.phone == "19900007777"}
        return Answer(held if question.identity == NEW else {}, timezone.localdate())


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guangsha.areas.verification.gateway.current_adapter", Register)


def test_a_citizen_proves_themselves_on_the_page_and_goes_back_to_what_they_did(
    cast: Cast, register: None
) -> None:
    account = thief()
    client = browser(account)
    page = client.get("/my/identity/?next=/services/").content.decode()
    assert "网上核验" in page and "社区代办员" in page
    wrong = {"name": "别人", "identity": NEW, "agree": "yes", "act": "register", "next": "/services/"}
    assert client.post("/my/identity/", wrong | {"agree": ""}).status_code == 400
    assert client.post("/my/identity/", wrong)["Location"] == "/my/identity/"
    page = client.get("/my/identity/").content.decode()
    assert "没有通过" in page and "到窗口" in page and NEW not in page
    assert client.post("/my/identity/", wrong | {"name": "何新"})["Location"] == "/services/"
    account.refresh_from_db()
    assert Person.objects.get(pk=account.person_id).identity == NEW
    page = client.get("/my/identity/").content.decode()
    assert "已经核验" in page and NEW not in page
    assert client.post("/my/identity/", wrong | {"next": "https://elsewhere.example/"}).status_code == 400


def test_nobody_is_sent_elsewhere_after_the_proof(cast: Cast, register: None) -> None:
    client = browser(thief())
    sent = client.post(
        "/my/identity/",
        {
            "name": "何新",
            "identity": NEW,
            "agree": "yes",
            "act": "register",
            "next": "https://elsewhere.example/",
        },
    )
    assert sent["Location"] == "/my/identity/"


def test_the_citys_word_links_who_is_signed_in_and_nobody_else(cast: Cast, settings: Any) -> None:
    from guangsha.web.sign_in.single import CityBackend

    account = thief()
    client = browser(account)
    assert client.get("/office/sign-in/city/?prove=1").status_code == 404, "not offered here"
    settings.GUANGSHA_OIDC, settings.GUANGSHA_OIDC_IDENTITY, settings.GUANGSHA_OIDC_NAME = (
        True,
        "id_number",
        "name",
    )
    for name in ("TOKEN", "USER", "JWKS", "AUTHORIZATION"):
        setattr(settings, f"OIDC_OP_{name}_ENDPOINT", f"https://city.invalid/{name.lower()}")
    settings.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_SECRET = "guangsha"
    begun = client.get("/office/sign-in/city/?prove=1")
    assert begun.status_code == 302 and client.session["city_proves"] == account.pk
    staff = Client(headers={"host": "127.0.0.1"})
    staff.force_login(cast.staff["street_clerk"])
    assert staff.get("/office/sign-in/city/?prove=1").status_code == 404

    class Told(CityBackend):
        def get_userinfo(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
            return {"sub": "1", "name": "何新", "id_number": NEW}

    backend = Told()
    backend.request = SimpleNamespace(session={"city_proves": cast.applicant.pk}, user=account)
    assert backend.get_or_create_user("", "", {}) is None, "begun by another account"
    backend.request.session = {"city_proves": account.pk}
    assert backend.get_or_create_user("", "", {}) == account
    account.refresh_from_db()
    assert account.proved_by == "single_sign_on" and account.person_id
    assert backend.request.session == {}, "asked for once"


def test_drafts_go_over_to_the_new_phone_and_are_removed_where_there_is_none(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.GUANGSHA_DATA = tmp_path
    actor, person = cast.actor("applicant"), victim(cast)
    draft = actions.save_draft(actor, "elig_apply", answers(cast))
    submitted_case = submitted(cast)
    proofing.release(cast.actor("supervisor"), name=person.name, identity=person.identity, reason="手机丢失")
    assert not Draft.objects.filter(pk=draft.pk).exists()
    old = Account.objects.get(pk=cast.applicant.pk)
    assert not cases_of(build_actor(old)).exists()
    fresh = Account.objects.create(username="citizen-new", kind="citizen", phone="19900007778")
    proofing.prove_by_claims(fresh, person.name, person.identity, "certificate")
    fresh.refresh_from_db()
    assert list(cases_of(build_actor(fresh))) == [submitted_case], (
        "the cases are the person's, not the phone's"
    )


def test_the_counter_page_links_by_two_people(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.GUANGSHA_DATA = tmp_path
    clerk, head = client_of(cast, "street_clerk"), client_of(cast, "supervisor")
    assert clerk.post("/office/identity/", {"act": "send", "phone": "199 0000 7779"}).status_code == 302
    code = (tmp_path / "sms.log").read_text(encoding="utf-8").rsplit("验证码 ", 1)[1][:6]
    page = clerk.get("/office/identity/").content.decode()
    assert "念出的验证码" in page and "19900007779" not in page
    form = {"act": "see", "code": code, "name": "何新", "identity": NEW}
    assert clerk.post("/office/identity/", form).status_code == 400, "without having seen the card"
    assert clerk.post("/office/identity/", form | {"seen": "yes"}).status_code == 302
    proof = proofing.IdentityProof.objects.get()
    assert "等同事复核" in clerk.get("/office/identity/").content.decode()
    assert clerk.post("/office/identity/", {"act": "agree", "proof": proof.pk}).status_code == 400
    page = head.get("/office/identity/").content.decode()
    assert "何新" in page and NEW not in page
    assert head.post("/office/identity/", {"act": "agree", "proof": proof.pk}).status_code == 302
    proof.account.refresh_from_db()
    assert proof.account.person_id and proof.account.proved_by == "counter"
    gone = {"act": "release", "name": "何新", "identity": NEW, "reason": "绑错了人"}
    assert head.post("/office/identity/", gone).status_code == 302
    assert not Account.objects.get(pk=proof.account_id).is_active


def test_the_community_is_asked_for_only_where_nothing_tells_it(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = filled(client, victim(cast).identity, applicant={"applicant.community": "哪个社区"})
    page = client.get(f"{base}check/").content.decode()
    assert "您住的社区" in page and "洞庭街道办事处 湖畔社区" in page
    sent = {
        "act": "submit",
        "key": key_in(page),
        "commit-truth": "yes",
        "commit-change": "yes",
        "consent": "yes",
    }
    assert client.post(f"{base}check/", sent).status_code == 400
    assert client.post(f"{base}check/", sent | {"community": "987654"}).status_code == 400
    assert client.post(f"{base}check/", sent | {"community": str(cast.communities[2].pk)}).status_code == 302
    case = Case.objects.get()
    assert case.agency == cast.streets[1]
    again = filled(client_of(cast, "stranger"), Person.objects.get(pk=cast.stranger.person_id).identity,
                   applicant={"applicant.name": "王芳"})  # fmt: skip
    assert "您住的社区" not in client_of(cast, "stranger").get(f"{again}check/").content.decode()
