"""Addresses of payments, all below /office/."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.subsidy import office_batches as pages

urlpatterns = [
    path("office/batches/", pages.batches, name="office-batches"),
    path("office/batches/new/", pages.batch_new, name="office-batch-new"),
    path("office/batches/accounts/", pages.payment_accounts, name="office-payment-accounts"),
    path("office/batches/restore/", pages.batch_restore, name="office-batch-restore"),
    path("office/batches/samples/<int:key>/", pages.sample, name="office-payment-sample"),
    path("office/batches/<slug:number>/", pages.batch, name="office-batch"),
    path("office/batches/<slug:number>/acts/<slug:code>/", pages.batch_act, name="office-batch-act"),
    path(
        "office/batches/<slug:number>/items/<int:seq>/<slug:code>/", pages.item_act, name="office-batch-item"
    ),
    path("office/batches/<slug:number>/file/", pages.batch_file, name="office-batch-file"),
    path("office/batches/<slug:number>/returns/", pages.batch_returns, name="office-batch-returns"),
    path(
        "office/batches/<slug:number>/reconciliation/",
        pages.batch_reconciliation,
        name="office-batch-reconciliation",
    ),
]
