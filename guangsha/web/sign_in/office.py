"""Staff and enterprises sign in: password or certificate, second factor, a new password where it is due; the own account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.kernel.errors import InputError
from guangsha.people import actions, factors
from guangsha.people.actors import actor_of, build_actor
from guangsha.people.entrances import sign_in_password
from guangsha.people.gates import public, staff
from guangsha.people.models import Account, Appointment, Delegation
from guangsha.web.frame_views import safe_next
from guangsha.web.sign_in import pending
from guangsha.web.sign_in.certificates import account_of_certificate, reader

SECRETS = ("password", "current", "new", "again", "code")


@public
@never_cache
@sensitive_post_parameters(*SECRETS)
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password."""
    error, status = "", 200
    if request.method == "POST":
        try:
            account = sign_in_password(
                request.POST.get("username", "").strip()[:60],
                request.POST.get("password", "")[:128],
                address=pending.client_address(request),
            )
        except InputError as refused:
            error, status = str(refused), 400
        else:
            return pending.begin(request, account, "password")
    context = {
        "error": error,
        "username": request.POST.get("username", "")[:60],
        "next": safe_next(request, request.POST.get("next") or request.GET.get("next", ""), ""),
        "certificates": reader() is not None,
        "single": bool(settings.GUANGSHA_OIDC),
    }
    return render(request, "web/sign_in/office.html", context, status=status)


@public
@never_cache
@require_POST
def certificate(request: HttpRequest) -> HttpResponse:
    """The certificate that the browser has shown to the proxy."""
    account = account_of_certificate(request)
    if account is None:
        messages.error(request, "没有读到可用的证书。请插好 UKey 后重试，或改用密码登录。")
        return redirect("office-sign-in")
    return pending.begin(request, account, "certificate")


@public
@never_cache
@sensitive_post_parameters(*SECRETS)
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second factor."""
    account = pending.account_of(request)
    if account is None or factors.device_of(account) is None:
        return redirect("office-sign-in")
    error = ""
    if request.method == "POST":
        if factors.verify(account, request.POST.get("code", "")):
            return pending.passed(request, "factor")
        error = "动态口令不对。请等待下一个口令后再输，不要连续尝试。"
    return render(request, "web/sign_in/code.html", {"error": error}, status=400 if error else 200)


@public
@never_cache
@sensitive_post_parameters(*SECRETS)
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Set the second factor up: scan, type the first code, keep the recovery codes."""
    account = pending.account_of(request)
    if account is None or factors.device_of(account) is not None:
        return redirect("office-sign-in")
    error = ""
    if request.method == "POST":
        codes = factors.confirm(account, request.POST.get("code", "").strip())
        if codes:
            answer = pending.passed(request, "factor")
            return render(
                request, "web/sign_in/recovery.html", {"codes": codes, "onward": answer["Location"]}
            )
        error = "动态口令不对，请核对手机时间后再输一次。"
    device = factors.begin(account)
    context = {"error": error, "picture": factors.picture_of(device), "secret": factors.secret_of(device)}
    return render(request, "web/sign_in/enrol.html", context, status=400 if error else 200)


@public
@never_cache
@sensitive_post_parameters(*SECRETS)
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """A password that was given by somebody else, or is too old, is changed before anything else."""
    account = pending.account_of(request)
    if account is None or not _has_passed_factor(request, account) or not pending.must_change(account):
        return redirect("office-sign-in")
    error = ""
    if request.method == "POST":
        error = _change(request, account, current=None)
        if not error:
            return pending.passed(request, "password")
    return render(request, "web/sign_in/password.html", {"error": error}, status=400 if error else 200)


def _has_passed_factor(request: HttpRequest, account: Account) -> bool:
    asked = factors.device_of(account) is not None or factors.needed(account)
    return not asked or pending.has_passed(request, "factor")


def _change(request: HttpRequest, account: Account, *, current: str | None) -> str:
    """Set the new password; what is wrong with it, or empty."""
    new = request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        return "两次输入的新密码不一样"
    try:
        actions.set_password(build_actor(account), account.pk, new, current=current)
    except InputError as error:
        return str(error)
    return ""


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("office-sign-in")


@staff("*")
@never_cache
@require_GET
def own_account(request: HttpRequest) -> HttpResponse:
    """Who I am here: posts, delegations, declared relatives, second factor."""
    return _own_page(request)


@staff("*")
@never_cache
@sensitive_post_parameters(*SECRETS)
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password; the other sessions of this account end."""
    account = _own(request)
    error = _change(request, account, current=request.POST.get("current", ""))
    if error:
        return _own_page(request, password_error=error, status=400)
    account.refresh_from_db()
    update_session_auth_hash(request, account)
    messages.success(request, "密码已更改，其他设备上的登录已失效。")
    return redirect("office-own-account")


@staff("*")
@never_cache
@require_POST
def declare_kin(request: HttpRequest) -> HttpResponse:
    """Declare a relative from whose matters one keeps away."""
    actor = actor_of(request)
    assert actor is not None  # the gate has seen to it
    try:
        actions.declare_kin(
            actor, identity=request.POST.get("identity", ""), relation=request.POST.get("relation", "")
        )
    except InputError as error:
        return _own_page(request, kin_error=str(error), status=400)
    messages.success(request, "已申报，涉及该人的办件将自动回避。")
    return redirect("office-own-account")


def _own(request: HttpRequest) -> Account:
    actor = actor_of(request)
    assert actor is not None  # the gate has seen to it
    return Account.objects.get(pk=actor.account_id)


def _own_page(
    request: HttpRequest, *, password_error: str = "", kin_error: str = "", status: int = 200
) -> HttpResponse:
    account = _own(request)
    context = {
        "account": account,
        "posts": Appointment.objects.filter(account=account)
        .select_related("agency")
        .order_by("-started_on")[:50],
        "taken": Delegation.objects.filter(deputy=account)
        .select_related("holder", "agency")
        .order_by("-id")[:20],
        "kin": account.kin.order_by("id")[:50],
        "relations": {word: word for word in actions.RELATIONS},
        "factor": factors.device_of(account) is not None,
        "recovery_left": factors.recovery_left(account),
        "password_error": password_error,
        "kin_error": kin_error,
    }
    return render(request, "web/sign_in/own_account.html", context, status=status)
