"""Configuration: who enters, that every change is an act, and that the relaxed policy stays inside."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from guangsha.audit.models import Act
from guangsha.people.models import Account, ApiToken, Appointment
from guangsha.people.roles import ROLES
from guangsha.testing.cast import PASSWORD, Cast

PAGES = (
    "",
    "people/agency/",
    "people/account/",
    "people/appointment/",
    "people/apitoken/",
    "people/account/add/",
)


def signed_in(cast: Cast, who: str) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.account(who))
    return client


@pytest.mark.parametrize("who", [*sorted(set(ROLES) - {"system_admin", "security_admin"}), "applicant"])
def test_for_everybody_else_the_address_does_not_exist(cast: Cast, who: str) -> None:
    client = signed_in(cast, who)
    assert {client.get(f"/admin/{page}").status_code for page in PAGES} == {404}


def test_a_stranger_is_sent_to_the_one_entrance(cast: Cast) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    for page in PAGES:
        assert client.get(f"/admin/{page}").url.startswith("/office/sign-in/")
    assert client.get("/admin/login/").url == "/office/sign-in/"


def test_the_system_administrator_configures_in_chinese_under_a_policy_of_its_own(cast: Cast) -> None:
    client = signed_in(cast, "system_admin")
    for page in PAGES:
        answer = client.get(f"/admin/{page}")
        assert answer.status_code == 200 and "unsafe-eval" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in client.get("/office/account/").headers["Content-Security-Policy"]
    page = client.get("/admin/people/account/").content.decode()
    assert "钱受理" in page and "李建国" not in page and "Filters" not in page and "筛选" in page


def test_djangos_own_pages_that_would_pass_our_acts_by_are_closed(cast: Cast) -> None:
    client, before = signed_in(cast, "system_admin"), cast.account("system_admin").password
    given = {"old_password": PASSWORD, "new_password1": "weak-but-long-1", "new_password2": "weak-but-long-1"}
    for page in ("password_change/", "password_change/done/", "logout/"):
        assert client.get(f"/admin/{page}").url == "/office/account/"
        assert client.post(f"/admin/{page}", given).url == "/office/account/"
    assert Account.objects.get(username="sysadmin").password == before
    for table, key in (("account", cast.account("street_clerk").pk), ("agency", cast.district.pk)):
        for page in ("history", "delete"):
            assert client.get(f"/admin/people/{table}/{key}/{page}/").status_code == 404


def test_an_account_is_opened_and_closed_by_acts(cast: Cast) -> None:
    client = signed_in(cast, "system_admin")
    given = {
        "username": "newcomer",
        "name": "新来",
        "kind": "staff",
        "single_sign_on": "",
        "password": "weak",
        "reason": "x",
    }
    answer = client.post("/admin/people/account/add/", given, follow=True)
    assert (
        "至少 10 位" in answer.content.decode() and not Account.objects.filter(username="newcomer").exists()
    )
    client.post("/admin/people/account/add/", {**given, "password": PASSWORD})
    account = Account.objects.get(username="newcomer")
    assert (
        account.must_change_password
        and Act.objects.filter(action="people.account.open", object_id=account.pk).exists()
    )
    client.post(f"/admin/people/account/{account.pk}/change/", {"reason": "调离"})
    account.refresh_from_db()
    assert not account.is_active and Act.objects.get(action="people.account.close").reason == "调离"
    assert client.post(f"/admin/people/account/{account.pk}/delete/", {"post": "yes"}).status_code == 404


def test_roles_are_given_by_the_security_administrator_only_and_never_as_a_forbidden_pair(cast: Cast) -> None:
    today = timezone.localdate()
    given = {
        "account": cast.second_reviewer.pk, "agency": cast.district.pk, "role": "archivist",
        "started_on": today.isoformat(), "reason": "兼任",
    }  # fmt: skip
    system, security = signed_in(cast, "system_admin"), signed_in(cast, "security_admin")
    assert system.post("/admin/people/appointment/add/", given).status_code in (403, 404)
    assert not cast.actor(cast.second_reviewer).has("archivist")
    security.post("/admin/people/appointment/add/", given)
    assert cast.actor(cast.second_reviewer).has("archivist")
    page = security.post(
        "/admin/people/appointment/add/", {**given, "role": "district_approver"}, follow=True
    )
    assert "审核与审批" in page.content.decode() and not cast.actor(cast.second_reviewer).has(
        "district_approver"
    )
    post = Appointment.objects.get(role="archivist", account=cast.second_reviewer)
    security.post(f"/admin/people/appointment/{post.pk}/change/", {"reason": "期满", "ended_on": ""})
    assert not cast.actor(cast.second_reviewer).has("archivist")


def test_a_key_is_shown_once_and_revoked(cast: Cast) -> None:
    client = signed_in(cast, "system_admin")
    given = {
        "name": "大数据局",
        "agency": cast.district.pk,
        "wanted": "cases:read",
        "expires_at_0": "",
        "expires_at_1": "",
    }
    page = client.post("/admin/people/apitoken/add/", given, follow=True).content.decode()
    token = ApiToken.objects.get()
    assert "gs_" in page and "gs_" not in client.get("/admin/people/apitoken/").content.decode()
    client.post("/admin/people/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None
