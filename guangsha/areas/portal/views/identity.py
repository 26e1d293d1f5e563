"""核验身份: a citizen shows that the account is theirs, and what to do where that fails."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from guangsha.areas.portal.actions import TAKEN
from guangsha.areas.portal.views.common import page, private, sentences, signed_in
from guangsha.areas.verification import proofing
from guangsha.areas.verification.models import IdentityProof
from guangsha.kernel.errors import InputError
from guangsha.people.gates import citizens
from guangsha.people.models import Account
from guangsha.privacy.masks import mask_identity, mask_name, mask_phone
from guangsha.web.forms import read_field
from guangsha.web.frame_views import safe_next
from guangsha.web.sign_in.certificates import names_persons, person_of_certificate
from guangsha.web.sign_in.pending import client_address
from guangsha.web.sign_in.single import may_prove

#: The field of the form by what an error names as its place.
FIELDS = {"姓名": "f-name", "身份证号": "f-identity", "同意核验": "f-agree"}


@citizens
@private
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponseBase:
    """How far I am proved; POST proves me by the register, or by the certificate in my reader."""
    actor = signed_in(request)
    account = Account.objects.get(pk=actor.account_id)
    onward = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), "")
    typed = {
        "name": str(read_field(request.POST, "name", "text")),
        "identity": str(read_field(request.POST, "identity", "identity")),
    }
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            if request.POST.get("act") == "certificate":
                named = person_of_certificate(request)
                if named is None:
                    raise InputError("没有读到您的证书", advice="请插好证书后再试，或选用其他方式。")
                proof = proofing.prove_by_claims(account, *named, way="certificate")
            else:
                proof = proofing.ask_register(
                    actor, **typed, agreed=request.POST.get("agree") == "yes", address=client_address(request)
                )
        except InputError as error:
            faults = sentences(error, "", FIELDS)
        else:
            if proof.state == "live":
                messages.success(request, "身份核验已通过。")
                return redirect(onward or "portal-identity")
            return redirect("portal-identity")
    account.refresh_from_db()
    latest = proofing.latest_proof(account.pk)
    context = {
        "account": account, "proof": latest, "faults": faults, "wrong": dict(faults), "typed": typed, "next": onward,
        "taken": f"{TAKEN}。要换成这个手机号，请带身份证到窗口办理。",
        "shown": _shown(account), "phone": mask_phone(account.phone), "city": may_prove(), "certificate": names_persons(),
        "masked": [mask_name(latest.name), mask_identity(latest.identity)] if latest is not None else [],
    }  # fmt: skip
    return page(request, "identity", context, 400 if faults else 200)


def _shown(account: Account) -> list[tuple[str, str]]:
    """What is known of a link that holds."""
    if not account.person_id:
        return []
    ways = dict(IdentityProof.WAYS)
    day = account.proved_at
    return [
        ("姓名", mask_name(account.name)), ("手机号", mask_phone(account.phone)), ("核验方式", ways.get(account.proved_by, "登记时核对")),
        ("核验日期", f"{day.year}年{day.month}月{day.day}日" if day else ""),
    ]  # fmt: skip
