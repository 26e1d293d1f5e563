"""Figures: how many, in time or not, how much faster than the law asks; every number leads to its list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guangsha.areas.office import figures
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, show
from guangsha.people.gates import staff


@staff(*gates.FIGURES)
@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of some months."""
    since, until = figures.month_span(
        request.GET.get("since", ""), request.GET.get("until", ""), timezone.localdate()
    )
    found = figures.figures_of(acting(request), since, until)
    speed = figures.chart(
        [(row.name, (row.legal, row.promised, row.mean)) for row in found.services if row.decided]
    )
    months = figures.chart([(name, (came, ended)) for name, _, _, came, ended in found.months])
    streets = figures.chart([(row.name, (row.accepted, row.decided, row.late)) for row in found.streets])
    return show(
        request, "figures",
        {"found": found, "speed": speed, "months": months, "streets": streets, "width": figures.WIDTH, "thick": figures.THICK},
    )  # fmt: skip
