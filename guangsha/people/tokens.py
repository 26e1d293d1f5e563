"""From a machine's key to the actor behind it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.audit.actions import sm3
from guangsha.audit.actor import Actor
from guangsha.people.actors import agencies_below
from guangsha.people.models import Account, ApiToken

#: What a key may open, and what that is called.
SCOPES = {
    "services:read": "查询事项目录、申请表、机构岗位、工作日和期限",
    "cases:read": "查询办件状态、经过和下一步",
    "cases:write": "代申请人提交申请、补正、说明、异议、复核和评价",
    "cases:act": "由经办人办理办件（另须经办人的动态口令）",
    "materials:read": "下载办件的材料",
    "notices:read": "查询公示",
    "households:read": "查询家庭档案（遮盖）",
    "households:reveal": "查看家庭成员的原文（须写明理由，限次）",
    "own:read": "查询本人的轮候、租约、租金、报修和补贴（须核验本人身份）",
    "own:write": "代本人报修（须核验本人身份）",
    "housing:read": "查询公开的公租房房源、看房时段、配租方案和摇号",
    "dwellings:read": "查询小区、楼栋、房屋和房态",
    "dwellings:act": "由经办人办理房态变更（另须经办人的动态口令）",
    "leases:read": "查询租赁合同（遮盖）",
    "rent:read": "查询租金账单和按月汇总",
    "repairs:read": "查询维修工单",
    "subsidies:read": "查询补贴协议和发放批次（遮盖）",
    "duplicates:read": "查询疑似重复的人员（遮盖）",
    "figures:read": "查询统计数字",
    "audit:read": "查询每日审计锚",
    "verification:callback": "送回核验结果",
}
#: Reading does not become writing: the time of last use is kept to this grain.
_GRAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Machine:
    """Who calls, what the key allows, and which key it is."""

    actor: Actor
    scopes: frozenset[str]
    token_id: int


def machine_of(plain: str) -> Machine | None:
    """The machine behind a key; None when the key is unknown, over, or taken back: from outside the same."""
    if not 20 <= len(plain) <= 80:
        return None
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("agency", "account")
        .filter(digest=sm3(plain), revoked_at=None)
        .first()
    )
    if token is None or (token.expires_at is not None and token.expires_at <= now) or not token.agency.active:
        return None
    if token.last_used_at is None or now - token.last_used_at > _GRAIN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    actor = Actor(
        "api",
        account_of(token).pk,
        token.name,
        agency_id=token.agency_id,
        scope=agencies_below([token.agency]),
    )
    return Machine(actor, frozenset(token.scopes), token.pk)


def account_of(token: ApiToken) -> Account:
    """The account that a machine writes drafts and cases under; made when the key is first used."""
    if token.account is not None:
        return token.account
    with transaction.atomic():
        held = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
        if held.account is None:
            account = Account(
                username=f"machine-{secrets.token_hex(8)}",
                name=token.name[:60],
                kind="machine",
                is_active=False,
            )
            account.set_unusable_password()
            account.save()
            held.account = account
            held.save(update_fields=["account"])
        return held.account
