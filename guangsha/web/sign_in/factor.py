"""The own second factor and sessions: a new phone, new recovery codes, the end of every other session."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from guangsha.people import actions, factors
from guangsha.people.actors import actor_of
from guangsha.people.gates import staff
from guangsha.people.models import Account


def _own(request: HttpRequest) -> Account:
    actor = actor_of(request)
    assert actor is not None  # the gate has seen to it
    return Account.objects.get(pk=actor.account_id)


def _proved(request: HttpRequest, account: Account) -> str:
    """Whoever sits at an open session must still prove to be its owner; what is wrong, or empty."""
    if factors.device_of(account) is not None:
        right = factors.verify(account, request.POST.get("proof", ""))
        return "" if right else "现在的动态口令或恢复码不对，请等待片刻再输"
    if account.has_usable_password() and not account.check_password(request.POST.get("proof", "")[:128]):
        return "密码不对"
    return ""


def _proof_kind(account: Account) -> str:
    if factors.device_of(account) is not None:
        return "code"
    return "password" if account.has_usable_password() else ""


@staff("*")
@never_cache
@sensitive_post_parameters("proof", "code")
@require_http_methods(["GET", "POST"])
def enrol_anew(request: HttpRequest) -> HttpResponse:
    """Set a second factor up, or move it to another phone: proof, scan, first code, recovery codes."""
    account = _own(request)
    proof_error = code_error = ""
    if request.method == "POST":
        proof_error = _proved(request, account)
        if not proof_error:
            codes = factors.confirm(account, request.POST.get("code", "").strip())
            if codes:
                return _codes_page(request, codes)
            code_error = "新手机上的口令不对，请核对手机时间后再输一次"
    device = factors.begin(account)
    context = {
        "proof": _proof_kind(account),
        "picture": factors.picture_of(device),
        "secret": factors.secret_of(device),
        "proof_error": proof_error,
        "code_error": code_error,
    }
    status = 400 if proof_error or code_error else 200
    return render(request, "web/sign_in/own_factor.html", context, status=status)


@staff("*")
@never_cache
@sensitive_post_parameters("proof")
@require_http_methods(["GET", "POST"])
def recovery(request: HttpRequest) -> HttpResponse:
    """New recovery codes; the old ones open nothing any more."""
    account = _own(request)
    if factors.device_of(account) is None:
        return redirect("office-own-factor")
    error = ""
    if request.method == "POST":
        error = _proved(request, account)
        if not error:
            return _codes_page(request, factors.renew_recovery(account))
    return render(request, "web/sign_in/own_recovery.html", {"error": error}, status=400 if error else 200)


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"codes": codes, "onward": "/office/account/"}
    return render(request, "web/sign_in/recovery.html", context)


@staff("*")
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End every session of this account but this one."""
    actor = actor_of(request)
    assert actor is not None  # the gate has seen to it
    account = actions.end_sessions(actor, actor.account_id)
    update_session_auth_hash(request, account)
    messages.success(request, "其他设备上的登录已全部退出。")
    return redirect("office-own-account")
