"""Addresses of the office, below /office/."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.office.views import (
    afterwards,
    cases,
    figures,
    home,
    identity,
    papers,
    queue,
    watch,
    window,
)

urlpatterns = [
    path("", home.home, name="office-home"),
    path("next/", home.following, name="office-next"),
    path("search/", home.search, name="office-search"),
    path("alarms/<int:key>/", home.alarm, name="office-alarm"),
    path("cases/", queue.queue, name="office-queue"),
    path("cases/batch/", queue.batch, name="office-batch"),
    path("cases/<str:number>/", cases.case, name="office-case"),
    path("cases/<str:number>/reveal/", cases.reveal_value, name="office-reveal"),
    path("cases/<str:number>/receipt/", papers.receipt, name="office-receipt"),
    path("cases/<str:number>/letter/", papers.letter, name="office-letter"),
    path("cases/<str:number>/acts/<slug:act>/", cases.act, name="office-act"),
    path("materials/<int:key>/", papers.material, name="office-material"),
    path("materials/<int:key>/<int:page>.png", papers.material_picture, name="office-material-picture"),
    path("materials/<int:key>/file", papers.material_file, name="office-material-file"),
    path("notices/", afterwards.notices, name="office-notices"),
    path("notices/<str:number>/", afterwards.notice, name="office-notice"),
    path("notices/<str:number>/withdraw/", afterwards.withdraw_notice, name="office-notice-withdraw"),
    path("objections/", afterwards.objections, name="office-objections"),
    path("objections/together/", afterwards.objections_together, name="office-objections-together"),
    path("objections/<str:receipt>/", afterwards.objection, name="office-objection"),
    path("remedies/", afterwards.remedies, name="office-remedies"),
    path("remedies/<int:key>/", afterwards.remedy, name="office-remedy"),
    path("ratings/", afterwards.ratings, name="office-ratings"),
    path("ratings/<int:key>/", afterwards.rating, name="office-rating"),
    path("spot-checks/", afterwards.spot_checks, name="office-spot-checks"),
    path("spot-checks/<int:key>/", afterwards.spot_check, name="office-spot-check"),
    path("window/", window.window, name="office-window"),
    path("window/<int:draft_id>/", window.window_form, name="office-window-form"),
    path("identity/", identity.identity, name="office-identity"),
    path("figures/", figures.dashboard, name="office-dashboard"),
    path("inbox/", watch.inbox, name="office-inbox"),
    path("inbox/read/", watch.read, name="office-inbox-read"),
    path("messages/", watch.failed, name="office-failed"),
    path("messages/<int:key>/again/", watch.again, name="office-message-again"),
    path("jobs/", watch.jobs, name="office-jobs"),
    path("audit/", watch.acts, name="office-acts"),
    path("reveals/", watch.reveals, name="office-reveals"),
    path("reveals/<int:key>/", watch.review, name="office-reveal-review"),
]
