"""The words of the room: what is billed, where a bill, a plan, a refund stands, and small values that travel between files."""

from __future__ import annotations

ITEMS = {
    "rent": "租金", "transition": "过渡期租金", "occupation_fee": "占用费", "market_top_up": "市场租金补差",
    "compensation": "赔偿", "late_fee": "滞纳金",
}  # fmt: skip
#: In which order a payment pays what fell due on the same day: rent before everything that follows from being late.
ITEM_ORDER = {item: place for place, item in enumerate(ITEMS)}
#: Bills that the clock makes from the terms of a lease; the others are decided one by one.
RULED_ITEMS = ("rent", "transition", "occupation_fee")

LINE_KINDS = {"gross": "应收", "relief": "减免", "change": "按实际天数调整", "adjustment": "核准调整"}

BILL_STATES = {
    "issued": "待缴", "part_paid": "部分已缴", "paid": "已缴清", "overdue": "已逾期", "dunning1": "已提醒",
    "dunning2": "已催缴", "dunning3": "已上门", "legal": "待依法处理", "written_off": "已核销",
}  # fmt: skip
#: States of a bill that is late.
LATE = ("overdue", "dunning1", "dunning2", "dunning3", "legal")

STEPS = {
    "none": "无欠费", "reminder": "到期前提醒", "overdue": "已逾期", "dunning1": "短信催缴", "dunning2": "书面催缴",
    "dunning3": "上门走访", "legal": "转租约处理",
}  # fmt: skip

TERM_KINDS = {"contract": "合同租金", "transition": "过渡期租金", "holding_over": "占用费"}
TERM_ITEM = {"contract": "rent", "transition": "transition", "holding_over": "occupation_fee"}
TERM_STATES = {"proposed": "待复核", "confirmed": "已生效", "dropped": "未采纳"}

CYCLES = {"month": "按月", "quarter": "按季"}

ORDER_STATES = {"open": "待缴款", "paid": "已缴款", "cancelled": "已作废"}
ORDER_PURPOSES = {"rent": "租金", "deposit": "押金"}
ALLOCATION_KINDS = {"receipt": "缴款", "advance": "预缴抵扣", "deposit": "押金抵扣", "returned": "转为预缴"}
CHANNELS = {"simulated": "模拟银行", "treasury_file": "非税系统导入"}

DEPOSIT_STATES = {"due": "待缴", "held": "代管中", "settling": "待退还", "returned": "已退还"}
REFUND_SOURCES = {"advance": "预缴款", "deposit": "押金"}
REFUND_STATES = {"proposed": "待复核", "confirmed": "待财政退付", "paid": "已退付", "refused": "未同意"}
ADJUSTMENT_KINDS = {"write_off": "核销", "correction": "账单更正"}
ADJUSTMENT_STATES = {"proposed": "待复核", "confirmed": "已生效", "refused": "未同意"}

PLAN_STATES = {
    "proposed": "待复核", "active": "履行中", "kept": "已履行完", "broken": "未按期履行", "refused": "未同意",
}  # fmt: skip

SETTLEMENT_STATES = {"proposed": "待复核", "confirmed": "已确认", "closed": "已结清"}
DAY_STATES = {"open": "待对账", "checked": "待办结", "closed": "已办结"}
PARTIES = {"bills": "账单台账", "nontax": "非税系统", "bank": "银行"}

#: How a letter came to the household (民事诉讼法 §88–90 by analogy): who signed, who saw it, or how it can be traced.
DELIVERY_WAYS = {"handed": "直接送达", "left": "留置送达", "posted": "邮寄送达", "failed": "未能送达"}
#: Steps that are a letter with a number of its own, and its title.
LETTERS = {"dunning2": "租金催缴通知书", "legal": "租金催告书"}
