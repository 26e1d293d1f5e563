"""Addresses of a unit's year, below /office/."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.performance import office, office_unit

urlpatterns = [
    path("performance/", office.years, name="office-performance"),
    path("performance/metrics/", office.metrics, name="office-performance-metrics"),
    path("performance/unit/", office_unit.unit, name="office-performance-unit"),
    path("performance/unit/acts/<slug:code>/", office_unit.unit_act, name="office-performance-unit-act"),
    path("performance/<int:key>/", office.year, name="office-performance-year"),
    path("performance/<int:key>/table.yaml", office.table_file, name="office-performance-table"),
    path("performance/<int:key>/enter/<int:row>/", office.enter, name="office-performance-enter"),
    path("performance/<int:key>/versions/<int:number>/", office.version, name="office-performance-version"),
    path(
        "performance/<int:key>/versions/<int:number>/figure/",
        office.figure,
        name="office-performance-figure",
    ),
    path(
        "performance/<int:key>/versions/<int:number>/changes/",
        office.changes,
        name="office-performance-changes",
    ),
    path(
        "performance/<int:key>/versions/<int:number>/files/<str:name>",
        office.package_file,
        name="office-performance-file",
    ),
]
