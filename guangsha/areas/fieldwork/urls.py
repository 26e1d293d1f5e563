"""Addresses of the area: below /office/ for staff and crews, below /my/ for the household."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.fieldwork import crew, office, office_duty, office_hazards, office_rounds, portal

urlpatterns = [
    path("office/repairs/", office.board, name="office-repairs"),
    path("office/repairs/new/", office.new_order, name="office-repair-new"),
    path("office/repairs/contractors/", office.contractors, name="office-contractors"),
    path("office/repairs/contractors/new/", office.contractor_edit, name="office-contractor-new"),
    path("office/repairs/contractors/<int:key>/", office.contractor_edit, name="office-contractor"),
    path("office/repairs/photos/<int:key>.jpg", office.photo, name="office-field-photo"),
    path("office/repairs/<slug:number>/", office.order, name="office-repair"),
    path("office/repairs/<slug:number>/sheet/", office.sheet, name="office-repair-sheet"),
    path("office/repairs/<slug:number>/acts/<slug:code>/", office.order_act, name="office-repair-act"),
    path("office/hazards/", office_hazards.hazards, name="office-hazards"),
    path("office/hazards/new/", office_hazards.new_hazard, name="office-hazard-new"),
    path("office/hazards/<slug:number>/", office_hazards.hazard, name="office-hazard"),
    path(
        "office/hazards/<slug:number>/acts/<slug:code>/", office_hazards.hazard_act, name="office-hazard-act"
    ),
    path("office/rounds/", office_rounds.rounds, name="office-rounds"),
    path("office/rounds/new/", office_rounds.round_new, name="office-round-new"),
    path("office/rounds/<int:key>/", office_rounds.safety_round, name="office-round"),
    path("office/duty/", office_duty.duty, name="office-duty"),
    path("office/duty/<int:key>/<slug:day>/", office_duty.duty_week, name="office-duty-week"),
    path("office/crew/", crew.my_work, name="office-crew"),
    path("office/crew/photos/<int:key>.jpg", crew.my_photo, name="office-crew-photo"),
    path("office/crew/hazards/<slug:number>/", crew.my_hazard, name="office-crew-hazard"),
    path("office/crew/<slug:number>/", crew.my_order, name="office-crew-order"),
    path("my/repairs/", portal.my_repairs, name="portal-repairs"),
    path("my/repairs/new/", portal.report, name="portal-repair-new"),
    path("my/repairs/photos/<int:key>.jpg", portal.photo, name="portal-repair-photo"),
    path("my/repairs/<slug:number>/", portal.my_repair, name="portal-repair"),
]
