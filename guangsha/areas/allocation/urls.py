"""Addresses of the area: below /office/ for staff, below /my/ for the household, below /selection/ and /draws/ for everybody."""

from __future__ import annotations

from django.urls import include, path

from guangsha.areas.allocation import office, office_plans, office_session, portal

urlpatterns = [
    path("office/waitlist/", office.waitlist, name="office-waitlist"),
    path("office/waitlist/changes/<int:key>/<slug:code>/", office.change_act, name="office-waitlist-change"),
    path("office/waitlist/<slug:number>/", office.entry, name="office-waitlist-entry"),
    path("office/waitlist/<slug:number>/acts/<slug:code>/", office.entry_act, name="office-waitlist-act"),
    path("office/plans/", office_plans.plans, name="office-plans"),
    path("office/plans/new/", office_plans.plan_new, name="office-plan-new"),
    path("office/plans/registrations/<int:key>/", office_plans.registration, name="office-registration"),
    path("office/plans/registrations/<int:key>/wishes/", office_plans.wishes, name="office-wishes"),
    path("office/plans/registrations/<int:key>/sheet/", office_session.sheet, name="office-selection-sheet"),
    path(
        "office/plans/registrations/<int:key>/<slug:code>/",
        office_plans.registration_act,
        name="office-registration-act",
    ),
    path("office/plans/doors/<int:key>/<slug:code>/", office_plans.offer_act, name="office-offer-act"),
    path("office/plans/<slug:number>/", office_plans.plan, name="office-plan"),
    path("office/plans/<slug:number>/units/", office_plans.plan_units, name="office-plan-units"),
    path("office/plans/<slug:number>/acts/<slug:code>/", office_plans.plan_act, name="office-plan-act"),
    path("office/plans/<slug:number>/session/", office_session.session, name="office-session"),
    path(
        "office/plans/<slug:number>/session/<slug:code>/",
        office_session.session_act,
        name="office-session-act",
    ),
    path("my/waitlist/", portal.my_waitlist, name="portal-waitlist"),
    path("my/waitlist/<slug:number>/", portal.my_entry, name="portal-waitlist-entry"),
    path("my/allocation/<int:key>/", portal.my_registration, name="portal-registration"),
    path("my/allocation/<int:key>/wishes/", portal.my_wishes, name="portal-wishes"),
    path("selection/<slug:number>/", portal.selection, name="portal-selection"),
    path("", include("guangsha.areas.allocation.urls_draw")),
]
