"""A case at the wrong door finds the right one, without costing anybody time; closed places receive nothing."""

from __future__ import annotations

from typing import Any

import pytest

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_case, cases_of
from guangsha.areas.intake.actions import NotAllowed
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.tests.builders import CHILD, accepted, answers, repair, submitted, verified
from guangsha.areas.registry.actions import open_household
from guangsha.areas.registry.models import Person
from guangsha.areas.verification.models import Consent
from guangsha.audit.actor import CLOCK
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.models import Agency, Kinship
from guangsha.privacy.fields import index_of
from guangsha.testing.cast import Cast


def lost(cast: Cast) -> Case:
    """An application of which nobody knows where it belongs."""
    return submitted(cast, applicant__community="不知道")


def clocks(case: Case) -> tuple[Any, ...]:
    case.refresh_from_db()
    return case.state, case.step, case.step_due_on, case.promised_on, case.legal_on, case.paused_at


def test_a_case_at_the_district_is_sent_to_its_street_and_accepted_there(cast: Cast) -> None:
    case, clerk = lost(cast), cast.actor("street_clerk")
    assert case.agency == cast.district and not cases_of(clerk).exists()
    before = clocks(case)
    reviewer = cast.actor("district_reviewer")
    assert (cast.communities[0].pk, "洞庭街道办事处 湖畔社区") in actions.places_for(reviewer, case)
    actions.transfer(reviewer, case.pk, case.version, cast.communities[0].pk, "现住洞庭路")
    assert clocks(case) == before, "the clock is not affected"
    assert (case.agency, case.community) == (cast.streets[0], cast.communities[0])
    act = Act.objects.get(action="intake.case.transfer")
    assert act.reason == "现住洞庭路" and act.after["agency"] == cast.streets[0].pk
    assert Message.objects.filter(account=cast.staff["street_clerk"], subject="收到转交的办件").exists()
    assert Message.objects.filter(account=cast.applicant, subject="办件已转交").exists()
    actions.accept(clerk, case.pk, case.version)
    case.refresh_from_db()
    assert case.accepted_at is not None


def test_a_transfer_needs_a_reason_a_role_and_a_place_within_reach(cast: Cast) -> None:
    case, reviewer = lost(cast), cast.actor("district_reviewer")
    with pytest.raises(InputError, match="理由"):
        actions.transfer(reviewer, case.pk, case.version, cast.communities[0].pk, " ")
    Agency.objects.filter(pk=cast.communities[1].pk).update(active=False)
    for place in (cast.far_district.pk, cast.communities[1].pk, cast.bureau.pk, 987654, cast.district.pk):
        if place == cast.district.pk:
            continue
        with pytest.raises(InputError, match="不能转交"):
            actions.transfer(reviewer, case.pk, case.version, place, "住得近")
    for who in ("street_clerk", "accountant", "far_reviewer", "applicant"):
        with pytest.raises((NotAllowed, NotThere)):
            actions.transfer(cast.actor(who), case.pk, case.version, cast.communities[0].pk, "住得近")
    with pytest.raises(actions.CaseMoved):
        actions.transfer(reviewer, case.pk, case.version + 1, cast.communities[0].pk, "住得近")


def test_a_street_hands_a_case_that_is_not_its_own_up_and_the_district_hands_it_on(cast: Cast) -> None:
    case = accepted(cast)
    before = clocks(case)
    actions.transfer(cast.actor("street_clerk"), case.pk, case.version, cast.district.pk, "申请人住金桥")
    assert clocks(case) == before and case.agency == cast.district
    actions.transfer(cast.actor("supervisor"), case.pk, case.version, cast.communities[2].pk, "申请人住金桥")
    case.refresh_from_db()
    assert case.agency == cast.streets[1]
    actions.give_opinion(cast.actor("second_clerk"), case.pk, case.version, "pass", text="情况属实")


def test_what_is_public_or_decided_stays_where_it_is(cast: Cast) -> None:
    case = lost(cast)
    actions.withdraw(cast.actor("applicant"), case.pk, case.version)
    case.refresh_from_db()
    with pytest.raises(NotAllowed):
        actions.transfer(cast.actor("supervisor"), case.pk, case.version, cast.communities[0].pk, "住得近")


def test_closed_places_receive_nothing(cast: Cast) -> None:
    person = Person.objects.get(pk=cast.applicant.person_id)
    open_household(CLOCK, head=person, agency=cast.district, community=cast.communities[0])
    Agency.objects.filter(pk=cast.communities[0].pk).update(active=False)
    assert repair(cast).agency == cast.district, "the community of the file was closed"
    Agency.objects.filter(pk=cast.communities[0].pk).update(active=True)
    Agency.objects.filter(pk=cast.streets[0].pk).update(active=False)
    case = repair(cast)
    assert (case.agency, case.community) == (cast.district, cast.communities[0]), (
        "the next above that is open"
    )
    actor = cast.actor("applicant")
    Agency.objects.filter(pk=cast.communities[3].pk).update(active=False)
    draft = actions.save_draft(actor, "elig_apply", answers(cast))
    with pytest.raises(InputError, match="没有这个社区"):
        actions.submit(actor, draft.pk, draft.key, community_id=cast.communities[3].pk)


def test_a_chosen_community_is_taken(cast: Cast) -> None:
    actor = cast.actor("applicant")
    given = answers(cast, applicant__community="不知道")
    assert not actions.place_is_known(actor, actor.person_id, given)
    draft = actions.save_draft(actor, "elig_apply", given)
    case = actions.submit(actor, draft.pk, draft.key, community_id=cast.communities[2].pk)
    assert case.agency == cast.streets[1]
    assert actions.place_is_known(actor, actor.person_id, given), "the last case knows"


def test_kin_of_a_member_do_not_see_the_case_also_without_consent(cast: Cast) -> None:
    case = submitted(cast, consent=False)
    assert not Consent.objects.exists()
    clerk = cast.staff["street_clerk"]
    assert access_case(cast.actor(clerk), case.number)
    Kinship.objects.create(account=clerk, identity_index=index_of("identity", CHILD), relation="子女")
    with pytest.raises(NotThere):
        access_case(cast.actor(clerk), case.number)
    assert not cases_of(cast.actor(clerk)).exists()
    assert access_case(cast.actor("supervisor"), case.number)
    verified(case)
