"""Addresses of the pages that show packages, take a workbook, and check reports."""

from __future__ import annotations

from django.urls import include, path

from guangsha.web import check_views, frame_views, views

urlpatterns = [
    path("", include("guangsha.web.sign_in.urls")),
    path("elder/", frame_views.elder_mode, name="portal-elder"),
    path("reports/", views.reports, name="reports"),
    path("examples/<slug:name>/", views.example, name="example"),
    path("examples/<slug:name>/<str:file>", views.example_file, name="example-file"),
    path("workbooks/<slug:profile>.xlsx", views.workbook, name="workbook"),
    path("check/", check_views.check, name="check"),
    path("check/<str:job>/", check_views.check_job, name="check-job"),
    path("check/<str:job>/status", check_views.check_status, name="check-status"),
    path("check/<str:job>/remove", check_views.check_remove, name="check-remove"),
    path("check/<str:job>/keep", check_views.check_keep, name="check-keep"),
    path("check/<str:job>/<int:number>.<str:form>", check_views.check_copy, name="check-copy"),
    path("packages/", views.upload, name="upload"),
    path("packages/<str:job>/", views.job, name="job"),
    path("packages/<str:job>/status", views.job_status, name="job-status"),
    path("packages/<str:job>/remove", views.job_remove, name="job-remove"),
    path("packages/<str:job>/<str:file>", views.job_file, name="job-file"),
]
