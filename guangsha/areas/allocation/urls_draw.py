"""Addresses of the draw: public below /draws/, for staff below /office/draws/."""

from __future__ import annotations

from django.urls import path

from guangsha.areas.allocation import draw_office, draw_public

urlpatterns = [
    path("draws/", draw_public.draws, name="portal-draws"),
    path("draws/<slug:draw_id>/", draw_public.draw, name="portal-draw"),
    path("draws/<slug:draw_id>/hall/", draw_public.hall, name="portal-draw-hall"),
    path("draws/<slug:draw_id>/pack.zip", draw_public.pack, name="portal-draw-pack"),
    path("office/draws/", draw_office.draws, name="office-draws"),
    path("office/draws/plans/<slug:number>/", draw_office.draw_new, name="office-draw-new"),
    path("office/draws/<slug:draw_id>/", draw_office.draw, name="office-draw"),
    path("office/draws/<slug:draw_id>/acts/<slug:code>/", draw_office.draw_act, name="office-draw-act"),
    path(
        "office/draws/<slug:draw_id>/<slug:holder>.escrow", draw_office.draw_escrow, name="office-draw-escrow"
    ),
]
