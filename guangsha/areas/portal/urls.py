"""Addresses of the portal. Pages of helpers lie under ``/office/proxy/``: whoever signs in as staff is in the office."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.portal.views import cases, home, identity, my, open_pages, own_applications, proxy

urlpatterns = [
    path("", home.home, name="portal-home"),
    path("services/", home.catalogue, name="portal-services"),
    path("services/<slug:code>/", home.guide, name="portal-service"),
    path("apply/<slug:code>/", own_applications.begin, name="portal-apply"),
    path("apply/<slug:code>/<int:draft_id>/leave/", own_applications.leave, name="portal-apply-leave"),
    path("apply/<slug:code>/<int:draft_id>/<slug:wanted>/", own_applications.fill, name="portal-apply-page"),
    path("my/", my.overview, name="portal-my"),
    path("my/messages/", my.inbox, name="portal-messages"),
    path("my/identity/", identity.identity, name="portal-identity"),
    path("my/data/", my.data, name="portal-data"),
    path("my/data/copy/", my.data_copy, name="portal-data-copy"),
    path("my/consents/<int:consent_id>/end/", my.consent_end, name="portal-consent-end"),
    path("my/papers/<int:paper_id>/end/", my.paper_end, name="portal-paper-end"),
    path("my/files/<int:material_id>/", own_applications.material, name="portal-material"),
    path("my/letters/<str:number>/", cases.letter, name="portal-letter"),
    path("my/cases/<slug:number>/", cases.case, name="portal-case"),
    path("my/cases/<slug:number>/supplement/", cases.supplement, name="portal-supplement"),
    path("my/cases/<slug:number>/receipt/", own_applications.receipt, name="portal-receipt"),
    path("notices/", open_pages.notices, name="portal-notices"),
    path("notices/objections/<slug:receipt>/", open_pages.objection, name="portal-objection"),
    path("notices/<slug:number>/", open_pages.notice, name="portal-notice"),
    path("track/", open_pages.track, name="portal-track"),
    path("office/proxy/", proxy.desk, name="office-proxy"),
    path("office/proxy/authorize/", proxy.authorize, name="office-proxy-authorize"),
    path("office/proxy/files/<int:material_id>/", proxy.material, name="office-proxy-material"),
    path("office/proxy/letters/<str:number>/", proxy.letter, name="office-proxy-letter"),
    path("office/proxy/cases/<slug:number>/", proxy.case, name="office-proxy-case"),
    path("office/proxy/cases/<slug:number>/supplement/", proxy.supplement, name="office-proxy-supplement"),
    path("office/proxy/cases/<slug:number>/receipt/", proxy.receipt, name="office-proxy-receipt"),
    path("office/proxy/<slug:code>/<int:draft_id>/leave/", proxy.leave, name="office-proxy-leave"),
    path("office/proxy/<slug:code>/<int:draft_id>/<slug:wanted>/", proxy.fill, name="office-proxy-page"),
]
