"""Where the payment channel tells that something was paid: signed, read once, answered in one word."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from guangsha.areas.rent.actions.paying import confirm
from guangsha.areas.rent.channels import BYTES_MAX, channel
from guangsha.kernel.errors import InputError
from guangsha.people.gates import public


@csrf_exempt
@public
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take one notification. 200: booked, now or before. 400: not taken, with the reason; the channel sends it again or asks.

    Anybody may call; only what the channel signed is read (``channels``). The booking is one transaction: where the process dies in it
    nothing is there, and the channel's next try books it.
    """
    body = request.read(BYTES_MAX + 1)
    try:
        receipt = confirm(channel().read(body, request.headers.get("x-signature", "")[:200]))
    except InputError as error:
        return JsonResponse({"taken": False, "reason": str(error)}, status=400)
    return JsonResponse({"taken": True, "serial": receipt.serial})
