"""Addresses of the area: below /office/ for staff, below /my/ for the household."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.tenancy import office, office_swaps, portal

urlpatterns = [
    path("office/leases/", office.leases, name="office-leases"),
    path("office/leases/new/", office.new_lease, name="office-lease-new"),
    path("office/leases/changes/<int:key>/<slug:code>/", office.change_act, name="office-lease-change-act"),
    path("office/leases/bans/<int:key>/<slug:code>/", office.ban_act, name="office-lease-ban-act"),
    path("office/leases/credentials/<int:key>/<slug:code>/", office.grant_act, name="office-lease-grant-act"),
    path("office/leases/hearings/<int:key>/", office.hearing_act, name="office-lease-hearing"),
    path("office/leases/exits/<slug:number>/<slug:code>/", office.exit_act, name="office-lease-exit-act"),
    path("office/leases/<slug:number>/", office.lease, name="office-lease"),
    path(
        "office/leases/<slug:number>/contract.<slug:kind>", office.contract_file, name="office-lease-contract"
    ),
    path("office/leases/<slug:number>/files/", office.evidence, name="office-lease-files"),
    path("office/leases/<slug:number>/files/<slug:stored>/", office.evidence_file, name="office-lease-file"),
    path("office/leases/<slug:number>/acts/<slug:code>/", office.lease_act, name="office-lease-act"),
    path("office/swaps/", office_swaps.swaps, name="office-swaps"),
    path("office/swaps/<slug:number>/", office_swaps.swap, name="office-swap"),
    path("office/swaps/<slug:number>/acts/<slug:code>/", office_swaps.swap_act, name="office-swap-act"),
    path("office/violations/", office.violations, name="office-violations"),
    path("office/violations/<slug:number>/", office.violation, name="office-violation"),
    path(
        "office/violations/<slug:number>/acts/<slug:code>/", office.violation_act, name="office-violation-act"
    ),
    path("my/leases/", portal.my_leases, name="portal-leases"),
    path("my/leases/<slug:number>/", portal.my_lease, name="portal-lease"),
    path("my/leases/<slug:number>/contract.pdf", portal.my_contract, name="portal-lease-contract"),
]
