"""Delegations, the own second factor and sessions, resets by the security administrator: through the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from guangsha.audit.models import Act
from guangsha.people import factors, passwords
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Delegation, FactorDevice
from guangsha.testing.cast import PASSWORD, Cast


def signed_in(account: Account) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


def form(cast: Cast, duty: Account, deputy: Account, days: int = 5) -> dict[str, object]:
    today = timezone.localdate()
    return {
        "duty": duty.appointments.get().pk,
        "deputy": deputy.pk,
        "started_on": today.isoformat(),
        "ended_on": (today + timedelta(days=days)).isoformat(),
        "reason": "术后休养",
    }


def test_a_duty_is_handed_over_seen_by_both_and_taken_back(cast: Cast) -> None:
    reviewer, second = cast.staff["district_reviewer"], cast.staff["legal_officer"]
    client = signed_in(reviewer)
    assert client.post("/office/delegations/", form(cast, reviewer, second)).status_code == 302
    assert build_actor(second).has("district_reviewer")
    for who in (reviewer, second):
        page = signed_in(who).get("/office/delegations/").content.decode()
        assert "术后休养" in page and "生效中" in page and "撤回" in page
    assert (
        "术后休养" not in signed_in(cast.staff["street_clerk"]).get("/office/delegations/").content.decode()
    )
    (given,) = Delegation.objects.all()
    address = f"/office/delegations/{given.pk}/revoke/"
    assert signed_in(cast.staff["street_clerk"]).post(address, {"reason": "x"}).status_code == 404
    client.post(address, {"reason": ""})
    assert build_actor(second).has("district_reviewer"), "without a reason nothing is taken back"
    client.post(address, {"reason": "提前返岗"})
    assert not build_actor(second).has("district_reviewer")


def test_a_forbidden_pair_and_a_too_long_delegation_are_refused_with_what_was_typed(cast: Cast) -> None:
    reviewer, approver = cast.staff["district_reviewer"], cast.staff["district_approver"]
    client = signed_in(reviewer)
    pair = client.post("/office/delegations/", form(cast, reviewer, approver))
    assert pair.status_code == 400 and "不得由同一人担任" in pair.content.decode()
    assert "术后休养" in pair.content.decode()
    long = client.post("/office/delegations/", form(cast, reviewer, cast.second_reviewer, 200))
    assert long.status_code == 400 and not Delegation.objects.exists()


def test_only_the_head_hands_over_the_duty_of_another(cast: Cast) -> None:
    reviewer, deputy = cast.staff["district_reviewer"], cast.staff["legal_officer"]
    clerk = signed_in(cast.staff["archivist"])
    assert clerk.post("/office/delegations/", form(cast, reviewer, deputy)).status_code == 400
    head = signed_in(cast.staff["supervisor"])
    assert head.post("/office/delegations/", form(cast, reviewer, deputy)).status_code == 302
    assert build_actor(deputy).has("district_reviewer")
    far = form(cast, cast.far_reviewer, deputy)
    assert head.post("/office/delegations/", far).status_code == 400, "not below this head"


def code_of(device: FactorDevice, step: int = 0) -> str:
    return f"{totp(device.bin_key, drift=step):06d}"


def test_a_new_phone_needs_the_old_code_and_ends_the_old_one(cast: Cast) -> None:
    approver = cast.staff["district_approver"]
    client = signed_in(approver)
    waiting = factors.begin(approver)
    wrong = client.post("/office/account/factor/", {"code": code_of(waiting), "proof": "not-the-password"})
    assert wrong.status_code == 400 and factors.device_of(approver) is None
    done = client.post("/office/account/factor/", {"code": code_of(waiting), "proof": PASSWORD})
    assert "请保存恢复码" in done.content.decode()
    old = factors.device_of(approver)
    assert old is not None
    (spare, *_) = old.recovery.split()
    fresh = factors.begin(approver)
    refused = client.post("/office/account/factor/", {"code": code_of(fresh), "proof": "000000"})
    assert refused.status_code == 400 and factors.device_of(approver) == old
    FactorDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    client.post("/office/account/factor/", {"code": code_of(fresh), "proof": spare})
    now = factors.device_of(approver)
    assert now is not None and now.key == fresh.key and now.key != old.key
    (left, *_) = now.recovery.split()
    page = client.post("/office/account/recovery/", {"proof": left}).content.decode()
    assert page.count("<li><code>") == factors.RECOVERY_CODES and left not in page


def test_signing_out_everywhere_leaves_this_session(cast: Cast) -> None:
    clerk = cast.staff["street_clerk"]
    here, there = signed_in(clerk), signed_in(clerk)
    assert here.post("/office/account/sessions/").status_code == 302
    assert here.get("/office/account/").status_code == 200
    assert there.get("/office/account/").status_code == 302
    assert Act.objects.filter(action="people.sessions.end").count() == 1


def test_the_security_administrator_resets_with_a_reason(cast: Cast) -> None:
    admin, clerk = cast.staff["security_admin"], cast.staff["street_clerk"]
    client, theirs = signed_in(admin), signed_in(clerk)
    assert "钱受理" in client.get("/office/colleagues/?q=钱").content.decode()
    assert "李建国" not in client.get("/office/colleagues/").content.decode()
    address = f"/office/colleagues/{clerk.pk}/"
    assert client.post(address, {"act": "password", "reason": " "}).status_code == 400
    page = client.post(address, {"act": "password", "reason": "本人到场，忘记密码"}).content.decode()
    clerk.refresh_from_db()
    given = page.split("<li><code>")[1].split("</code>")[0]
    assert clerk.check_password(given) and clerk.must_change_password
    assert theirs.get("/office/account/").status_code == 302, "the session ended with the password"
    assert Act.objects.get(action="people.password.set").reason == "本人到场，忘记密码"
    for person in (cast.applicant, admin):
        assert client.get(f"/office/colleagues/{person.pk}/").status_code == 404
    factors.begin(clerk)
    assert client.post(address, {"act": "factor", "reason": "手机遗失"}).status_code == 302
    assert not FactorDevice.objects.filter(user=clerk).exists()
    assert client.post(address, {"act": "sessions", "reason": "离岗"}).status_code == 302


@pytest.mark.parametrize("username", ["street", "a", "系统"])
def test_a_fresh_password_keeps_the_rules(username: str) -> None:
    for _ in range(20):
        assert not passwords.faults_of(passwords.fresh(username), username=username)
