"""Every address of the web, by room."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("guangsha.web.urls"))]

handler400 = "guangsha.web.views.bad_request"
handler404 = "guangsha.web.views.not_found"
handler500 = "guangsha.web.views.server_error"
