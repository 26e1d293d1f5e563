"""Addresses of the area: below /office/ for staff, below /my/ for the household."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
