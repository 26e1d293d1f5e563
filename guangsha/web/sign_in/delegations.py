"""委托与顶岗: hand a duty over for some days, see what was given and taken, take it back."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people import actions, queries
from guangsha.people.actors import actor_of
from guangsha.people.gates import staff
from guangsha.people.models import Delegation
from guangsha.web.forms import day_typed, read_field

_FIELDS = {"duty": "text", "deputy": "text", "started_on": "date", "ended_on": "date", "reason": "text"}


def _actor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    assert actor is not None  # the gate has seen to it
    return actor


@staff("*")
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Everything given and taken, and the form for a new one."""
    actor = _actor(request)
    typed = dict.fromkeys(_FIELDS, "")
    error = ""
    if request.method == "POST":
        typed = {name: str(read_field(request.POST, name, kind)) for name, kind in _FIELDS.items()}
        try:
            _delegate(actor, typed)
        except GuangshaError as fault:
            error = str(fault)
        else:
            messages.success(request, "已登记。受托人从起日起可以办理，每一步都记录由谁代办。")
            return redirect("office-delegations")
    context = {
        "typed": typed,
        "error": error,
        "duties": {
            str(post.pk): f"{post.account} · {post.get_role_display()}（{post.agency}）"
            for post in queries.duties(actor)
        },
        "deputies": {
            str(account.pk): f"{account}（{account.username}）"
            for account in queries.possible_deputies(actor)
            if account.pk != actor.account_id or actor.has("supervisor")
        },
        "items": [(item, _state(item)) for item in queries.delegations(actor)],
        "longest": actions.DELEGATION_DAYS_MAX,
    }
    return render(request, "web/sign_in/delegations.html", context, status=400 if error else 200)


def _state(item: Delegation) -> str:
    today = timezone.localdate()
    if item.revoked_at is not None:
        return "revoked"
    if item.ended_on < today:
        return "over"
    return "coming" if item.started_on > today else "running"


def _day(text: str, where: str) -> date:
    day = day_typed(text)
    if day is None:
        raise InputError(f"{where}不是有效的日期", where="委托")
    return day


def _delegate(actor: Actor, typed: dict[str, str]) -> None:
    post = next((post for post in queries.duties(actor) if str(post.pk) == typed["duty"]), None)
    if post is None:
        raise InputError("请选择要委托的职责", where="委托")
    if not typed["deputy"].isdecimal():
        raise InputError("请选择受托人", where="委托")
    actions.delegate(
        actor,
        deputy_id=int(typed["deputy"]),
        agency_id=post.agency_id,
        role=post.role,
        started_on=_day(typed["started_on"], "起日"),
        ended_on=_day(typed["ended_on"], "止日"),
        reason=typed["reason"][:200],
        holder_id=post.account_id,
    )


@staff("*")
@require_POST
def revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Take a duty back before its time."""
    try:
        actions.revoke_delegation(_actor(request), key, reason=request.POST.get("reason", "")[:200])
    except InputError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "已撤回，立即生效。")
    return redirect("office-delegations")
