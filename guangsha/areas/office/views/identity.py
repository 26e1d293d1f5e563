"""核验身份 at the counter: see the card, look a second time, release a link."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from guangsha.areas.office.views.shared import acting, say, sentences, show
from guangsha.areas.verification import proofing
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.entrances import CODE_LIFE, checked_phone, send_phone_code
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_identity, mask_phone
from guangsha.web.forms import key_of, read_field
from guangsha.web.sign_in.pending import client_address

_KEY = "counter_phone"
_ACTS = ("send", "see", "agree", "refuse", "release")
DONE = {
    "send": "验证码已发到这个手机号，请本人念给您听。",
    "see": "已登记，请另一名同事复核后生效。",
    "agree": "复核完成。",
    "refuse": "已退回，本人会收到通知。",
    "release": "已解除，原手机号会收到通知。",
}


@staff(*proofing.SECOND)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Whoever stands at the counter shows their card; what colleagues saw waits for a second look."""
    actor = acting(request)
    faults: list[str] = []
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            if act not in _ACTS:
                raise InputError("没有这个办理动作", advice="请刷新页面。")
            _do(request, actor, act)
        except InputError as error:
            faults = sentences(error)
        else:
            say(request, DONE[act])
            return redirect("office-identity")
    kept = request.session.get(_KEY)
    if kept and time.time() - kept["at"] > CODE_LIFE.total_seconds() * 2:
        kept = None
    typed = {
        name: str(read_field(request.POST, name, kind))
        for name, kind in (("name", "text"), ("identity", "identity"), ("reason", "text"), ("act", "code"))
    }
    context = {
        "faults": faults, "typed": typed, "phone": mask_phone(kept["phone"]) if kept else "",
        "waiting": [(row, mask_identity(row.identity), mask_phone(row.account.phone)) for row in proofing.waiting_proofs(actor)],
        "own": actor.account_id, "may_see": actor.has(*proofing.COUNTER),
    }  # fmt: skip
    return show(request, "identity", context, status=400 if faults else 200)


def _do(request: HttpRequest, actor: Actor, act: str) -> None:
    data = request.POST
    name, number = str(read_field(data, "name", "text")), str(read_field(data, "identity", "identity"))
    reason = str(read_field(data, "reason", "text"))
    if act == "send":
        if not actor.has(*proofing.COUNTER):
            raise InputError("您的岗位不能在窗口核验身份")
        phone = checked_phone(data.get("phone", ""))
        handle = send_phone_code(phone, address=client_address(request), purpose="counter")
        request.session[_KEY] = {"phone": phone, "handle": handle, "at": int(time.time())}
    elif act == "see":
        kept = request.session.get(_KEY)
        if not kept:
            raise InputError("请先发送验证码", where="窗口核验")
        proofing.see_card(
            actor, phone=kept["phone"], handle=kept["handle"], code=data.get("code", ""), name=name, identity=number,
            seen=data.get("seen") == "yes", replaces=data.get("replaces") == "yes", reason=reason,
        )  # fmt: skip
        del request.session[_KEY]
    elif act in ("agree", "refuse"):
        key = key_of(data.get("proof", ""))
        proof = proofing.look_again(actor, key, agree=act == "agree", text=reason)
        if act == "agree" and proof.state != "live":
            raise InputError(
                "此人已绑定另一个账号，没有变更", advice="本人要求更换的，请重新登记并勾选“更换原账号”。"
            )
    else:
        proofing.release(actor, name=name, identity=number, reason=reason)
