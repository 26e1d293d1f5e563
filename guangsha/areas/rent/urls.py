"""Addresses of the area: below /office/ for staff, below /my/ for the household, and one for the treasury's notifications."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guangsha.areas.rent import notifications

urlpatterns: list[URLPattern | URLResolver] = [
    path("rent/notifications/", notifications.receive, name="rent-notifications"),
]
