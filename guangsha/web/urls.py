"""Addresses of the pages that show packages and take a workbook."""

from __future__ import annotations

from django.urls import path

from guangsha.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("examples/<slug:name>/", views.example, name="example"),
    path("examples/<slug:name>/<str:file>", views.example_file, name="example-file"),
    path("workbooks/<slug:profile>.xlsx", views.workbook, name="workbook"),
    path("packages/", views.upload, name="upload"),
    path("packages/<str:job>/", views.job, name="job"),
    path("packages/<str:job>/status", views.job_status, name="job-status"),
    path("packages/<str:job>/remove", views.job_remove, name="job-remove"),
    path("packages/<str:job>/<str:file>", views.job_file, name="job-file"),
]
