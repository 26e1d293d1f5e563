"""A public draw of the demo district, from the freeze to the published pack, by the acts of the area. Everything is invented."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from guangsha.areas.allocation import draw_acts as acts
from guangsha.areas.allocation.models import Plan
from guangsha.areas.allocation.models_draw import Draw
from guangsha.demo.cast import Cast
from guangsha.draw.sm3 import sm3_hex
from guangsha.people.actors import build_actor

E1 = "FC-SSQ:2026130:03,08,11,19,20,27+04"
E2 = "LIVE:3,8,1,9,0,4"


def fill_draws(cast: Cast, now: datetime) -> str:
    """Draw the first plan by draw whose public notice is over; the draw is held in the minute in which the demo is built."""
    today = timezone.localdate(now)
    plan = (
        Plan.objects.filter(method="draw", state="publicity", notice_until__lt=today).order_by("pk").first()
    )
    if plan is None:
        return "没有可以摇号的方案"
    operator = build_actor(cast.staff["allocation_officer"])
    notary = build_actor(cast.staff["notary_observer"])
    third_party = rsa.generate_private_key(65537, 2048).public_key()
    pem = third_party.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    moment = timezone.now()
    draw = acts.freeze_draw(
        operator, plan.number, plan.version,
        acts.Announced(
            draws_at=moment + timedelta(days=15), place="湖滨区政务服务大厅三楼（虚构）", e1_source="福彩双色球第 2026130 期（示范数据）",
            e1_prefix="FC-SSQ:2026130:", e1_at=moment + timedelta(days=14), e1_fallback="该期未开奖的，用其后第一期的结果",
            escrow_party="区纪委监委派驻组（虚构）", escrow_key=pem.decode(),
        ),
    )  # fmt: skip
    # the same demo has the same draw; real secrets come from the operating system (draw_acts.proposed_secret)
    op, nt = (sm3_hex(f"guangsha demo {holder} {draw.draw_id}".encode()) for holder in ("OP", "NT"))
    draw = acts.commit(operator, draw.draw_id, draw.version, "OP", op)
    draw = acts.commit(notary, draw.draw_id, draw.version, "NT", nt)
    # the announced days are over: the demo does not wait for them
    Draw.objects.filter(pk=draw.pk).update(
        e1_at=moment - timedelta(hours=13), draws_at=moment - timedelta(minutes=10)
    )
    for which, value, proof in (
        ("e1", E1, "示范数据，不是真实开奖结果"),
        ("e2", E2, "六名申请人代表当众摇出（示范）"),
    ):
        draw = acts.enter_random(operator, draw.draw_id, draw.version, which, value, proof=proof)
        draw = acts.confirm_random(notary, draw.draw_id, draw.version, which, agrees=True)
    draw = acts.open_secret(operator, draw.draw_id, draw.version, "OP", op)
    draw = acts.open_secret(notary, draw.draw_id, draw.version, "NT", nt)
    draw = acts.run_draw(operator, draw.draw_id)
    return f"摇号 {draw.draw_id}：{draw.entries} 户、{draw.units} 套"
