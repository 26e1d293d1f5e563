"""The words of the programme: states and kinds with their Chinese names, and small values that travel between files."""

from __future__ import annotations

PROGRAMME = "rental_subsidy"

AGREEMENT_STATES = {
    "draft": "待签订", "active": "履行中", "suspended": "已暂停", "expired": "已到期", "terminated": "已终止",
}  # fmt: skip
#: A household has at most one agreement in one of these.
LIVING = ("draft", "active", "suspended")

CALCULATION_KINDS = {
    "first": "首次核定", "change": "变更核定", "review": "复核核定", "resume": "恢复发放", "suspend": "暂停发放", "end": "终止发放",
}  # fmt: skip
CALCULATION_STATES = {
    "proposed": "待复核",
    "hearing": "听取意见中",
    "confirmed": "已生效",
    "dropped": "未采纳",
}

ENTITLEMENT_STATES = {
    "computed": "已计算", "held": "暂缓", "paid": "已发放", "returned": "银行退回", "reversed": "已冲销",
}  # fmt: skip

BATCH_KINDS = {"regular": "按月发放", "reissue": "退回重发", "supplement": "补充发放"}
BATCH_STATES = {
    "draft": "待复核", "checked": "待审批", "approved": "待报盘", "sent": "已报盘", "accepted": "银行已受理",
    "partly_paid": "部分到账", "paid": "全部到账", "closed": "已办结", "cancelled": "已作废",
}  # fmt: skip
ITEM_STATES = {
    "ready": "待发", "sent": "已报盘", "paid": "已到账", "returned": "已退回", "reissued": "已重发", "cancelled": "已作废",
}  # fmt: skip

HEARING_OUTCOMES = {"agreed": "无异议", "objected": "有异议", "silent": "逾期未陈述"}
CLAWBACK_STATES = {"open": "待退回", "partly": "部分退回", "recovered": "已退清", "written_off": "已核销"}
RECOVERY_WAYS = {"set_off": "抵扣", "transfer": "转账退回", "cash": "现金退回"}
