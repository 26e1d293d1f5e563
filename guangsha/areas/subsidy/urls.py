"""Addresses of the programme: below /office/ for staff, below /my/ for the household."""

from __future__ import annotations

from django.urls import include, path

from guangsha.areas.subsidy import office, portal

urlpatterns = [
    path("", include("guangsha.areas.subsidy.urls_payments")),
    path("office/subsidies/", office.agreements, name="office-subsidies"),
    path("office/subsidies/<slug:number>/", office.agreement, name="office-subsidy"),
    path("office/subsidies/<slug:number>/acts/<slug:code>/", office.agreement_act, name="office-subsidy-act"),
    path(
        "office/subsidies/calculations/<int:key>/<slug:code>/",
        office.calculation_act,
        name="office-calculation-act",
    ),
    path(
        "office/subsidies/clawbacks/<slug:number>/<slug:code>/",
        office.clawback_act,
        name="office-clawback-act",
    ),
    path("my/subsidy/", portal.my_subsidies, name="portal-subsidies"),
    path("my/subsidy/<slug:number>/", portal.my_subsidy, name="portal-subsidy"),
]
