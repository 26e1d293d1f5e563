"""Addresses of signing in and out."""

from __future__ import annotations

from django.urls import path

from guangsha.web.sign_in import colleagues, delegations, factor, office, portal, single

urlpatterns = [
    path("sign-in/", portal.sign_in, name="portal-sign-in"),
    path("sign-in/code/", portal.code, name="portal-sign-in-code"),
    path("sign-out/", portal.sign_out, name="portal-sign-out"),
    path("office/sign-in/", office.sign_in, name="office-sign-in"),
    path("office/sign-in/certificate/", office.certificate, name="office-sign-in-certificate"),
    path("office/sign-in/code/", office.code, name="office-sign-in-code"),
    path("office/sign-in/enrol/", office.enrol, name="office-sign-in-enrol"),
    path("office/sign-in/password/", office.new_password, name="office-sign-in-password"),
    path("office/sign-in/city/", single.begin, name="office-sign-in-city"),
    path("office/sign-in/city/back/", single.come_back, name="office-sign-in-city-back"),
    path("office/sign-out/", office.sign_out, name="office-sign-out"),
    path("office/account/", office.own_account, name="office-own-account"),
    path("office/account/password/", office.change_password, name="office-change-password"),
    path("office/account/kin/", office.declare_kin, name="office-declare-kin"),
    path("office/account/factor/", factor.enrol_anew, name="office-own-factor"),
    path("office/account/recovery/", factor.recovery, name="office-own-recovery"),
    path("office/account/sessions/", factor.end_sessions, name="office-end-sessions"),
    path("office/delegations/", delegations.page, name="office-delegations"),
    path("office/delegations/<int:key>/revoke/", delegations.revoke, name="office-delegation-revoke"),
    path("office/colleagues/", colleagues.page, name="office-colleagues"),
    path("office/colleagues/<int:key>/", colleagues.one, name="office-colleague"),
]
