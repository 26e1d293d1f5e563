"""Roles of an agency and the pairs that one person must not hold together.

Source: operations.md §2.1 (roles, separation of duties); GB/T 22239-2019 §8 (三员: system, security and audit
administrators are different people).
"""

from __future__ import annotations

from collections.abc import Iterable

#: code → Chinese name
ROLES: dict[str, str] = {
    "community_helper": "社区代办员",
    "street_clerk": "街道受理员",
    "civil_checker": "民政核对员",
    "district_reviewer": "区级初审",
    "district_approver": "区级审批",
    "city_approver": "市级审批",
    "publicity_editor": "公示管理员",
    "allocation_officer": "配租管理员",
    "notary_observer": "公证监督员",
    "rent_clerk": "租金管理员",
    "accountant": "会计",
    "fund_officer": "维修资金管理员",
    "field_inspector": "巡查员",
    "hotline_agent": "热线坐席",
    "legal_officer": "法制审核",
    "archivist": "档案管理员",
    "supervisor": "单位负责人",
    "auditor": "审计员",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
    "enterprise_user": "企业用户",
    "property_user": "物业企业用户",
}

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
OUTSIDERS = frozenset({"enterprise_user", "property_user"})
#: Roles that handle cases, money or dwellings.
BUSINESS = frozenset(ROLES) - ADMINISTRATORS - OUTSIDERS - {"auditor", "notary_observer"}
#: Everybody who works in the back office.
STAFF = frozenset(ROLES) - OUTSIDERS

_PAIRS: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (
        frozenset({"district_reviewer"}),
        frozenset({"district_approver", "city_approver"}),
        "审核与审批不得由同一人担任",
    ),
    (frozenset({"rent_clerk"}), frozenset({"accountant"}), "经办与会计不得由同一人担任"),
    (
        frozenset({"allocation_officer"}),
        frozenset({"publicity_editor"}),
        "摇号操作与名册编辑不得由同一人担任",
    ),
    (ADMINISTRATORS, BUSINESS | {"auditor"}, "系统、安全、审计管理员不得兼任业务岗位"),
    (frozenset({"system_admin"}), frozenset({"security_admin", "audit_admin"}), "三员不得互相兼任"),
    (frozenset({"security_admin"}), frozenset({"audit_admin"}), "三员不得互相兼任"),
    (frozenset({"auditor"}), BUSINESS, "审计员不得兼任业务岗位"),
)


def forbidden_pair(roles: Iterable[str]) -> str:
    """Why these roles must not be held by one person; empty when they may."""
    held = frozenset(roles)
    for left, right, reason in _PAIRS:
        ours, theirs = held & left, held & right
        if ours and theirs and (ours != theirs or len(ours) > 1):
            names = "、".join(ROLES[role] for role in sorted(ours | theirs))
            return f"{reason}（{names}）"
    return ""
