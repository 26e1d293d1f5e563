"""Addresses of the register's pages, below /office/."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.registry import office, office_imports, office_pairs

urlpatterns = [
    path("households/", office.households, name="office-households"),
    path("households/new/", office.new_household, name="office-household-new"),
    path("households/<str:number>/", office.household, name="office-household"),
    path("households/<str:number>/acts/<slug:code>/", office.household_act, name="office-household-act"),
    path("households/<str:number>/members/<int:key>/end/", office.member_end, name="office-member-end"),
    path("persons/<int:key>/", office.person, name="office-person"),
    path("persons/<int:key>/acts/<slug:code>/", office.person_act, name="office-person-act"),
    path("persons/<int:key>/statuses/<int:status>/end/", office.status_end, name="office-status-end"),
    path("persons/<int:key>/reveal/<slug:field>/", office.reveal_value, name="office-person-reveal"),
    path("duplicates/", office_pairs.duplicates, name="office-duplicates"),
    path("duplicates/<int:key>/", office_pairs.pair, name="office-duplicate"),
    path("merges/", office_pairs.merges, name="office-merges"),
    path("merges/<int:key>/", office_pairs.merge, name="office-merge"),
    path("imports/", office_imports.imports, name="office-imports"),
    path("imports/template.xlsx", office_imports.template_file, name="office-import-template"),
    path("imports/<int:key>/", office_imports.batch, name="office-import"),
    path("imports/<int:key>/result.xlsx", office_imports.result_file, name="office-import-result"),
]
