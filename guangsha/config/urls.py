"""Every address of the web, by room."""

from __future__ import annotations

from django.urls import include, path

from guangsha.web.admin.site import site

urlpatterns = [
    path("", include("guangsha.web.urls")),
    path("admin/", site.urls),
    path("api/v1/", include("guangsha.api.urls")),
    path("office/", include("guangsha.areas.office.urls")),
    path("", include("guangsha.areas.portal.urls")),
    path("office/", include("guangsha.areas.registry.urls")),
    path("", include("guangsha.areas.subsidy.urls")),
    path("", include("guangsha.areas.stock.urls")),
    path("", include("guangsha.areas.allocation.urls")),
    path("", include("guangsha.areas.tenancy.urls")),
    path("", include("guangsha.areas.rent.urls")),
    path("", include("guangsha.areas.fieldwork.urls")),
    path("office/", include("guangsha.areas.performance.urls")),
]

handler400 = "guangsha.web.views.bad_request"
handler404 = "guangsha.web.views.not_found"
handler500 = "guangsha.web.views.server_error"
