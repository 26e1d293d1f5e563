"""Addresses of the register of dwellings: below /office/stock/ for staff, /housing/ for everybody, /my/viewings/ for a citizen."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guangsha.areas.stock import office, office_files, office_rounds, office_supply, office_viewings, portal

urlpatterns: list[URLPattern | URLResolver] = [
    path("office/stock/", office.estates, name="office-stock"),
    path("office/stock/estates/new/", office.estate_new, name="office-stock-estate-new"),
    path("office/stock/estates/<int:key>/", office.estate, name="office-stock-estate"),
    path(
        "office/stock/estates/<int:key>/acts/<slug:code>/", office.estate_act, name="office-stock-estate-act"
    ),
    path(
        "office/stock/estates/<int:key>/pictures/", office_files.picture_new, name="office-stock-picture-new"
    ),
    path("office/stock/estates/<int:key>/survey/", office_files.survey_new, name="office-stock-survey-new"),
    path(
        "office/stock/surveys/template.xlsx",
        office_files.survey_template,
        name="office-stock-survey-template",
    ),
    path("office/stock/surveys/<int:key>/", office_files.survey, name="office-stock-survey"),
    path("office/stock/pictures/<int:key>/", office_files.picture, name="office-stock-picture"),
    path("office/stock/buildings/<int:key>/", office.building, name="office-stock-building"),
    path(
        "office/stock/buildings/<int:key>/acts/<slug:code>/",
        office.building_act,
        name="office-stock-building-act",
    ),
    path("office/stock/dwellings/", office.dwellings, name="office-stock-dwellings"),
    path("office/stock/dwellings/export/", office_files.export, name="office-stock-export"),
    path("office/stock/dwellings/<int:key>/", office.dwelling, name="office-stock-dwelling"),
    path(
        "office/stock/dwellings/<int:key>/acts/<slug:code>/",
        office.dwelling_act,
        name="office-stock-dwelling-act",
    ),
    path("office/stock/requests/<int:key>/<slug:code>/", office.request_act, name="office-stock-request-act"),
    path("office/stock/rounds/", office_rounds.rounds, name="office-stock-rounds"),
    path("office/stock/rounds/new/", office_rounds.round_new, name="office-stock-round-new"),
    path("office/stock/rounds/<slug:number>/", office_rounds.round_page, name="office-stock-round"),
    path(
        "office/stock/rounds/<slug:number>/close/", office_rounds.round_close, name="office-stock-round-close"
    ),
    path("office/stock/checks/<int:key>/", office_rounds.check, name="office-stock-check"),
    path(
        "office/stock/checks/<int:key>/confirm/",
        office_rounds.check_confirm,
        name="office-stock-check-confirm",
    ),
    path("office/stock/checks/<int:key>/photo/", office_rounds.check_photo, name="office-stock-check-photo"),
    path("office/stock/supply/", office_supply.supply, name="office-stock-supply"),
    path("office/stock/supply/new/", office_supply.supply_new, name="office-stock-supply-new"),
    path("office/stock/supply/<int:key>/", office_supply.supply_plan, name="office-stock-supply-plan"),
    path(
        "office/stock/supply/<int:key>/acts/<slug:code>/",
        office_supply.supply_act,
        name="office-stock-supply-act",
    ),
    path("office/stock/supply/items/<int:key>/", office_supply.supply_item, name="office-stock-supply-item"),
    path("office/stock/viewings/", office_viewings.viewings, name="office-stock-viewings"),
    path(
        "office/stock/viewings/<slug:number>/note/",
        office_viewings.viewing_note,
        name="office-stock-viewing-note",
    ),
    path(
        "office/stock/viewings/<slug:number>/cancel/",
        office_viewings.viewing_cancel,
        name="office-stock-viewing-cancel",
    ),
    path("office/stock/slots/<int:key>/book/", office_viewings.viewing_new, name="office-stock-viewing-new"),
    path("office/stock/slots/<int:key>/close/", office_viewings.slot_close, name="office-stock-slot-close"),
    path("housing/", portal.housing, name="portal-housing"),
    path("housing/<int:key>/", portal.housing_estate, name="portal-housing-estate"),
    path("housing/<int:key>/viewing/", portal.viewing_new, name="portal-viewing-new"),
    path("housing/pictures/<int:key>/", portal.housing_picture, name="portal-housing-picture"),
    path("my/viewings/", portal.viewings, name="portal-viewings"),
]
