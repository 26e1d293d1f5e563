"""What anybody may ask without signing in: whether a confirmation of a payment is true."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from guangsha.areas.rent.receipts import check_receipt
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import normalise
from guangsha.people.gates import public
from guangsha.web.sign_in.pending import client_address

TYPED_MAX = 20


@public
@require_http_methods(["GET", "POST"])
def receipt_check(request: HttpRequest) -> HttpResponse:
    """Number and check code, typed or out of the QR code of the paper; unknown and wrong look the same."""
    given = request.POST if request.method == "POST" else request.GET
    number, code = (normalise(given.get(name, "")).strip()[:TYPED_MAX] for name in ("number", "code"))
    faults: list[tuple[str, str]] = []
    found = None
    if request.method == "POST" or (number and code):
        try:
            found = check_receipt(number, code, address=client_address(request))
        except InputError as error:
            faults = [("f-number", str(error))]
    context = {"found": found, "faults": faults, "number": number, "code": "" if faults else code}
    answer = render(
        request, "rent/receipt_check.html", context, status=400 if faults else 200, using="jinja2"
    )
    add_never_cache_headers(answer)
    # the address of a QR code holds the check code: no search engine keeps it
    answer["X-Robots-Tag"] = "noindex"
    return answer
