"""Who may give which role to whom, who takes over, who keeps away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from guangsha.audit.actor import CLOCK
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.people import access, actions
from guangsha.people.access import NotThere
from guangsha.people.models import Account, Agency, ApiToken, Appointment, Delegation
from guangsha.people.recusal import must_recuse, recused_accounts, recused_indexes
from guangsha.people.tokens import machine_of
from guangsha.privacy.fields import index_of
from guangsha.testing.cast import PASSWORD, Cast, identity_number


@pytest.fixture
def identity() -> str:
    return identity_number("430699", date(1960, 4, 5), 33)


def fresh(cast: Cast, username: str = "newcomer") -> Account:
    return actions.open_account(cast.actor("system_admin"), username=username, name="新来", password=PASSWORD)


def test_the_system_administrator_opens_accounts_and_the_security_administrator_gives_roles(
    cast: Cast,
) -> None:
    account = fresh(cast)
    assert account.must_change_password and account.check_password(PASSWORD)
    given = actions.appoint(
        cast.actor("security_admin"),
        account_id=account.pk,
        agency_id=cast.streets[1].pk,
        role="street_clerk",
        reason="新任",
    )
    assert cast.actor(account).has("street_clerk") and cast.streets[1].pk in cast.actor(account).scope
    act = Act.objects.get(action="people.appointment.start")
    assert (act.object_id, act.reason) == (str(given.pk), "新任")
    with pytest.raises(actions.NotAllowed, match="系统管理员"):
        actions.open_account(cast.actor("security_admin"), username="x", name="甲")
    for role in ("system_admin", "supervisor", "audit_admin"):
        with pytest.raises(actions.NotAllowed, match="安全管理员"):
            actions.appoint(cast.actor(role), account_id=account.pk, agency_id=cast.city.pk, role="auditor")


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("district_reviewer", "district_approver"), ("rent_clerk", "accountant"), ("auditor", "street_clerk"),
        ("allocation_officer", "publicity_editor"), ("street_clerk", "system_admin"),
        ("system_admin", "audit_admin"), ("audit_admin", "security_admin"), ("security_admin", "auditor"),
    ],
)  # fmt: skip
def test_nobody_comes_to_hold_a_forbidden_pair(cast: Cast, held: str, wanted: str) -> None:
    account = fresh(cast)
    Appointment.objects.create(
        account=account, agency=cast.district, role=held, started_on=timezone.localdate()
    )
    before = Act.objects.count()
    with pytest.raises(InputError, match="不得"):
        actions.appoint(
            cast.actor("security_admin"), account_id=account.pk, agency_id=cast.district.pk, role=wanted
        )
    assert Act.objects.count() == before and account.appointments.count() == 1


def test_nobody_gives_a_role_to_themselves_or_outside_the_own_agencies(cast: Cast) -> None:
    security = cast.actor("security_admin")
    with pytest.raises(actions.NotAllowed, match="自己"):
        actions.appoint(
            security, account_id=security.account_id, agency_id=cast.city.pk, role="security_admin"
        )
    with pytest.raises(NotThere):
        actions.appoint(security, account_id=fresh(cast).pk, agency_id=cast.bureau.pk, role="auditor")
    with pytest.raises(InputError, match="已任"):
        actions.appoint(
            security,
            account_id=cast.staff["street_clerk"].pk,
            agency_id=cast.streets[0].pk,
            role="street_clerk",
        )
    with pytest.raises(InputError, match="不适用"):
        actions.appoint(
            security, account_id=fresh(cast, "another").pk, agency_id=cast.city.pk, role="enterprise_user"
        )


def test_an_ended_appointment_gives_nothing_any_more_and_ends_its_delegations(cast: Cast) -> None:
    clerk, today = cast.staff["street_clerk"], timezone.localdate()
    taken = actions.delegate(
        cast.actor(clerk), deputy_id=cast.second_clerk.pk, agency_id=cast.streets[0].pk, role="street_clerk",
        started_on=today, ended_on=today + timedelta(days=5), reason="出差",
    )  # fmt: skip
    post = clerk.appointments.get()
    actions.end_appointment(cast.actor("security_admin"), post.pk, reason="调离")
    assert not cast.actor(clerk).roles
    taken.refresh_from_db()
    assert taken.revoked_at is not None and cast.streets[0].pk not in cast.actor(cast.second_clerk).scope


def test_an_end_in_the_future_ends_delegations_then_and_not_now(cast: Cast) -> None:
    reviewer, deputy = cast.actor("district_reviewer"), cast.staff["legal_officer"]
    today = timezone.localdate()
    last = today + timedelta(days=10)
    running, later = (
        actions.delegate(
            reviewer, deputy_id=deputy.pk, agency_id=cast.district.pk, role="district_reviewer",
            started_on=today + timedelta(days=begins), ended_on=today + timedelta(days=begins + 8), reason="出差",
        )
        for begins in (5, 12)
    )  # fmt: skip
    now = actions.delegate(
        reviewer, deputy_id=deputy.pk, agency_id=cast.district.pk, role="district_reviewer",
        started_on=today, ended_on=today + timedelta(days=20), reason="出差",
    )  # fmt: skip
    post = Appointment.objects.get(account=reviewer.account_id, role="district_reviewer")
    actions.end_appointment(cast.actor("security_admin"), post.pk, reason="调离", ended_on=last)
    assert cast.actor(deputy).has("district_reviewer"), "he still works here, and so does his deputy"
    ends = dict(Delegation.objects.filter(revoked_at=None).values_list("pk", "ended_on"))
    assert ends == {running.pk: last, now.pk: last} and later.pk not in ends


def test_a_post_in_a_closed_agency_is_none(cast: Cast) -> None:
    Agency.objects.filter(pk=cast.streets[0].pk).update(active=False)
    clerk = cast.actor("street_clerk")
    assert not clerk.roles and not clerk.scope and not clerk.agency_id
    assert cast.streets[0].pk in cast.actor("district_reviewer").scope, (
        "its old files stay within reach above"
    )


def test_who_begins_tomorrow_configures_nothing_today(cast: Cast) -> None:
    account = cast.staff["system_admin"]
    assert account.is_staff
    Appointment.objects.filter(account=account).update(started_on=timezone.localdate() + timedelta(days=1))
    assert not account.is_staff
    Appointment.objects.filter(account=account).update(
        started_on=date(2026, 1, 1), ended_on=timezone.localdate() - timedelta(days=1)
    )
    assert not account.is_staff


def test_a_deputy_acts_in_the_place_of_the_holder_for_those_days_only(cast: Cast) -> None:
    clerk, deputy, today = cast.staff["street_clerk"], cast.second_clerk, timezone.localdate()
    given = actions.delegate(
        cast.actor(clerk), deputy_id=deputy.pk, agency_id=cast.streets[0].pk, role="street_clerk",
        started_on=today, ended_on=today + timedelta(days=2), reason="休假",
    )  # fmt: skip
    assert cast.streets[0].pk in cast.actor(deputy).scope
    Delegation.objects.filter(pk=given.pk).update(ended_on=today - timedelta(days=1))
    assert cast.streets[0].pk not in cast.actor(deputy).scope
    Delegation.objects.filter(pk=given.pk).update(ended_on=today + timedelta(days=2))
    actions.revoke_delegation(cast.actor(clerk), given.pk, reason="提前返岗")
    assert cast.streets[0].pk not in cast.actor(deputy).scope
    with pytest.raises(InputError, match="已经撤回"):
        actions.revoke_delegation(cast.actor(clerk), given.pk, reason="再撤")


def test_a_delegation_never_makes_a_forbidden_pair_and_is_given_by_its_holder_or_the_head(cast: Cast) -> None:
    today = timezone.localdate()
    approver = cast.staff["district_approver"]
    terms = {"agency_id": cast.district.pk, "started_on": today, "ended_on": today, "reason": "住院"}
    with pytest.raises(InputError, match="审核与审批"):
        actions.delegate(
            cast.actor(approver), deputy_id=cast.second_reviewer.pk, role="district_approver", **terms
        )  # type: ignore[arg-type]
    clerk_terms = {**terms, "role": "archivist", "holder_id": cast.staff["archivist"].pk}
    with pytest.raises(actions.NotAllowed, match="自己的职责"):
        actions.delegate(cast.actor("street_clerk"), deputy_id=cast.second_clerk.pk, **clerk_terms)  # type: ignore[arg-type]
    covered = actions.delegate(cast.actor("supervisor"), deputy_id=cast.second_clerk.pk, **clerk_terms)  # type: ignore[arg-type]
    assert covered.holder == cast.staff["archivist"] and cast.actor(cast.second_clerk).has("archivist")
    with pytest.raises(InputError, match="没有这项职责"):
        actions.delegate(cast.actor("street_clerk"), deputy_id=cast.second_clerk.pk, role="auditor", **terms)  # type: ignore[arg-type]
    with pytest.raises(NotThere):
        actions.revoke_delegation(cast.actor(cast.far_reviewer), covered.pk, reason="无关")


def test_relatives_are_kept_as_an_index_and_recused(cast: Cast, identity: str) -> None:
    clerk = cast.staff["street_clerk"]
    actions.declare_kin(cast.actor(clerk), identity=identity, relation="父母")
    index = index_of("identity", identity)
    assert must_recuse(clerk.pk, index) and not must_recuse(cast.second_clerk.pk, index)
    assert recused_accounts(index) == {clerk.pk} and recused_indexes(clerk.pk) == {index}
    assert not must_recuse(clerk.pk, "") and recused_accounts("") == frozenset()
    assert identity not in str(Act.objects.get(action="people.kin.declare").after)
    with pytest.raises(InputError, match="已经申报"):
        actions.declare_kin(cast.actor(clerk), identity=identity, relation="父母")
    with pytest.raises(InputError, match="校验码"):
        actions.declare_kin(
            cast.actor(clerk), identity=identity[:-1] + str((int(identity[-1]) + 1) % 10), relation="父母"
        )
    kin = clerk.kin.get()
    with pytest.raises(actions.NotAllowed):
        actions.withdraw_kin(cast.actor(clerk), kin.pk, reason="写错")
    actions.withdraw_kin(cast.actor("security_admin"), kin.pk, reason="写错")
    assert not must_recuse(clerk.pk, index)


def test_passwords_follow_rules_and_do_not_come_back(cast: Cast) -> None:
    clerk = cast.staff["street_clerk"]
    actor = cast.actor(clerk)
    with pytest.raises(InputError, match="原密码不对"):
        actions.set_password(actor, clerk.pk, "Lake-Side-77", current="wrong")
    for weak, why in (
        ("Ab1-", "至少 10 位"),
        ("abcdefghijk", "三类"),
        ("Street-9876-x", "登录名"),
        ("Aaaaa-bb-77", "连续"),
    ):
        with pytest.raises(InputError, match=why):
            actions.set_password(actor, clerk.pk, weak, current=PASSWORD)
    actions.set_password(actor, clerk.pk, "Lake-Side-77", current=PASSWORD)
    for used in ("Lake-Side-77", PASSWORD):
        with pytest.raises(InputError, match="最近"):
            actions.set_password(actor, clerk.pk, used, current="Lake-Side-77")
    reset = actions.set_password(cast.actor("security_admin"), clerk.pk, "Moon-Hill-66")
    assert reset.must_change_password
    with pytest.raises(actions.NotAllowed):
        actions.set_password(cast.actor("supervisor"), clerk.pk, "Star-Hill-55")


def test_a_token_is_shown_once_kept_as_a_digest_and_can_be_taken_back(cast: Cast) -> None:
    admin = cast.actor("system_admin")
    plain = actions.issue_token(admin, name="市大数据局", agency_id=cast.district.pk, scopes=["cases:read"])
    token = ApiToken.objects.get()
    assert plain not in str(Act.objects.get(action="people.token.issue").after) and plain != token.digest
    machine = machine_of(plain)
    assert (
        machine is not None and machine.scopes == {"cases:read"} and cast.streets[0].pk in machine.actor.scope
    )
    assert machine.actor.kind == "api" and cast.far_district.pk not in machine.actor.scope
    again = machine_of(plain)
    assert again is not None and again.actor.account_id == machine.actor.account_id, "one account for good"
    account = Account.objects.get(pk=machine.actor.account_id)
    assert account.kind == "machine" and not account.is_active and not account.has_usable_password()
    assert machine_of(plain + "x") is None and machine_of("") is None
    actions.revoke_token(admin, token.pk, reason="停用")
    assert machine_of(plain) is None
    with pytest.raises(InputError, match="已经撤回"):
        actions.revoke_token(admin, token.pk, reason="停用")
    with pytest.raises(actions.NotAllowed):
        actions.issue_token(cast.actor("security_admin"), name="x", agency_id=cast.city.pk, scopes=["a"])
    with pytest.raises(InputError, match="没有“cases:delete”"):
        actions.issue_token(admin, name="x", agency_id=cast.city.pk, scopes=["cases:delete"])
    late = timezone.now() + timedelta(days=800)
    with pytest.raises(InputError, match="一年"):
        actions.issue_token(admin, name="x", agency_id=cast.city.pk, scopes=["cases:read"], expires_at=late)


def test_a_key_in_the_place_of_another_goes_on_with_its_cases(cast: Cast) -> None:
    admin = cast.actor("system_admin")
    plain = actions.issue_token(admin, name="市大数据局", agency_id=cast.district.pk, scopes=["cases:write"])
    old = machine_of(plain)
    assert old is not None
    fresh = machine_of(actions.renew_token(admin, old.token_id))
    assert fresh is not None and fresh.token_id != old.token_id
    assert (fresh.actor.account_id, fresh.scopes) == (old.actor.account_id, old.scopes)
    assert machine_of(plain) is not None, "the other side changes over in its time"
    assert Act.objects.filter(action="people.token.issue").latest("id").after["instead_of"] == old.token_id
    actions.revoke_token(admin, old.token_id, reason="已更换")
    assert machine_of(plain) is None
    with pytest.raises(InputError, match="已经撤回"):
        actions.renew_token(admin, old.token_id)
    with pytest.raises(actions.NotAllowed):
        actions.renew_token(cast.actor("security_admin"), fresh.token_id)
    # a key that was never used has no account yet
    actions.issue_token(admin, name="无人用过", agency_id=cast.district.pk, scopes=["cases:write"])
    unused = ApiToken.objects.latest("id")
    second = machine_of(actions.renew_token(admin, unused.pk))
    unused.refresh_from_db()
    assert second is not None and second.actor.account_id == unused.account_id != old.actor.account_id


def test_closing_an_account_needs_a_reason_and_not_the_own(cast: Cast) -> None:
    admin = cast.actor("system_admin")
    with pytest.raises(InputError, match="理由"):
        actions.close_account(admin, cast.staff["auditor"].pk, reason=" ")
    with pytest.raises(actions.NotAllowed):
        actions.close_account(admin, admin.account_id, reason="退休")
    clerk = cast.staff["street_clerk"]
    assert not actions.close_account(admin, clerk.pk, reason="退休").is_active
    assert actions.close_account(admin, clerk.pk, reason="返聘", active=True).is_active


def test_agencies_are_a_tree(cast: Cast) -> None:
    admin = cast.actor("system_admin")
    made = actions.open_agency(
        admin, name="芦苇社区", kind="community", region_code="430699001003", parent_id=cast.streets[0].pk
    )
    assert made.path == f"{cast.streets[0].path}{made.pk}/" and made.pk in cast.actor("street_clerk").scope
    with pytest.raises(InputError, match="已有机构"):
        actions.open_agency(
            admin, name="芦苇社区", kind="community", region_code="430699001003", parent_id=cast.streets[0].pk
        )


def test_what_is_not_yours_looks_like_what_does_not_exist(cast: Cast) -> None:
    clerk = cast.actor("street_clerk")
    for call in (
        lambda: access.access_agency(clerk, cast.far_district.pk),
        lambda: access.access_agency(clerk, 10**9),
        lambda: access.access_account(clerk, cast.staff["auditor"].pk),
        lambda: access.access_account(cast.actor("security_admin"), cast.applicant.pk),
        lambda: access.access_appointment(clerk, cast.staff["auditor"].appointments.get().pk),
        lambda: access.access_token(clerk, 1),
        lambda: access.access_delegation(clerk, 1),
    ):
        with pytest.raises(NotThere):
            call()
    assert access.access_account(clerk, clerk.account_id) == cast.staff["street_clerk"]
    assert access.access_agency(CLOCK, cast.far_district.pk) == cast.far_district


@pytest.mark.django_db
def test_who_is_not_proved_is_called_by_the_phone_and_not_by_a_key() -> None:
    fresh = Account.objects.create(username="citizen-0a1b", kind="citizen", phone="19900007778")
    assert str(fresh) == "199****7778"
    fresh.name = "王芳"
    assert str(fresh) == "王芳"
