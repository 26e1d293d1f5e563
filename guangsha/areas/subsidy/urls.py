"""Addresses of the programme: below /office/ for staff, below /my/ for the household."""

from __future__ import annotations

from django.urls import include, path

from guangsha.areas.subsidy import office, office_reviews, office_simulate, portal

urlpatterns = [
    path("", include("guangsha.areas.subsidy.urls_payments")),
    path("office/reviews/", office_reviews.reviews, name="office-reviews"),
    path("office/reviews/<int:key>/", office_reviews.review, name="office-review"),
    path("office/reviews/<int:key>/differences.xlsx", office_reviews.review_file, name="office-review-file"),
    path("office/reviews/<int:key>/many/", office_reviews.review_many, name="office-review-many"),
    path(
        "office/reviews/differences/<int:key>/<slug:code>/",
        office_reviews.difference_act,
        name="office-difference-act",
    ),
    path("office/simulation/", office_simulate.simulation, name="office-simulation"),
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
