"""同事账号: what the security administrator resets for others; every act with a reason, in the log."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people import actions, factors, passwords, queries
from guangsha.people.access import NotThere, access_account
from guangsha.people.actors import actor_of
from guangsha.people.gates import staff
from guangsha.people.models import Account


def _actor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    assert actor is not None  # the gate has seen to it
    return actor


@staff("security_admin")
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Find a colleague."""
    text = request.GET.get("q", "").strip()[:60]
    context = {
        "text": text,
        "accounts": queries.colleagues(_actor(request), text),
        "most": queries.LISTED_MAX,
    }
    return render(request, "web/sign_in/colleagues.html", context)


@staff("security_admin")
@never_cache
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One colleague: reset the password or the second factor, end the sessions."""
    actor = _actor(request)
    account = access_account(actor, key)
    if account.kind not in ("staff", "enterprise") or account.pk == actor.account_id:
        raise NotThere
    error = ""
    if request.method == "POST":
        try:
            return _act(request, actor, account)
        except GuangshaError as fault:
            error = str(fault)
    context = {"account": account, "factor": factors.device_of(account) is not None, "error": error}
    return render(request, "web/sign_in/colleague.html", context, status=400 if error else 200)


def _act(request: HttpRequest, actor: Actor, account: Account) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()[:200]
    if not reason:
        raise InputError("请写明理由", where="理由")
    match request.POST.get("act"):
        case "password":
            password = passwords.fresh(account.username)
            actions.set_password(actor, account.pk, password, reason=reason)
            return render(
                request, "web/sign_in/password_given.html", {"account": account, "password": password}
            )
        case "factor":
            actions.reset_second_factor(actor, account.pk, reason=reason)
            messages.success(request, f"{account} 的动态口令已清除，下次登录时重新设置。")
        case "sessions":
            actions.end_sessions(actor, account.pk, reason=reason)
            messages.success(request, f"{account} 在全部设备上的登录已退出。")
        case _:
            raise InputError("请选择要办理的事项", where="同事账号")
    return redirect("office-colleague", key=account.pk)
